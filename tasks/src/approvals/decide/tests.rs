//! Asking and answering together: one writes to the case table, and the other reads it.

use super::*;
use crate::messages::samples::{CASE, EXECUTION, contained, finding, looked};
use crate::runtime::Run;
use crate::testing::{Edit, Wire};
use contract::tasks::{AnswerApproval, RequestApproval, answer_approval, request_approval};
use contract::{Question, TaskError};
use jiff::Timestamp;
use serde_json::json;

const TOKEN: &str = "task-token-that-must-stay-secret";

fn sound() -> Wire {
    Wire::default()
        .answers(
            "Publish",
            "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>",
        )
        .answers("SendTaskSuccess", "{}")
        .answers("SendTaskFailure", "{}")
}

fn question(undo: bool) -> Question {
    if undo {
        Question::Undo { recorded: Box::new(contained()) }
    } else {
        Question::Change { reasons: Vec::new() }
    }
}

async fn ask(wire: &Wire, token: &str, undo: bool) -> request_approval::Output {
    let input = request_approval::Input {
        case_id: CASE.to_owned(),
        execution: EXECUTION.to_owned(),
        task_token: token.to_owned(),
        question: question(undo),
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
    };
    RequestApproval::run(input, &wire.aws()).await.unwrap()
}

async fn answer(
    aws: &Aws,
    id: &str,
    decision: Decision,
    reason: &str,
) -> Result<Output, answer_approval::Error> {
    let person = &Person::named("grace@example.com");
    decide(&Request { approval_id: id, decision, person, reason }, aws).await
}

#[tokio::test]
async fn the_token_stays_in_the_table_and_the_id_goes_to_people() {
    let wire = sound();
    let asked = ask(&wire, TOKEN, true).await;
    assert_eq!(asked.approval_id.len(), 32);
    assert_eq!(asked.expires_at, "2026-01-01T13:00:00Z");
    let message = wire.bodies("Publish").remove(0);
    assert!(message.contains(&asked.approval_id) && !message.contains(TOKEN), "{message}");
    assert!(!serde_json::to_string(&asked).unwrap().contains(TOKEN));
    assert_eq!(wire.records()["question#4f1b2c3d4e5f undo"]["taskToken"], TOKEN);
}

