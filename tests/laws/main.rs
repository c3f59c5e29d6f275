//! The three laws of every response: whatever fails, the resource is restored or a human was told; restoring twice is
//! restoring once; each task twice is the task once.
//!
//! The first is tried over the definitions of the workflows, on virtual time and in an account in memory; the other two
//! over the real binaries and local AWS.

mod credential_exfiltration;
mod dangerous_policy;
mod fault;
mod iam_policy_remediation;
mod law;
mod leaked_role;
mod office;
mod responder;
mod steps;
mod twice;
