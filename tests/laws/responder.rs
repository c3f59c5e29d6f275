//! The real executable of the tasks, run as Lambda does, with local AWS.

use crate::steps::Sample;
use bytes::Bytes;
use engine::client::{Approvals, CallError, Client, Credentials, Http};
use engine::clock::Clock;
use http::Request;
use jiff::Timestamp;
use serde_json::{Value, json};
use tests::{Engine, LocalAws, Options, Result, Seeded, Trouble, scratch};

/// Local AWS with an account in which an event is true, and the tasks.
pub(crate) struct Responder {
    pub(crate) aws: LocalAws,
    pub(crate) engine: Engine,
    pub(crate) event: Value,
    client: Client,
    seeded: Seeded,
}

/// A note that a person wrote to the finding before.
pub(crate) const NOTE: &str = "call Grace before you touch this";

impl Responder {
    /// Starts everything. No event is sent, so no workflow runs.
    pub(crate) async fn start(test: &str, sample: &Sample) -> Result<Self> {
        let folder = scratch(&format!("laws/{test}"))?;
        let event = sample.event()?;
        let aws = LocalAws::start("123456789012").await?;
        let seeded = aws.seed(&event).await?;
        write_note(&aws, &event, &seeded).await?;
        let options =
            Options { output: Some(folder.join("engine.log")), ..Options::test(folder.join("state")) };
        let engine = Engine::start(&options, &aws, &seeded).await?;
        let client = engine.client().await?;
        Ok(Self { aws, engine, event, client, seeded })
    }

    /// Starts over in an account in which only this event is true. The processes keep running, so the event must be one of
    /// the same account and region: returns whether it is.
    pub(crate) async fn begin(&mut self, sample: &Sample) -> Result<bool> {
        self.event = sample.event()?;
        let seeded = self.aws.seed_anew(&self.event).await?;
        let place = |seeded: &Seeded| {
            [&seeded.account, &seeded.region, &seeded.table, &seeded.topic_arn].map(String::clone)
        };
        if place(&seeded) != place(&self.seeded) {
            eprintln!("SKIPPED: {} is an event of {} in {}", sample.name(), seeded.account, seeded.region);
            return Ok(false);
        }
        write_note(&self.aws, &self.event, &seeded).await?;
        Ok(true)
    }

    /// Invokes a task. Returns its result, or the name of its error.
    pub(crate) async fn invoke(
        &self,
        task: &str,
        payload: &Value,
    ) -> Result<std::result::Result<Value, String>> {
        match self.client.invoke(task, payload).await {
            Ok(value) => Ok(Ok(value)),
            Err(CallError::Service { code, .. }) => Ok(Err(code)),
            Err(error) => Err(error.into()),
        }
    }

    /// Invokes a task that must succeed.
    pub(crate) async fn succeed(&self, task: &str, payload: &Value) -> Result<Value> {
        match self.client.invoke(task, payload).await {
            Ok(value) => Ok(value),
            Err(error) => Err(Trouble(format!("`{task}`: {error}: {payload}"))),
        }
    }

    /// Decides as somebody of this name who has the operator's key.
    pub(crate) async fn decide(&self, id: &str, decision: &str, by: &str) -> Result<Value> {
        let api = Approvals::of_engine(&self.client, None, by).await?;
        let shown = api.question(id).await?;
        match shown.get("token").and_then(Value::as_str) {
            Some(token) => Ok(api.answer(id, token, decision, "she has looked").await?),
            None => Ok(shown),
        }
    }

    /// Calls Step Functions.
    pub(crate) async fn states(&self, action: &str, input: &Value) -> Result<Value> {
        Ok(self.client.states(action, input).await?)
    }

    /// A part of the account, by its JSON pointer.
    pub(crate) async fn part(&self, pointer: &str) -> Result<Value> {
        let account = self.aws.account().await?;
        let missing = || Trouble(format!("the account has no `{pointer}`: {account}"));
        account.pointer(pointer).cloned().ok_or_else(missing)
    }
}

