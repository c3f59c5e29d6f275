//! The identity of a case, and cases about one subject.

use super::*;
use contract::tasks::{CloseCase, close_case};

const LANE: &str = "arn:aws:states:us-east-1:123456789012:execution:redress-canary:ours";

/// Nobody can take or close a case with an event of another source, account, region or response that has the same id.
#[tokio::test]
async fn everything_that_tells_cases_apart_is_in_the_case_id() {
    let id = "7a0f1d2c3b4a59687766554433221100";
    let guardduty = |account: &str, region: &str| {
        let mut event = event("e", "2026-01-01T11:00:00Z");
        let detail = &mut event["detail"];
        detail["id"] = json!(id);
        detail["accountId"] = json!(account);
        detail["region"] = json!(region);
        event
    };
    let mut security_hub = sample("iam-policy-remediation", "security-hub-failed.json");
    security_hub["detail"]["findings"][0]["Id"] = json!(id);
    let home = "123456789012";
    let mut ids = Vec::new();
    for (kind, event, execution) in [
        ("role-containment", guardduty(home, "us-east-1"), OURS),
        ("role-containment", guardduty(home, "eu-west-1"), OURS),
        ("role-containment", guardduty("333344445555", "us-east-1"), OURS),
        ("role-containment", guardduty(home, "us-east-1"), LANE),
        ("finding-only", guardduty(home, "us-east-1"), OURS),
        ("role-containment", security_hub, OURS),
    ] {
        let wire = Wire::default();
        let output = open_as(kind, event, execution, &wire).await.unwrap();
        assert_eq!(output.disposition, Disposition::Opened);
        assert!(!ids.contains(&output.case_id), "{kind} {execution}: {ids:?} {}", output.case_id);
        ids.push(output.case_id);
    }
}

#[tokio::test]
async fn an_execution_without_a_state_machine_is_refused() {
    for execution in ["ours", "", "arn:aws:states:us-east-1:123456789012:execution"] {
        let error = open_it(&Wire::default(), "e", "t", execution).await.unwrap_err();
        assert_eq!(error.name(), "InvalidInput", "{execution}");
    }
}

/// Two findings about the same role, and two calls about the same policy.
#[tokio::test]
async fn events_about_one_subject_are_one_case() {
    let at = "2026-01-01T11:00:00Z";
    let mut inside = sample("credential-exfiltration", "inside.json");
    let outside = event("e1", at);
    inside["detail"]["resource"]["accessKeyDetails"] =
        outside["detail"]["resource"]["accessKeyDetails"].clone();
    inside["detail"]["id"] = json!("another");
    inside["detail"]["service"]["eventLastSeen"] = json!(at);
    let another_call = |id: &str| {
        let mut event = call(id, "us-east-1", at);
        event["detail"]["eventID"] = json!(id);
        event
    };
    let mut spelled = another_call("c2");
    let name = spelled["detail"]["requestParameters"]["userName"].as_str().unwrap().to_uppercase();
    spelled["detail"]["requestParameters"]["userName"] = json!(name);
    for (kind, one, other, same) in [
        ("role-containment", outside.clone(), inside, true),
        ("iam-policy", another_call("c1"), another_call("c2"), true),
        ("iam-policy", another_call("c1"), spelled, true),
        ("iam-policy", another_call("c1"), boundary_call(), false),
        // Each finding is news of its own for people.
        ("finding-only", another_call("c1"), another_call("c2"), false),
    ] {
        let wire = other_is("RUNNING");
        let first = open_as(kind, one, OTHER, &wire).await.unwrap();
        let second = open_as(kind, other, OURS, &wire).await.unwrap();
        assert_eq!(second.disposition != Disposition::Opened, same, "{kind}: {}", second.reason);
        assert_eq!(second.case_id == first.case_id, same, "{kind}");
        assert_eq!(second.occurrences, if same { 2 } else { 1 }, "{kind}");
    }
}

/// A call about another user.
fn boundary_call() -> Value {
    let mut event = call("c3", "us-east-1", "2026-01-01T11:00:00Z");
    event["detail"]["eventID"] = json!("c3");
    event["detail"]["requestParameters"]["userName"] = json!("somebody-else");
    event
}

/// The canary's lane has cases of its own, also about a subject.
#[tokio::test]
async fn another_lane_has_a_case_of_its_own_about_the_subject() {
    let wire = other_is("RUNNING");
    let first = open_it(&wire, "e1", "2026-01-01T11:00:00Z", OTHER).await.unwrap();
    let second = open_it(&wire, "e2", "2026-01-01T11:00:00Z", LANE).await.unwrap();
    assert_eq!(second.disposition, Disposition::Opened);
    assert_ne!(second.case_id, first.case_id);
}

