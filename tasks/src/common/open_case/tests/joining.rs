//! Events that join the case of another execution are not lost in there.

use super::*;
use crate::approvals::asked::Asked;
use contract::{Looked, Plan};

const MINUTE_LATER: &str = "2026-01-01T12:01:00Z";
const DOCUMENT: &str = r#"{"Version":"2012-10-17","Statement":[]}"#;

/// A call that wrote this document to an inline policy.
fn put(id: &str, at: &str, document: &str) -> Value {
    let mut event = sample("iam-policy-remediation", "put-role-policy.json");
    event["id"] = json!(id);
    event["detail"]["eventID"] = json!(id);
    event["detail"]["eventTime"] = json!(at);
    event["detail"]["requestParameters"]["policyDocument"] = json!(document);
    event
}

async fn opened(kind: &str, event: Value, wire: &Wire) -> Output {
    let output = open_as(kind, event, OTHER, wire).await.unwrap();
    assert_eq!(output.disposition, Disposition::Opened);
    output
}

/// The other execution asks whether the change may be made.
async fn asks(wire: &Wire, first: &Output, expires_at: &str) -> Looked {
    let what = first.finding.target.what().to_owned();
    let looked = Looked {
        found: format!("{what} may be dangerous."),
        dangers: vec!["A danger.".to_owned()],
        past: vec![],
        target: first.finding.target.clone(),
        context: contract::Context::default(),
        plan: Plan::ForPeople { why: "A person decides.".to_owned() },
    };
    let asked = Asked {
        execution: OTHER.to_owned(),
        expires_at: expires_at.to_owned(),
        looked: Some(looked.clone()),
        circumstances: circumstances(&first.finding),
    };
    asked.write(&CaseTable::new(&wire.aws()).unwrap(), &first.case_id).await.unwrap();
    looked
}

/// What a call brought may be gone by now, so that no later look shows it.
#[tokio::test]
async fn a_call_that_joins_a_case_is_looked_at_by_its_own_execution() {
    let wire = other_is("RUNNING");
    let first = opened("iam-policy", put("e1", "2026-01-01T11:00:00Z", DOCUMENT), &wire).await;
    for (id, at) in [("e2", "2026-01-01T11:00:30Z"), ("e3", MINUTE_LATER)] {
        for _ in 0..2 {
            let joined = open_as("iam-policy", put(id, at, DOCUMENT), OURS, &wire).await.unwrap();
            assert_eq!(joined.disposition, Disposition::Joined, "each task twice is the task once");
            assert_eq!((joined.case_id.as_str(), joined.asked), (first.case_id.as_str(), None));
            assert_eq!(joined.finding.id, id, "it looks with its own finding");
        }
        let copy = open_as("iam-policy", put(id, at, DOCUMENT), &format!("{OURS}-2"), &wire).await.unwrap();
        assert_eq!(copy.disposition, Disposition::AlreadyHandled, "a copy of an event brings nothing");
    }
}

/// While people decide, they hear of what changes, whoever reports it.
#[tokio::test]
async fn an_event_that_joins_an_open_question_is_compared_with_it() {
    for (kind, expires_at, asked) in [
        ("role-containment", None, false),
        ("role-containment", Some("2026-01-01T11:59:59Z"), false),
        ("role-containment", Some("2026-01-01T13:00:00Z"), true),
        ("iam-policy", Some("2026-01-01T13:00:00Z"), true),
    ] {
        let wire = other_is("RUNNING");
        let of = |id: &str, at: &str| match kind {
            "iam-policy" => put(id, at, DOCUMENT),
            _ => event(id, at),
        };
        let first = opened(kind, of("e1", "2026-01-01T11:00:00Z"), &wire).await;
        let shown = match expires_at {
            Some(expires_at) => Some(asks(&wire, &first, expires_at).await),
            None => None,
        };
        let joined = open_as(kind, of("e2", MINUTE_LATER), OURS, &wire).await.unwrap();
        assert_eq!(joined.disposition == Disposition::Joined, asked, "{kind} {expires_at:?}");
        assert_eq!(joined.asked.map(|looked| *looked), shown.filter(|_| asked));
        assert!(!joined.other_circumstances);
    }
}

