use crate::{LocalAws, Result, Served, Session, Trouble, repository};
use bytes::Bytes;
use engine::client::Http;
use http::{Method, Request};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// ministack, which enforces IAM on every call. What it lacks goes on to local AWS.
pub struct Ministack {
    served: Served,
    http: Http,
    root: Session,
}

/// Whether a call was allowed.
#[derive(Debug, Clone, Deserialize)]
pub struct Decision {
    /// The name of the caller's role, or `root`.
    pub caller: String,
    /// Such as `iam`.
    pub service: String,
    /// Such as `GetRole`.
    pub action: String,
    /// The ARN of the resource.
    pub resource: String,
    /// None if ministack let a call pass whose action it does not know.
    pub allowed: Option<bool>,
}

impl Ministack {
    /// The account that it emulates.
    pub const ACCOUNT: &str = "123456789012";

    /// Starts it beside local AWS, which has Security Hub.
    pub async fn start(beside: &LocalAws) -> Result<Self> {
        let repository = repository();
        let (python, folder) =
            (repository.join("target/ministack/bin/python"), repository.join("tests/ministack"));
        let arguments = ["enforced_aws", "--account", Self::ACCOUNT, "--security-hub", beside.endpoint()];
        let served = Served::start(&python, &folder, &arguments).await?;
        Ok(Self { served, http: Http::new()?, root: Session::administrator() })
    }

    /// Its URL.
    pub fn endpoint(&self) -> &str {
        self.served.endpoint()
    }

    /// Sets the endpoint of Step Functions.
    pub async fn engine_at(&self, endpoint: &str) -> Result<()> {
        self.control(Method::POST, "engine", &json!({ "endpoint": endpoint })).await.map(|_| ())
    }

    /// Every decision since the start.
    pub async fn decisions(&self) -> Result<Vec<Decision>> {
        Ok(serde_json::from_value(self.control(Method::GET, "calls", &Value::Null).await?)?)
    }

    /// The tasks that made calls. It is an error if one of them was denied a call, or if a call was not decided on.
    pub async fn tasks_were_allowed_everything(&self) -> Result<BTreeSet<String>> {
        let mut callers = BTreeSet::new();
        for decision in self.decisions().await? {
            let task = decision.caller.strip_prefix("redress-").map(str::to_owned);
            if decision.allowed.is_none() || (task.is_some() && decision.allowed != Some(true)) {
                let Decision { caller, service, action, resource, allowed } = decision;
                let verdict = if allowed.is_none() { "was not decided on" } else { "was denied" };
                return Err(Trouble(format!("`{caller}`: `{service}:{action}` on `{resource}` {verdict}")));
            }
            callers.extend(task);
        }
        Ok(callers)
    }

    /// Calls IAM as root.
    pub async fn iam(&self, action: &str, parameters: &[(&str, &str)]) -> Result<String> {
        self.query("iam", "2010-05-08", action, parameters).await
    }

    /// Calls a service that takes forms as root of another account.
    pub async fn query_of(
        &self,
        account: &str,
        (service, version): (&str, &str),
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<String> {
        let root = Session::of_account(account);
        let answer = root.query(self.endpoint(), service, version, action, parameters).await?;
        answer.map_err(|refusal| Trouble(format!("{service}:{action} in {account}: {refusal}")))
    }

    /// Calls a service that takes forms as root.
    pub async fn query(
        &self,
        service: &str,
        version: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<String> {
        let answer = self.root.query(self.endpoint(), service, version, action, parameters).await?;
        answer.map_err(|refusal| Trouble(format!("{service}:{action}: {refusal}")))
    }

    /// Calls DynamoDB as root.
    pub async fn dynamodb(&self, action: &str, body: &Value) -> Result<Value> {
        let target = format!("DynamoDB_20120810.{action}");
        let answer = self.root.json(self.endpoint(), "dynamodb", &target, body).await?;
        Ok(serde_json::from_str(&answer.map_err(|refusal| Trouble(format!("{target}: {refusal}")))?)?)
    }

    /// Creates a KMS key, and returns its ARN.
    pub async fn key(&self) -> Result<String> {
        let answer = self.root.json(self.endpoint(), "kms", "TrentService.CreateKey", &json!({})).await?;
        let made: Value =
            serde_json::from_str(&answer.map_err(|refusal| Trouble(format!("kms:CreateKey: {refusal}")))?)?;
        let arn = made.pointer("/KeyMetadata/Arn").and_then(Value::as_str).map(str::to_owned);
        arn.ok_or_else(|| Trouble(format!("kms:CreateKey gives no ARN: {made}")))
    }

    /// Creates a bucket or an empty object.
    pub async fn s3_put(&self, path: &str) -> Result<()> {
        let answer = self.root.call(self.endpoint(), "s3", Method::PUT, path, "").await?;
        answer.map(|_| ()).map_err(|refusal| Trouble(format!("s3:Put {path}: {refusal}")))
    }

    async fn control(&self, method: Method, path: &str, body: &Value) -> Result<Value> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}/_redress/{path}", self.endpoint()))
            .body(Bytes::from(body.to_string()))?;
        let answer = self.http.send(request).await?;
        if answer.status().is_success() {
            return Ok(serde_json::from_slice(answer.body())?);
        }
        Err(Trouble(format!("ministack: {path}: {}", String::from_utf8_lossy(answer.body()))))
    }
}
