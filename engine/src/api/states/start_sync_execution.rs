use super::describe::Answer;
use super::execution_input::{self, new_execution};
use super::members::{DATA, INCLUDED, may, must, patterned, text};
use super::shape::{Member, Pattern};
use super::{Api, ApiError, Caller, arn};
use crate::service::settings::Kind;
use crate::time::seconds;
use serde_json::{Value, json};

pub(super) use execution_input::Input;

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[
    must("stateMachineArn", text(1, 256)),
    may("name", text(1, 80)),
    may("input", DATA),
    may("traceHeader", patterned(0, 256, Pattern::Ascii)),
    may("includedData", INCLUDED),
];

/// What AWS bills for: memory in steps of 64 MB, time in steps of 100 ms. Source: Step Functions pricing.
const BILLED_MEGABYTES: u64 = 64;
const BILLED_MILLISECONDS: i64 = 100;

/// `StartSyncExecution`: runs an Express machine and answers with how it ended.
pub(super) async fn run(api: &Api, caller: &Caller, request: Input) -> Result<Value, ApiError> {
    let request = request.split();
    execution_input::check(&request)?;
    let found = arn::resolved(api, caller, &request.state_machine_arn).await?;
    if found.machine.stored.kind != Kind::Express {
        return Err(ApiError::wrong_kind());
    }
    let with_data = request.included_data.as_deref() != Some("METADATA_ONLY");
    let ended = api.executor.run_to_end(new_execution(api, found, request)?).await?;
    let stopped = ended.stopped_at.unwrap_or(ended.started_at);
    let took = stopped.as_millisecond() - ended.started_at.as_millisecond();
    let billed = (took / BILLED_MILLISECONDS + 1) * BILLED_MILLISECONDS;
    let mut answer = Answer::default();
    answer.put("executionArn", ended.arn);
    answer.put("stateMachineArn", ended.machine_arn);
    answer.put("name", ended.name);
    answer.put("startDate", seconds(ended.started_at));
    answer.put("stopDate", seconds(stopped));
    answer.put("status", ended.status);
    answer.may("traceHeader", ended.origin.trace_header);
    if with_data {
        answer.may("error", ended.error);
        answer.may("cause", ended.cause);
        answer.put("input", ended.input);
        answer.put("inputDetails", json!({ "included": true }));
    }
    if let Some(output) = ended.output.filter(|_| with_data) {
        answer.put("output", output);
        answer.put("outputDetails", json!({ "included": true }));
    }
    answer.put(
        "billingDetails",
        json!({ "billedMemoryUsedInMB": BILLED_MEGABYTES, "billedDurationInMilliseconds": billed }),
    );
    Ok(answer.finish())
}
