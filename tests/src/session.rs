use crate::Result;
use bytes::Bytes;
use engine::client::{Credentials, Http};
use engine::service::Clock;
use http::Request;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A session of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Session {
    access_key_id: String,
    secret_access_key: String,
    session_token: String,
}

impl Session {
    /// The environment variables that AWS's SDKs read it from.
    pub fn environment(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("AWS_ACCESS_KEY_ID".to_owned(), self.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY".to_owned(), self.secret_access_key.clone()),
            ("AWS_SESSION_TOKEN".to_owned(), self.session_token.clone()),
        ])
    }

    /// A key that local AWS issued to nobody, which is the administrator's.
    pub(crate) fn administrator() -> Self {
        let nobody = || "administrator".to_owned();
        Self { access_key_id: nobody(), secret_access_key: nobody(), session_token: nobody() }
    }

    /// Asks for the list of buckets, as somebody would who tries out stolen credentials. Gives AWS's refusal, if it
    /// refuses.
    pub async fn list_buckets(&self, endpoint: &str) -> Result<std::result::Result<(), String>> {
        let request = Request::get(format!("{endpoint}/")).body(Bytes::new())?;
        Ok(self.send(request, "s3").await?.map(|_| ()))
    }

    /// Calls IAM. Gives the answer's text, or AWS's refusal.
    pub async fn iam(
        &self,
        endpoint: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<std::result::Result<String, String>> {
        let fixed = [("Action", action), ("Version", "2010-05-08")];
        let pairs = fixed.iter().chain(parameters);
        let form: Vec<String> =
            pairs.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let request = Request::post(format!("{endpoint}/"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(form.join("&")))?;
        self.send(request, "iam").await
    }

    /// Calls a service that speaks JSON. Gives its answer, or AWS's refusal.
    pub(crate) async fn json(
        &self,
        endpoint: &str,
        service: &str,
        target: &str,
        body: &Value,
    ) -> Result<std::result::Result<Value, String>> {
        let request = Request::post(format!("{endpoint}/"))
            .header("content-type", "application/x-amz-json-1.1")
            .header("x-amz-target", target)
            .body(Bytes::from(body.to_string()))?;
        Ok(match self.send(request, service).await? {
            Ok(text) => Ok(serde_json::from_str(&text)?),
            Err(refusal) => Err(refusal),
        })
    }

    async fn send(
        &self,
        mut request: Request<Bytes>,
        service: &str,
    ) -> Result<std::result::Result<String, String>> {
        let credentials =
            Credentials::session(&self.access_key_id, &self.secret_access_key, &self.session_token);
        credentials.sign(&mut request, service, "us-east-1", Clock.now())?;
        let answer = Http::new()?.send(request).await?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        if answer.status().is_success() {
            return Ok(Ok(text));
        }
        let message = text.split_once("<Message>").and_then(|(_, rest)| rest.split_once("</Message>"));
        Ok(Err(message.map_or(text.clone(), |(message, _)| message.to_owned())))
    }
}

/// A text as a form carries it.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            byte => format!("%{byte:02X}"),
        })
        .collect()
}
