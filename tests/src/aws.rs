use crate::manifest::manifest_json;
use crate::responses::response_to;
use crate::session::Session;
use crate::{Result, Served, Trouble, repository};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use engine::client::Http;
use http::Request;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Local AWS: a process that ends when this value is dropped.
pub struct LocalAws {
    served: Served,
    http: Http,
    // The account and region of the first event that was seeded, where the responder is.
    place: OnceLock<String>,
}

/// An account in which an event is true.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Seeded {
    /// The account.
    pub account: String,
    /// The region.
    pub region: String,
    /// The case table's name.
    pub table: String,
    /// The topic of the security team.
    pub topic_arn: String,
    /// The key that task tokens are encrypted with.
    pub token_key_arn: String,
    /// The topic above it.
    pub escalation_topic_arn: String,
    /// The finding's ARN.
    pub finding_arn: String,
    /// The leaked role, where the event names one.
    pub role: Option<Role>,
}

/// A role that was seeded.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Its ARN.
    pub arn: String,
    /// Its unique id.
    pub id: String,
    /// The instances that use it, the one of the finding first.
    pub instances: Vec<String>,
    /// A session of it, as the attacker has one.
    pub session: Session,
}

impl LocalAws {
    /// Starts it, with this account as the one that it plays.
    pub async fn start(account: &str) -> Result<Self> {
        let repository = repository();
        let (python, folder) = (repository.join("target/venv/bin/python"), repository.join("tests/aws"));
        let served = Served::start(&python, &folder, &["local_aws", "--account", account]).await?;
        Ok(Self { served, http: Http::new()?, place: OnceLock::new() })
    }

    /// Its URL.
    pub fn endpoint(&self) -> &str {
        self.served.endpoint()
    }

    /// Builds an account in which an event is true.
    pub async fn seed(&self, event: &Value) -> Result<Seeded> {
        let path = with_account_file("seed", event)?;
        let seeded: Seeded = serde_json::from_value(self.control("POST", &path, event).await?)?;
        self.place.get_or_init(|| format!("?account={}&region={}", seeded.account, seeded.region));
        Ok(seeded)
    }

    /// The same for an event of a member account: the responder and the finding stay in the home account.
    pub async fn seed_member(&self, event: &Value) -> Result<Seeded> {
        let path = with_account_file(&self.at("seed"), event)?;
        Ok(serde_json::from_value(self.control("POST", &path, event).await?)?)
    }

    /// Creates the response role of a member account, which trusts the tasks of the home account.
    pub async fn join(&self, member: &str, external_id: &str) -> Result<()> {
        let body = json!({ "account": member, "externalId": external_id, "tasks": manifest_json()? });
        self.control("POST", &self.at("members"), &body).await.map(|_| ())
    }

    /// A session for each task with the permissions of the manifest.
    pub async fn task_sessions(&self) -> Result<BTreeMap<String, Session>> {
        let manifest = manifest_json()?;
        Ok(serde_json::from_value(self.control("POST", &self.at("task-roles"), &manifest).await?)?)
    }

    /// Everything in the account that a response can change, sorted.
    pub async fn account(&self) -> Result<Value> {
        self.control("GET", &self.at("account"), &Value::Null).await
    }

    /// The same of another account.
    pub async fn other_account(&self, account: &str) -> Result<Value> {
        self.control("GET", &format!("account?account={account}"), &Value::Null).await
    }

    /// Makes calls fail from now on. An empty list ends that.
    pub async fn faults(&self, faults: &Value) -> Result<()> {
        self.control("POST", "faults", faults).await.map(|_| ())
    }

    /// Hides a finding in Security Hub for this many look-ups.
    pub async fn lag(&self, finding_arn: &str, look_ups: u64) -> Result<()> {
        self.control("POST", "lag", &json!({ "findingArn": finding_arn, "lookUps": look_ups }))
            .await
            .map(|_| ())
    }

    /// Every call since the start.
    pub async fn calls(&self) -> Result<Vec<Value>> {
        match self.control("GET", "calls", &Value::Null).await? {
            Value::Array(calls) => Ok(calls),
            other => Err(Trouble(format!("these are no calls: {other}"))),
        }
    }

    /// Resets everything except the sessions of the tasks, and builds an account in which an event is true. An engine
    /// that was started with those sessions can keep them.
    pub async fn seed_anew(&self, event: &Value) -> Result<Seeded> {
        self.control("POST", "reset?keep-sessions", &json!({})).await?;
        let seeded = self.seed(event).await?;
        self.task_sessions().await?;
        Ok(seeded)
    }

    /// Resets everything.
    pub async fn reset(&self) -> Result<()> {
        self.control("POST", "reset", &json!({})).await.map(|_| ())
    }

    /// Calls IAM as the administrator of the account, and gives the answer's text without the id of the request.
    pub async fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> Result<String> {
        let answer = Session::administrator().iam(self.endpoint(), action, parameters).await?;
        let text = answer.map_err(|refusal| Trouble(format!("iam:{action}: {refusal}")))?;
        Ok(text.split_once("<ResponseMetadata>").map_or(text.clone(), |(text, _)| text.to_owned()))
    }

    /// Decrypts a task token of the case table as the administrator of the key, for this question. Returns the refusal
    /// if it belongs to another.
    pub async fn open_token(
        &self,
        kept: &str,
        approval_id: &str,
    ) -> Result<std::result::Result<String, String>> {
        let sealed = kept.strip_prefix("kms:").and_then(|sealed| hex::decode(sealed).ok());
        let sealed = sealed.ok_or_else(|| Trouble("a task token is not encrypted".to_owned()))?;
        let body = json!({
            "CiphertextBlob": STANDARD.encode(sealed), "EncryptionContext": { "approval": approval_id },
        });
        let session = Session::administrator();
        let answer = session.json(self.endpoint(), "kms", "TrentService.Decrypt", &body).await?;
        let text = |answer: String| -> Result<String> {
            let answer: Value = serde_json::from_str(&answer)?;
            let plain = answer.get("Plaintext").and_then(Value::as_str).unwrap_or_default();
            let plain = STANDARD.decode(plain).map_err(|error| Trouble(error.to_string()))?;
            String::from_utf8(plain).map_err(|error| Trouble(error.to_string()))
        };
        answer.map_or_else(|refusal| Ok(Err(refusal)), |answer| text(answer).map(Ok))
    }

    /// The path with the account and region of the responder.
    fn at(&self, path: &str) -> String {
        format!("{path}{}", self.place.get().map(String::as_str).unwrap_or_default())
    }

    async fn control(&self, method: &str, path: &str, body: &Value) -> Result<Value> {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/_redress/{path}", self.endpoint()))
            .body(Bytes::from(text))?;
        let answer = self.http.send(request).await?;
        let value: Value =
            if answer.body().is_empty() { Value::Null } else { serde_json::from_slice(answer.body())? };
        if answer.status().is_success() {
            Ok(value)
        } else {
            Err(Trouble(format!("local AWS: {path}: {value}")))
        }
    }
}

/// The path of the control endpoint with the response whose `account.json` describes the account of an event.
fn with_account_file(path: &str, event: &Value) -> Result<String> {
    let response = response_to(event)?.filter(|response| response.has_account());
    Ok(response.map_or_else(
        || path.to_owned(),
        |response| {
            let sign = if path.contains('?') { '&' } else { '?' };
            format!("{path}{sign}response={}", response.workflow.name)
        },
    ))
}
