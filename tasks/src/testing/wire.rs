//! AWS for unit tests: answers as they come over the wire, and a case table in memory.
//!
//! The SDK crates' own mocks need their `test-util` features, which would compile every SDK crate twice.

use super::WITH_MEMBER;
use super::iam::{Account, FailsAt};
use crate::aws::{Aws, Here};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};

/// The answers of AWS by action: one after the other, and the last one again and again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Wire(Arc<Mutex<State>>);

/// A change of a record.
pub(crate) type Edit = fn(&mut Value);

#[derive(Debug, Default)]
struct State {
    answers: HashMap<String, VecDeque<(u16, String)>>,
    calls: Vec<(String, String)>,
    /// The access key that signed each of them.
    keys: Vec<String>,
    table: BTreeMap<(String, String), Value>,
    lost_races: usize,
    account: Option<Account>,
    fails_at: Option<FailsAt>,
    /// Actions that never answer.
    hang: Vec<&'static str>,
    iam_calls: usize,
    /// A write by somebody else while an action is called: the action, the record's two keys, and the change.
    meanwhile: Option<(&'static str, &'static str, Edit)>,
}

impl Wire {
    /// The action answers with this body.
    pub(crate) fn answers(self, action: &str, body: impl Into<String>) -> Self {
        self.add(action, 200, body.into())
    }

    /// The action of IAM, EC2 or SNS fails.
    pub(crate) fn fails(self, action: &str, status: u16, code: &str) -> Self {
        let body = if action == "DescribeInstances" {
            format!(
                "<Response><Errors><Error><Code>{code}</Code><Message>no</Message></Error></Errors><RequestID>r</RequestID></Response>"
            )
        } else {
            format!(
                "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>"
            )
        };
        self.add(action, status, body)
    }

    /// The action of DynamoDB, Step Functions or Security Hub fails.
    pub(crate) fn fails_json(self, action: &str, status: u16, code: &str) -> Self {
        self.add(action, status, json!({ "__type": code, "message": "no", "Message": "no" }).to_string())
    }

    /// The action never answers.
    pub(crate) fn hangs(self, action: &'static str) -> Self {
        self.0.lock().unwrap().hang.push(action);
        self
    }

    /// The next conditional writes to the case table, this many of them, lose a race.
    pub(crate) fn loses_races(self, times: usize) -> Self {
        self.0.lock().unwrap().lost_races = times;
        self
    }

    /// Calls without an answer go to this account.
    pub(crate) fn of(account: Account) -> Self {
        let wire = Self::default();
        wire.0.lock().unwrap().account = Some(account);
        wire
    }

    /// Of the calls to IAM from now on, this one fails.
    pub(crate) fn fails_at(&self, fails_at: Option<FailsAt>) {
        let mut state = self.0.lock().unwrap();
        (state.fails_at, state.iam_calls) = (fails_at, 0);
    }

    /// The account as it is now.
    pub(crate) fn account(&self) -> Account {
        self.0.lock().unwrap().account.clone().unwrap()
    }

    /// Somebody else changes the account.
    pub(crate) fn change(&self, change: impl FnOnce(&mut Account)) {
        change(self.0.lock().unwrap().account.as_mut().unwrap());
    }

    fn add(self, action: &str, status: u16, body: String) -> Self {
        self.0.lock().unwrap().answers.entry(action.to_owned()).or_default().push_back((status, body));
        self
    }

    /// The actions that were called, in order.
    pub(crate) fn actions(&self) -> Vec<String> {
        self.0.lock().unwrap().calls.iter().map(|(action, _)| action.clone()).collect()
    }

    /// The actions that were called with this access key: `k` is the task's own, `MEMBER` that of the response role.
    pub(crate) fn actions_with(&self, key: &str) -> Vec<String> {
        let state = self.0.lock().unwrap();
        let calls = state.calls.iter().zip(&state.keys).filter(|(_, used)| *used == key);
        calls.map(|((action, _), _)| action.clone()).collect()
    }

    /// The bodies of the calls of an action, with query strings decoded.
    pub(crate) fn bodies(&self, action: &str) -> Vec<String> {
        let state = self.0.lock().unwrap();
        let bodies = state.calls.iter().filter(|(called, _)| called == action);
        bodies
            .map(|(_, body)| percent_encoding::percent_decode_str(body).decode_utf8_lossy().replace('+', " "))
            .collect()
    }

