//! The Lambda `verify-containment`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::VerifyContainment>()
}
