use super::{Credentials, Http, HttpError};
use crate::clock::Clock;
use ::http::{Request, Response};
use bytes::Bytes;
use serde_json::Value;

/// Whom a command speaks to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An engine, or another endpoint, at this URL.
    Endpoint(String),
    /// AWS, with the default credential chain.
    Aws,
}

/// What a request to an engine is signed for, where nobody names a region: no region, so the engine takes its own.
const REGION_OF_THE_ENGINE: &str = "*";

/// A client of `states`, `events` and `lambda`.
pub struct Client {
    http: Http,
    target: Target,
    region: String,
    credentials: Credentials,
    clock: Clock,
}

/// Why a call gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The service answered with an error.
    #[error("{code}: {message}")]
    Service {
        /// Its code, such as `ExecutionDoesNotExist`.
        code: String,
        /// Its message.
        message: String,
    },
    /// There was no answer.
    #[error("{0}; is the engine running? start it with `redress up`")]
    NoEngine(HttpError),
    /// There was no answer from AWS.
    #[error(transparent)]
    NoAnswer(HttpError),
    /// The answer was not JSON.
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
    /// It is no URL.
    #[error("`{0}` is no URL of an engine; it should be like http://127.0.0.1:8083")]
    Endpoint(String),
    /// There is nothing to sign with.
    #[error("no credentials: {0}")]
    Credentials(String),
}

impl CallError {
    /// The service's code, if it answered.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Service { code, .. } => Some(code),
            _ => None,
        }
    }
}

impl Client {
    /// A client. Without a region it takes that of the credentials, or of the engine.
    pub async fn new(target: Target, region: Option<String>, clock: Clock) -> Result<Self, CallError> {
        let http = Http::new().map_err(CallError::NoAnswer)?;
        let (credentials, region) = match &target {
            Target::Endpoint(url) if !is_url(url) => return Err(CallError::Endpoint(url.clone())),
            Target::Endpoint(_) => {
                (Credentials::local(), region.unwrap_or_else(|| REGION_OF_THE_ENGINE.to_owned()))
            }
            Target::Aws => Credentials::from_chain(region).await?,
        };
        Ok(Self { http, target, region, credentials, clock })
    }

    /// Whether it speaks to AWS.
    pub fn is_aws(&self) -> bool {
        self.target == Target::Aws
    }

    /// The region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Calls an action of Step Functions.
    pub async fn states(&self, action: &str, input: &Value) -> Result<Value, CallError> {
        self.call("states", &format!("AWSStepFunctions.{action}"), "application/x-amz-json-1.0", input).await
    }

    /// Calls an action of EventBridge.
    pub async fn events(&self, action: &str, input: &Value) -> Result<Value, CallError> {
        self.call("events", &format!("AWSEvents.{action}"), "application/x-amz-json-1.1", input).await
    }

    /// Invokes a function and returns what it returned, or its error as an error.
    pub async fn invoke(&self, function: &str, payload: &Value) -> Result<Value, CallError> {
        let request =
            Request::post(format!("{}/2015-03-31/functions/{function}/invocations", self.url("lambda")))
                .header("content-type", "application/json")
                .body(Bytes::from(payload.to_string()));
        let (failed, answer) = self.send("lambda", request).await?;
        if !failed {
            return Ok(answer);
        }
        let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        Err(CallError::Service { code: text("errorType"), message: text("errorMessage") })
    }

    /// Calls an action of Systems Manager.
    pub(super) async fn ssm(&self, action: &str, input: &Value) -> Result<Value, CallError> {
        self.call("ssm", &format!("AmazonSSM.{action}"), "application/x-amz-json-1.1", input).await
    }

    pub(super) fn target(&self) -> &Target {
        &self.target
    }

    pub(super) fn http(&self) -> &Http {
        &self.http
    }

    pub(super) fn sign(&self, request: &mut Request<Bytes>, service: &str) -> Result<(), CallError> {
        self.credentials.sign(request, service, &self.region, self.clock.now())
    }

    /// Sends a request as it is.
    pub(super) async fn exchange(&self, request: Request<Bytes>) -> Result<Response<Bytes>, CallError> {
        self.http.send(request).await.map_err(|error| match self.target {
            Target::Aws => CallError::NoAnswer(error),
            Target::Endpoint(_) => CallError::NoEngine(error),
        })
    }

    async fn call(
        &self,
        service: &str,
        target: &str,
        content_type: &str,
        input: &Value,
    ) -> Result<Value, CallError> {
        let request = Request::post(format!("{}/", self.url(service)))
            .header("content-type", content_type)
            .header("x-amz-target", target)
            .body(Bytes::from(input.to_string()));
        self.send(service, request).await.map(|(_, answer)| answer)
    }

    /// Signs and sends. The flag says whether a function answered with an error.
    async fn send(
        &self,
        service: &str,
        request: Result<Request<Bytes>, ::http::Error>,
    ) -> Result<(bool, Value), CallError> {
        let mut request = request.map_err(|error| CallError::Unreadable(error.to_string()))?;
        self.sign(&mut request, service)?;
        let answer = self.exchange(request).await?;
        let (parts, body) = answer.into_parts();
        let text = if body.is_empty() { b"{}".as_slice() } else { &body };
        let value: Value =
            serde_json::from_slice(text).map_err(|error| CallError::Unreadable(error.to_string()))?;
        if parts.status.is_success() {
            return Ok((parts.headers.contains_key("x-amz-function-error"), value));
        }
        let header = parts.headers.get("x-amzn-errortype").and_then(|value| value.to_str().ok());
        let code = value.get("__type").and_then(Value::as_str).or(header).unwrap_or("UnknownError");
        let code = code.split(':').next().unwrap_or(code).rsplit('#').next().unwrap_or(code).to_owned();
        let message = value
            .get("message")
            .or_else(|| value.get("Message"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        Err(CallError::Service { code, message })
    }

    fn url(&self, service: &str) -> String {
        match &self.target {
            Target::Endpoint(url) => url.trim_end_matches('/').to_owned(),
            Target::Aws => {
                let suffix =
                    if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
                format!("https://{service}.{}.{suffix}", self.region)
            }
        }
    }
}

/// Whether requests can be sent there.
fn is_url(text: &str) -> bool {
    let uri: Result<::http::Uri, _> = text.parse();
    uri.is_ok_and(|uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_url_is_refused_before_anything_is_sent() {
        for good in ["http://127.0.0.1:8083", "https://engine.example/", "http://[::1]:8083"] {
            assert!(is_url(good), "{good}");
        }
        for bad in ["", "engine", "localhost:8083", "http://", "/run/redress", "ftp://engine.example"] {
            assert!(!is_url(bad), "{bad}");
        }
    }
}
