//! What ARCHITECTURE.md promises about the house: who may know whom, how large a room is, what a folder holds, and that
//! the pages speak of what is there.
//!
//! A test collects all that is wrong before it fails.

mod folders;
mod packages;
mod pages;
mod parts;
mod tree;
