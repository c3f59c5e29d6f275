use super::{Api, ApiError, Summary, machine, protocol};
use crate::service::executions;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    state_machine_arn: String,
    #[serde(default)]
    status_filter: Option<String>,
    #[serde(default)]
    max_results: Option<u64>,
    #[serde(default)]
    next_token: Option<String>,
}

/// `ListExecutions`, the latest first.
pub(super) async fn run(api: &Api, input: Input) -> Result<Value, ApiError> {
    let (skip, most) =
        (protocol::skip(input.next_token.as_deref())?, protocol::page_size(input.max_results)?);
    let arn = machine(api, &input.state_machine_arn).await?.stored.arn;
    let status = input.status_filter;
    let found = api
        .store
        .read(move |connection| executions::list(connection, &arn, status.as_deref(), skip, most + 1))
        .await?;
    let (page, next) = protocol::page(found, skip, most);
    let mut answer = json!({ "executions": page.into_iter().map(describe).collect::<Vec<_>>() });
    if let (Some(next), Some(map)) = (next, answer.as_object_mut()) {
        map.insert("nextToken".to_owned(), Value::String(next));
    }
    Ok(answer)
}

fn describe(found: Summary) -> Value {
    let mut item = Map::new();
    let mut put = |name: &str, value: Value| item.insert(name.to_owned(), value);
    put("executionArn", found.arn.into());
    put("stateMachineArn", found.machine_arn.into());
    put("name", found.name.into());
    put("status", found.status.into());
    put("startDate", seconds(found.started_at));
    if let Some(at) = found.stopped_at {
        put("stopDate", seconds(at));
    }
    put("redriveCount", 0.into());
    Value::Object(item)
}
