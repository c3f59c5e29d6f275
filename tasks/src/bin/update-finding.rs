//! The Lambda `update-finding`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::UpdateFinding>()
}
