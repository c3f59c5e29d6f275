use super::{Answer, InvokeError};
use crate::arn;
use crate::client::{Http, HttpError};
use bytes::Bytes;
use http::Request;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

/// Everything but what a name has: `$LATEST` is a qualifier, and a name may come from a workflow's input.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_');

/// Functions behind an endpoint that speaks Lambda's Invoke (`--lambda-endpoint`).
#[derive(Clone)]
pub struct Remote {
    http: Http,
    endpoint: String,
}

impl Remote {
    /// The functions behind this endpoint.
    pub fn new(http: Http, endpoint: &str) -> Self {
        Self { http, endpoint: endpoint.trim_end_matches('/').to_owned() }
    }

    pub(super) async fn invoke(&self, function: &str, payload: Bytes) -> Result<Answer, InvokeError> {
        let (name, qualifier) = arn::function(function);
        let encoded = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
        let qualifier = qualifier.map_or_else(String::new, |it| format!("?Qualifier={}", encoded(it)));
        let url = format!("{}/2015-03-31/functions/{}/invocations{qualifier}", self.endpoint, encoded(name));
        let unreachable = |why: String| InvokeError::Unreachable { why };
        let request = Request::post(url)
            .header("content-type", "application/json")
            .body(payload)
            .map_err(|error| unreachable(error.to_string()))?;
        let answer =
            self.http.send(request).await.map_err(|error: HttpError| unreachable(error.to_string()))?;
        let header =
            |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let function = function.to_owned();
        match answer.status().as_u16() {
            400 => Err(InvokeError::Invalid { why: message(answer.body()) }),
            403 => Err(InvokeError::Denied { function, why: message(answer.body()) }),
            404 => Err(InvokeError::NoSuchFunction(function_of(&message(answer.body()), function))),
            429 => Err(InvokeError::Throttled { function, why: message(answer.body()) }),
            200..=299 => Ok(Answer {
                request_id: header("x-amzn-requestid").unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
                function_error: header("x-amz-function-error").is_some(),
                log: header("x-amz-log-result"),
                payload: answer.into_body(),
            }),
            status => Err(unreachable(format!("it answered {status}"))),
        }
    }
}

/// The function that the endpoint says it has not: it knows its whole ARN.
fn function_of(message: &str, asked: String) -> String {
    message.strip_prefix("Function not found: ").map_or(asked, str::to_owned)
}

/// What the endpoint says is wrong, in the first of Lambda's two spellings that it has.
fn message(body: &Bytes) -> String {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    let message = ["Message", "message"].iter().find_map(|name| answer.get(name)?.as_str());
    message.unwrap_or("it does not say why").to_owned()
}
