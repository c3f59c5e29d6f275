//! One file per task: its declaration, and what it takes, gives and fails with.

pub mod answer_approval;
pub mod check_guardrails;
pub mod close_case;
pub mod contain_role;
pub mod enrich_finding;
pub mod notify;
pub mod open_case;
pub mod request_approval;
pub mod restore_role;
pub mod set_workflow_status;
pub mod snapshot_role;
pub mod update_finding;
pub mod verify_containment;

pub use answer_approval::AnswerApproval;
pub use check_guardrails::CheckGuardrails;
pub use close_case::CloseCase;
pub use contain_role::ContainRole;
pub use enrich_finding::EnrichFinding;
pub use notify::Notify;
pub use open_case::OpenCase;
pub use request_approval::RequestApproval;
pub use restore_role::RestoreRole;
pub use set_workflow_status::SetWorkflowStatus;
pub use snapshot_role::SnapshotRole;
pub use update_finding::UpdateFinding;
pub use verify_containment::VerifyContainment;
