//! The Lambda `request-approval`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::RequestApproval>()
}
