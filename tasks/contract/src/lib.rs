//! What workflows, tasks and tests agree on: for each task its name, what it may do in IAM, what it takes, what it
//! gives, and how it may fail. The binaries, the check of the workflows, `tasks/manifest.json` and the roles that are
//! deployed all read these declarations, so they cannot disagree.

mod approval;
mod case;
mod context;
mod error;
mod finding;
mod iam;
mod manifest;
mod policy;
mod recorded;
mod role;
mod task;
pub mod tasks;

pub use approval::{APPROVAL_DENIED, Answer, Decision, Question};
pub use case::{CaseStatus, Mode};
pub use context::{Context, InstanceFacts, ProfileFacts, RoleFacts};
pub use error::{Fault, TaskError};
pub use finding::{Finding, Principal, Remote, Source};
pub use iam::{CASE_TAG, Condition, Effect, RESPONSE_ROLE, Statement};
pub use manifest::{Declaration, Manifest, declarations, manifest};
pub use policy::{
    BlastRadius, Change, IamPrincipal, OldVersion, Outcome, Plan, PolicyBefore, PrincipalKind, Remediated,
    ServiceUse, Subject, Was,
};
pub use recorded::Recorded;
pub use role::{Before, Contained, Inline, deny_all, policy_name};
pub use task::{Nature, Setting, Task, placeholder};