/// A person writes to the finding, if Security Hub has it. A key that nobody issued is the administrator's.
async fn write_note(aws: &LocalAws, event: &Value, seeded: &Seeded) -> Result<()> {
    let services = ["guardduty", "securityhub"];
    let service = services.into_iter().find(|service| seeded.finding_arn.contains(&format!(":{service}:")));
    let of_service = service.map(|name| format!("arn:aws:securityhub:{}::product/aws/{name}", seeded.region));
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    let of_event = text("/detail/findings/0/ProductArn").map(str::to_owned);
    let of_v2 = text("/detail/findings/0/metadata/product/uid");
    let of_v2 = of_v2.map(|product| product.replace("::productv2/", "::product/"));
    // Security Hub does not have the findings of other services.
    let Some(product) = of_event.or(of_v2).or(of_service) else { return Ok(()) };
    let body = json!({
        "FindingIdentifiers": [{ "Id": seeded.finding_arn, "ProductArn": product }],
        "Note": { "Text": NOTE, "UpdatedBy": "grace" },
        "UserDefinedFields": { "ticket": "SEC-7" },
    });
    let mut request = Request::patch(format!("{}/findings/batchupdate", aws.endpoint()))
        .header("content-type", "application/json")
        .body(Bytes::from(body.to_string()))?;
    let administrator = Credentials::session("AKIAEXAMPLEADMIN0001", "secret", "token");
    administrator.sign(&mut request, "securityhub", &seeded.region, Clock.now())?;
    let answer = Http::new()?.send(request).await?;
    if answer.status().is_success() {
        return Ok(());
    }
    Err(Trouble(format!("the note was not written: {}", String::from_utf8_lossy(answer.body()))))
}

/// The parts of a value that may differ from one call to the next, or from one account to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Masked {
    Times,
    TimesAndIds,
}

/// A value as text, with a word in place of each part that may differ.
pub(crate) fn masked(value: &Value, what: Masked) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-:.".contains(letter);
    let mut masked = String::new();
    for piece in text.split_inclusive(|letter| !is_part(letter)) {
        let token = piece.trim_end_matches(|letter| !is_part(letter)).trim_end_matches(['.', ':']);
        let rest = piece.strip_prefix(token).unwrap_or_default();
        masked.push_str(mask(token, what).unwrap_or(token));
        masked.push_str(rest);
    }
    masked
}

fn mask(token: &str, what: Masked) -> Option<&'static str> {
    let digits = token.chars().filter(|letter| *letter != '-');
    let is_id = digits.clone().count() >= 32 && digits.clone().all(|digit| digit.is_ascii_hexdigit());
    // The breaker counts in seconds since 1970.
    let is_seconds = token.len() == 10 && token.bytes().all(|byte| byte.is_ascii_digit());
    if is_seconds || token.parse::<Timestamp>().is_ok() {
        Some("(time)")
    // KMS encrypts a text differently each time.
    } else if token.strip_prefix("kms:").is_some_and(|sealed| sealed.bytes().all(|b| b.is_ascii_hexdigit())) {
        Some("(encrypted)")
    } else if what == Masked::TimesAndIds && (is_id || is_policy_id(token)) {
        Some("(id)")
    // The engine's port, and the public address that moto gives an instance.
    } else if what == Masked::TimesAndIds && (token.starts_with("127.0.0.1:") || token.starts_with("54.214."))
    {
        Some("(host)")
    } else {
        None
    }
}

/// Whether this is the id of a managed policy. moto makes it up: `A` and 20 capital letters and digits. Those of roles, users
/// and groups are the same in each account.
fn is_policy_id(token: &str) -> bool {
    token.len() == 21
        && token.starts_with('A')
        && token.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        && !["AROA", "AIDA", "AGPA"].iter().any(|prefix| token.starts_with(prefix))
}

#[test]
fn only_the_parts_that_may_differ_are_masked() {
    let value = json!({ "at 2026-01-01T12:00:06.4Z.": "1795321738, id 0123456789abcdef0123456789abcdef, case 4f1b2c3d4e5f, kms:0a1b, kms:Decrypt" });
    let times = masked(&value, Masked::Times);
    assert_eq!(
        times,
        "{\n  \"at (time).\": \"(time), id 0123456789abcdef0123456789abcdef, case 4f1b2c3d4e5f, (encrypted), kms:Decrypt\"\n}"
    );
    let ids = masked(&value, Masked::TimesAndIds);
    assert_eq!(
        ids,
        "{\n  \"at (time).\": \"(time), id (id), case 4f1b2c3d4e5f, (encrypted), kms:Decrypt\"\n}"
    );
}