#[tokio::test]
async fn asking_twice_is_asking_once_and_the_latest_token_counts() {
    let wire = sound();
    let (first, second) = (ask(&wire, "old", false).await, ask(&wire, "new", false).await);
    assert_eq!(first.approval_id, second.approval_id);
    assert_eq!(wire.actions().iter().filter(|action| *action == "Publish").count(), 1);
    answer(&wire.aws(), &first.approval_id, Decision::Approve, "ok").await.unwrap();
    assert!(wire.bodies("SendTaskSuccess")[0].contains(r#""taskToken":"new""#));
}

#[tokio::test]
async fn a_decision_reaches_the_workflow_with_who_and_why() {
    for (undo, decision, action) in [
        (false, Decision::Approve, "SendTaskSuccess"),
        (false, Decision::Deny, "SendTaskFailure"),
        (true, Decision::Undo, "SendTaskSuccess"),
        (true, Decision::Deny, "SendTaskFailure"),
    ] {
        let wire = sound();
        let asked = ask(&wire, TOKEN, undo).await;
        let output = answer(&wire.aws(), &asked.approval_id, decision, "because").await.unwrap();
        assert_eq!(output, Output::Decided { case_id: CASE.to_owned(), decision });
        let sent = wire.bodies(action).remove(0);
        assert!(sent.contains("grace@example.com") && sent.contains("because"), "{sent}");
        assert_eq!(sent.contains("ApprovalDenied"), decision == Decision::Deny);
    }
}

#[tokio::test]
async fn a_second_answer_is_told_who_decided() {
    let wire = sound();
    let asked = ask(&wire, TOKEN, false).await;
    answer(&wire.aws(), &asked.approval_id, Decision::Approve, "first").await.unwrap();
    let second = answer(&wire.aws(), &asked.approval_id, Decision::Deny, "second").await.unwrap();
    assert!(
        matches!(second, Output::AlreadyDecided { decision: Decision::Approve, reason, .. } if reason == "first")
    );
    assert!(!wire.actions().contains(&"SendTaskFailure".to_owned()));
}

#[tokio::test]
async fn a_late_answer_is_told_so_by_the_record_or_by_the_workflow() {
    let wire = sound();
    let asked = ask(&wire, TOKEN, false).await;
    let mut aws = wire.aws();
    aws.clock = || Timestamp::from_second(1_767_268_800 + 3_600).unwrap();
    assert!(matches!(
        answer(&aws, &asked.approval_id, Decision::Approve, "late").await,
        Ok(Output::Expired { .. })
    ));
    assert!(!wire.actions().contains(&"SendTaskSuccess".to_owned()));
    for code in ["TaskTimedOut", "TaskDoesNotExist", "InvalidToken"] {
        let wire = Wire::default()
            .answers(
                "Publish",
                "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>",
            )
            .fails_json("SendTaskSuccess", 400, code);
        let asked = ask(&wire, TOKEN, false).await;
        assert!(
            matches!(
                answer(&wire.aws(), &asked.approval_id, Decision::Approve, "x").await,
                Ok(Output::Expired { .. })
            ),
            "{code}"
        );
    }
}

#[tokio::test]
async fn a_decision_that_could_not_be_passed_on_is_passed_on_by_the_next_try() {
    let wire = Wire::default()
        .answers(
            "Publish",
            "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>",
        )
        .fails_json("SendTaskSuccess", 500, "InternalFailure")
        .answers("SendTaskSuccess", "{}")
        .answers("SendTaskFailure", "{}");
    let asked = ask(&wire, TOKEN, true).await;
    let error = answer(&wire.aws(), &asked.approval_id, Decision::Undo, "export").await.unwrap_err();
    assert_eq!(error.name(), "Unavailable");
    // Even if somebody else comes with another decision: the first one is on record.
    let second = answer(&wire.aws(), &asked.approval_id, Decision::Deny, "no").await.unwrap();
    assert!(matches!(second, Output::AlreadyDecided { decision: Decision::Undo, .. }));
    assert_eq!(wire.bodies("SendTaskSuccess").len(), 2);
    assert!(wire.bodies("SendTaskFailure").is_empty());
}

#[tokio::test]
async fn a_decision_that_answers_no_question_changes_nothing() {
    let wire = sound();
    let asked = ask(&wire, TOKEN, false).await;
    let unknown =
        answer(&wire.aws(), "ffffffffffffffffffffffffffffffff", Decision::Approve, "x").await.unwrap_err();
    assert_eq!(unknown.name(), "UnknownApproval");
    let wrong = answer(&wire.aws(), &asked.approval_id, Decision::Undo, "x").await.unwrap_err();
    assert_eq!(wrong.name(), "WrongDecision");
    let silent = answer(&wire.aws(), &asked.approval_id, Decision::Approve, " \u{200b} ").await.unwrap_err();
    assert_eq!(silent.name(), "InvalidInput");
    assert!(!wire.actions().iter().any(|action| action.starts_with("SendTask")));
}

/// If two calls pass the same decision on, one of them finds that the other has used the token. That is no expiry.
#[tokio::test]
async fn a_decision_that_another_call_passed_on_is_not_reported_as_late() {
    let key = "question#4f1b2c3d4e5f change";
    let rows: [(Edit, &str); 3] = [
        (|record| record["delivered"] = true.into(), "Decided"),
        (|record| record["tries"] = 2.into(), "Unavailable"),
        (|record| record["told"] = true.into(), "Expired"),
    ];
    for (edit, expected) in rows {
        let published =
            "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";
        let wire = Wire::default()
            .answers("Publish", published)
            .fails_json("SendTaskSuccess", 400, "InvalidToken")
            .meanwhile("SendTaskSuccess", key, edit);
        let asked = ask(&wire, TOKEN, false).await;
        let told = match answer(&wire.aws(), &asked.approval_id, Decision::Approve, "first").await {
            Ok(Output::Decided { .. }) => "Decided",
            Ok(Output::Expired { .. }) => "Expired",
            Ok(other) => panic!("{other:?}"),
            Err(error) => error.name(),
        };
        assert_eq!(told, expected);
    }
}

#[tokio::test]
async fn a_decision_is_marked_as_delivered_over_a_concurrent_write() {
    let key = "question#4f1b2c3d4e5f change";
    let wire = sound().meanwhile("SendTaskSuccess", key, |record| record["tries"] = 2.into());
    let asked = ask(&wire, TOKEN, false).await;
    let output = answer(&wire.aws(), &asked.approval_id, Decision::Approve, "first").await.unwrap();
    assert!(matches!(output, Output::Decided { .. }));
    let record = &wire.records()[key];
    assert_eq!((&record["delivered"], &record["tries"]), (&true.into(), &2.into()));
}

#[tokio::test]
async fn a_question_has_the_attributes_that_filters_use() {
    let wire = sound();
    ask(&wire, TOKEN, false).await;
    let sent = wire.bodies("Publish").remove(0);
    for (name, kind, value) in [
        ("workflow", "String", "a-response"),
        ("kind", "String", "Question"),
        ("question", "String", "change"),
        ("severity", "Number", "8"),
    ] {
        let of = |part: &str, value: &str| format!("{part}={value}");
        let name = sent.split('&').find(|pair| pair.ends_with(&of(".Name", name))).unwrap();
        let entry = name.split(".Name=").next().unwrap();
        assert!(sent.contains(&of(&format!("{entry}.Value.DataType"), kind)), "{sent}");
        assert!(sent.contains(&of(&format!("{entry}.Value.StringValue"), value)), "{sent}");
    }
    assert!(!sent.contains(TOKEN));
}

/// Whoever may invoke the function can write any name into the payload.
#[tokio::test]
async fn an_invocation_decides_nothing() {
    let wire = sound();
    let asked = ask(&wire, TOKEN, false).await;
    let before = wire.records();
    for payload in [
        json!({ "approvalId": asked.approval_id, "decision": "approve", "by": "grace@example.com", "reason": "x" }),
        json!({ "approvalId": asked.approval_id, "decision": "deny", "by": "grace@example.com", "reason": "x" }),
        json!({ "approvalId": asked.approval_id }),
        json!(null),
    ] {
        let error = AnswerApproval::run(payload, &wire.aws()).await.unwrap_err();
        assert_eq!(error.name(), "NotAllowed");
    }
    assert_eq!(wire.records(), before);
    assert!(!wire.actions().iter().any(|action| action.starts_with("SendTask")));
}

/// The role whose credentials were used, and the role that is changed, never decide, on whatever way they come.
#[tokio::test]
async fn a_session_of_the_role_in_question_is_refused() {
    let wire = sound();
    let asked = ask(&wire, TOKEN, false).await;
    for name in ["web-frontend/i-0a1b2c3d4e5f60718", "Web-Frontend/anybody"] {
        let person = &Person::of_arn(&format!("arn:aws:sts::123456789012:assumed-role/{name}"), false);
        let (approval_id, decision) = (asked.approval_id.as_str(), Decision::Approve);
        let request = Request { approval_id, decision, person, reason: "it is fine" };
        let error = decide(&request, &wire.aws()).await.unwrap_err();
        assert_eq!(error.name(), "NotAllowed");
    }
    assert!(!wire.actions().iter().any(|action| action.starts_with("SendTask")));
}
