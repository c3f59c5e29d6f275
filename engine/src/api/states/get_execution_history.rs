use super::{Api, ApiError, execution, protocol};
use crate::service::executions;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    execution_arn: String,
    #[serde(default)]
    max_results: Option<u64>,
    #[serde(default)]
    next_token: Option<String>,
    #[serde(default)]
    reverse_order: bool,
    #[serde(default)]
    include_execution_data: Option<bool>,
}

/// `GetExecutionHistory`
pub(super) async fn run(api: &Api, input: Input) -> Result<Value, ApiError> {
    let (skip, most) =
        (protocol::skip(input.next_token.as_deref())?, protocol::page_size(input.max_results)?);
    let row = execution(api, &input.execution_arn).await?.row;
    let reverse = input.reverse_order;
    let found = api
        .store
        .read(move |connection| executions::history(connection, row, skip, most + 1, reverse))
        .await?;
    let (page, next) = protocol::page(found, skip, most);
    let with_data = input.include_execution_data.unwrap_or(true);
    let mut answer =
        json!({ "events": page.iter().map(|event| event.to_aws(with_data)).collect::<Vec<_>>() });
    if let (Some(next), Some(map)) = (next, answer.as_object_mut()) {
        map.insert("nextToken".to_owned(), Value::String(next));
    }
    Ok(answer)
}
