//! On ministack, which enforces IAM: statements, conditions, sessions and signatures are evaluated by an implementation
//! that is not ours. The tasks are the real binaries, each in the role that the manifest gives it; what that role lacks,
//! fails here.
//!
//! `tests/ministack/enforced_aws/` has the context that ministack is given in addition, and the calls that it passes on. The table in `approval.rs` says which decisions rest on that.

mod account;
mod answers;
mod approval;
mod ask;
mod member;
mod powers;
mod responder;
mod roles;
