//! The Lambda `plan-remediation`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::PlanRemediation>()
}