/// Another thief uses the same credentials while people decide about the first.
#[tokio::test]
async fn another_source_is_news_while_people_decide() {
    let wire = other_is("RUNNING");
    let first = opened("role-containment", event("e1", "2026-01-01T11:00:00Z"), &wire).await;
    asks(&wire, &first, "2026-01-01T13:00:00Z").await;
    let mut other = event("e2", MINUTE_LATER);
    let address = "/detail/service/action/awsApiCallAction/remoteIpDetails/ipAddressV4";
    *other.pointer_mut(address).unwrap() = json!("203.0.113.77");
    for _ in 0..2 {
        let joined = open_as("role-containment", other.clone(), OURS, &wire).await.unwrap();
        assert_eq!(joined.disposition, Disposition::Joined);
        assert!(joined.other_circumstances);
    }
}

/// The change is the answer to what was there when it was recorded, and to nothing else.
#[tokio::test]
async fn a_call_that_a_change_does_not_answer_is_looked_at() {
    let other = DOCUMENT.replace("2012-10-17", "2008-10-17");
    for (at, document, disposition) in [
        ("2026-01-01T11:30:00Z", DOCUMENT, Disposition::AlreadyHandled),
        ("2026-01-01T11:30:00Z", other.as_str(), Disposition::Joined),
        (MINUTE_LATER, DOCUMENT, Disposition::Joined),
    ] {
        let wire = other_is("RUNNING");
        let first = opened("iam-policy", put("e1", "2026-01-01T11:00:00Z", DOCUMENT), &wire).await;
        let mut recorded = recorded("iam-policy", &first.case_id);
        recorded["was"] = json!({ "document": DOCUMENT });
        let wire = wire.recorded(&recorded);
        let input = |held| Input { held, ..input("iam-policy", put("e2", at, document), OURS) };
        let verified = OpenCase::run(input(None), &wire.aws()).await.unwrap();
        assert_eq!(verified.disposition, Disposition::VerifyFirst);
        let joined = OpenCase::run(input(Some(true)), &wire.aws()).await.unwrap();
        assert_eq!(joined.disposition, disposition, "{at} {document}");
        assert!(joined.recorded.is_some());
    }
}

/// A person pressed a button, and somebody else has the case or has done it already.
#[tokio::test]
async fn a_custom_action_on_a_case_of_another_execution_is_answered() {
    let press = |id: &str| {
        let mut event = sample("credential-exfiltration", "custom-action.json");
        event["id"] = json!(id);
        event
    };
    let wire = other_is("RUNNING");
    let first = opened("role-containment", press("e1"), &wire).await;
    for _ in 0..2 {
        let open = open_as("role-containment", press("e2"), OURS, &wire).await.unwrap();
        assert_eq!((open.disposition, open.ended), (Disposition::Remind, Some(CaseStatus::Open)));
        assert_eq!(open.case_id, first.case_id);
    }
    let wire = wire.recorded(&recorded("role-containment", &first.case_id));
    close(&wire, &first.case_id, CaseStatus::Changed).await;
    let input = |held| Input { held, ..input("role-containment", press("e3"), OURS) };
    let verified = OpenCase::run(input(None), &wire.aws()).await.unwrap();
    assert_eq!(verified.disposition, Disposition::VerifyFirst);
    for round in 0..2 {
        let holds = OpenCase::run(input(Some(true)), &wire.aws()).await.unwrap();
        assert_eq!((holds.disposition, holds.ended), (Disposition::Remind, Some(CaseStatus::Changed)));
        assert_eq!(holds.recorded.is_some(), round == 0, "the workflow has it from the first answer");
    }
}

/// The execution that was to remind people could not tell them.
#[tokio::test]
async fn a_reminder_that_failed_is_repeated() {
    for (status, repeated) in
        [("RUNNING", false), ("SUCCEEDED", false), ("FAILED", true), ("TIMED_OUT", true), ("ABORTED", true)]
    {
        let wire = other_is(status);
        let first = open_it(&wire, "first", "2026-01-01T11:00:00Z", OTHER).await.unwrap();
        close(&wire, &first.case_id, CaseStatus::Denied).await;
        let reminder = format!("{OTHER}-2");
        let reminds = open_it(&wire, "second", "2026-01-02T12:00:01Z", &reminder).await.unwrap();
        assert_eq!(reminds.disposition, Disposition::Remind);
        let next = open_it(&wire, "third", "2026-01-02T12:15:00Z", OURS).await.unwrap();
        assert_eq!(next.disposition == Disposition::Remind, repeated, "{status}: {}", next.reason);
    }
}
