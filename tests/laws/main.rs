//! The three laws of every response: whatever fails, the resource is restored or a human was told; restoring twice is
//! restoring once; each task twice is the task once.
//!
//! The first is tried over the definitions of the workflows, on virtual time and in an account in memory; the other two
//! over the real binaries and local AWS.

mod account;
mod endings;
mod fault;
mod generated;
mod law;
mod mistakes;
mod real_accounts;
mod responder;
mod restored_or_told;
mod steps;
mod sweep;
mod twice;
mod workflows;
