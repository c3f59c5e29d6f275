//! A question that is asked again, so that people are reminded of it before it expires.

use super::*;
use crate::approvals::decide::{Request, decide};
use crate::approvals::people::Person;
use crate::messages::samples::{CASE, EXECUTION, finding, looked, reason};
use crate::testing::Wire;
use contract::tasks::answer_approval::{self, Output as Answered};
use contract::tasks::request_approval;
use contract::{Decision, Question, TaskError};
use jiff::Timestamp;

const RECORD: &str = "question#4f1b2c3d4e5f change";
const PUBLISHED: &str =
    "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>";

fn sound() -> Wire {
    Wire::default().answers("Publish", PUBLISHED).answers("SendTaskSuccess", "{}")
}

/// A question for an hour, whose first token is valid for 45 minutes.
fn first() -> Input {
    Input {
        case_id: CASE.to_owned(),
        execution: EXECUTION.to_owned(),
        task_token: "first".to_owned(),
        question: Question::Change { reasons: Vec::new() },
        seconds: 3600,
        wait_seconds: Some(2700),
        again: false,
        quietly: false,
        finding: finding(),
        looked: Some(looked()),
        seen: None,
        approvers: Vec::new(),
        needed: None,
        not_by: Vec::new(),
    }
}

fn again() -> Input {
    Input { task_token: "second".to_owned(), seconds: 900, wait_seconds: Some(900), again: true, ..first() }
}

async fn ask(wire: &Wire, input: Input, clock: fn() -> Timestamp) -> request_approval::Output {
    let mut aws = wire.aws();
    aws.clock = clock;
    RequestApproval::run(input, &aws).await.unwrap()
}

async fn approve(
    wire: &Wire,
    id: &str,
    clock: fn() -> Timestamp,
) -> Result<Answered, answer_approval::Error> {
    let mut aws = wire.aws();
    aws.clock = clock;
    approve_as(id, &aws).await
}

async fn approve_as(id: &str, aws: &Aws) -> Result<Answered, answer_approval::Error> {
    let person = &Person::named("grace@example.com");
    decide(&Request { approval_id: id, decision: Decision::Approve, person, reason: "seen" }, aws).await
}

fn noon() -> Timestamp {
    Timestamp::from_second(1_767_268_800).unwrap()
}

/// A moment after the first token has ended.
fn quarter_to_one() -> Timestamp {
    noon() + SignedDuration::from_secs(2701)
}

fn subjects(wire: &Wire) -> Vec<String> {
    let subject = |body: &String| {
        let subject = body.split('&').find_map(|pair| pair.strip_prefix("Subject=")).unwrap();
        subject.split(": ").next().unwrap().to_owned()
    };
    wire.bodies("Publish").iter().map(subject).collect()
}