    /// The case table has this record.
    pub(crate) fn recorded(self, before: &impl serde::Serialize) -> Self {
        let doc = serde_json::to_string(before).unwrap();
        let json = serde_json::to_value(before).unwrap();
        let text = |name: &str| json[name].as_str().unwrap().to_owned();
        let partition = format!("before#{}#{}", text("kind"), text("caseId"));
        let item = json!({ "pk": { "S": partition }, "sk": { "S": "before" }, "version": { "N": "1" }, "doc": { "S": doc } });
        self.0.lock().unwrap().table.insert((partition, "before".to_owned()), item);
        self
    }

    /// Somebody else changes a record of the case table, named by its two keys, while an action is called.
    pub(crate) fn meanwhile(self, action: &'static str, key: &'static str, edit: Edit) -> Self {
        self.0.lock().unwrap().meanwhile = Some((action, key, edit));
        self
    }

    /// Somebody edits a record of the case table.
    pub(crate) fn edit(&self, key: &str, edit: Edit) {
        self.0.lock().unwrap().edit(key, edit);
    }

    /// The records of the case table, as JSON.
    pub(crate) fn records(&self) -> BTreeMap<String, Value> {
        let state = self.0.lock().unwrap();
        let doc = |item: &Value| serde_json::from_str(item["doc"]["S"].as_str().unwrap()).unwrap();
        state.table.iter().map(|((pk, sk), item)| (format!("{pk} {sk}"), doc(item))).collect()
    }

    /// The same with one other setting.
    pub(crate) fn aws_with(&self, name: &'static str, value: &str) -> Aws {
        self.aws_set(&[(name, value)])
    }

    /// The same with the member account `MEMBER`.
    pub(crate) fn aws_with_member(&self) -> Aws {
        self.aws_set(WITH_MEMBER)
    }

    /// The outside world of a task: this wire, the account 123456789012, and noon of 1 January 2026, UTC.
    pub(crate) fn aws(&self) -> Aws {
        self.aws_set(&[])
    }

