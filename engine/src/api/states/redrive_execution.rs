use super::members::{may, must, patterned, text};
use super::shape::{Member, Pattern};
use super::{Api, ApiError, Caller, arn};
use crate::service::ExecutorError;
use crate::service::herald::redrive_status;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] =
    &[must("executionArn", text(1, 256)), may("clientToken", patterned(1, 64, Pattern::Printable))];

/// An execution with more events than this cannot go on. Source: developer guide, "Redriving executions".
const MOST_EVENTS: u64 = 24_999;

/// How long a client token is known, in milliseconds: 15 minutes. Source: API reference, `RedriveExecution`.
const TOKEN_IS_KNOWN: i64 = 15 * 60 * 1000;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    execution_arn: String,
    client_token: Option<String>,
}

/// `RedriveExecution`. The same request within 15 minutes is the same redrive.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let found = arn::execution(api, caller, &input.execution_arn).await?;
    let (row, now) = (found.row, api.clock.now());
    let (last_token, events) = api.store.redriven_with(row).await?;
    if let (Some(token), Some(last), Some(at)) = (&input.client_token, &last_token, found.redriven_at)
        && token == last
        && now.as_millisecond() - at.as_millisecond() < TOKEN_IS_KNOWN
    {
        return Ok(json!({ "redriveDate": seconds(at) }));
    }
    let not_redrivable = |why: String| Err(ApiError::client("ExecutionNotRedrivable", why));
    match redrive_status(&found, now) {
        (_, Some(why)) => return not_redrivable(why),
        ("REDRIVABLE", None) => {}
        _ => return not_redrivable("Execution belongs to a Map Run and is redriven with it".to_owned()),
    }
    if events >= MOST_EVENTS {
        return not_redrivable("Execution history event limit exceeded".to_owned());
    }
    match api.executor.redrive(row, input.client_token).await {
        Ok(at) => Ok(json!({ "redriveDate": seconds(at) })),
        Err(ExecutorError::NotAwaited(_)) => {
            not_redrivable("Execution has no state from which it could go on".to_owned())
        }
        Err(error) => Err(error.into()),
    }
}