/// What a case of another finding has changed is verified, and a case that changed nothing does not count.
#[tokio::test]
async fn a_new_finding_about_a_changed_subject_verifies_the_change() {
    for (status, held, disposition) in [
        (CaseStatus::Changed, None, Disposition::VerifyFirst),
        (CaseStatus::Changed, Some(true), Disposition::AlreadyHandled),
        (CaseStatus::Changed, Some(false), Disposition::Opened),
        (CaseStatus::Restored, None, Disposition::Opened),
        (CaseStatus::Denied, None, Disposition::Opened),
        (CaseStatus::NothingToDo, None, Disposition::Opened),
        (CaseStatus::Failed, None, Disposition::Opened),
        (CaseStatus::HandedOver, None, Disposition::Opened),
    ] {
        let wire = Wire::default();
        let call = |id: &str| {
            let mut event = call(id, "us-east-1", "2026-01-01T11:00:00Z");
            event["detail"]["eventID"] = json!(id);
            event
        };
        let first = open_as("iam-policy", call("one"), OTHER, &wire).await.unwrap();
        let wire = wire.recorded(&recorded("iam-policy", &first.case_id));
        close(&wire, &first.case_id, status).await;
        let input = Input { held, ..input("iam-policy", call("two"), OURS) };
        let output = OpenCase::run(input, &wire.aws()).await.unwrap();
        assert_eq!(output.disposition, disposition, "{status:?} {held:?}: {}", output.reason);
        assert_eq!(output.case_id != first.case_id, disposition == Disposition::Opened);
    }
}

/// Another execution has claimed the subject and not written its case yet.
#[tokio::test]
async fn a_subject_that_is_being_claimed_is_waited_for() {
    for (status, name) in [("RUNNING", Some("CaseContended")), ("FAILED", None)] {
        let wire = other_is(status);
        let first = open_it(&wire, "e1", "2026-01-01T11:00:00Z", OTHER).await.unwrap();
        let claims: Vec<String> =
            wire.records().into_keys().filter(|key| key.starts_with("subject#")).collect();
        assert_eq!(claims.len(), 1);
        // The claim is there, and the case is not: it has another id.
        edit(&wire, &first.case_id, |case| Case { case_id: format!("{}-9", case.case_id), ..case }).await;
        let mut event = event("e2", "2026-01-01T11:00:00Z");
        event["detail"]["id"] = json!("another");
        let opened = open_as("role-containment", event, OURS, &wire).await;
        assert_eq!(opened.as_ref().err().map(TaskError::name), name, "{status}: {opened:?}");
    }
}

/// An event that joined a case after its look keeps the case open, so that an attacker cannot hide a call behind a harmless
/// one.
#[tokio::test]
async fn an_event_after_the_look_is_looked_at_before_the_case_closes() {
    for (at, status, looked, again) in [
        ("2026-01-01T12:00:01Z", CaseStatus::NothingToDo, Some(1), true),
        ("2026-01-01T12:00:01Z", CaseStatus::Denied, Some(1), true),
        ("2026-01-01T12:00:01Z", CaseStatus::HandedOver, Some(1), true),
        ("2026-01-01T12:00:01Z", CaseStatus::NothingToDo, Some(2), false),
        ("2026-01-01T12:00:01Z", CaseStatus::NothingToDo, None, false),
        ("2026-01-01T12:00:01Z", CaseStatus::Changed, Some(1), false),
        ("2026-01-01T12:00:01Z", CaseStatus::Failed, Some(1), false),
        ("2026-01-01T11:30:00Z", CaseStatus::NothingToDo, Some(1), false),
    ] {
        let wire = other_is("RUNNING");
        let call = |id: &str, at: &str| {
            let mut event = call(id, "us-east-1", at);
            event["detail"]["eventID"] = json!(id);
            event
        };
        let first = open_as("iam-policy", call("one", "2026-01-01T11:00:00Z"), OTHER, &wire).await.unwrap();
        let second = open_as("iam-policy", call("two", at), OURS, &wire).await.unwrap();
        assert_eq!(second.disposition, Disposition::Joined);
        let close = || {
            let (case_id, finding, execution) =
                (first.case_id.clone(), first.finding.clone(), OTHER.to_owned());
            close_case::Input { case_id, finding, execution, status, looked }
        };
        for _ in 0..2 {
            let closed = CloseCase::run(close(), &wire.aws()).await.unwrap();
            assert_eq!((closed.again, closed.occurrences), (again, 2), "{at} {status:?} {looked:?}");
        }
        let record = wire.records().remove(&format!("finding#{} case", first.case_id)).unwrap();
        assert_eq!(record["status"] == "Open", again);
    }
}

