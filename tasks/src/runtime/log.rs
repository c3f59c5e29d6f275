//! Structured logs: one JSON object a line, with the task, the case and the request.

use tracing_subscriber::EnvFilter;

/// Starts logging to standard error. The level comes from `LOG_LEVEL` and is `info` without it. Payloads are never
/// logged: they carry task tokens and text that an attacker wrote.
pub(crate) fn start(task: &str) {
    let level = std::env::var("LOG_LEVEL").ok().filter(|level| !level.is_empty());
    let filter = EnvFilter::new(format!("off,tasks={}", level.as_deref().unwrap_or("info")));
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false)
        .with_writer(std::io::stderr)
        .init();
    tracing::debug!(task, "started");
}