    /// The same with these settings.
    pub(crate) fn aws_set(&self, set: &[(&'static str, &str)]) -> Aws {
        let wire = self.clone();
        let credentials =
            Credentials::builder().access_key_id("k").secret_access_key("s").provider_name("test").build();
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .http_client(http_client_fn(move |_, _| SharedHttpConnector::new(wire.clone())))
            .retry_config(aws_config::retry::RetryConfig::disabled())
            .build();
        let mut settings = HashMap::from([
            ("CASE_TABLE", "cases".to_owned()),
            ("TOPIC_ARN", "arn:aws:sns:us-east-1:123456789012:security".to_owned()),
            ("EXECUTION_LINK", "https://console.example/{execution}".to_owned()),
            ("ESCALATION_TOPIC_ARN", String::new()),
            ("TOKEN_KEY", String::new()),
            ("APPROVAL_URL", String::new()),
            ("APPROVERS", String::new()),
            ("APPROVALS_NEEDED", "1".to_owned()),
            ("IDENTITY_CLAIM", "sub".to_owned()),
            ("SESSION_CLAIM", String::new()),
            ("PROTECTED_ROLES", "/break-glass/*, OrganizationAccountAccessRole".to_owned()),
            ("RESPONDER_ROLES", "/redress/*".to_owned()),
            ("ACTING_ROLES", "/redress/redress-role-containment-change".to_owned()),
            ("CHANGES_PER_HOUR", "3".to_owned()),
            ("ACCOUNT_CHANGES_PER_HOUR", String::new()),
            ("KNOWN_ACCOUNTS", "210987654321, o-a1b2c3d4e5".to_owned()),
            ("KNOWN_OIDC_OWNERS", String::new()),
            ("KNOWN_NETWORKS", String::new()),
            ("REQUIRED_BOUNDARIES", String::new()),
            ("MEMBER_ACCOUNTS", String::new()),
            ("MEMBER_EXTERNAL_ID", String::new()),
            ("RECURRENCE_REMINDER_HOURS", "24".to_owned()),
        ]);
        settings.extend(set.iter().map(|(name, value)| (*name, (*value).to_owned())));
        let here = Here {
            partition: "aws".to_owned(),
            region: "us-east-1".to_owned(),
            account: "123456789012".to_owned(),
        };
        let mut aws = Aws::new(config, settings).at(here, "a-task", false);
        aws.clock = || Timestamp::from_second(1_767_268_800).unwrap();
        aws.pause = std::time::Duration::ZERO;
        aws
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned();
        let action = action(&request, &body);
        let mut state = self.0.lock().unwrap();
        state.calls.push((action.clone(), body.clone()));
        state.keys.push(access_key(&request));
        if state.hang.iter().any(|hangs| *hangs == action) {
            return HttpConnectorFuture::new(std::future::pending());
        }
        let scripted = state.answers.get_mut(&action).map(|answers| match answers.len() {
            1 => answers[0].clone(),
            _ => answers.pop_front().unwrap(),
        });
        let (status, text) = match (scripted, action.as_str()) {
            (Some(answer), _) => answer,
            (None, "GetItem") => (200, state.get_item(&body)),
            (None, "PutItem") => state.put_item(&body),
            (None, _) if state.account.is_some() => state.ask_account(&body),
            (None, action) => panic!("the test does not say what `{action}` answers"),
        };
        if state.meanwhile.is_some_and(|(on, _, _)| on == action) {
            let (_, key, edit) = state.meanwhile.take().unwrap();
            state.edit(key, edit);
        }
        let status = StatusCode::try_from(status).unwrap();
        HttpConnectorFuture::ready(Ok(HttpResponse::new(status, SdkBody::from(text))))
    }
}

/// The access key that signed a request.
fn access_key(request: &HttpRequest) -> String {
    let signature = request.headers().get("authorization").unwrap_or_default();
    let key = signature.split_once("Credential=").and_then(|(_, rest)| rest.split('/').next());
    key.unwrap_or_default().to_owned()
}

/// The action of a request, from its body, the target header, or the path.
fn action(request: &HttpRequest, body: &str) -> String {
    if let Some(target) = request.headers().get("x-amz-target") {
        return target.rsplit('.').next().unwrap().to_owned();
    }
    let path = request.uri().split("amazonaws.com").nth(1).unwrap_or_default();
    match path {
        "/findings" => "GetFindings".to_owned(),
        "/findings/batchupdate" => "BatchUpdateFindings".to_owned(),
        _ => body.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or(path).to_owned(),
    }
}

impl State {
    fn ask_account(&mut self, body: &str) -> (u16, String) {
        let fault = self.fails_at.filter(|fault| fault.call == self.iam_calls);
        self.iam_calls += 1;
        let error = |status: u16, code: &str| {
            (
                status,
                format!(
                    "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
                ),
            )
        };
        if fault.is_some_and(|fault| !fault.after) {
            return error(503, "ServiceUnavailable");
        }
        let answered = self.account.as_mut().unwrap().call(body);
        match answered {
            _ if fault.is_some() => error(503, "ServiceUnavailable"),
            Ok(body) => (200, body),
            Err(code) => error(400, code),
        }
    }

    fn get_item(&self, body: &str) -> String {
        let request: Value = serde_json::from_str(body).unwrap();
        match self.table.get(&key(&request["Key"])) {
            Some(item) => json!({ "Item": item }).to_string(),
            None => "{}".to_owned(),
        }
    }

    fn edit(&mut self, key: &str, edit: Edit) {
        let (partition, sort) = key.split_once(' ').unwrap();
        let item = self.table.get_mut(&(partition.to_owned(), sort.to_owned())).unwrap();
        let mut record: Value = serde_json::from_str(item["doc"]["S"].as_str().unwrap()).unwrap();
        edit(&mut record);
        let version: u64 = item["version"]["N"].as_str().unwrap().parse().unwrap();
        item["doc"]["S"] = record.to_string().into();
        item["version"]["N"] = (version + 1).to_string().into();
    }

    fn put_item(&mut self, body: &str) -> (u16, String) {
        let request: Value = serde_json::from_str(body).unwrap();
        let key = key(&request["Item"]);
        let before = self.table.get(&key);
        let holds = match request["ConditionExpression"].as_str().unwrap() {
            "attribute_not_exists(pk)" => before.is_none(),
            _ => {
                before.is_some_and(|item| item["version"] == request["ExpressionAttributeValues"][":version"])
            }
        };
        if !holds || self.lost_races > 0 {
            self.lost_races = self.lost_races.saturating_sub(1);
            let error = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
            return (
                400,
                json!({ "__type": error, "message": "The conditional request failed" }).to_string(),
            );
        }
        self.table.insert(key, request["Item"].clone());
        (200, "{}".to_owned())
    }
}

fn key(item: &Value) -> (String, String) {
    (item["pk"]["S"].as_str().unwrap().to_owned(), item["sk"]["S"].as_str().unwrap().to_owned())
}
