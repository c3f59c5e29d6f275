mod joining;
mod recurrence;
mod restore;
mod subject;

use super::*;
use crate::approvals::asked::circumstances;
use crate::aws::case_table::hash_of;
use crate::testing::{Wire, sample};
use contract::{Mode, TaskError};
use serde_json::{Value, json};

const OURS: &str = "arn:aws:states:us-east-1:123456789012:execution:credential-exfiltration:ours";
const OTHER: &str = "arn:aws:states:us-east-1:123456789012:execution:credential-exfiltration:other";

const NOON: &str = "2026-01-01T12:00:00Z";

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
        restore: None,
        kind: kind.to_owned(),
        mode: Mode::Auto,
        execution: execution.to_owned(),
        started: "2026-01-01T12:00:00Z".to_owned(),
        held: None,
        unrecorded: false,
    }
}

/// The other execution runs, or has ended.
fn other_is(status: &str) -> Wire {
    let about = json!({ "status": status, "executionArn": OTHER, "stateMachineArn": "m", "startDate": 1 });
    Wire::default().answers("DescribeExecution", about.to_string())
}

async fn open_as(kind: &str, event: Value, execution: &str, wire: &Wire) -> Result<Output, Error> {
    OpenCase::run(input(kind, event, execution), &wire.aws()).await
}

async fn open_it(wire: &Wire, id: &str, last_seen: &str, execution: &str) -> Result<Output, Error> {
    open_as("role-containment", event(id, last_seen), execution, wire).await
}

/// Somebody else changes the record of a case.
async fn edit(wire: &Wire, case_id: &str, edit: impl FnOnce(Case) -> Case) {
    let table = CaseTable::new(&wire.aws()).unwrap();
    let key = Key::of_case(case_id);
    let record: Record<Case> = table.get(&key).await.unwrap().unwrap();
    assert_eq!(table.replace(&key, &record, &edit(record.value.clone())).await.unwrap(), Written::Yes);
}

/// The case ended like this at noon.
async fn close(wire: &Wire, case_id: &str, status: CaseStatus) {
    let closed_at = Some(NOON.to_owned());
    let ours = Ours { roles: "", members: &[] };
    let target = kinds::registered("role-containment").unwrap().target;
    let seen = events::read(&event("e", NOON), &wire.aws().here, ours, target).unwrap();
    let denied = vec![circumstances(&seen.finding)];
    edit(wire, case_id, |case| Case { status, closed_at, denied, ..case }).await;
}

/// The case changed the target, which was recorded at noon.
fn recorded(kind: &str, case_id: &str) -> Value {
    json!({
        "caseId": case_id, "account": "123456789012", "kind": kind, "what": "it", "change": {}, "was": {},
        "words": { "done": "changed", "changed": "It is changed.", "stays": "It stays.", "undo": "It undoes it.", "byHand": [] },
        "takenAt": NOON,
    })
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
    let case = records.iter().find(|(key, _)| key.starts_with("finding#")).unwrap().1;
    assert_eq!((case["status"].as_str(), case["execution"].as_str()), (Some("Open"), Some(OURS)));
}

#[tokio::test]
async fn a_repeated_event_joins_the_open_case() {
    let wire = other_is("RUNNING");
    open_it(&wire, "e1", "2026-01-01T11:00:00Z", OTHER).await.unwrap();
    let again = open_it(&wire, "e1", "2026-01-01T11:00:00Z", OURS).await.unwrap();
    assert_eq!((again.disposition, again.occurrences), (Disposition::AlreadyHandled, 1));
    let recurrence = open_it(&wire, "e2", "2026-01-01T11:30:00Z", OURS).await.unwrap();
    assert_eq!((recurrence.disposition, recurrence.occurrences), (Disposition::AlreadyHandled, 2));
}

#[tokio::test]
async fn a_case_whose_execution_has_ended_is_taken_over() {
    for wire in
        [other_is("FAILED"), Wire::default().fails_json("DescribeExecution", 400, "ExecutionDoesNotExist")]
    {
        open_it(&wire, "e1", "2026-01-01T11:00:00Z", OTHER).await.unwrap();
        let output = open_it(&wire, "e2", "2026-01-01T11:00:00Z", OURS).await.unwrap();
        assert_eq!(output.disposition, Disposition::Opened, "{}", output.reason);
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
        (400, "ResourceNotFoundException", "Unavailable"),
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
        looked: None,
    };
    let error = contract::tasks::CloseCase::run(close(OTHER), &wire.aws()).await.unwrap_err();
    assert_eq!(error.name(), "NotOurCase");
    for _ in 0..2 {
        let closed = contract::tasks::CloseCase::run(close(OURS), &wire.aws()).await.unwrap();
        assert_eq!(closed.status, CaseStatus::Changed);
    }
    assert_eq!(wire.actions().iter().filter(|action| *action == "PutItem").count(), 4);
}

/// Without the case table the event is answered all the same. Copies of one event have one case, which is none of those on
/// record; what is ignored stays ignored.
#[tokio::test]
async fn without_the_case_table_a_case_is_opened() {
    let wire = Wire::default().fails_json("GetItem", 400, "ThrottlingException");
    let unrecorded = |id: &str| {
        let event = event(id, "2026-01-01T11:00:00Z");
        Input { unrecorded: true, ..input("role-containment", event, OURS) }
    };
    let mut ids = Vec::new();
    for id in ["e-1", "e-1", "e-2"] {
        let opened = OpenCase::run(unrecorded(id), &wire.aws()).await.unwrap();
        assert_eq!(opened.disposition, Disposition::Opened);
        assert_eq!(opened.reason, "the case table cannot be reached");
        assert_eq!(hash_of(&opened.case_id).len(), 12);
        ids.push(opened.case_id);
    }
    assert!(ids[0] == ids[1] && ids[0] != ids[2] && hash_of(&ids[0]) == hash_of(&ids[2]), "{ids:?}");
    assert!(wire.actions().is_empty(), "{:?}", wire.actions());
    let mut sample = event("e-3", "2026-01-01T11:00:00Z");
    sample["detail"]["service"]["archived"] = json!(true);
    let input = Input { unrecorded: true, ..input("role-containment", sample, OURS) };
    assert_eq!(OpenCase::run(input, &wire.aws()).await.unwrap().disposition, Disposition::Ignored);
}
