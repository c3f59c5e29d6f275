//! The Lambda `set-workflow-status`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::SetWorkflowStatus>()
}
