//! Questions to which two people must say yes.

use super::*;
use contract::tasks::answer_approval;
use contract::{Decision, Plan};

#[tokio::test]
async fn two_approvals_come_from_two_different_people() {
    let wire = sound();
    let two = || request_approval::Input {
        needed: Some(2),
        approvers: vec![
            "*@example.com".to_owned(),
            "arn:aws:sts::123456789012:assumed-role/admin/*".to_owned(),
        ],
        ..input()
    };
    let id = ask(&wire, two()).await;
    let approve = async |person: &str| {
        let mut sent = Ask::new("POST", &id, person);
        if person.starts_with("arn:") {
            sent = sent.by(json!({ "iam": { "userArn": person } }));
        }
        let page = Ask { method: "GET", ..sent.clone() }.send(&wire.aws()).await;
        if page.0 != 200 {
            return (page.0, page.1);
        }
        let token = if page.1.contains("name=\"token\"") { token_in(&page.1) } else { String::new() };
        let (status, page, _) = sent.body(form("approve", "seen", &token)).send(&wire.aws()).await;
        (status, page)
    };
    assert_eq!(approve("eve@elsewhere.example").await.0, 403);
    let (status, page) = approve("arn:aws:sts::123456789012:assumed-role/admin/ada").await;
    assert_eq!(status, 200);
    compare("one-of-two", &page);
    for same in ["ada", "grace"] {
        let (status, page) = approve(&format!("arn:aws:sts::123456789012:assumed-role/admin/{same}")).await;
        assert_eq!(status, 409, "the caller chooses the name of a session: {page}");
        assert!(page.contains("You have approved this already"));
    }
    let (_, page, _) = Ask::new("GET", &id, GRACE).send(&wire.aws()).await;
    compare("open-for-the-second", &page);
    assert_eq!(wire.records()[RECORD]["approvals"].as_array().map(Vec::len), Some(1));
    assert!(!wire.actions().contains(&"SendTaskSuccess".to_owned()), "one is not enough");
    let (status, page) = approve(GRACE).await;
    assert_eq!(status, 200, "{page}");
    compare("two-of-two", &page);
    let sent = wire.bodies("SendTaskSuccess").remove(0);
    assert!(sent.contains("assumed-role/admin/ada, grace@example.com"), "{sent}");

    // Names given with `redress` are not proven, so they count as one person. One person is enough for a no.
    let wire = sound();
    let id = ask(&wire, request_approval::Input { approvers: Vec::new(), ..two() }).await;
    let said = async |by: &str, decision| {
        let (approval_id, by, reason) = (id.clone(), by.to_owned(), "seen".to_owned());
        let input = answer_approval::Input { approval_id, decision, by, reason };
        AnswerApproval::run(input, &wire.aws()).await.unwrap()
    };
    let counted =
        |output, again| matches!(output, Output::Counted { needed: 2, repeated, .. } if repeated == again);
    assert!(counted(said(ADA, Decision::Approve).await, false));
    assert!(counted(said(GRACE, Decision::Approve).await, true));
    assert!(matches!(said(GRACE, Decision::Deny).await, Output::Decided { decision: Decision::Deny, .. }));
    assert_eq!(wire.bodies("SendTaskFailure").len(), 1);
}

/// A workflow that asks with other reasons asks another question; one that only tries again does not.
#[tokio::test]
async fn an_approval_of_another_question_does_not_count() {
    for (guardrail, effect, kept) in
        [("exempt", "deny", 1), ("protected", "deny", 0), ("exempt", "deny everything", 0)]
    {
        let wire = sound();
        let two = |guardrail: &str, effect: &str| {
            let question = Question::Change { reasons: vec![reason(guardrail, "The role is exempt.")] };
            let mut looked = looked();
            let Plan::Change(proposal) = &mut looked.plan else { panic!("the sample plans a change") };
            proposal.effect = effect.to_owned();
            request_approval::Input { needed: Some(2), question, looked: Some(looked), ..input() }
        };
        let id = ask(&wire, two("exempt", "deny")).await;
        let token = token_for(&wire, &id, ADA).await;
        let sent = Ask::new("POST", &id, ADA).body(form("approve", "seen", &token)).send(&wire.aws()).await;
        assert_eq!(sent.0, 200);
        let is_same = ask(&wire, two(guardrail, effect)).await == id;
        let approvals = wire.records()[RECORD]["approvals"].as_array().map(Vec::len);
        assert_eq!((is_same, approvals), (kept == 1, Some(kept)), "{guardrail}, {effect}");
    }
}

#[tokio::test]
async fn only_one_or_two_people_can_be_asked_for() {
    for needed in [0, 3, 255] {
        let wire = sound();
        let asked =
            RequestApproval::run(request_approval::Input { needed: Some(needed), ..input() }, &wire.aws())
                .await;
        assert_eq!(asked.unwrap_err().name(), "InvalidInput", "{needed}");
        assert!(wire.actions().iter().all(|action| action == "GetItem"), "nothing is asked");
    }
}
