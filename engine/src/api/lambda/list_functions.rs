use super::{Api, ApiError};
use crate::api::protocol;
use crate::arn::function_name;
use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

/// `GET /2015-03-31/functions`
pub(super) fn run(api: &Api) -> Response<Body> {
    protocol::answer(200, &json!({ "Functions": configurations(api) }))
}

/// `GET /2015-03-31/functions/NAME`
pub(super) fn get(api: &Api, function: &str) -> Response<Body> {
    let name = function_name(function);
    let found = configurations(api)
        .into_iter()
        .find(|configuration| configuration.get("FunctionName").and_then(Value::as_str) == Some(name));
    match found {
        Some(configuration) => protocol::answer(200, &json!({ "Configuration": configuration })),
        None => ApiError::new(404, "ResourceNotFoundException", format!("Function not found: {function}"))
            .into_response(),
    }
}

fn configurations(api: &Api) -> Vec<Value> {
    let Some(host) = api.functions.host() else { return Vec::new() };
    let mut functions: Vec<_> = host.functions().collect();
    functions.sort();
    let describe = |(name, arn, timeout)| json!({ "FunctionName": name, "FunctionArn": arn, "Runtime": "provided.al2023", "Timeout": timeout });
    functions.into_iter().map(describe).collect()
}
