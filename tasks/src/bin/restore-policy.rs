//! The Lambda `restore-policy`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::RestorePolicy>()
}
