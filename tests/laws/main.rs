//! The laws of every response: whatever fails, the target is restored or a person was told; restoring twice is the same as
//! once; each task twice is the same as once.
//!
//! The first is tested with the definitions, on virtual time and with an account in memory. The other two are tested with
//! the real executable and local AWS.

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
mod subjects;
mod sweep;
mod twice;
