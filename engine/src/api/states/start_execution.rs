use super::{Api, ApiError, check_name, machine};
use crate::service::NewExecution;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The most that an input may hold. Source: Step Functions quotas.
const MOST_BYTES: usize = 262_144;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    state_machine_arn: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    input: Option<String>,
    #[serde(default, rename = "traceHeader")]
    _trace_header: Option<String>,
}

/// `StartExecution`
pub(super) async fn run(api: &Api, request: Input) -> Result<Value, ApiError> {
    let name = request.name.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    check_name(&name)?;
    let input = request.input.unwrap_or_else(|| "{}".to_owned());
    if input.len() > MOST_BYTES {
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member must have length less than or equal to {MOST_BYTES}"
        )));
    }
    if let Err(error) = serde_json::from_str::<Value>(&input) {
        return Err(ApiError::client(
            "InvalidExecutionInput",
            format!("Invalid State Machine Execution Input: '{error}'"),
        ));
    }
    let machine = machine(api, &request.state_machine_arn).await?;
    let arn = format!("{}:{name}", machine.stored.arn.replace(":stateMachine:", ":execution:"));
    let region = machine.stored.arn.split(':').nth(3).unwrap_or_default().to_owned();
    let new = NewExecution { machine, arn: arn.clone(), name, region, input };
    let started = api.executor.start_execution(new).await?;
    Ok(json!({ "executionArn": arn, "startDate": seconds(started) }))
}
