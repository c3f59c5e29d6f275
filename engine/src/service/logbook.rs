//! Logs of executions as CloudWatch Logs would have them: to a file of the log group in the state folder, and to the
//! configured AWS endpoint.
//!
//! Source: Step Functions developer guide, "Using CloudWatch Logs to log execution history".

use super::Executor;
use super::notice::Notice;
use super::settings::Level;
use super::store::executions::Summary;
use crate::client::Client;
use crate::execution::history::HistoryEvent;
use crate::time::to_milliseconds;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Details that are data of an execution, which are logged only if the machine says so.
const DATA: [&str; 6] =
    ["input", "inputDetails", "output", "outputDetails", "parameters", "assignedVariables"];

/// Begins to log. The client speaks to the endpoint that has CloudWatch Logs, if there is one.
pub fn start(executor: &Executor, folder: PathBuf, endpoint: Option<Client>) {
    let mut notices = executor.notices();
    tokio::spawn(async move {
        let mut streams = HashSet::new();
        while let Some(notice) = notices.recv().await {
            let logging = &notice.summary.origin.settings.logging;
            let Some(group) = logging.group() else { continue };
            let records = records(&notice);
            if records.is_empty() {
                continue;
            }
            let name = group_name(group);
            if let Err(error) = append(&folder, name, &records) {
                tracing::error!(group = name, %error, "logs of an execution could not be written");
            }
            if let Some(client) = &endpoint {
                let client = client.in_region(group.split(':').nth(3).unwrap_or_default());
                send(&client, name, &notice.summary, &records, &mut streams).await;
            }
        }
    });
}

/// What is logged of a turn.
fn records(notice: &Notice) -> Vec<Value> {
    let logging = &notice.summary.origin.settings.logging;
    let of_level = |event: &&HistoryEvent| is_logged(&event.type_name(), logging.level);
    let events = notice.events.iter().filter(of_level);
    events.map(|event| record(event, &notice.summary, logging.include_execution_data)).collect()
}

/// Whether a level has an event of this type. Source: the developer guide, "Log levels for Step Functions execution events".
fn is_logged(kind: &str, level: Level) -> bool {
    let is_fatal = matches!(kind, "ExecutionAborted" | "ExecutionFailed" | "ExecutionTimedOut");
    match level {
        Level::Off => false,
        Level::All => true,
        Level::Fatal => is_fatal,
        Level::Error => {
            is_fatal
                || kind == "FailStateEntered"
                || ["Failed", "Aborted", "TimedOut"].iter().any(|ending| kind.ends_with(ending))
        }
    }
}

fn record(event: &HistoryEvent, execution: &Summary, with_data: bool) -> Value {
    let text = |number: Option<&Value>| number.map_or_else(String::new, ToString::to_string);
    let aws = event.to_aws(true);
    let mut details = json!({});
    if let Some((_, found)) =
        aws.as_object().and_then(|fields| fields.iter().find(|(name, _)| name.ends_with("EventDetails")))
    {
        details = found.clone();
    }
    if let Some(details) = details.as_object_mut().filter(|_| !with_data) {
        details.retain(|name, _| !DATA.contains(&name.as_str()));
    }
    json!({
        "id": text(aws.get("id")),
        "type": event.type_name(),
        "details": details,
        "previous_event_id": text(aws.get("previousEventId")),
        "event_timestamp": to_milliseconds(event.at).to_string(),
        "execution_arn": execution.arn,
        "redrive_count": execution.redrive_count.to_string(),
    })
}

/// The name in `arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*`.
fn group_name(arn: &str) -> &str {
    arn.split(':').nth(6).unwrap_or(arn)
}

/// A record a line. The name of a group may have slashes, and the name of a file may not.
fn append(folder: &Path, group: &str, records: &[Value]) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let safe: String = group
        .trim_start_matches('/')
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '.' })
        .collect();
    let file = folder.join(format!("group-{safe}.jsonl"));
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(file)?;
    let lines: String = records.iter().map(|record| format!("{record}\n")).collect();
    file.write_all(lines.as_bytes())
}

/// Sends records to CloudWatch Logs. There is one stream for each execution.
async fn send(
    client: &Client,
    group: &str,
    execution: &Summary,
    records: &[Value],
    streams: &mut HashSet<String>,
) {
    let machine = execution.machine_arn.rsplit(':').next().unwrap_or_default();
    let stream = format!("states/{machine}/{}", execution.name);
    let names = json!({ "logGroupName": group, "logStreamName": stream });
    if streams.insert(format!("{group} {stream}"))
        && let Err(error) = client.logs("CreateLogStream", &names).await
        && error.code() != Some("ResourceAlreadyExistsException")
    {
        tracing::warn!(group, %error, "the log group has no stream for an execution; its logs are in the state folder alone");
    }
    let event = |record: &Value| {
        let at: i64 = record["event_timestamp"].as_str().and_then(|at| at.parse().ok()).unwrap_or(0);
        json!({ "timestamp": at, "message": record.to_string() })
    };
    let events: Vec<Value> = records.iter().map(event).collect();
    let input = json!({ "logGroupName": group, "logStreamName": stream, "logEvents": events });
    if let Err(error) = client.logs("PutLogEvents", &input).await {
        tracing::warn!(group, %error, "logs of an execution could not be sent");
    }
    if notice_of_end(records) {
        streams.remove(&format!("{group} {stream}"));
    }
}

/// Whether nothing more is to come, so that the stream need not be remembered.
fn notice_of_end(records: &[Value]) -> bool {
    let last = records.last().and_then(|record| record["type"].as_str()).unwrap_or_default();
    last.starts_with("Execution") && last != "ExecutionStarted" && last != "ExecutionRedriven"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_level_has_what_aws_says() {
        for (kind, error, fatal) in [
            ("ExecutionStarted", false, false),
            ("TaskStateEntered", false, false),
            ("FailStateEntered", true, false),
            ("TaskSucceeded", false, false),
            ("TaskFailed", true, false),
            ("LambdaFunctionTimedOut", true, false),
            ("MapIterationAborted", true, false),
            ("ExecutionFailed", true, true),
            ("ExecutionTimedOut", true, true),
            ("ExecutionAborted", true, true),
            ("ExecutionSucceeded", false, false),
        ] {
            assert!(is_logged(kind, Level::All) && !is_logged(kind, Level::Off), "{kind}");
            assert_eq!(is_logged(kind, Level::Error), error, "{kind}");
            assert_eq!(is_logged(kind, Level::Fatal), fatal, "{kind}");
        }
    }

    #[test]
    fn a_group_has_a_file_of_its_own() {
        let folder = crate::scratch::Scratch::new();
        let group = group_name("arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/../x:*");
        append(folder.path(), group, &[json!({ "id": "1" })]).unwrap();
        append(folder.path(), group, &[json!({ "id": "2" })]).unwrap();
        let text = std::fs::read_to_string(folder.path().join("group-aws.vendedlogs....x.jsonl")).unwrap();
        assert_eq!(text, "{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
    }
}
