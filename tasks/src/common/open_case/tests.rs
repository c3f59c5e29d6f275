use super::*;
use crate::testing::{Wire, sample};
use contract::TaskError;
use serde_json::{Value, json};

const OURS: &str = "arn:aws:states:us-east-1:123456789012:execution:credential-exfiltration:ours";
const OTHER: &str = "arn:aws:states:us-east-1:123456789012:execution:credential-exfiltration:other";

fn event(id: &str, last_seen: &str) -> Value {
    let mut event = sample("credential-exfiltration", "outside.json");
    event["id"] = json!(id);
    event["detail"]["service"]["eventLastSeen"] = json!(last_seen);
    event
}

/// A call that attached a policy, in this region.
fn call(id: &str, region: &str, at: &str) -> Value {
    let mut event = sample("iam-policy-remediation", "attach-user-policy.json");
    event["id"] = json!(id);
    event["detail"]["awsRegion"] = json!(region);
    event["detail"]["eventTime"] = json!(at);
    event
}

fn input(kind: &str, event: Value, execution: &str) -> Input {
    Input {
        event,
        kind: kind.to_owned(),
        mode: contract::Mode::Auto,
        execution: execution.to_owned(),
        started: "2026-01-01T12:00:00Z".to_owned(),
    }
}

async fn open_as(kind: &str, event: Value, execution: &str, wire: &Wire) -> Result<Output, Error> {
    OpenCase::run(input(kind, event, execution), &wire.aws()).await
}

async fn open_it(wire: &Wire, id: &str, last_seen: &str, execution: &str) -> Result<Output, Error> {
    open_as("role-containment", event(id, last_seen), execution, wire).await
}

/// The other execution's case ended like this at noon.
async fn close(wire: &Wire, case_id: &str, status: CaseStatus) {
    let table = CaseTable::new(&wire.aws()).unwrap();
    let key = Key::finding(hash_of(case_id));
    let record: Record<Case> = table.get(&key).await.unwrap().unwrap();
    let closed_at = Some("2026-01-01T12:00:00Z".to_owned());
    let closed = Case { status, closed_at, ..record.value.clone() };
    assert_eq!(table.replace(&key, &record, &closed).await.unwrap(), Written::Yes);
}

#[tokio::test]
async fn a_new_finding_opens_a_case_and_the_same_execution_keeps_it() {
    let wire = Wire::default();
    for _ in 0..2 {
        let output = open_it(&wire, "e1", "2026-01-01T11:00:00Z", OURS).await.unwrap();
        assert_eq!((output.disposition, output.occurrences), (Disposition::Opened, 1));
        assert_eq!(output.case_id.len(), 12);
    }
    let records = wire.records();
    let case = records.values().next().unwrap();
    assert_eq!((case["status"].as_str(), case["execution"].as_str()), (Some("Open"), Some(OURS)));
}

#[tokio::test]
async fn a_repeated_event_joins_the_open_case() {
    let wire = Wire::default().answers(
        "DescribeExecution",
        json!({ "status": "RUNNING", "executionArn": OTHER, "stateMachineArn": "m", "startDate": 1 })
            .to_string(),
    );
    open_it(&wire, "e1", "2026-01-01T11:00:00Z", OTHER).await.unwrap();
    let again = open_it(&wire, "e1", "2026-01-01T11:00:00Z", OURS).await.unwrap();
    assert_eq!((again.disposition, again.occurrences), (Disposition::AlreadyHandled, 1));
    let recurrence = open_it(&wire, "e2", "2026-01-01T11:30:00Z", OURS).await.unwrap();
    assert_eq!((recurrence.disposition, recurrence.occurrences), (Disposition::AlreadyHandled, 2));
}

#[tokio::test]
async fn a_case_whose_execution_has_ended_is_taken_over() {
    let ended = json!({ "status": "FAILED", "executionArn": OTHER, "stateMachineArn": "m", "startDate": 1 })
        .to_string();
    for wire in [
        Wire::default().answers("DescribeExecution", ended),
        Wire::default().fails_json("DescribeExecution", 400, "ExecutionDoesNotExist"),
    ] {
        open_it(&wire, "e1", "2026-01-01T11:00:00Z", OTHER).await.unwrap();
        let output = open_it(&wire, "e2", "2026-01-01T11:00:00Z", OURS).await.unwrap();
        assert_eq!(output.disposition, Disposition::Opened, "{}", output.reason);
    }
}

#[tokio::test]
async fn a_recurrence_after_the_end_depends_on_how_the_case_ended() {
    let late = "2026-01-01T13:00:00Z";
    let early = "2026-01-01T11:30:00Z";
    for (status, id, last_seen, disposition) in [
        (CaseStatus::Changed, "second", late, Disposition::AlreadyHandled),
        (CaseStatus::Denied, "second", late, Disposition::AlreadyHandled),
        (CaseStatus::Enriched, "second", late, Disposition::AlreadyHandled),
        (CaseStatus::Planned, "second", late, Disposition::AlreadyHandled),
        // Nobody has done anything yet, as far as is known.
        (CaseStatus::HandedOver, "second", late, Disposition::Opened),
        (CaseStatus::HandedOver, "second", early, Disposition::AlreadyHandled),
        // There was no danger then.
        (CaseStatus::NothingToDo, "second", late, Disposition::Opened),
        // The danger is back after somebody took the containment off.
        (CaseStatus::Restored, "second", late, Disposition::Opened),
        // An old event that was delivered late says nothing new.
        (CaseStatus::Restored, "second", early, Disposition::AlreadyHandled),
        (CaseStatus::Restored, "first", late, Disposition::AlreadyHandled),
        // A response that failed is tried again at the next event.
        (CaseStatus::Failed, "second", early, Disposition::Opened),
        (CaseStatus::Failed, "first", early, Disposition::AlreadyHandled),
    ] {
        let wire = Wire::default();
        let first = open_it(&wire, "first", "2026-01-01T11:00:00Z", OTHER).await.unwrap();
        close(&wire, &first.case_id, status).await;
        let output = open_it(&wire, id, last_seen, OURS).await.unwrap();
        assert_eq!(output.disposition, disposition, "{status:?} {id} {last_seen}: {}", output.reason);
        let again = output.case_id.ends_with("-2");
        assert_eq!(again, disposition == Disposition::Opened, "{}", output.case_id);
        assert_eq!(hash_of(&output.case_id), first.case_id);
    }
}

