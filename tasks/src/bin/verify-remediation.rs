//! The Lambda `verify-remediation`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::VerifyRemediation>()
}
