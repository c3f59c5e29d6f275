use super::*;
use crate::testing::Wire;
use contract::TaskError;
use serde_json::{Value, json};

const OURS: &str = "arn:aws:states:us-east-1:123456789012:execution:credential-exfiltration:ours";
const OTHER: &str = "arn:aws:states:us-east-1:123456789012:execution:credential-exfiltration:other";

fn event(id: &str, last_seen: &str) -> Value {
    let mut event: Value =
        serde_json::from_str(include_str!("../../statemachines/credential-exfiltration/events/outside.json"))
            .unwrap();
    event["id"] = json!(id);
    event["detail"]["service"]["eventLastSeen"] = json!(last_seen);
    event
}

fn input(event: Value, execution: &str) -> Input {
    Input {
        event,
        mode: contract::Mode::Auto,
        execution: execution.to_owned(),
        started: "2026-01-01T12:00:00Z".to_owned(),
    }
}

async fn open_it(wire: &Wire, id: &str, last_seen: &str, execution: &str) -> Result<Output, Error> {
    OpenCase::run(input(event(id, last_seen), execution), &wire.aws()).await
}

/// Opens the case for another execution and lets it end so.
async fn ended(wire: &Wire, status: CaseStatus) {
    let output = open_it(wire, "first", "2026-01-01T11:00:00Z", OTHER).await.unwrap();
    let close = contract::tasks::close_case::Input {
        case_id: output.case_id,
        finding: output.finding,
        execution: OTHER.to_owned(),
        status,
    };
    contract::tasks::CloseCase::run(close, &wire.aws()).await.unwrap();
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
async fn a_case_whose_execution_is_gone_is_taken_over() {
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
async fn a_recurrence_after_the_end_is_judged_by_how_it_ended() {
    let late = "2026-01-01T13:00:00Z";
    let early = "2026-01-01T11:30:00Z";
    for (status, id, last_seen, disposition) in [
        (CaseStatus::Contained, "second", late, Disposition::AlreadyHandled),
        // Nobody has done anything yet, as far as is known.
        (CaseStatus::HandedOver, "second", late, Disposition::Opened),
        (CaseStatus::HandedOver, "second", early, Disposition::AlreadyHandled),
        (CaseStatus::Denied, "second", late, Disposition::AlreadyHandled),
        // The danger is back after somebody took the containment off.
        (CaseStatus::Restored, "second", late, Disposition::Opened),
        // An old event that was delivered late says nothing new.
        (CaseStatus::Restored, "second", early, Disposition::AlreadyHandled),
        (CaseStatus::Restored, "first", late, Disposition::AlreadyHandled),
        // A response that failed is tried again at the next occasion.
        (CaseStatus::Failed, "second", early, Disposition::Opened),
        (CaseStatus::Failed, "first", early, Disposition::AlreadyHandled),
    ] {
        let wire = Wire::default();
        ended(&wire, status).await;
        let output = open_it(&wire, id, last_seen, OURS).await.unwrap();
        assert_eq!(output.disposition, disposition, "{status:?} {id} {last_seen}: {}", output.reason);
        let again = output.case_id.ends_with("-2");
        assert_eq!(again, disposition == Disposition::Opened, "{}", output.case_id);
    }
}

#[tokio::test]
async fn samples_and_archived_findings_open_nothing() {
    for file in [
        include_str!("../../statemachines/credential-exfiltration/events/sample.json"),
        include_str!("../../statemachines/credential-exfiltration/events/archived.json"),
    ] {
        let wire = Wire::default();
        let output =
            OpenCase::run(input(serde_json::from_str(file).unwrap(), OURS), &wire.aws()).await.unwrap();
        assert_eq!(output.disposition, Disposition::Ignored);
        assert!(wire.actions().is_empty());
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_says_what_is_missing() {
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
        let error = OpenCase::run(input(event.clone(), OURS), &Wire::default().aws()).await.unwrap_err();
        assert_eq!(error.name(), "UnreadableEvent", "{event}");
        assert!(error.to_string().contains(part), "{error}");
    }
}

#[tokio::test]
async fn faults_of_the_table_have_names_and_races_end() {
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
    let close = |execution: &str, status| contract::tasks::close_case::Input {
        case_id: output.case_id.clone(),
        finding: output.finding.clone(),
        execution: execution.to_owned(),
        status,
    };
    let error =
        contract::tasks::CloseCase::run(close(OTHER, CaseStatus::Contained), &wire.aws()).await.unwrap_err();
    assert_eq!(error.name(), "NotOurCase");
    for _ in 0..2 {
        let closed =
            contract::tasks::CloseCase::run(close(OURS, CaseStatus::Contained), &wire.aws()).await.unwrap();
        assert_eq!(closed.status, CaseStatus::Contained);
    }
    assert_eq!(wire.actions().iter().filter(|action| *action == "PutItem").count(), 2);
}

#[tokio::test]
async fn a_policy_that_config_names_by_its_id_is_looked_up() {
    let event = |id: &str| {
        json!({
            "id": "e1", "detail-type": "Config Rules Compliance Change", "source": "aws.config", "account": "123456789012",
            "region": "us-east-1", "time": "2026-01-01T12:00:00Z", "resources": [],
            "detail": {
                "configRuleName": "admin-access", "resourceId": id, "resourceType": "AWS::IAM::Policy",
                "awsAccountId": "123456789012", "newEvaluationResult": { "complianceType": "NON_COMPLIANT" },
            },
        })
    };
    let wire = Wire::of(crate::remediate_policy::tests::account(1));
    let output = OpenCase::run(input(event("ANPAEXAMPLE0000000001"), OURS), &wire.aws()).await.unwrap();
    let arn = crate::remediate_policy::tests::POLICY.to_owned();
    assert_eq!(output.finding.subject, Some(contract::Subject::Policy { arn }));
    let mut elsewhere = event("ANPAEXAMPLE0000000001");
    elsewhere["detail"]["awsAccountId"] = crate::testing::MEMBER.into();
    let of_member = OpenCase::run(input(elsewhere.clone(), OURS), &wire.aws()).await.unwrap();
    assert!(matches!(of_member.finding.subject, Some(contract::Subject::Other { .. })), "it is no member");
    // The account in memory says what is in the home account, so the policy of that id is none of the member's.
    let wire = wire.answers("AssumeRole", crate::testing::assumed(crate::testing::MEMBER));
    OpenCase::run(input(elsewhere, OURS), &wire.aws_with_member()).await.unwrap();
    assert_eq!(wire.actions_with("MEMBER"), ["ListPolicies"]);
    let output = OpenCase::run(input(event("ANPAEXAMPLE0000000009"), OURS), &wire.aws()).await.unwrap();
    assert!(matches!(output.finding.subject, Some(contract::Subject::Other { .. })), "nobody has this id");
    wire.fails_at(Some(crate::remediation::account::FailsAt { call: 0, after: false }));
    let error = OpenCase::run(input(event("ANPAEXAMPLE0000000001"), OURS), &wire.aws()).await.unwrap_err();
    assert_eq!(error.name(), "Unavailable");
}
