//! The structure that ARCHITECTURE.md describes: which module uses which, how long files are, what folders hold, and that
//! the pages name files and tests that exist.
//!
//! A test collects all errors before it fails.

mod arns;
mod folders;
mod packages;
mod pages;
mod parts;
mod product;
mod rooms;
mod store;
mod tree;
