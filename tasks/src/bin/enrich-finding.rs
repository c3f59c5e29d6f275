//! The Lambda `enrich-finding`.

fn main() -> std::process::ExitCode {
    tasks::serve::<contract::tasks::EnrichFinding>()
}
