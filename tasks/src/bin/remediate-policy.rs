//! The Lambda `remediate-policy`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::RemediatePolicy>()
}