#[tokio::test]
async fn a_reminder_keeps_the_question_and_brings_the_token_that_counts() {
    let wire = sound();
    let asked = ask(&wire, first(), noon).await;
    // A retried task brings a third token, and reminds nobody twice.
    let reminded = ask(&wire, again(), quarter_to_one).await;
    let retried = ask(&wire, Input { task_token: "third".to_owned(), ..again() }, quarter_to_one).await;
    assert_eq!((&asked, &asked), (&reminded, &retried), "the same id, and the same expiry");
    assert_eq!(subjects(&wire), ["[redress 4f1b2c3d4e5f] Your decision", "[redress 4f1b2c3d4e5f] Reminder"]);
    let mail = wire.bodies("Publish").remove(1);
    assert!(mail.contains("StringValue=Reminder") && mail.contains(&asked.approval_id), "{mail}");
    assert!(mail.contains("Until 2026-01-01T13:00:00Z") && !mail.contains("second"), "{mail}");
    let answered = approve(&wire, &asked.approval_id, quarter_to_one).await.unwrap();
    assert!(matches!(answered, Answered::Decided { .. }));
    assert!(wire.bodies("SendTaskSuccess").remove(0).contains(r#""taskToken":"third""#));
}

#[tokio::test]
async fn a_reminder_keeps_the_approvals_so_far() {
    let wire = sound();
    let two = |input: Input| Input { needed: Some(2), ..input };
    let asked = ask(&wire, two(first()), noon).await;
    let counted = approve(&wire, &asked.approval_id, noon).await.unwrap();
    assert!(matches!(counted, Answered::Counted { repeated: false, .. }));
    let (before, _) = (wire.records()[RECORD].clone(), ask(&wire, two(again()), quarter_to_one).await);
    let after = wire.records()[RECORD].clone();
    assert_eq!((&before["approvals"], &before["secret"]), (&after["approvals"], &after["secret"]));
    let counted = approve(&wire, &asked.approval_id, quarter_to_one).await.unwrap();
    assert!(matches!(counted, Answered::Counted { repeated: true, .. }));
}

/// The first token has ended, and the second is not there yet: an answer in between waits for it.
#[tokio::test]
async fn an_answer_between_two_tokens_wins() {
    let wire = Wire::default()
        .answers("Publish", PUBLISHED)
        .fails_json("SendTaskSuccess", 400, "TaskTimedOut")
        .answers("SendTaskSuccess", "{}")
        .meanwhile("SendTaskSuccess", RECORD, |record| record["taskToken"] = "second".into());
    let asked = ask(&wire, first(), noon).await;
    let answered = approve(&wire, &asked.approval_id, quarter_to_one).await.unwrap();
    assert!(matches!(answered, Answered::Decided { .. }));
    let sent = wire.bodies("SendTaskSuccess");
    assert!(sent[0].contains(r#""taskToken":"first""#) && sent[1].contains(r#""taskToken":"second""#));
    assert_eq!(wire.records()[RECORD]["delivered"], true);
}

/// The workflow asks again and finds an answer that did not reach it: it has the answer now, nobody is reminded, and nobody
/// has to answer once more.
#[tokio::test]
async fn an_answer_on_record_is_handed_over_to_the_workflow() {
    let wire = Wire::default()
        .answers("Publish", PUBLISHED)
        .fails_json("SendTaskSuccess", 400, "TaskTimedOut")
        .answers("SendTaskSuccess", "{}");
    let asked = ask(&wire, first(), noon).await;
    let error = approve(&wire, &asked.approval_id, quarter_to_one).await.unwrap_err();
    assert!(error.to_string().contains("on record"), "{error}");
    // A retried task, whose first result was lost, has the same result.
    for _ in 0..2 {
        let mut aws = wire.aws();
        aws.clock = quarter_to_one;
        let error = RequestApproval::run(again(), &aws).await.unwrap_err();
        assert_eq!(error.name(), "Answered", "{error}");
        let answer: contract::Answer = serde_json::from_str(&error.to_string()).unwrap();
        assert_eq!((answer.decision, answer.by.as_str()), (Decision::Approve, "grace@example.com"));
    }
    assert_eq!(subjects(&wire).len(), 1);
    assert_eq!(wire.records()[RECORD]["delivered"], true);
    approve(&wire, &asked.approval_id, quarter_to_one).await.unwrap();
    assert_eq!(wire.bodies("SendTaskSuccess").len(), 1, "nobody answers a token that comes later");
}

/// Between two looks at the change the workflow only needs another token.
#[tokio::test]
async fn a_question_that_is_renewed_quietly_reminds_nobody() {
    let wire = sound();
    let asked = ask(&wire, first(), noon).await;
    let quietly = Input { quietly: true, task_token: "second".to_owned(), ..again() };
    assert_eq!(ask(&wire, quietly, quarter_to_one).await, asked);
    assert_eq!(subjects(&wire), ["[redress 4f1b2c3d4e5f] Your decision"]);
    let record = &wire.records()[RECORD];
    assert_eq!((&record["taskToken"], &record["reminded"]), (&"second".into(), &false.into()));
    // The reminder is still due.
    ask(&wire, Input { task_token: "third".to_owned(), ..again() }, quarter_to_one).await;
    assert_eq!(subjects(&wire).len(), 2);
}

/// A reminder that loses the race for the record is tried again, and finds the answer.
#[tokio::test]
async fn of_an_answer_and_a_reminder_at_the_same_moment_the_answer_wins() {
    let wire = sound();
    ask(&wire, first(), noon).await;
    let wire = wire.loses_races(1);
    let error = RequestApproval::run(again(), &wire.aws()).await.unwrap_err();
    assert_eq!(error.name(), "Unavailable", "{error:?}");
    assert_eq!(wire.records()[RECORD]["taskToken"], "first");
}

/// A token that has ended long before the reminder is due belongs to an execution that was stopped.
#[tokio::test]
async fn nobody_waits_for_a_token_that_does_not_come() {
    let wire =
        Wire::default().answers("Publish", PUBLISHED).fails_json("SendTaskSuccess", 400, "TaskTimedOut");
    let asked = ask(&wire, first(), noon).await;
    let answered = approve(&wire, &asked.approval_id, noon).await.unwrap();
    assert!(matches!(answered, Answered::Expired { .. }), "{answered:?}");
}

const KEY: &str = "alias/redress";

/// KMS with one token.
fn with_key() -> Wire {
    sound()
        .answers("Encrypt", r#"{"CiphertextBlob":"c2VhbGVk","KeyId":"k"}"#)
        .answers("Decrypt", r#"{"Plaintext":"Zmlyc3Q=","KeyId":"k"}"#)
}

async fn approve_with(wire: &Wire, id: &str, key: &str) -> Result<Answered, answer_approval::Error> {
    approve_as(id, &wire.aws_with("TOKEN_KEY", key)).await
}

#[tokio::test]
async fn a_token_is_kept_encrypted_for_its_question() {
    let wire = with_key();
    let asked = RequestApproval::run(first(), &wire.aws_with("TOKEN_KEY", KEY)).await.unwrap();
    assert_eq!(wire.records()[RECORD]["taskToken"], "kms:7365616c6564");
    let of_this_question = format!(r#""EncryptionContext":{{"approval":"{}"}}"#, asked.approval_id);
    let sent = wire.bodies("Encrypt").remove(0);
    assert!(sent.contains(&of_this_question) && sent.contains(KEY), "{sent}");
    // Without the key the function fails, and the answer on record is passed on by the next try.
    let error = approve_with(&wire, &asked.approval_id, "").await.unwrap_err();
    assert!(error.to_string().contains("`TOKEN_KEY` must be set"), "{error}");
    let answered = approve_with(&wire, &asked.approval_id, KEY).await.unwrap();
    assert!(matches!(answered, Answered::Decided { .. }), "{answered:?}");
    let sent = wire.bodies("Decrypt").remove(0);
    assert!(sent.contains(&of_this_question) && sent.contains(KEY), "{sent}");
    assert!(wire.bodies("SendTaskSuccess").remove(0).contains(r#""taskToken":"first""#));
    // A question from before there was a key stays valid.
    let wire = with_key();
    let asked = ask(&wire, first(), noon).await;
    approve_with(&wire, &asked.approval_id, KEY).await.unwrap();
    assert!(wire.bodies("Decrypt").is_empty());
}

#[tokio::test]
async fn if_kms_fails_nothing_is_asked_and_nothing_answered() {
    for (status, code, name) in [
        (500, "KMSInternalException", "Unavailable"),
        (503, "DependencyTimeoutException", "Unavailable"),
        (400, "ThrottlingException", "Throttled"),
        (400, "AccessDeniedException", "AccessDenied"),
        (400, "DisabledException", "Refused"),
        (400, "NotFoundException", "Refused"),
        (400, "InvalidCiphertextException", "Refused"),
    ] {
        let wire = sound().fails_json("Encrypt", status, code);
        let error = RequestApproval::run(first(), &wire.aws_with("TOKEN_KEY", KEY)).await.unwrap_err();
        assert_eq!(error.name(), name);
        assert!(error.to_string().contains("encrypting the task token"), "{error}");
        assert!(wire.records().is_empty() && subjects(&wire).is_empty());

        let wire = sound()
            .answers("Encrypt", r#"{"CiphertextBlob":"c2VhbGVk","KeyId":"k"}"#)
            .fails_json("Decrypt", status, code)
            .answers("Decrypt", r#"{"Plaintext":"Zmlyc3Q=","KeyId":"k"}"#);
        let asked = RequestApproval::run(first(), &wire.aws_with("TOKEN_KEY", KEY)).await.unwrap();
        let error = approve_with(&wire, &asked.approval_id, KEY).await.unwrap_err();
        assert_eq!(error.name(), name);
        assert!(wire.bodies("SendTaskSuccess").is_empty());
        let answered = approve_with(&wire, &asked.approval_id, KEY).await.unwrap();
        assert!(matches!(answered, Answered::Decided { .. }), "the next try passes it on: {answered:?}");
    }
}

/// A record of another execution, or of another question, is replaced by a new question.
#[tokio::test]
async fn only_a_question_of_the_same_execution_is_continued() {
    let other_run = Input { execution: first().execution + "-2", ..again() };
    let reasons = vec![reason("exempt", "The role is exempt.")];
    let other_question = Input { question: Question::Change { reasons }, ..again() };
    for other in [other_run, other_question] {
        let wire = sound();
        ask(&wire, first(), noon).await;
        let renewed = ask(&wire, other, quarter_to_one).await;
        assert_eq!(renewed.expires_at, "2026-01-01T13:00:01Z", "its own time, from now on");
        assert!(wire.records()[RECORD]["reminded"] == false);
    }
    let wire = sound();
    let renewed = ask(&wire, again(), noon).await;
    assert_eq!(renewed.expires_at, "2026-01-01T12:15:00Z", "there was none");
    assert_eq!(subjects(&wire), ["[redress 4f1b2c3d4e5f] Your decision"]);
}

/// A case can be restored twice, months apart: each offer is a question of its own, although it shows the same.
#[tokio::test]
async fn a_question_of_another_execution_is_told_and_keeps_no_approval() {
    let wire = sound();
    let two = |input: Input| Input { needed: Some(2), looked: None, ..input };
    let asked = ask(&wire, two(first()), noon).await;
    approve(&wire, &asked.approval_id, noon).await.unwrap();
    let later = Input { execution: first().execution + "-2", ..two(first()) };
    let asked_again = ask(&wire, later, quarter_to_one).await;
    assert_ne!(asked.approval_id, asked_again.approval_id);
    assert_eq!(wire.records()[RECORD]["approvals"].as_array().map(Vec::len), Some(0));
    assert_eq!(subjects(&wire), ["[redress 4f1b2c3d4e5f] Your decision"; 2]);
    assert!(
        approve(&wire, &asked.approval_id, quarter_to_one).await.is_err(),
        "the first question has ended"
    );
}

#[tokio::test]
async fn a_setting_that_is_not_a_number_of_people_is_misconfigured() {
    for value in ["", "0", "3", "two"] {
        let wire = sound();
        let aws = wire.aws_with("APPROVALS_NEEDED", value);
        let error = RequestApproval::run(first(), &aws).await.unwrap_err();
        assert_eq!(error.name(), "Misconfigured", "{value}: {error}");
        assert!(wire.records().is_empty() && subjects(&wire).is_empty());
    }
}

/// An event joined the case between the look and the question. Its own execution looks, and finds nothing yet that people are
/// shown, so the question must not show what was there before.
#[tokio::test]
async fn a_question_that_an_event_has_overtaken_is_not_asked() {
    let wire = sound();
    let put = async |unseen: u64| {
        let table = CaseTable::new(&wire.aws()).unwrap();
        let (key, case) = (Key::of_case(CASE), serde_json::json!({ "unseen": unseen }));
        let record: Option<Record<serde_json::Value>> = table.get(&key).await.unwrap();
        let written = match record {
            None => table.create(&key, &case).await,
            Some(record) => table.replace(&key, &record, &case).await,
        };
        assert_eq!(written.unwrap(), Written::Yes);
    };
    put(3).await;
    let seen = |seen| Input { seen, ..first() };
    for _ in 0..2 {
        let error = RequestApproval::run(seen(Some(2)), &wire.aws()).await.unwrap_err();
        assert_eq!(error.name(), "Overtaken");
        assert!(error.to_string().starts_with("3 "), "{error}");
        assert!(subjects(&wire).is_empty());
    }
    ask(&wire, seen(Some(3)), noon).await;
    assert_eq!(subjects(&wire).len(), 1);
    // The execution of a later event tells people what the question does not show.
    put(4).await;
    ask(&wire, Input { seen: Some(3), ..again() }, quarter_to_one).await;
    // After many looks people are asked all the same.
    ask(&wire, seen(None), noon).await;
}
