//! Every request of the page, good and hostile, and every page as people read it: `make golden` writes them anew.

use super::*;
use crate::approval::people::Person;
use crate::contain_role_tests::before;
use crate::serve::Run;
use crate::testing::{Wire, finding};
use contract::tasks::check_guardrails::Reason;
use contract::tasks::{AnswerApproval, RequestApproval, request_approval};
use contract::{Context, InstanceFacts, Question, RoleFacts};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use std::path::Path;

#[path = "policy_page_tests.rs"]
mod policy_page;
#[path = "two_people_tests.rs"]
mod two_people;

type Headers = &'static [(&'static str, &'static str)];

const INVOKED: &str = "arn:aws:lambda:us-east-1:123456789012:function:answer-approval:page";
const HOST: &str = "approvals.example.com";
const ADA: &str = "ada@example.com";
const GRACE: &str = "grace@example.com";
const RECORD: &str = "question#4f1b2c3d4e5f contain";
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
    let reason = Reason { guardrail: "exempt".to_owned(), message: "The role is exempt.".to_owned() };
    request_approval::Input {
        case_id: "4f1b2c3d4e5f".to_owned(),
        execution: "arn:aws:states:us-east-1:123456789012:execution:credential-exfiltration:run".to_owned(),
        task_token: "task-token-that-must-stay-secret".to_owned(),
        question: Question::Contain { reasons: vec![reason] },
        seconds: 3600,
        finding: finding(),
        context: Some(context()),
        approvers: Vec::new(),
        needed: None,
        not_by: Vec::new(),
        wait_seconds: None,
        again: false,
    }
}

fn context() -> Context {
    Context {
        role: RoleFacts::Verified {
            arn: "arn:aws:iam::123456789012:role/web-frontend".to_owned(),
            created: "2025-06-01T08:00:00Z".to_owned(),
            tags: std::collections::BTreeMap::new(),
        },
        instance: InstanceFacts::Gone { id: "i-0a1b2c3d4e5f60718".to_owned() },
        profile: None,
        environment: Some("production".to_owned()),
        owner: Some("storefront@example.com".to_owned()),
        other_instances: vec!["i-0b1b2c3d4e5f60719".to_owned()],
        other_instance_count: 1,
        remarks: Vec::new(),
    }
}

async fn ask(wire: &Wire, input: request_approval::Input) -> String {
    RequestApproval::run(input, &wire.aws()).await.unwrap().approval_id
}

/// A request as the API makes it an event. What is not said is as a browser says it for the form of the page.
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

#[track_caller]
fn golden(name: &str, page: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/approval/golden").join(format!("{name}.html"));
    // What is random, or is made with what is random, is the same in each golden page.
    let mut text = page.to_owned();
    for (before, after) in [("name=\"token\" value=\"", "TOKEN"), ("action=\"", "ID")] {
        if let Some((head, tail)) = page.split_once(before) {
            let value = tail.split('"').next().unwrap();
            assert!(head.len() < page.len());
            text = text.replace(value, after);
        }
    }
    if std::env::var_os("GOLDEN").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), text, "{name}");
}

#[tokio::test]
async fn people_see_what_they_decide() {
    let wire = sound();
    let id = ask(&wire, input()).await;
    let open = Ask::new("GET", &id, ADA);
    let (status, page, headers) = open.send(&wire.aws()).await;
    assert_eq!(status, 200);
    golden("open", &page);
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
    golden("your-decision", &page);
    assert_eq!(wire.records()[RECORD]["answer"]["by"], ADA);
    assert_eq!(wire.bodies("SendTaskSuccess").len(), 1);
    let (status, page, _) = sent.send(&wire.aws()).await;
    assert_eq!(status, 409);
    golden("decided-already", &page);
    let (status, page, _) = open.send(&wire.aws()).await;
    assert_eq!(status, 200);
    golden("decided", &page);
    assert_eq!(wire.bodies("SendTaskSuccess").len(), 1, "a replay changes nothing");

    let wire = sound();
    let undo = request_approval::Input { question: Question::Undo { before: before().into() }, ..input() };
    let id = ask(&wire, undo).await;
    let (_, page, _) = Ask::new("GET", &id, ADA).send(&wire.aws()).await;
    golden("open-undo", &page);
    let mut aws = wire.aws();
    aws.clock = || Timestamp::from_second(1_767_268_800 + 3_600).unwrap();
    let (status, page, _) = Ask::new("GET", &id, ADA).send(&aws).await;
    assert_eq!(status, 410);
    golden("expired", &page);
    let (status, page, _) = Ask::new("PUT", &id, ADA).send(&aws).await;
    assert_eq!(status, 405);
    golden("refused", &page);
    let (status, page, _) = Ask::new("GET", &id, "").send(&aws).await;
    assert_eq!(status, 401);
    golden("stranger", &page);
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
    hostile.context =
        Some(Context { owner: Some(EVIL.to_owned()), other_instances: vec![EVIL.to_owned()], ..context() });
    hostile.question =
        Question::Contain { reasons: vec![Reason { guardrail: EVIL.to_owned(), message: EVIL.to_owned() }] };
    hostile.execution = EVIL.to_owned();
    let id = ask(&wire, hostile).await;
    let (status, page, _) = Ask::new("GET", &id, "<b>eve</b>\"'").send(&wire.aws()).await;
    assert_eq!(status, 200);
    golden("hostile", &page);
    for text in ["<script", "<b>", "onload='", "\" onload", "\u{202e}", "\u{0}"] {
        assert!(!page.contains(text), "{text}");
    }
}

