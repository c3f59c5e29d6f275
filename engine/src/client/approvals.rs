use super::{CallError, Client, Http, Target};
use ::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use ::http::{Method, Request};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The parameter with the address of the API that takes signed answers.
const PARAMETER: &str = "/redress/answers-url";

/// The name of the operator's key file, whichever folder it is in.
const KEY_FILE: &str = "operator.key";

/// The authenticated API that shows questions and takes answers: an HTTP API on AWS, whose requests are signed, or the page
/// of an engine, whose requests have the operator's key.
pub struct Approvals<'a> {
    client: &'a Client,
    url: String,
    /// The header of the operator. Requests to AWS are signed instead.
    authorization: Option<String>,
}

impl<'a> Approvals<'a> {
    /// The API of an engine, for somebody of this name who can read the operator's key.
    pub async fn of_engine(client: &'a Client, key: Option<PathBuf>, name: &str) -> Result<Self, CallError> {
        let Target::Endpoint(endpoint) = client.target() else {
            return Err(CallError::Credentials("AWS has no operator's key".to_owned()));
        };
        let url = format!("{}/approvals", endpoint.trim_end_matches('/'));
        let file = match key {
            Some(file) => file,
            None => key_file(client.http(), &url).await?,
        };
        let key = std::fs::read_to_string(&file).map_err(|why| {
            let file = file.display();
            CallError::Credentials(format!("the operator's key `{file}` cannot be read: {why}"))
        })?;
        let key = key.trim();
        if key.len() != 32 || !key.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            let file = file.display();
            return Err(CallError::Credentials(format!("`{file}` holds no operator's key")));
        }
        let authorization = BASE64_STANDARD.encode(format!("{name}:{key}"));
        Ok(Self { client, url, authorization: Some(format!("Basic {authorization}")) })
    }

    /// The API on AWS: at this address, or at that of the installation in the account.
    pub async fn of_aws(client: &'a Client, url: Option<String>) -> Result<Self, CallError> {
        let url = match url {
            Some(url) => url,
            None => {
                let found = client.ssm("GetParameter", &json!({ "Name": PARAMETER })).await?;
                let value = found.pointer("/Parameter/Value").and_then(Value::as_str);
                value
                    .map(str::to_owned)
                    .ok_or_else(|| CallError::Unreadable(format!("the parameter {PARAMETER} has no value")))?
            }
        };
        if !url.starts_with("https://") {
            return Err(CallError::Endpoint(url));
        }
        Ok(Self { client, url: url.trim_end_matches('/').to_owned(), authorization: None })
    }

    /// A question as it is now, with the token of its form if it is open.
    pub async fn question(&self, id: &str) -> Result<Value, CallError> {
        self.send(Method::GET, id, None).await
    }

    /// Answers the question that was shown.
    pub async fn answer(
        &self,
        id: &str,
        token: &str,
        decision: &str,
        reason: &str,
    ) -> Result<Value, CallError> {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let form =
            format!("decision={}&reason={}&token={}", encoded(decision), encoded(reason), encoded(token));
        self.send(Method::POST, id, Some(form)).await
    }

    /// Asks to take back the change of a case, whose undo is not on offer any more.
    pub async fn restore(&self, case_id: &str, reason: &str) -> Result<Value, CallError> {
        self.answer(case_id, "", "restore", reason).await
    }

    /// Sends a request. What the API refuses is an error; what it says of a question is not, whatever its status.
    async fn send(&self, method: Method, id: &str, form: Option<String>) -> Result<Value, CallError> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}/{id}", self.url))
            .header(ACCEPT, "application/json");
        if form.is_some() {
            request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if let Some(authorization) = &self.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Bytes::from(form.unwrap_or_default()));
        let mut request = request.map_err(|error| CallError::Unreadable(error.to_string()))?;
        if self.authorization.is_none() {
            self.client.sign(&mut request, "execute-api")?;
        }
        let answer = self.client.exchange(request).await?;
        let status = answer.status();
        let value: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if status.is_success() || value.get("outcome").is_some() {
            return Ok(value);
        }
        let message = value.get("message").or_else(|| value.get("Message")).and_then(Value::as_str);
        Err(CallError::Service {
            code: status.to_string(),
            message: message.unwrap_or("the API gave no reason").to_owned(),
        })
    }
}

/// Where an engine of this machine has its operator's key.
async fn key_file(http: &Http, url: &str) -> Result<PathBuf, CallError> {
    let request =
        Request::get(format!("{url}/sign-in")).header(ACCEPT, "application/json").body(Bytes::new());
    let request = request.map_err(|error| CallError::Unreadable(error.to_string()))?;
    let answer = http.send(request).await.map_err(CallError::NoEngine)?;
    let value: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    let file = value.get("operatorKeyFile").and_then(Value::as_str).map(PathBuf::from);
    // Another program on this port must not have any file of its choice sent to it.
    file.filter(|file| file.file_name() == Some(KEY_FILE.as_ref()) && Path::is_absolute(file)).ok_or_else(
        || {
            CallError::Credentials(
                "the engine does not say where its operator's key is; name the file with `--key`".to_owned(),
            )
        },
    )
}
