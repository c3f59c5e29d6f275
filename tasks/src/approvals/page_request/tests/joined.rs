//! People who have caused an event of the case by now, and people who may not answer any more.

use super::two_people::{approve_as, of_sso};
use super::*;
use crate::aws::case_table::{CaseTable, Key, Record, Written};

const OF_SSO: &str = "/aws-reserved/sso.amazonaws.com/eu-west-1/";

/// Puts these users of Identity Center on record with the case, as events that joined it do.
async fn join(wire: &Wire, users: &[&str]) {
    let of = |user: &&str| json!({ "type": "AssumedRole", "name": of_sso(user) });
    let case = json!({ "actors": { "known": users.iter().map(of).collect::<Vec<_>>() } });
    let (table, key) = (CaseTable::new(&wire.aws()).unwrap(), Key::of_case(CASE));
    let record: Option<Record<Value>> = table.get(&key).await.unwrap();
    let written = match record {
        None => table.create(&key, &case).await,
        Some(record) => table.replace(&key, &record, &case).await,
    };
    assert_eq!(written.unwrap(), Written::Yes);
}

fn with_real_roles() -> Wire {
    sound().answers("GetRole", crate::testing::role("AROAX", OF_SSO, &[]))
}

fn undo() -> request_approval::Input {
    request_approval::Input { question: Question::Undo { recorded: Box::new(contained()) }, ..input() }
}

/// Whoever changed the same resource while a case about it is open may not decide what becomes of it.
#[tokio::test]
async fn whoever_joined_is_a_suspect() {
    for (question, yes) in [(input(), "approve"), (undo(), "undo")] {
        for person in [ADA.to_owned(), of_sso(ADA)] {
            let wire = with_real_roles();
            join(&wire, &["ci@example.com", ADA]).await;
            let id = ask(&wire, question.clone()).await;
            let request = Ask::new("GET", &id, &person);
            let request = match person.starts_with("arn:") {
                true => request.by(json!({ "iam": { "userArn": person } })),
                false => request,
            };
            let (status, page, _) = request.send(&wire.aws()).await;
            assert_eq!(status, 403, "{page}");
            let token = token_for(&wire, &id, GRACE).await;
            let (_, page, _) = Ask::new("GET", &id, GRACE).send(&wire.aws()).await;
            assert!(page.contains(&of_sso(ADA)), "the page lists who may not decide");
            let sent = Ask::new("POST", &id, GRACE).body(form(yes, "seen", &token)).send(&wire.aws()).await;
            assert_eq!(sent.0, 200, "{}", sent.1);
        }
    }
}

/// The event may come after the question, and after the form was opened.
#[tokio::test]
async fn whoever_joins_after_the_question_is_a_suspect_when_the_answer_is_counted() {
    for (question, decisions) in [(input(), ["approve", "deny"]), (undo(), ["undo", "deny"])] {
        for decision in decisions {
            let wire = sound();
            join(&wire, &["ci@example.com"]).await;
            let id = ask(&wire, question.clone()).await;
            let token = token_for(&wire, &id, ADA).await;
            join(&wire, &["ci@example.com", ADA]).await;
            let sent =
                Ask::new("POST", &id, ADA).body(form(decision, "seen", &token)).send(&wire.aws()).await;
            assert_eq!(sent.0, 403, "{decision}: {}", sent.1);
            assert!(!wire.actions().iter().any(|action| action.starts_with("SendTask")));
        }
    }
}

/// The first of two voices is none any more if its person turns out to have caused an event.
#[tokio::test]
async fn the_voice_of_somebody_who_joined_since_does_not_count() {
    let wire = with_real_roles();
    let two = || request_approval::Input { needed: Some(2), ..input() };
    let id = ask(&wire, two()).await;
    assert_eq!(approve_as(&wire, &id, &of_sso(ADA)).await.0, 200);
    join(&wire, &[ADA]).await;
    let (status, page) = approve_as(&wire, &id, &of_sso(GRACE)).await;
    assert!(status == 200 && page.contains("1 of 2 have said yes"), "{status} {page}");
    assert!(!wire.actions().contains(&"SendTaskSuccess".to_owned()));
    let (status, _) = approve_as(&wire, &id, &of_sso("heidi@example.com")).await;
    assert_eq!((status, wire.bodies("SendTaskSuccess").len()), (200, 1));
    let sent = wire.bodies("SendTaskSuccess").remove(0);
    assert!(sent.contains(GRACE) && sent.contains("heidi") && !sent.contains(ADA), "{sent}");
}

/// Who may answer is asked again each time, by the settings and the finding of that time.
#[tokio::test]
async fn an_approval_of_somebody_who_may_not_answer_any_more_does_not_count() {
    let by_setting = |setting: &'static str| async move {
        let wire = sound();
        let two = || request_approval::Input { needed: Some(2), ..input() };
        let aws = |approvers: &str| wire.aws_with("APPROVERS", approvers);
        let asked = RequestApproval::run(two(), &aws("*@example.com")).await.unwrap();
        assert_eq!(approve_as(&wire, &asked.approval_id, ADA).await.0, 200);
        RequestApproval::run(two(), &aws(setting)).await.unwrap();
        wire.records()[RECORD]["approvals"].as_array().unwrap().len()
    };
    assert_eq!(by_setting("*@example.com").await, 1);
    assert_eq!(by_setting("grace@example.com,heidi@example.com").await, 0);

    for again in [false, true] {
        let wire = sound();
        let two = |not_by: &[&str]| {
            let not_by = not_by.iter().map(|pattern| (*pattern).to_owned()).collect();
            request_approval::Input { needed: Some(2), not_by, ..input() }
        };
        let id = ask(&wire, two(&[])).await;
        assert_eq!(approve_as(&wire, &id, ADA).await.0, 200);
        let asked = ask(&wire, request_approval::Input { again, ..two(&[ADA]) }).await;
        assert_eq!(asked, id);
        assert_eq!(wire.records()[RECORD]["approvals"], json!([]));
        assert_eq!(approve_as(&wire, &id, ADA).await.0, 403);
        assert_eq!(approve_as(&wire, &id, GRACE).await.0, 200);
        assert!(!wire.actions().contains(&"SendTaskSuccess".to_owned()), "one is not enough");
    }
}
