use super::connection::{Connection, with_progress};
use super::report::{Report, Tone};
use super::run::{self, Run, Visit};
use super::runs::{seconds, status_tone, when};
use super::{CommandResult, Exit, follow};
use clap::Args;
use serde_json::json;

/// Show a run: the path that it took as a tree, with times, inputs, outputs and errors
///
/// Exits with 1 if the run failed.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  redress show last\n  redress show 5c1f3c52 --full\n  redress show last --follow\n  redress show arn:aws:states:eu-west-1:123456789012:execution:RESPONSE:NAME --aws"
)]
pub(super) struct Show {
    /// The run: its ARN, its name, the beginning of its name, or `last`
    #[arg(value_name = "RUN")]
    run: String,
    /// Whole inputs and outputs
    #[arg(long)]
    full: bool,
    /// Go on until the run ends, or waits for a person
    #[arg(long)]
    follow: bool,
    /// Say of each state what it is for, as its definition does
    #[arg(long, requires = "follow")]
    explain: bool,
    #[command(flatten)]
    connection: Connection,
}

/// How much of an input or an output is shown.
const SHOWN: usize = 100;

impl Show {
    pub(super) async fn run(self, report: &Report) -> CommandResult {
        let client = self.connection.open().await?;
        let arn = with_progress(report, "looking for the run", run::find(&client, &self.run)).await?;
        if self.follow {
            return follow::follow(&client, &arn, self.explain, report).await;
        }
        let run = with_progress(report, "reading the history", run::read(&client, &arn)).await?;
        self.print(report, &run);
        Ok(if matches!(run.status.as_str(), "SUCCEEDED" | "RUNNING") { Exit::Done } else { Exit::NotRight })
    }

    fn print(&self, report: &Report, run: &Run) {
        let took = run
            .stopped
            .map_or_else(String::new, |stopped| format!(" after {}", seconds(stopped - run.started)));
        let status = report.paint(status_tone(&run.status), &run.status);
        report.line(format!("{} {}", report.paint(Tone::Bold, &run.workflow), run.name));
        report.line(format!("{status}{took}, started {}", when(run.started)));
        if let Some(what) = run.what() {
            report.line(report.paint(Tone::Bold, what));
        }
        if let Some(error) = &run.error {
            report.line(format!(
                "{} {}",
                report.paint(Tone::Bad, error),
                run.cause.as_deref().unwrap_or_default()
            ));
        }
        report.line("");
        tree(report, &run.visits, self.full).into_iter().for_each(|line| report.line(line));
        report.value(&json!({
            "arn": run.arn, "name": run.name, "workflow": run.workflow, "status": run.status, "started": run.started,
            "stopped": run.stopped, "what": run.what(), "error": run.error, "cause": run.cause, "path": run.visits,
        }));
    }
}

/// The visits as a tree, a line each and more for what is worth it. Not `full`, it leaves out inputs and cuts the rest.
pub(super) fn tree(report: &Report, visits: &[Visit], full: bool) -> Vec<String> {
    let mut tree = Tree { report, visits, full, lines: Vec::new() };
    tree.level(None, "");
    tree.lines
}

/// A tree on its way to be lines.
struct Tree<'r> {
    report: &'r Report,
    visits: &'r [Visit],
    full: bool,
    lines: Vec<String>,
}

impl Tree<'_> {
    /// Adds the visits of one level, and under each those that are part of it.
    fn level(&mut self, within: Option<u64>, bars: &str) {
        let (report, visits) = (self.report, self.visits);
        let level: Vec<&Visit> = visits.iter().filter(|visit| visit.within == within).collect();
        for (n, visit) in level.iter().enumerate() {
            let last = n + 1 == level.len();
            let under = format!("{bars}{}", if last { "   " } else { "\u{2502}  " });
            let branch = if last { "\u{2514}\u{2500} " } else { "\u{251c}\u{2500} " };
            let took =
                visit.exited.map_or_else(|| "...".to_owned(), |exited| seconds(exited - visit.entered));
            let name =
                report.paint(if visit.errors.is_empty() { Tone::Bold } else { Tone::Warn }, &visit.state);
            let branch = report.paint(Tone::Dim, format!("{bars}{branch}"));
            self.lines.push(format!("{branch}{name} {}", report.paint(Tone::Dim, took)));
            self.details(visit, &report.paint(Tone::Dim, &under));
            self.level(Some(visit.id), &under);
        }
    }

    fn details(&mut self, visit: &Visit, under: &str) {
        let report = self.report;
        for trouble in &visit.errors {
            let error = report.paint(Tone::Bad, &trouble.error);
            self.lines.push(format!("{under}{error} {}", self.cut(&trouble.cause)));
        }
        if self.full && !visit.input.is_null() {
            self.lines.push(format!("{under}{} {}", report.paint(Tone::Dim, "in "), visit.input));
        }
        if let (Some(what), false) = (visit.what(), self.full) {
            self.lines.push(format!("{under}{what}"));
        }
        let moved = matches!(visit.kind.as_str(), "Task" | "Parallel" | "Map");
        if !visit.output.is_null() && (self.full || moved) {
            let output = self.cut(&visit.output.to_string());
            self.lines.push(format!("{under}{} {output}", report.paint(Tone::Dim, "out")));
        }
        for command in visit.question.iter().flat_map(follow::commands) {
            self.lines.push(format!("{under}{}", report.paint(Tone::Warn, command)));
        }
    }

    fn cut(&self, text: &str) -> String {
        if self.full || text.chars().count() <= SHOWN {
            text.to_owned()
        } else {
            text.chars().take(SHOWN).chain(['\u{2026}']).collect()
        }
    }
}
