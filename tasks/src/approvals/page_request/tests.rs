//! Every request of the page, good and hostile, and every page as people read it.

use super::*;
use crate::approvals::people::Person;
use crate::messages::samples::{CASE, EXECUTION, contained, finding, looked, reason};
use crate::runtime::Run;
use crate::testing::Wire;
use crate::testing::golden::golden;
use contract::tasks::{AnswerApproval, RequestApproval, request_approval};
use contract::{Question, TaskError};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

mod joined;
mod policies;
mod refusals;
mod two_people;

type Headers = &'static [(&'static str, &'static str)];

const INVOKED: &str = "arn:aws:lambda:us-east-1:123456789012:function:answer-approval:page";
const HOST: &str = "approvals.example.com";
const ADA: &str = "ada@example.com";
const GRACE: &str = "grace@example.com";
const RECORD: &str = "question#4f1b2c3d4e5f change";
const EVIL: &str = "<script>alert(1)</script>\" onload='x' &lt;b&gt;\u{202e}\u{0}";

fn sound() -> Wire {
    let published =
        "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>";
    Wire::default()
        .answers("Publish", published)
        .answers("SendTaskSuccess", "{}")
        .answers("SendTaskFailure", "{}")
}

fn input() -> request_approval::Input {
    request_approval::Input {
        case_id: CASE.to_owned(),
        execution: EXECUTION.to_owned(),
        task_token: "task-token-that-must-stay-secret".to_owned(),
        question: Question::Change { reasons: vec![reason("exempt", "The role is exempt.")] },
        seconds: 3600,
        finding: finding(),
        looked: Some(looked()),
        seen: None,
        approvers: Vec::new(),
        needed: None,
        not_by: Vec::new(),
        wait_seconds: None,
        again: false,
        quietly: false,
    }
}

async fn ask(wire: &Wire, input: request_approval::Input) -> String {
    RequestApproval::run(input, &wire.aws()).await.unwrap().approval_id
}

/// A request as an event of the API. The defaults are those of a browser that sends the form of the page.
#[derive(Clone)]
struct Ask {
    method: &'static str,
    id: String,
    query: &'static str,
    authorizer: Value,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
    base64: bool,
}

impl Ask {
    fn new(method: &'static str, id: &str, person: &str) -> Self {
        let authorizer = json!({ "jwt": { "claims": { "sub": person }, "scopes": null } });
        let headers = vec![("content-type", FORM), ("origin", "null"), ("sec-fetch-site", "same-origin")];
        Self { method, id: id.to_owned(), query: "", authorizer, headers, body: String::new(), base64: false }
    }

    fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.retain(|(header, _)| *header != name);
        if !value.is_empty() {
            self.headers.push((name, value));
        }
        self
    }

    fn by(mut self, authorizer: Value) -> Self {
        self.authorizer = authorizer;
        self
    }

    fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    fn event(&self) -> Value {
        let headers: serde_json::Map<String, Value> =
            self.headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let mut event = json!({
            "version": "2.0",
            "routeKey": "ANY /approvals/{id}",
            "rawPath": format!("/approvals/{}", self.id),
            "rawQueryString": self.query,
            "headers": headers,
            "pathParameters": { "id": self.id },
            "requestContext": {
                "accountId": "123456789012", "apiId": "a", "domainName": HOST, "domainPrefix": "approvals",
                "http": { "method": self.method, "path": "/", "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "b" },
                "requestId": "r", "routeKey": "ANY /approvals/{id}", "stage": "$default",
                "time": "01/Jan/2026:12:00:00 +0000", "timeEpoch": 1_767_268_800_000_i64,
                "authorizer": self.authorizer,
            },
            "body": self.body,
            "isBase64Encoded": self.base64,
        });
        if self.authorizer.is_null() {
            event["requestContext"].as_object_mut().unwrap().remove("authorizer");
        }
        event
    }

    async fn send(&self, aws: &Aws) -> (u64, String, Value) {
        let answer = AnswerApproval::page(self.event(), INVOKED, aws).await.unwrap();
        let body = answer["body"].as_str().unwrap_or_default().to_owned();
        (answer["statusCode"].as_u64().unwrap(), body, answer["headers"].clone())
    }
}

/// The form token that a page shows.
fn token_in(page: &str) -> String {
    let (_, rest) = page.split_once("name=\"token\" value=\"").unwrap();
    rest.split_once('"').unwrap().0.to_owned()
}

async fn token_for(wire: &Wire, id: &str, person: &str) -> String {
    token_in(&Ask::new("GET", id, person).send(&wire.aws()).await.1)
}

fn form(decision: &str, reason: &str, token: &str) -> String {
    format!("decision={decision}&reason={reason}&token={token}")
}

