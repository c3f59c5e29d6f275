//! The tasks that serve every kind, one file each.

mod answer_approval;
pub(crate) mod case;
mod close_case;
mod notify;
pub(crate) mod open_case;
mod request_approval;
mod set_workflow_status;
mod update_finding;
