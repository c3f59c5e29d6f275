//! The types that workflows, tasks and tests share: for each task its name, input, output and errors, and for each
//! kind of response what it looks at, changes and records. The executable, the checks of every definition and the
//! scenarios all read these declarations, so they cannot disagree.

mod approval;
mod case;
mod declaration;
mod error;
mod finding;
mod kind;
pub mod kinds;
mod looked;
mod member;
mod message;
mod principal;
mod recorded;
pub mod steps;
mod task;
pub mod tasks;

pub use approval::{APPROVAL_DENIED, Answer, Decision, Question};
pub use case::{CaseStatus, Mode};
pub use declaration::{Declaration, declarations};
pub use error::{Fault, TaskError};
pub use finding::{Actor, Finding, OtherCase, Source, Target, Written};
pub use kind::{Changing, Data, Kind};
pub use looked::{Context, Fact, Looked, Plan, Proposal};
pub use member::{ACTING_RESPONSE_ROLE, CASE_TAG, RESPONSE_ROLE};
pub use message::{Message, Trouble};
pub use principal::{IamPrincipal, PolicyContent, PrincipalKind};
pub use recorded::{Changed, Recorded, Restored, Words};
pub use task::{Nature, Task, pascal_case};
