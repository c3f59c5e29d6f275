use crate::{Result, Trouble};
use bytes::Bytes;
use engine::client::{Credentials, Http};
use engine::clock::Clock;
use http::{HeaderValue, Method, Request};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// S3 alone wants the hash of what was signed in a header. What is asked of it here has no body.
const HASH_OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

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
    pub fn administrator() -> Self {
        let nobody = || "administrator".to_owned();
        Self { access_key_id: nobody(), secret_access_key: nobody(), session_token: nobody() }
    }

    /// A session of a role, asked of STS with this one's keys.
    pub async fn assume(&self, endpoint: &str, role_arn: &str, name: &str) -> Result<Self> {
        let parameters = [("RoleArn", role_arn), ("RoleSessionName", name)];
        let issued = self.query(endpoint, "sts", "2011-06-15", "AssumeRole", &parameters).await?;
        let issued = issued.map_err(|refusal| Trouble(format!("sts:AssumeRole: {refusal}")))?;
        let mut keys = Map::new();
        for name in ["AccessKeyId", "SecretAccessKey", "SessionToken"] {
            keys.insert(name.to_owned(), element(&issued, name)?.into());
        }
        Ok(serde_json::from_value(keys.into())?)
    }

    /// The key of the root of an account of ministack, where several are told apart by it.
    pub fn of_account(account: &str) -> Self {
        Self { access_key_id: account.to_owned(), ..Self::administrator() }
    }

    /// Asks for the list of buckets, as somebody would who tries out stolen credentials. Gives AWS's refusal, if it
    /// refuses.
    pub async fn list_buckets(&self, endpoint: &str) -> Result<std::result::Result<(), String>> {
        Ok(self.call(endpoint, "s3", Method::GET, "/", "").await?.map(|_| ()))
    }

    /// Calls IAM. Gives the answer's text, or AWS's refusal.
    pub async fn iam(
        &self,
        endpoint: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<std::result::Result<String, String>> {
        self.query(endpoint, "iam", "2010-05-08", action, parameters).await
    }

    /// Calls a service that takes forms (IAM, STS, SNS, EC2), in this version of its API. Gives the answer's text, or
    /// AWS's refusal.
    pub async fn query(
        &self,
        endpoint: &str,
        service: &str,
        version: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<std::result::Result<String, String>> {
        let fixed = [("Action", action), ("Version", version)];
        let pairs = fixed.iter().chain(parameters);
        let form: Vec<String> =
            pairs.map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let request = Request::post(format!("{endpoint}/"))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Bytes::from(form.join("&")))?;
        self.send(request, service).await
    }

    /// Calls a service that takes JSON and a target (DynamoDB, Step Functions). Gives the answer's text, or AWS's
    /// refusal.
    pub async fn json(
        &self,
        endpoint: &str,
        service: &str,
        target: &str,
        body: &Value,
    ) -> Result<std::result::Result<String, String>> {
        let request = Request::post(format!("{endpoint}/"))
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-target", target)
            .body(Bytes::from(body.to_string()))?;
        self.send(request, service).await
    }

    /// Calls a service that goes by methods and paths (S3, Lambda, Security Hub). Gives the answer's text, or AWS's
    /// refusal.
    pub async fn call(
        &self,
        endpoint: &str,
        service: &str,
        method: Method,
        path: &str,
        body: &str,
    ) -> Result<std::result::Result<String, String>> {
        let body = Bytes::from(body.to_owned());
        let request = Request::builder().method(method).uri(format!("{endpoint}{path}")).body(body)?;
        self.send(request, service).await
    }

    async fn send(
        &self,
        mut request: Request<Bytes>,
        service: &str,
    ) -> Result<std::result::Result<String, String>> {
        let credentials =
            Credentials::session(&self.access_key_id, &self.secret_access_key, &self.session_token);
        if service == "s3" && request.body().is_empty() {
            request.headers_mut().insert("x-amz-content-sha256", HeaderValue::from_static(HASH_OF_NOTHING));
        }
        credentials.sign(&mut request, service, "us-east-1", Clock.now())?;
        let answer = Http::new()?.send(request).await?;
        let text = String::from_utf8_lossy(answer.body()).into_owned();
        Ok(if answer.status().is_success() { Ok(text) } else { Err(refusal(&text)) })
    }
}

/// The text of an element of an XML answer.
pub fn element(answer: &str, name: &str) -> Result<String> {
    let rest = answer.split_once(&format!("<{name}>")).map(|(_, rest)| rest);
    let inner = rest.and_then(|rest| rest.split_once(&format!("</{name}>")));
    let inner = inner.map(|(inner, _)| inner.to_owned());
    inner.ok_or_else(|| Trouble(format!("there is no <{name}> in {answer}")))
}

/// The message of a refusal in XML or JSON.
fn refusal(text: &str) -> String {
    if let Some((_, rest)) = text.split_once("<Message>") {
        return rest.split_once("</Message>").map_or(rest, |(message, _)| message).to_owned();
    }
    let told: Value = serde_json::from_str(text).unwrap_or_default();
    let message = ["message", "Message"].iter().find_map(|name| told.get(name)?.as_str());
    message.unwrap_or(text).to_owned()
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
