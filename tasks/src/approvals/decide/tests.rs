//! Asking and answering, together: what one leaves in the case table the other finds there.

use crate::aws::Aws;
use crate::contain_role_tests::before;
use crate::serve::Run;
use crate::testing::{Edit, Wire, finding};
use contract::tasks::answer_approval::{self, Output};
use contract::tasks::{AnswerApproval, Notify, RequestApproval, notify, request_approval};
use contract::{Decision, Mode, Question, TaskError};
use jiff::Timestamp;

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
    if undo { Question::Undo { before: before().into() } } else { Question::Contain { reasons: Vec::new() } }
}

async fn ask(wire: &Wire, token: &str, undo: bool) -> request_approval::Output {
    let input = request_approval::Input {
        case_id: "4f1b2c3d4e5f".to_owned(),
        execution: "arn:aws:states:us-east-1:123456789012:execution:credential-exfiltration:run".to_owned(),
        task_token: token.to_owned(),
        question: question(undo),
        seconds: 3600,
        finding: finding(),
        context: None,
        approvers: Vec::new(),
        needed: None,
        not_by: Vec::new(),
        wait_seconds: None,
        again: false,
    };
    RequestApproval::run(input, &wire.aws()).await.unwrap()
}

async fn answer(
    aws: &Aws,
    id: &str,
    decision: Decision,
    reason: &str,
) -> Result<Output, answer_approval::Error> {
    let input = answer_approval::Input {
        approval_id: id.to_owned(),
        decision,
        by: "grace@example.com".to_owned(),
        reason: reason.to_owned(),
    };
    AnswerApproval::run(input, aws).await
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
        assert_eq!(output, Output::Decided { case_id: "4f1b2c3d4e5f".to_owned(), decision });
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
    // Even where somebody else comes with another decision: the first one stands on record.
    let second = answer(&wire.aws(), &asked.approval_id, Decision::Deny, "no").await.unwrap();
    assert!(matches!(second, Output::AlreadyDecided { decision: Decision::Undo, .. }));
    assert_eq!(wire.bodies("SendTaskSuccess").len(), 2);
    assert!(wire.bodies("SendTaskFailure").is_empty());
}

#[tokio::test]
async fn what_answers_nothing_changes_nothing() {
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

/// Of two invocations that pass the same decision on, one finds the token used by the other. That is no expiry.
#[tokio::test]
async fn whoever_decided_is_not_told_that_it_was_too_late_when_another_passed_it_on() {
    let key = "question#4f1b2c3d4e5f contain";
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

/// What is marked as passed on stays so, whoever wrote at the same moment.
#[tokio::test]
async fn that_it_was_passed_on_is_written_down_over_what_others_wrote() {
    let key = "question#4f1b2c3d4e5f contain";
    let wire = sound().meanwhile("SendTaskSuccess", key, |record| record["tries"] = 2.into());
    let asked = ask(&wire, TOKEN, false).await;
    let output = answer(&wire.aws(), &asked.approval_id, Decision::Approve, "first").await.unwrap();
    assert!(matches!(output, Output::Decided { .. }));
    let record = &wire.records()[key];
    assert_eq!((&record["delivered"], &record["tries"]), (&true.into(), &2.into()));
}

#[tokio::test]
async fn a_question_says_in_its_attributes_whom_it_is_for() {
    let wire = sound();
    ask(&wire, TOKEN, false).await;
    let sent = wire.bodies("Publish").remove(0);
    for (name, kind, value) in [
        ("workflow", "String", "credential-exfiltration"),
        ("kind", "String", "Question"),
        ("question", "String", "contain"),
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

#[tokio::test]
async fn a_message_is_sent_once() {
    let wire = sound();
    let input = || notify::Input {
        case_id: Some("4f1b2c3d4e5f".to_owned()),
        execution: "arn:aws:states:us-east-1:123456789012:execution:credential-exfiltration:run".to_owned(),
        message: notify::Message::Opened { mode: Mode::Auto },
        finding: Some(finding()),
        context: None,
        plan: None,
    };
    let first = Notify::run(input(), &wire.aws()).await.unwrap();
    let second = Notify::run(input(), &wire.aws()).await.unwrap();
    assert_eq!((first.repeated, second.repeated), (false, true));
    assert_eq!((first.message_id, first.subject), (second.message_id, second.subject));
    assert_eq!(wire.bodies("Publish").len(), 1);
    for (status, code, name) in [
        (403, "AuthorizationError", "AccessDenied"),
        (400, "Throttled", "Refused"),
        (500, "InternalError", "Unavailable"),
    ] {
        let error =
            Notify::run(input(), &Wire::default().fails("Publish", status, code).aws()).await.unwrap_err();
        assert_eq!(error.name(), name);
    }
}

/// A decision that nobody took is told those who were asked, and escalated: once each, however often the task is tried.
#[tokio::test]
async fn what_nobody_decided_goes_further_up() {
    let input = || notify::Input {
        case_id: Some("4f1b2c3d4e5f".to_owned()),
        execution: "arn:aws:states:us-east-1:123456789012:execution:credential-exfiltration:run".to_owned(),
        message: notify::Message::NotAnswered { waited_seconds: 3600 },
        finding: Some(finding()),
        context: None,
        plan: None,
    };
    let (team, above) =
        ("arn:aws:sns:us-east-1:123456789012:security", "arn:aws:sns:us-east-1:123456789012:above");
    for (setting, expected) in [
        ("", vec![(team, "Escalation")]),
        (team, vec![(team, "Escalation")]),
        (above, vec![(team, "NotAnswered"), (above, "Escalation")]),
    ] {
        let wire = sound();
        let aws = wire.aws_with("ESCALATION_TOPIC_ARN", setting);
        let output = Notify::run(input(), &aws).await.unwrap();
        assert!(output.subject.contains("] ESCALATION: Nobody answered: "), "{}", output.subject);
        assert!(Notify::run(input(), &aws).await.unwrap().repeated);
        let sent = wire.bodies("Publish");
        assert_eq!(sent.len(), expected.len());
        for (body, (topic, kind)) in sent.iter().zip(expected) {
            assert!(body.contains(&format!("TopicArn={topic}&")), "{body}");
            assert!(body.contains(&format!("StringValue={kind}")), "{body}");
            assert_eq!(body.contains("ESCALATION"), kind == "Escalation", "{body}");
        }
    }
    // Where the topic above cannot be reached, those who were asked know, and the task fails.
    let published =
        "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";
    let wire = Wire::default().answers("Publish", published).fails("Publish", 404, "NotFound");
    let error = Notify::run(input(), &wire.aws_with("ESCALATION_TOPIC_ARN", above)).await.unwrap_err();
    assert_eq!(error.name(), "Refused");
    assert!(wire.records().keys().any(|key| key.contains("not-answered#")));
}
