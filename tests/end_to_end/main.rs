//! The real binaries of the tasks, the real engine, local AWS.