/// Compares a page with its golden file, in which the random id and the token have fixed names.
#[track_caller]
fn compare(name: &str, page: &str) {
    let mut text = page.to_owned();
    for (before, after) in [("name=\"token\" value=\"", "TOKEN"), ("action=\"", "ID")] {
        if let Some((head, tail)) = page.split_once(before) {
            let value = tail.split('"').next().unwrap();
            assert!(head.len() < page.len());
            text = text.replace(value, after);
        }
    }
    golden(&format!("src/approvals/golden/{name}.html"), &text);
}

#[tokio::test]
async fn people_see_what_they_decide() {
    let wire = sound();
    let id = ask(&wire, input()).await;
    let open = Ask::new("GET", &id, ADA);
    let (status, page, headers) = open.send(&wire.aws()).await;
    assert_eq!(status, 200);
    compare("open", &page);
    for (name, value) in [
        ("cache-control", "no-store"),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
        ("x-robots-tag", "noindex, nofollow, noarchive"),
        ("content-type", "text/html; charset=utf-8"),
    ] {
        assert_eq!(headers[name], value);
    }
    let policy = headers["content-security-policy"].as_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"),
        "{policy}"
    );
    for text in ["<script", "<img", "<link", "src=", "url(", "onclick", "task-token"] {
        assert!(!page.contains(text), "{text}");
    }

    let sent = Ask::new("POST", &id, ADA).body(form("approve", "seen+it", &token_in(&page)));
    let (status, page, _) = sent.send(&wire.aws()).await;
    assert_eq!(status, 200, "{page}");
    compare("your-decision", &page);
    assert_eq!(wire.records()[RECORD]["answer"]["by"], ADA);
    assert_eq!(wire.bodies("SendTaskSuccess").len(), 1);
    let (status, page, _) = sent.send(&wire.aws()).await;
    assert_eq!(status, 409);
    compare("decided-already", &page);
    let (status, page, _) = open.send(&wire.aws()).await;
    assert_eq!(status, 200);
    compare("decided", &page);
    assert_eq!(wire.bodies("SendTaskSuccess").len(), 1, "a replay changes nothing");

    let wire = sound();
    let undo =
        request_approval::Input { question: Question::Undo { recorded: Box::new(contained()) }, ..input() };
    let id = ask(&wire, undo).await;
    let (_, page, _) = Ask::new("GET", &id, ADA).send(&wire.aws()).await;
    compare("open-undo", &page);
    let mut aws = wire.aws();
    aws.clock = || Timestamp::from_second(1_767_268_800 + 3_600).unwrap();
    let (status, page, _) = Ask::new("GET", &id, ADA).send(&aws).await;
    assert_eq!(status, 410);
    compare("expired", &page);
    let (status, page, _) = Ask::new("PUT", &id, ADA).send(&aws).await;
    assert_eq!(status, 405);
    compare("refused", &page);
    let (status, page, _) = Ask::new("GET", &id, "").send(&aws).await;
    assert_eq!(status, 401);
    compare("stranger", &page);
}

#[test]
fn the_policy_names_the_style() {
    use sha2::Digest;
    let hash: Base64Data =
        serde_json::from_value(STYLE_HASH.strip_prefix("sha256-").unwrap().into()).unwrap();
    assert_eq!(hash.0, sha2::Sha256::digest(page::STYLE).to_vec());
}

#[tokio::test]
async fn a_hostile_finding_is_text_on_the_page() {
    let wire = sound();
    let mut hostile = input();
    hostile.finding.title = EVIL.to_owned();
    hostile.finding.id = EVIL.to_owned();
    hostile.finding.account = EVIL.to_owned();
    let mut looked = looked();
    (looked.found, looked.dangers) = (EVIL.to_owned(), vec![EVIL.to_owned()]);
    looked.target = contract::Target::Other { what: EVIL.to_owned(), why: EVIL.to_owned() };
    looked.context.owner = Some(EVIL.to_owned());
    looked.context.facts = vec![contract::Fact::new(EVIL, EVIL)];
    if let contract::Plan::Change(proposal) = &mut looked.plan {
        (proposal.question, proposal.effect) = (EVIL.to_owned(), EVIL.to_owned());
        (proposal.diff, proposal.hits) = (EVIL.to_owned(), vec![contract::Fact::new(EVIL, EVIL)]);
    }
    hostile.looked = Some(looked);
    hostile.question = Question::Change { reasons: vec![reason(EVIL, EVIL)] };
    hostile.execution = EVIL.to_owned();
    let id = ask(&wire, hostile).await;
    let (status, page, _) = Ask::new("GET", &id, "<b>eve</b>\"'").send(&wire.aws()).await;
    assert_eq!(status, 200);
    compare("hostile", &page);
    for text in ["<script", "<b>", "onload='", "\" onload", "\u{202e}", "\u{0}"] {
        assert!(!page.contains(text), "{text}");
    }
}