/// A request that must change nothing, and how it is answered.
struct Refused {
    name: &'static str,
    ask: Ask,
    status: u64,
    says: &'static str,
}

#[tokio::test]
async fn whatever_is_wrong_with_a_request_it_changes_nothing() {
    let wire = sound();
    let id = ask(&wire, request_approval::Input { not_by: vec!["*@suspects.example".to_owned()], ..input() })
        .await;
    let (ada, grace) = (token_for(&wire, &id, ADA).await, token_for(&wire, &id, GRACE).await);
    let other = ask(&wire, request_approval::Input { case_id: "other".to_owned(), ..input() }).await;
    let of_other = token_for(&wire, &other, ADA).await;
    let (until, proof) = ada.split_once('.').unwrap();
    let later = format!("{}.{proof}", until.parse::<i64>().unwrap() + 1);
    let good = Ask::new("POST", &id, ADA).body(form("approve", "seen", &ada));
    let row = |name, ask, status, says| Refused { name, ask, status, says };
    let iam = |arn: &str| json!({ "iam": { "userArn": arn } });
    let rows = [
        row("nobody looks", Ask::new("GET", &id, ADA).by(Value::Null), 401, "Sign in first"),
        row("nobody decides", good.clone().by(Value::Null), 401, "Sign in first"),
        row("no claim", good.clone().by(json!({ "jwt": { "claims": {} } })), 401, "Sign in first"),
        row("no claims", good.clone().by(json!({ "jwt": { "claims": null } })), 401, "Sign in first"),
        row("an empty claim", Ask::new("GET", &id, " \u{200b}"), 401, "Sign in first"),
        row("another authorizer", good.clone().by(json!({ "lambda": { "sub": ADA } })), 401, "Sign in first"),
        row("an authorizer that cannot be read", good.clone().by(json!("ada")), 400, "cannot be read"),
        row(
            "a token of somebody else",
            good.clone().body(form("approve", "x", &grace)),
            403,
            "not made for you",
        ),
        row(
            "a token of another question",
            good.clone().body(form("approve", "x", &of_other)),
            403,
            "not made for you",
        ),
        row(
            "a token made to last longer",
            good.clone().body(form("approve", "x", &later)),
            403,
            "not made for you",
        ),
        row(
            "a token cut short",
            good.clone().body(form("approve", "x", &ada[..ada.len() - 2])),
            403,
            "not made for you",
        ),
        row("an empty token", good.clone().body(form("approve", "x", "")), 403, "not made for you"),
        row("no token", good.clone().body("decision=approve&reason=x"), 400, "not complete"),
        row("another site", good.clone().header("origin", "https://evil.example"), 403, "another site"),
        row(
            "a subdomain",
            good.clone().header("origin", "https://x.approvals.example.com"),
            403,
            "another site",
        ),
        row(
            "without TLS",
            good.clone().header("origin", "http://approvals.example.com"),
            403,
            "another site",
        ),
        row("null of an old browser", good.clone().header("sec-fetch-site", ""), 403, "another site"),
        row(
            "two origins",
            good.clone().header("origin", "https://approvals.example.com,https://evil.example"),
            403,
            "another site",
        ),
        row(
            "cross-site",
            good.clone().header("sec-fetch-site", "cross-site").header("origin", ""),
            403,
            "another site",
        ),
        row("same-site", good.clone().header("sec-fetch-site", "same-site"), 403, "another site"),
        row("JSON", good.clone().header("content-type", "application/json"), 415, "as a form"),
        row("no type", good.clone().header("content-type", ""), 415, "as a form"),
        row(
            "two types",
            good.clone().header("content-type", "text/plain,application/x-www-form-urlencoded"),
            415,
            "as a form",
        ),
        row(
            "too large",
            good.clone().body(form("approve", &"x".repeat(MOST_BYTES), &ada)),
            413,
            "at most 16 KiB",
        ),
        row(
            "a reason too long",
            good.clone().body(form("approve", &"x".repeat(LONGEST_REASON + 1), &ada)),
            400,
            "longer than",
        ),
        row("an empty reason", good.clone().body(form("approve", "", &ada)), 400, "needs a reason"),
        row(
            "a blank reason",
            good.clone().body(form("approve", "+%E2%80%8B%0A", &ada)),
            400,
            "needs a reason",
        ),
        row(
            "a decision of another question",
            good.clone().body(form("undo", "x", &ada)),
            400,
            "`approve` or `deny`",
        ),
        row("an unknown decision", good.clone().body(form("maybe", "x", &ada)), 400, "`approve` or `deny`"),
        row(
            "a decision twice",
            good.clone().body(form("deny", "x", &ada) + "&decision=approve"),
            400,
            "twice",
        ),
        row(
            "a name in the form",
            good.clone().body(form("approve", "x", &ada) + "&by=root"),
            400,
            "does not have",
        ),
        row("not base64", Ask { base64: true, ..good.clone() }, 400, "cannot be read"),
        row("an unknown question", Ask { id: "f".repeat(32), ..good.clone() }, 404, "no question here"),
        row("an id in capitals", Ask { id: id.to_uppercase(), ..good.clone() }, 404, "no question here"),
        row("a path", Ask { id: format!("../approvals/{id}"), ..good.clone() }, 404, "no question here"),
        row("NUL", Ask { id: format!("{id}\0"), ..good.clone() }, 404, "no question here"),
        row("no id", Ask { id: String::new(), ..good.clone() }, 404, "no question here"),
        row(
            "a suspect looks",
            Ask::new("GET", &id, "Eve@Suspects.example"),
            403,
            "has to do with what happened",
        ),
        row(
            "the leaked role",
            good.clone().by(iam("arn:aws:sts::123456789012:assumed-role/web-frontend/i-0a1b2c3d4e5f60718")),
            403,
            "has to do with what happened",
        ),
        row("PUT", Ask { method: "PUT", ..good.clone() }, 405, "answered with POST"),
        row("DELETE", Ask { method: "DELETE", ..good.clone() }, 405, "answered with POST"),
        row("a method of its own", Ask { method: "APPROVE", ..good.clone() }, 405, "answered with POST"),
        row(
            "GET with a decision",
            Ask { method: "GET", query: "decision=approve&reason=x", ..good.clone() },
            200,
            "Shall everything be denied",
        ),
        row("HEAD", Ask { method: "HEAD", ..good.clone() }, 200, ""),
    ];
    let before = wire.records();
    for Refused { name, ask, status, says } in rows {
        let (answered, page, headers) = ask.send(&wire.aws()).await;
        assert_eq!(answered, status, "{name}: {page}");
        assert!(page.contains(says), "{name}: {page}");
        assert_eq!(page.is_empty(), ask.method == "HEAD", "{name}");
        assert_eq!(headers.get("allow").is_some(), status == 405, "{name}");
        assert!(wire.records() == before, "{name} changed something");
    }
    assert!(!wire.actions().iter().any(|action| action.starts_with("SendTask")));
    let elsewhere =
        AnswerApproval::page(good.event(), INVOKED.strip_suffix(":page").unwrap(), &wire.aws()).await;
    assert!(matches!(elsewhere, Err(Error::NotAllowed(_))), "an event that somebody wrote by hand");
    let (status, page, _) = good.send(&wire.aws()).await;
    assert_eq!(status, 200, "the form is sound but for what was wrong with it: {page}");
}

#[tokio::test]
async fn a_form_is_good_for_an_hour_and_the_clock_decides() {
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
async fn a_name_is_what_the_authorizer_has_proven() {
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
        // What a JWT does not say no other authorizer says in its place.
        (
            "sub",
            json!({ "jwt": { "claims": {} }, "iam": { "userArn": "arn:aws:iam::123456789012:user/ada" } }),
            None,
        ),
    ];
    for (claim, authorizer, name) in rows {
        let read: ApiGatewayRequestAuthorizer = serde_json::from_value(authorizer.clone()).unwrap();
        assert_eq!(proven(&read, claim), name, "{claim} of {authorizer}");
    }
}

#[test]
fn a_form_of_a_question_without_a_secret_is_never_sound() {
    let person = Person::Proven(ADA.to_owned());
    let now = Timestamp::from_second(1_767_268_800).unwrap();
    let record = json!({
        "approvalId": "0123456789abcdef0123456789abcdef", "caseId": "4f1b2c3d4e5f", "execution": "arn",
        "question": { "kind": "Contain", "reasons": [] }, "taskToken": "t",
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
fn a_form_of_the_page_is_told_by_what_browsers_say() {
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
