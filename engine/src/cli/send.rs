use super::connection::{Connection, with_progress};
use super::report::{Report, Tone};
use super::run::{self, Listed};
use super::{CommandResult, Exit, Fault, follow};
use crate::client::{CallError, Client};
use crate::clock::Clock;
use crate::events::Pattern;
use crate::time::after;
use clap::Args;
use serde_json::{Value, json};
use std::io::Read;
use std::path::PathBuf;

/// Send an event through PutEvents, and say which rules take it and which runs it starts
#[derive(Args)]
#[command(
    after_help = "Examples:\n  redress send statemachines/NAME/events/EVENT.json\n  redress send event.json --follow\n  cat event.json | redress send -"
)]
pub(super) struct Send {
    /// A file with an event as EventBridge delivers it; `-` reads it from standard input
    #[arg(value_name = "EVENT.json")]
    event: PathBuf,
    /// Follow the run that it starts
    #[arg(long)]
    follow: bool,
    /// Say of each state what it is for, as its definition does
    #[arg(long, requires = "follow")]
    explain: bool,
    #[command(flatten)]
    connection: Connection,
}

/// How long a run may take to appear, in milliseconds.
const APPEARS: u64 = 5_000;

impl Send {
    pub(super) async fn run(self, report: &Report) -> CommandResult {
        let event = self.read()?;
        let client = self.connection.open().await?;
        let rules = with_progress(report, "asking for the rules", rules(&client, &event)).await?;
        let answer = with_progress(
            report,
            "sending",
            client.events("PutEvents", &json!({ "Entries": [entry(&event)?] })),
        )
        .await?;
        let first = answer.get("Entries").and_then(|entries| entries.get(0)).cloned().unwrap_or_default();
        let text = |name: &str| first.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        if first.get("ErrorCode").is_some() {
            let hint = if client.is_aws() && text("ErrorCode").starts_with("NotAuthorizedForSource") {
                "; only AWS's own services may send as `aws.*`: use GuardDuty's CreateSampleFindings, or another source that a rule takes"
            } else {
                ""
            };
            return Err(format!(
                "the event was not taken: {}: {}{hint}",
                text("ErrorCode"),
                text("ErrorMessage")
            )
            .into());
        }
        let id = text("EventId");
        report.line(format!("{} {id}", report.paint(Tone::Bold, "event")));
        if rules.is_empty() {
            report.line("no rule takes it, so nothing happens");
            report.value(&json!({ "eventId": id, "rules": rules, "runs": [] }));
            return Ok(Exit::Done);
        }
        report.line(format!("taken by {}", rules.join(", ")));
        let runs = with_progress(report, "waiting for the run", appear(&client, &id)).await?;
        for run in &runs {
            report.line(format!("started {}", report.paint(Tone::Bold, &run.name)));
        }
        if let (true, Some(run)) = (self.follow, runs.first()) {
            return follow::follow(&client, &run.arn, self.explain, report).await;
        }
        if let (false, Some(run)) = (report.is_json(), runs.first()) {
            report.line(report.paint(Tone::Dim, format!("look at it with `redress show {}`", run.name)));
        }
        report.value(&json!({ "eventId": id, "rules": rules, "runs": runs }));
        Ok(Exit::Done)
    }

    fn read(&self) -> Result<Value, Fault> {
        let name = self.event.display();
        let text = if self.event.as_os_str() == "-" {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        } else {
            std::fs::read_to_string(&self.event)
                .map_err(|error| format!("`{name}` cannot be read: {error}"))?
        };
        Ok(serde_json::from_str(&text).map_err(|error| format!("`{name}` is not JSON: {error}"))?)
    }
}

/// The event as an entry of PutEvents. The bus gives it an id, an account and a region of its own.
fn entry(event: &Value) -> Result<Value, String> {
    let field = |name: &str| {
        event
            .get(name)
            .and_then(Value::as_str)
            .ok_or_else(|| format!("the event has no `{name}`; it must be as EventBridge delivers it"))
    };
    let detail = event
        .get("detail")
        .filter(|detail| detail.is_object())
        .ok_or("the event has no `detail` that is an object")?;
    let mut entry = json!({ "Source": field("source")?, "DetailType": field("detail-type")?, "Detail": detail.to_string() });
    let resources = event.get("resources").filter(|resources| resources.is_array());
    if let (Some(resources), Some(map)) = (resources, entry.as_object_mut()) {
        map.insert("Resources".to_owned(), resources.clone());
    }
    Ok(entry)
}

/// The names of the rules whose patterns match.
async fn rules(client: &Client, event: &Value) -> Result<Vec<String>, CallError> {
    let answer = client.events("ListRules", &json!({})).await?;
    let rules = answer.get("Rules").and_then(Value::as_array).into_iter().flatten();
    let taking = rules.filter(|rule| {
        let pattern =
            rule.get("EventPattern").and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok());
        pattern
            .and_then(|pattern: Value| Pattern::new(&pattern).ok())
            .is_some_and(|pattern| pattern.matches(event))
    });
    Ok(taking.filter_map(|rule| rule.get("Name").and_then(Value::as_str).map(str::to_owned)).collect())
}

/// The runs that an event has started: EventBridge names them for the event.
async fn appear(client: &Client, event_id: &str) -> Result<Vec<Listed>, CallError> {
    let until = after(Clock.now(), APPEARS);
    loop {
        let mut runs = run::list(client, None).await?;
        runs.retain(|run| run.name.starts_with(event_id));
        if !runs.is_empty() || Clock.now() > until {
            return Ok(runs);
        }
        Clock.sleep_until(after(Clock.now(), 20)).await;
    }
}
