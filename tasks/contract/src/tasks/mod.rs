//! The tasks that serve every kind, one file each: what they take, give and fail with.

pub mod answer_approval;
pub mod close_case;
pub mod notify;
pub mod open_case;
pub mod request_approval;
pub mod set_workflow_status;
pub mod update_finding;

pub use answer_approval::AnswerApproval;
pub use close_case::CloseCase;
pub use notify::Notify;
pub use open_case::OpenCase;
pub use request_approval::RequestApproval;
pub use set_workflow_status::SetWorkflowStatus;
pub use update_finding::UpdateFinding;
