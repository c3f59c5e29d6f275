//! On ministack, which enforces IAM: statements, conditions, sessions and signatures are evaluated by an implementation
//! that is not ours. The tasks are the real binaries, each in the role that the manifest gives it; what that role lacks,
//! fails here.
//!
//! What ministack is told more than it finds out by itself, and where it hands on what it does not have, stands in
//! `tests/ministack/enforced_aws/`. The table in `approval.rs` says which decisions rest on that.

mod account;
mod answers;
mod approval;
mod ask;
mod member;
mod powers;
mod responder;
mod roles;
