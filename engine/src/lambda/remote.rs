use super::{Answer, InvokeError, name_of, qualifier_of};
use crate::client::{Http, HttpError};
use bytes::Bytes;
use http::Request;

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
        let name = name_of(function);
        let query = qualifier_of(function).map(|alias| format!("?Qualifier={alias}")).unwrap_or_default();
        let unreachable = |why: String| InvokeError::Unreachable { why };
        let request =
            Request::post(format!("{}/2015-03-31/functions/{name}/invocations{query}", self.endpoint))
                .header("content-type", "application/json")
                .body(payload)
                .map_err(|error| unreachable(error.to_string()))?;
        let answer =
            self.http.send(request).await.map_err(|error: HttpError| unreachable(error.to_string()))?;
        let header =
            |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        match answer.status().as_u16() {
            404 => Err(InvokeError::NoSuchFunction(function.to_owned())),
            200..=299 => Ok(Answer {
                request_id: header("x-amzn-requestid").unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
                function_error: header("x-amz-function-error").is_some(),
                payload: answer.into_body(),
            }),
            status => Err(unreachable(format!("it answered {status}"))),
        }
    }
}
