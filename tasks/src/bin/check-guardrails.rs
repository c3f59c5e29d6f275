//! The Lambda `check-guardrails`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::CheckGuardrails>()
}
