//! The workflows, the types of the tasks and the manifest agree with each other.