#[tokio::test]
async fn a_form_is_valid_for_an_hour() {
    for (seconds, question, status) in [(3599, 7200, 200), (3600, 7200, 403), (3600, 3600, 410)] {
        let wire = sound();
        let id = ask(&wire, request_approval::Input { seconds: question, ..input() }).await;
        let token = token_for(&wire, &id, ADA).await;
        let mut aws = wire.aws();
        aws.clock = match seconds {
            3599 => || Timestamp::from_second(1_767_268_800 + 3599).unwrap(),
            _ => || Timestamp::from_second(1_767_268_800 + 3600).unwrap(),
        };
        let sent = Ask::new("POST", &id, ADA).body(form("deny", "x", &token)).send(&aws).await;
        assert_eq!(sent.0, status, "after {seconds} s of {question}: {}", sent.1);
    }
}

/// The claim that names a person is a setting, and an e-mail counts only if the issuer has verified it.
#[tokio::test]
async fn a_name_is_proven_by_the_authorizer() {
    let claims = |claims: Value| json!({ "jwt": { "claims": claims, "scopes": null } });
    let rows = [
        ("sub", claims(json!({ "sub": "a1", "email": ADA })), Some("a1")),
        ("email", claims(json!({ "sub": "a1", "email": ADA, "email_verified": "true" })), Some(ADA)),
        ("email", claims(json!({ "sub": "a1", "email": ADA, "email_verified": "false" })), None),
        ("email", claims(json!({ "sub": "a1", "email": ADA })), None),
        ("email", claims(json!({ "sub": "a1" })), None),
        ("oid", claims(json!({ "oid": "o1" })), Some("o1")),
        (
            "sub",
            json!({ "iam": { "userArn": "arn:aws:iam::123456789012:user/ada" } }),
            Some("arn:aws:iam::123456789012:user/ada"),
        ),
        // A JWT without the claim is not replaced by another authorizer.
        (
            "sub",
            json!({ "jwt": { "claims": {} }, "iam": { "userArn": "arn:aws:iam::123456789012:user/ada" } }),
            None,
        ),
    ];
    for (claim, authorizer, name) in rows {
        let read: ApiGatewayRequestAuthorizer = serde_json::from_value(authorizer.clone()).unwrap();
        let proven = proven(&read, claim, "", &Wire::default().aws()).await.ok().unwrap();
        assert_eq!(proven.as_ref().map(Person::name), name, "{claim} of {authorizer}");
    }
}

#[test]
fn a_form_of_a_question_without_a_secret_is_never_valid() {
    let person = Person::named(ADA);
    let now = Timestamp::from_second(1_767_268_800).unwrap();
    let record = json!({
        "approvalId": "0123456789abcdef0123456789abcdef", "caseId": "4f1b2c3d4e5f", "execution": "arn",
        "question": { "kind": "Change", "reasons": [] }, "taskToken": "t",
        "expiresAt": "2026-01-01T13:00:00Z", "told": true,
    });
    let old: Approval = serde_json::from_value(record).unwrap();
    assert_eq!((old.needed, old.approvals.len()), (1, 0));
    let token = form::token(&old, &person, now);
    assert!(!form::is_sound(
        &token,
        &old,
        &person,
        now.saturating_add(SignedDuration::from_secs(1)).unwrap()
    ));
}

#[test]
fn a_form_of_the_page_is_recognised_by_its_headers() {
    const SAME: (&str, &str) = ("sec-fetch-site", "same-origin");
    let rows: [(&str, Headers, bool); 9] = [
        (HOST, &[("origin", "https://approvals.example.com"), SAME], true),
        (HOST, &[("origin", "https://approvals.example.com")], true),
        (HOST, &[("origin", "null"), SAME], true),
        (HOST, &[], true),
        (HOST, &[("origin", "https://approvals.example.com"), ("sec-fetch-site", "none")], false),
        (HOST, &[("origin", "https://approvals.example.com:8443")], false),
        ("127.0.0.1:8083", &[("origin", "http://127.0.0.1:8083")], true),
        ("127.0.0.1:8083", &[("origin", "http://127.0.0.1:8084")], false),
        ("", &[("origin", "https://")], false),
    ];
    for (host, headers, expected) in rows {
        let mut ask = Ask::new("POST", "", ADA);
        ask.headers = headers.to_vec();
        let mut event = ask.event();
        event["requestContext"]["domainName"] = host.into();
        let request = serde_json::from_value(event).unwrap();
        assert_eq!(is_from_the_page(&request), expected, "{host} {headers:?}");
    }
}
