//! The task Lambdas. Each task is one file here, one declaration in `contract`, and one thin binary.
//!
//! A task does one thing, can be run twice with the effect of once, and says in a typed error what happened. It makes
//! no retries of its own: those stand in the workflow, where people can see them.

mod approval;
mod aws;
mod event;
mod log;
mod names;
mod serve;
mod words;

mod answer_approval;
mod check_guardrails;
mod close_case;
mod contain_role;
mod enrich_finding;
mod notify;
mod open_case;
mod plan_remediation;
pub mod policy;
mod policy_guardrails;
mod remediate_policy;
mod remediation;
mod request_approval;
mod restore_policy;
mod restore_role;
mod set_workflow_status;
mod snapshot_policy;
mod snapshot_role;
mod update_finding;
mod verify_containment;
mod verify_remediation;

#[cfg(test)]
mod approval_tests;
#[cfg(test)]
mod member_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod undo_laws;
#[cfg(test)]
use contain_role::tests as contain_role_tests;

pub use serve::{Run, serve};
