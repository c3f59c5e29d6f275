//! Logs of executions as CloudWatch Logs would have them: to a file of the log group in the state folder, and to the
//! configured AWS endpoint.
//!
//! Source: Step Functions developer guide, "Using CloudWatch Logs to log execution history".

mod shipping;

use super::Executor;
use super::notice::Notice;
use super::settings::Level;
use super::store::executions::Summary;
use crate::arn::LogGroup;
use crate::aws::Aws;
use crate::execution::history::HistoryEvent;
use crate::time::to_milliseconds;
use serde_json::{Value, json};
use shipping::Shipment;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Details that are data of an execution, which are logged only if the machine says so.
const DATA: [&str; 6] =
    ["input", "inputDetails", "output", "outputDetails", "parameters", "assignedVariables"];

/// How long a record may be. Source: the developer guide, "Logging payloads": larger ones are truncated.
const MOST_BYTES: usize = 248 * 1024;

/// Begins to log. The AWS is the one that has CloudWatch Logs, if there is one.
pub fn start(executor: &Executor, folder: PathBuf, aws: Option<Aws>) {
    let mut notices = executor.notices();
    let shipping = aws.map(shipping::start);
    tokio::spawn(async move {
        while let Some(notice) = notices.recv().await {
            let logging = &notice.summary.origin.settings.logging;
            let Some(group) = logging.group() else { continue };
            let records = records(&notice);
            if records.is_empty() {
                continue;
            }
            if let Err(error) = append(&folder, log_group(group).name, &records) {
                tracing::error!(group, %error, "logs of an execution could not be written");
            }
            if let Some(shipping) = &shipping {
                shipping.ship(shipment(group, &notice.summary, records));
            }
        }
    });
}

/// Records for CloudWatch Logs. There is one stream for each execution.
fn shipment(group: &str, execution: &Summary, records: Vec<Value>) -> Shipment {
    let LogGroup { account, region, name } = log_group(group);
    let machine = execution.machine_arn.name();
    let at = |record: &Value| record.get("event_timestamp")?.as_str()?.parse().ok();
    Shipment {
        place: (account.to_owned(), region.to_owned()),
        group: name.to_owned(),
        stream: format!("states/{machine}/{}", execution.name),
        ends: execution.status.has_ended(),
        records: records.into_iter().map(|record| (at(&record).unwrap_or(0), message(record))).collect(),
    }
}

/// A record as text. One that CloudWatch Logs would not take goes without the data of the execution.
fn message(mut record: Value) -> String {
    let text = record.to_string();
    if text.len() <= MOST_BYTES {
        return text;
    }
    if let Some(details) = record.get_mut("details").and_then(Value::as_object_mut) {
        for name in DATA.iter().filter(|name| !name.ends_with("Details")) {
            if details.remove(*name).is_some() {
                details.insert(format!("{name}Details"), json!({ "truncated": true }));
            }
        }
    }
    record.to_string()
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

/// The log group of an ARN. Only such an ARN was taken into a configuration.
fn log_group(arn: &str) -> LogGroup<'_> {
    LogGroup::read(arn).unwrap_or(LogGroup { account: "", region: "", name: arn })
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
    fn a_record_that_is_too_long_goes_without_its_data() {
        let record = |text: &str| json!({ "id": "1", "details": { "input": text, "inputDetails": { "truncated": false }, "name": "A" } });
        assert_eq!(message(record("x")), record("x").to_string());
        let long = message(record(&"x".repeat(MOST_BYTES)));
        let expected =
            json!({ "id": "1", "details": { "name": "A", "inputDetails": { "truncated": true } } });
        assert_eq!(serde_json::from_str::<Value>(&long).unwrap(), expected);
    }

    #[test]
    fn a_group_has_a_file_of_its_own() {
        let folder = crate::scratch::Scratch::new();
        let group = log_group("arn:aws:logs:us-east-1:123456789012:log-group:/aws/vendedlogs/../x:*").name;
        append(folder.path(), group, &[json!({ "id": "1" })]).unwrap();
        append(folder.path(), group, &[json!({ "id": "2" })]).unwrap();
        let text = std::fs::read_to_string(folder.path().join("group-aws.vendedlogs....x.jsonl")).unwrap();
        assert_eq!(text, "{\"id\":\"1\"}\n{\"id\":\"2\"}\n");
    }
}
