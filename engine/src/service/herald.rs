//! Tells the event bus how executions go: "Step Functions Execution Status Change". Best effort, as AWS has it.
//!
//! Source: Step Functions developer guide, "Automating Step Functions event delivery with EventBridge".

use super::notice::Notice;
use super::settings::Kind;
use super::store::executions::Summary;
use super::{Bus, Executor};
use crate::clock::Clock;
use crate::status::ExecutionStatus;
use crate::time::{seconds_iso, to_milliseconds};
use serde_json::{Value, json};

/// What an event may carry of input and output, in bytes as they stand in its JSON.
const MOST_BYTES: usize = 248 * 1024;

/// How long after its end an execution can be redriven, in milliseconds: 14 days.
///
/// Source: Step Functions developer guide, "Redriving executions".
const REDRIVABLE: i64 = 14 * 24 * 60 * 60 * 1000;

/// Begins to tell the bus. Express executions send no events.
pub fn start(executor: &Executor, bus: Bus, clock: Clock) {
    let mut notices = executor.notices();
    tokio::spawn(async move {
        while let Some(notice) = notices.recv().await {
            let Some(event) = event(&notice, clock.now(), &uuid::Uuid::new_v4().to_string()) else {
                continue;
            };
            if let Err(error) = bus.put(vec![event]).await {
                tracing::error!(execution = notice.summary.arn.as_str(), %error, "an event of an execution was lost");
            }
        }
    });
}

/// `redriveStatus`, and why an execution is not redrivable, if it is not. Source: API reference, `DescribeExecution`,
/// `redriveStatusReason`.
pub(crate) fn redrive_status(execution: &Summary, now: jiff::Timestamp) -> (&'static str, Option<String>) {
    let not = |why: String| ("NOT_REDRIVABLE", Some(why));
    use ExecutionStatus::{Aborted, Failed, TimedOut};
    match (execution.status, execution.stopped_at) {
        (Failed | Aborted | TimedOut, Some(stopped)) => {
            if to_milliseconds(now) - to_milliseconds(stopped) > REDRIVABLE {
                not("Execution redrivable period exceeded".to_owned())
            } else if execution.origin.map_run_arn.is_some() {
                ("REDRIVABLE_BY_MAP_RUN", None)
            } else {
                ("REDRIVABLE", None)
            }
        }
        (status, _) => not(format!("Execution is {status} and cannot be redriven")),
    }
}

fn event(notice: &Notice, now: jiff::Timestamp, id: &str) -> Option<Value> {
    let execution = &notice.summary;
    if !notice.has_new_status || execution.origin.kind == Kind::Express {
        return None;
    }
    let (region, account) = (execution.arn.region(), execution.arn.account());
    let escaped = |text: Option<&str>| text.map_or(0, |text| Value::from(text).to_string().len());
    let output_size = escaped(execution.output.as_deref());
    let with_output = output_size <= MOST_BYTES;
    let with_input =
        escaped(Some(&execution.input)) + if with_output { output_size } else { 0 } <= MOST_BYTES;
    let (status, reason) = redrive_status(execution, now);
    let output_details = execution.output.as_ref().map(|_| json!({ "included": with_output }));
    Some(json!({
        "version": "0",
        "id": id,
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": account,
        "time": seconds_iso(now),
        "region": region,
        "resources": [execution.arn],
        "detail": {
            "executionArn": execution.arn,
            "stateMachineArn": execution.machine_arn,
            "name": execution.name,
            "status": execution.status,
            "startDate": to_milliseconds(execution.started_at),
            "stopDate": execution.stopped_at.map(to_milliseconds),
            "input": with_input.then_some(&execution.input),
            "output": execution.output.as_ref().filter(|_| with_output),
            "inputDetails": { "included": with_input },
            "outputDetails": output_details,
            "error": execution.error,
            "cause": execution.cause,
            "stateMachineVersionArn": execution.origin.version_arn,
            "stateMachineAliasArn": execution.origin.alias_arn,
            "redriveCount": execution.redrive_count,
            "redriveDate": execution.redriven_at.map(to_milliseconds),
            "redriveStatus": status,
            "redriveStatusReason": reason,
        },
    }))
}

#[cfg(test)]
mod tests {
    use super::super::store::executions::{Origin, RowId};
    use super::*;
    use crate::time::from_milliseconds;

    fn summary() -> Summary {
        let arn = "arn:aws:states:eu-west-1:111122223333:execution:one:run";
        Summary {
            row: RowId(1),
            arn: arn.parse().unwrap(),
            name: "run".to_owned(),
            machine_arn: "arn:aws:states:eu-west-1:111122223333:stateMachine:one".parse().unwrap(),
            status: ExecutionStatus::Succeeded,
            input: "{}".to_owned(),
            output: Some("[1]".to_owned()),
            error: None,
            cause: None,
            started_at: from_milliseconds(1_551_225_271_984),
            stopped_at: Some(from_milliseconds(1_551_225_372_984)),
            origin: Origin::default(),
            redrive_count: 0,
            redriven_at: None,
        }
    }

    fn told(summary: Summary) -> Option<Value> {
        let notice = Notice { summary, events: Vec::new(), has_new_status: true };
        event(&notice, from_milliseconds(1_551_225_372_984), "an id")
    }

    #[test]
    fn an_end_is_told_as_aws_tells_it() {
        let event = told(summary()).unwrap();
        let expected = json!({
            "version": "0", "id": "an id", "source": "aws.states", "account": "111122223333", "region": "eu-west-1",
            "detail-type": "Step Functions Execution Status Change", "time": "2019-02-26T23:56:12Z",
            "resources": ["arn:aws:states:eu-west-1:111122223333:execution:one:run"],
            "detail": {
                "executionArn": "arn:aws:states:eu-west-1:111122223333:execution:one:run",
                "stateMachineArn": "arn:aws:states:eu-west-1:111122223333:stateMachine:one",
                "name": "run", "status": "SUCCEEDED", "startDate": 1_551_225_271_984_i64, "stopDate": 1_551_225_372_984_i64,
                "input": "{}", "inputDetails": { "included": true }, "output": "[1]", "outputDetails": { "included": true },
                "error": null, "cause": null, "stateMachineVersionArn": null, "stateMachineAliasArn": null,
                "redriveCount": 0, "redriveDate": null, "redriveStatus": "NOT_REDRIVABLE",
                "redriveStatusReason": "Execution is SUCCEEDED and cannot be redriven"
            }
        });
        assert_eq!(event, expected);
    }

    #[test]
    fn what_does_not_fit_is_left_out() {
        let large = |bytes: usize| format!("\"{}\"", "x".repeat(bytes));
        for (input, output, with_input, with_output) in [
            (100, 100, true, true),
            (200_000, 100_000, false, true),
            (100, 260_000, true, false),
            (260_000, 260_000, false, false),
        ] {
            let summary = Summary { input: large(input), output: Some(large(output)), ..summary() };
            let event = told(summary).unwrap();
            let detail = &event["detail"];
            assert_eq!(detail["input"].is_string(), with_input, "{input} {output}");
            assert_eq!(detail["output"].is_string(), with_output, "{input} {output}");
            assert_eq!(detail["inputDetails"]["included"], with_input);
            assert_eq!(detail["outputDetails"]["included"], with_output);
        }
    }

    #[test]
    fn express_executions_send_nothing() {
        let origin = Origin { kind: Kind::Express, ..Origin::default() };
        assert_eq!(told(Summary { origin, ..summary() }), None);
    }
}
