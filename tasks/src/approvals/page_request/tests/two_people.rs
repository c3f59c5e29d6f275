//! Questions to which two people must say yes.

use super::*;
use crate::testing::role;
use contract::Plan;

const OF_SSO: &str = "/aws-reserved/sso.amazonaws.com/eu-west-1/";

/// The session of a user of Identity Center, or of a role that somebody gave such a name.
pub(super) fn of_sso(user: &str) -> String {
    format!("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_SecOps_0123456789abcdef/{user}")
}

/// The name of a role proves nothing: IAM says by its path whose it is. What IAM does not tell is no.
#[tokio::test]
async fn a_role_with_the_name_of_identity_center_is_not_of_identity_center() {
    let two = || request_approval::Input {
        needed: Some(2),
        approvers: vec!["arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_*".to_owned()],
        ..input()
    };
    let roles = [
        (sound().answers("GetRole", role("AROAX", OF_SSO, &[])), true),
        (sound().answers("GetRole", role("AROAX", "/aws-reserved/sso.amazonaws.com/", &[])), true),
        (sound().answers("GetRole", role("AROAX", "/", &[])), false),
        (sound().answers("GetRole", role("AROAX", "/x/aws-reserved/sso.amazonaws.com/", &[])), false),
        (sound().answers("GetRole", role("AROAX", "/aws-reserved/sso.amazonaws.com.x/", &[])), false),
        (sound().fails("GetRole", 403, "AccessDenied"), false),
        (sound().fails("GetRole", 404, "NoSuchEntity"), false),
        (sound().fails("GetRole", 400, "ValidationError"), false),
    ];
    for (wire, is_real) in roles {
        let id = ask(&wire, two()).await;
        assert_eq!(approve_as(&wire, &id, &of_sso(ADA)).await.0, 200);
        let (status, page) = approve_as(&wire, &id, &of_sso(GRACE)).await;
        assert_eq!(status, if is_real { 200 } else { 409 }, "{page}");
        let passed_on = wire.actions().contains(&"SendTaskSuccess".to_owned());
        assert_eq!(passed_on, is_real, "two names of sessions are one person");
    }

    // A name of a person admits users of Identity Center, and no session that somebody named so.
    for (path, status) in [(OF_SSO, 200), ("/", 403)] {
        let wire = sound().answers("GetRole", role("AROAX", path, &[]));
        let people = vec!["*@example.com".to_owned()];
        let id = ask(&wire, request_approval::Input { approvers: people, ..input() }).await;
        assert_eq!(approve_as(&wire, &id, &of_sso(ADA)).await.0, status, "{path}");
    }

    // Another account's role of that name is not looked for at home.
    let wire = sound().answers("GetRole", role("AROAX", OF_SSO, &[]));
    let people = vec!["*@example.com".to_owned()];
    let id = ask(&wire, request_approval::Input { approvers: people, ..input() }).await;
    let elsewhere = of_sso(ADA).replace("123456789012", "999999999999");
    assert_eq!(approve_as(&wire, &id, &elsewhere).await.0, 403);
    assert!(!wire.actions().contains(&"GetRole".to_owned()));
}

/// A vote that was taken for nobody's in particular would never count beside another.
#[tokio::test]
async fn a_role_that_cannot_be_read_just_now_is_read_again() {
    for (status, code) in [(400, "Throttling"), (500, "InternalFailure")] {
        let wire = sound().fails("GetRole", status, code);
        let id = ask(&wire, input()).await;
        assert_eq!(approve_as(&wire, &id, &of_sso(ADA)).await.0, 503, "{code}");
        assert!(wire.records()[RECORD]["answer"].is_null());
    }
}

