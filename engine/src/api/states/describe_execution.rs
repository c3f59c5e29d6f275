use super::{Api, ApiError, execution};
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Input {
    execution_arn: String,
    #[serde(default, rename = "includedData")]
    _included_data: Option<String>,
}

/// `DescribeExecution`
pub(super) async fn run(api: &Api, input: Input) -> Result<Value, ApiError> {
    let found = execution(api, &input.execution_arn).await?;
    let mut answer = Map::new();
    let mut put = |name: &str, value: Value| answer.insert(name.to_owned(), value);
    put("executionArn", found.arn.into());
    put("stateMachineArn", found.machine_arn.into());
    put("name", found.name.into());
    put("status", found.status.clone().into());
    put("startDate", seconds(found.started_at));
    put("input", found.input.into());
    put("inputDetails", json!({ "included": true }));
    if let Some(at) = found.stopped_at {
        put("stopDate", seconds(at));
    }
    if let Some(output) = found.output {
        put("output", output.into());
        put("outputDetails", json!({ "included": true }));
    }
    if let Some(why) = api.executor.why_stranded(found.row) {
        // AWS has no word for it. It runs as far as anybody can tell, and it will not go on.
        put("error", "Redress.CannotBeReplayed".into());
        put("cause", format!("This engine cannot take it up again, and leaves it as it is: {why}").into());
    }
    if let Some(error) = found.error {
        put("error", error.into());
    }
    if let Some(cause) = found.cause {
        put("cause", cause.into());
    }
    put("redriveCount", 0.into());
    put("redriveStatus", "NOT_REDRIVABLE".into());
    put("redriveStatusReason", format!("Execution is {} and cannot be redriven", found.status).into());
    Ok(Value::Object(answer))
}