/// The canary, or a case of another source, cannot close a case whose id it knows.
#[tokio::test]
async fn a_case_is_not_closed_for_another_finding() {
    let wire = Wire::default();
    let first = open_it(&wire, "e1", "2026-01-01T11:00:00Z", OURS).await.unwrap();
    let mut foreign = first.finding.clone();
    foreign.source = contract::Source::AccessAnalyzer;
    let mut elsewhere = first.finding.clone();
    elsewhere.account = "333344445555".to_owned();
    for finding in [foreign, elsewhere] {
        let (case_id, execution) = (first.case_id.clone(), OURS.to_owned());
        let status = CaseStatus::NothingToDo;
        let input = close_case::Input { case_id, finding, execution, status, looked: None };
        assert_eq!(CloseCase::run(input, &wire.aws()).await.unwrap_err().name(), "InvalidInput");
    }
}

/// A leaked role is contained while its policy is being put right: the second message mentions the first case.
#[tokio::test]
async fn cases_of_two_responses_about_one_role_know_of_each_other() {
    let wire = Wire::default();
    let policy = "arn:aws:states:us-east-1:123456789012:execution:iam-policy-remediation:run";
    let mut put = sample("iam-policy-remediation", "put-role-policy.json");
    let leaked = event("e1", "2026-01-01T11:00:00Z");
    let role = leaked["detail"]["resource"]["accessKeyDetails"]["userName"].as_str().unwrap().to_owned();
    put["detail"]["requestParameters"]["roleName"] = json!(role.to_uppercase());
    let first = open_as("iam-policy", put.clone(), policy, &wire).await.unwrap();
    assert_eq!(first.finding.other_cases, []);
    for _ in 0..2 {
        let second = open_as("role-containment", leaked.clone(), OURS, &wire).await.unwrap();
        assert_eq!(second.disposition, Disposition::Opened);
        let others: Vec<_> = second.finding.other_cases.iter().collect();
        assert_eq!(others.len(), 1, "{others:?}");
        assert_eq!(
            (&others[0].case_id, others[0].response.as_str()),
            (&first.case_id, "iam-policy-remediation")
        );
        assert!(others[0].what.contains("inline policy"), "{others:?}");
    }
    let mut elsewhere = put;
    elsewhere["detail"]["requestParameters"]["roleName"] = json!("somebody-else");
    elsewhere["detail"]["eventID"] = json!("another");
    let another = open_as("iam-policy", elsewhere, policy, &wire).await.unwrap();
    assert_eq!(another.finding.other_cases, []);
}

/// Whoever caused an event that joined is on record with the case, also after its execution was given up.
#[tokio::test]
async fn who_caused_a_joined_event_is_on_record_with_the_case() {
    let at = "2026-01-01T11:00:00Z";
    let by = |id: &str, name: &str| {
        let mut event = call(id, "us-east-1", at);
        event["detail"]["eventID"] = json!(id);
        let session = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_0123456789abcdef";
        event["detail"]["userIdentity"] =
            json!({ "type": "AssumedRole", "arn": format!("{session}/{name}") });
        event
    };
    let names = |wire: &Wire, case_id: &str| {
        let known = wire.records()[&format!("finding#{case_id} case")]["actors"]["known"].clone();
        let known = known.as_array().unwrap().clone();
        let last = |actor: &Value| actor["name"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        known.iter().map(last).collect::<Vec<_>>()
    };
    let wire = other_is("RUNNING");
    let first = open_as("iam-policy", by("c1", "ci"), OTHER, &wire).await.unwrap();
    let joined = open_as("iam-policy", by("c2", "ada"), OURS, &wire).await.unwrap();
    assert_eq!(joined.disposition, Disposition::Joined);
    assert_eq!(names(&wire, &first.case_id), ["ci", "ada"]);

    // The other execution was stopped: the case that follows answers its events as well.
    let wire = other_is("ABORTED");
    let first = open_as("iam-policy", by("c1", "ci"), OTHER, &wire).await.unwrap();
    let next = open_as("iam-policy", by("c2", "ada"), OURS, &wire).await.unwrap();
    assert_eq!(next.disposition, Disposition::Opened, "{}", next.reason);
    assert_ne!(next.case_id, first.case_id);
    assert_eq!(names(&wire, &next.case_id), ["ada", "ci"]);
}
