use super::connection::{Connection, with_progress};
use super::report::{Report, Tone};
use super::run;
use super::{CommandResult, Exit};
use clap::Args;
use jiff::Timestamp;

const STATUSES: [&str; 5] = ["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"];

/// List the runs of all responses, the latest first, with what each of them changed
#[derive(Args)]
#[command(
    after_help = "Examples:\n  redress runs\n  redress runs --status RUNNING\n  redress runs --aws --region eu-west-1 --json"
)]
pub(super) struct Runs {
    /// Only runs of this status
    #[arg(long, value_parser = STATUSES)]
    status: Option<String>,
    /// How many at most
    #[arg(long, default_value_t = 20)]
    limit: usize,
    #[command(flatten)]
    connection: Connection,
}

impl Runs {
    pub(super) async fn run(self, report: &Report) -> CommandResult {
        let client = self.connection.open().await?;
        let mut runs =
            with_progress(report, "listing the runs", run::list(&client, self.status.as_deref())).await?;
        runs.truncate(self.limit);
        for run in &mut runs {
            let what = run::what_of(&client, &run.arn);
            // A list without it is better than none.
            run.what = with_progress(report, "reading what they changed", what).await.unwrap_or_default();
        }
        if runs.is_empty() {
            report.line("There are no such runs. `redress send EVENT.json` makes one.");
        }
        for run in &runs {
            let took =
                run.stopped.map_or_else(|| "running".to_owned(), |stopped| seconds(stopped - run.started));
            let status = report.paint(status_tone(&run.status), format!("{:<9}", run.status));
            let name: String = run.name.chars().take(24).collect();
            report.line(format!(
                "{} {status} {:<24} {} {took}{}",
                when(run.started),
                run.workflow,
                report.paint(Tone::Bold, name),
                run.what.as_ref().map_or_else(String::new, |what| format!("  {what}"))
            ));
        }
        report.value(&runs);
        Ok(Exit::Done)
    }
}

pub(super) fn status_tone(status: &str) -> Tone {
    match status {
        "SUCCEEDED" => Tone::Good,
        "RUNNING" => Tone::Warn,
        _ => Tone::Bad,
    }
}

/// A time of a history, to the second, in UTC.
pub(super) fn when(seconds: f64) -> String {
    let at = Timestamp::from_millisecond((seconds * 1000.0) as i64).unwrap_or(Timestamp::UNIX_EPOCH);
    format!("{at:.0}")
}

/// A span of time, as short as it says enough.
pub(super) fn seconds(span: f64) -> String {
    if span < 1.0 {
        format!("{:.0} ms", span * 1000.0)
    } else if span < 120.0 {
        format!("{span:.1} s")
    } else {
        crate::scenario::duration(span as u64 * 1000)
    }
}