/// Opens the page as this person, and approves.
pub(super) async fn approve_as(wire: &Wire, id: &str, person: &str) -> (u64, String) {
    let mut sent = Ask::new("POST", id, person);
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
}

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
    let approve = async |person: &str| approve_as(&wire, &id, person).await;
    assert_eq!(approve("eve@elsewhere.example").await.0, 403);
    let (status, page) = approve("arn:aws:sts::123456789012:assumed-role/admin/ada").await;
    assert_eq!(status, 200);
    compare("one-of-two", &page);
    // The caller chooses the name of a session, and may have another role; a subject may be behind either.
    for same in ["arn:aws:sts::123456789012:assumed-role/admin/grace", GRACE] {
        let (status, page) = approve(same).await;
        assert_eq!(status, 409, "{same}: {page}");
        assert!(page.contains("You have approved this already"));
    }
    assert_eq!(wire.records()[RECORD]["approvals"].as_array().map(Vec::len), Some(1));
    assert!(!wire.actions().contains(&"SendTaskSuccess".to_owned()), "one is not enough");

    let wire = sound();
    let id = ask(&wire, two()).await;
    assert_eq!(approve_as(&wire, &id, ADA).await.0, 200);
    let (_, page, _) = Ask::new("GET", &id, GRACE).send(&wire.aws()).await;
    compare("open-for-the-second", &page);
    let (status, page) = approve_as(&wire, &id, GRACE).await;
    assert_eq!(status, 200, "{page}");
    compare("two-of-two", &page);
    let sent = wire.bodies("SendTaskSuccess").remove(0);
    assert!(sent.contains("ada@example.com, grace@example.com"), "{sent}");

    // One person is enough for a no.
    let wire = sound();
    let id = ask(&wire, two()).await;
    let token = token_for(&wire, &id, GRACE).await;
    let sent = Ask::new("POST", &id, GRACE).body(form("deny", "no", &token)).send(&wire.aws()).await;
    assert_eq!((sent.0, wire.bodies("SendTaskFailure").len()), (200, 1));
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

/// A form decides the question that it showed. If the record has another plan now, even under the same id, it decides
/// nothing.
#[tokio::test]
async fn a_form_of_another_plan_decides_nothing() {
    let wire = sound();
    let id = ask(&wire, input()).await;
    let token = token_for(&wire, &id, ADA).await;
    wire.edit(RECORD, |record| record["looked"]["plan"]["effect"] = "Nothing is denied.".into());
    let sent = Ask::new("POST", &id, ADA).body(form("approve", "seen", &token)).send(&wire.aws()).await;
    assert_eq!(sent.0, 403, "{}", sent.1);
    assert!(!wire.actions().contains(&"SendTaskSuccess".to_owned()));
    assert_eq!(
        approve_as(&wire, &id, ADA).await.0,
        200,
        "the page shows the other plan, and its form decides"
    );
}

/// People hear of a changed plan, and what they have open of the old question decides nothing.
#[tokio::test]
async fn a_changed_plan_is_a_new_question_with_a_new_message() {
    for again in [false, true] {
        let wire = sound();
        let id = ask(&wire, input()).await;
        let token = token_for(&wire, &id, ADA).await;
        let mut other = looked();
        let Plan::Change(proposal) = &mut other.plan else { panic!("the sample plans a change") };
        proposal.effect = "Everything is denied to all roles.".to_owned();
        let new = ask(&wire, request_approval::Input { looked: Some(other), again, ..input() }).await;
        assert_ne!(new, id);
        assert_eq!(wire.bodies("Publish").len(), 2, "people are told of the new question");
        assert!(wire.bodies("Publish")[1].contains(&new));
        for question in [&id, &new] {
            let sent = Ask::new("POST", question, ADA).body(form("approve", "seen", &token));
            assert!(matches!(sent.send(&wire.aws()).await.0, 403 | 404));
        }
        assert!(!wire.actions().contains(&"SendTaskSuccess".to_owned()));
    }
}

/// The command line gets as JSON what a browser gets as a page, and sends the same form.
#[tokio::test]
async fn the_command_line_answers_with_the_same_form() {
    let wire = sound().answers("GetRole", role("AROAX", OF_SSO, &[]));
    let id = ask(&wire, input()).await;
    let ada = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_0123456789abcdef/ada@example.com";
    let json_of = async |ask: Ask| {
        let (status, body, headers) = ask
            .by(json!({ "iam": { "userArn": ada } }))
            .header("accept", "application/json")
            .send(&wire.aws())
            .await;
        assert_eq!(headers["content-type"], "application/json");
        (status, serde_json::from_str::<Value>(&body).unwrap())
    };
    let (status, shown) = json_of(Ask::new("GET", &id, "")).await;
    assert_eq!(
        (status, &shown["question"], &shown["decisions"]),
        (200, &json!("change"), &json!(["approve", "deny"]))
    );
    assert_eq!(shown["as"], ada);
    let of = |decision: &str, token: &str| Ask::new("POST", &id, "").body(form(decision, "seen", token));
    let (status, refused) = json_of(of("approve", "1.00")).await;
    assert_eq!((status, refused["message"].is_string()), (403, true), "{refused}");
    let token = shown["token"].as_str().unwrap();
    let (status, decided) = json_of(of("approve", token)).await;
    assert_eq!((status, &decided["outcome"]), (200, &json!("Decided")));
    let (_, again) = json_of(Ask::new("GET", &id, "")).await;
    assert_eq!((&again["outcome"], &again["by"]), (&json!("AlreadyDecided"), &json!(ada)));
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