/// A contained role stays contained, and a policy that was put right can be made dangerous again.
#[tokio::test]
async fn the_kind_decides_whether_a_changed_target_is_changed_again() {
    for (kind, disposition) in [
        ("iam-policy", Disposition::Opened),
        ("permissions-boundary", Disposition::Opened),
        ("finding-only", Disposition::AlreadyHandled),
    ] {
        let wire = Wire::default();
        let first = call("first", "us-east-1", "2026-01-01T11:00:00Z");
        let first = open_as(kind, first, OTHER, &wire).await.unwrap();
        close(&wire, &first.case_id, CaseStatus::Changed).await;
        let second = call("second", "us-east-1", "2026-01-01T13:00:00Z");
        assert_eq!(open_as(kind, second, OURS, &wire).await.unwrap().disposition, disposition, "{kind}");
    }
}

/// IAM is the same in every region, and an instance is not.
#[tokio::test]
async fn the_case_of_a_global_target_ignores_the_region() {
    let at = "2026-01-01T11:00:00Z";
    for (kind, is_global) in [("iam-policy", true), ("permissions-boundary", true), ("finding-only", false)] {
        let wire = Wire::default();
        let here = open_as(kind, call("e1", "us-east-1", at), OURS, &wire).await.unwrap();
        let elsewhere = open_as(kind, call("e1", "eu-west-1", at), OURS, &wire).await.unwrap();
        assert_eq!(here.case_id == elsewhere.case_id, is_global, "{kind}");
    }
}

#[tokio::test]
async fn an_unknown_kind_is_refused_with_the_list_of_kinds() {
    let error = open_as("bucket", json!({}), OURS, &Wire::default()).await.unwrap_err();
    assert_eq!(error.name(), "InvalidInput");
    let (said, kinds) = (error.to_string(), kinds::names());
    assert_eq!(said, format!("there is no kind `bucket`; the kinds are `{}`", kinds.join("`, `")));
    assert!(kinds.contains(&"iam-policy") && kinds.contains(&"finding-only"), "{said}");
}

#[tokio::test]
async fn samples_and_archived_findings_open_nothing() {
    for file in ["sample.json", "archived.json"] {
        let wire = Wire::default();
        let event = sample("credential-exfiltration", file);
        let output = open_as("role-containment", event, OURS, &wire).await.unwrap();
        assert_eq!(output.disposition, Disposition::Ignored);
        assert!(wire.actions().is_empty());
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_gives_a_reason() {
    let mut without_id = event("e", "t");
    without_id["detail"].as_object_mut().unwrap().remove("id");
    let mut wrong_account = event("e", "t");
    wrong_account["detail"]["accountId"] = json!("12345");
    let mut wrong_type = event("e", "t");
    wrong_type["detail-type"] = json!("Macie Finding");
    for (event, part) in [
        (json!({}), "not an EventBridge event"),
        (json!("text"), "not an EventBridge event"),
        (json!({ "detail-type": "GuardDuty Finding", "source": "s", "detail": [] }), "has no id"),
        (without_id, "has no id"),
        (wrong_account, "not twelve digits"),
        (wrong_type, "`Macie Finding`"),
    ] {
        let error = open_as("role-containment", event.clone(), OURS, &Wire::default()).await.unwrap_err();
        assert_eq!(error.name(), "UnreadableEvent", "{event}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn faults_of_the_table_have_names_and_lost_races_end() {
    for (status, code, name) in [
        (400, "ProvisionedThroughputExceededException", "Throttled"),
        (400, "AccessDeniedException", "AccessDenied"),
        (500, "InternalServerError", "Unavailable"),
        (400, "ResourceNotFoundException", "Refused"),
    ] {
        let wire = Wire::default().fails_json("GetItem", status, code);
        assert_eq!(open_it(&wire, "e", "t", OURS).await.unwrap_err().name(), name);
    }
    let wire = Wire::default().loses_races(2);
    assert_eq!(open_it(&wire, "e", "t", OURS).await.unwrap().disposition, Disposition::Opened);
    let wire = Wire::default().loses_races(99);
    assert_eq!(open_it(&wire, "e", "t", OURS).await.unwrap_err().name(), "CaseContended");
}

#[tokio::test]
async fn only_the_execution_that_has_a_case_can_close_it() {
    let wire = Wire::default();
    let output = open_it(&wire, "e", "t", OURS).await.unwrap();
    let close = |execution: &str| contract::tasks::close_case::Input {
        case_id: output.case_id.clone(),
        finding: output.finding.clone(),
        execution: execution.to_owned(),
        status: CaseStatus::Changed,
    };
    let error = contract::tasks::CloseCase::run(close(OTHER), &wire.aws()).await.unwrap_err();
    assert_eq!(error.name(), "NotOurCase");
    for _ in 0..2 {
        let closed = contract::tasks::CloseCase::run(close(OURS), &wire.aws()).await.unwrap();
        assert_eq!(closed.status, CaseStatus::Changed);
    }
    assert_eq!(wire.actions().iter().filter(|action| *action == "PutItem").count(), 2);
}
