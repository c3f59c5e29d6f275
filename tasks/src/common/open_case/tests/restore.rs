//! A case that a person asked to take back after its window.

use super::*;

const REQUESTED: &str = "arn:aws:states:us-east-1:123456789012:execution:credential-exfiltration:restore-1";

/// A case of the response, which has changed its target and ended.
async fn changed(wire: &Wire) -> String {
    let opened = open_it(wire, "e1", "2026-01-01T11:00:00Z", OTHER).await.unwrap();
    close(wire, &opened.case_id, CaseStatus::Changed).await;
    record(wire, &opened.case_id).await;
    opened.case_id
}

async fn record(wire: &Wire, case_id: &str) {
    let (table, key) = (CaseTable::new(&wire.aws()).unwrap(), Key::before("role-containment", case_id));
    let written = table.create(&key, &recorded("role-containment", case_id)).await;
    assert_eq!(written.unwrap(), Written::Yes);
}

fn opened_target(wire: &Wire, case_id: &str) -> String {
    let finding = &wire.records()[&format!("finding#{case_id} case")]["finding"];
    finding["target"]["what"].as_str().unwrap().to_owned()
}

async fn restore_as(kind: &str, case_id: &str, execution: &str, wire: &Wire) -> Result<Output, Error> {
    let input = Input { restore: Some(case_id.to_owned()), ..input(kind, Value::Null, execution) };
    OpenCase::run(input, &wire.aws()).await
}

async fn restore(case_id: &str, wire: &Wire) -> Result<Output, Error> {
    restore_as("role-containment", case_id, REQUESTED, wire).await
}

#[tokio::test]
async fn a_case_that_ended_is_opened_again_under_its_id() {
    for status in [CaseStatus::Changed, CaseStatus::Failed] {
        let wire = other_is("SUCCEEDED");
        let case_id = changed(&wire).await;
        close(&wire, &case_id, status).await;
        // A retry finds what the first try did.
        for _ in 0..2 {
            let output = restore(&case_id, &wire).await.unwrap();
            assert_eq!((output.disposition, &output.case_id), (Disposition::Restore, &case_id));
            assert_eq!(output.recorded.unwrap().case_id, case_id);
            assert_eq!(output.finding.target.what(), opened_target(&wire, &case_id));
        }
        let case = wire.records()[&format!("finding#{case_id} case")].clone();
        assert_eq!((case["status"].as_str(), case["execution"].as_str()), (Some("Open"), Some(REQUESTED)));
        assert!(case["closedAt"].is_null());
    }
}

/// The input of an execution can be anything.
#[tokio::test]
async fn nobody_gets_at_a_case_that_is_not_theirs_or_has_no_record() {
    let wire = other_is("SUCCEEDED");
    let case_id = changed(&wire).await;
    let before = wire.records();
    let lane = "arn:aws:states:us-east-1:123456789012:execution:redress-canary:restore-1";
    let other = "arn:aws:states:us-east-1:123456789012:execution:iam-policy-remediation:restore-1";
    for (kind, execution) in [
        ("role-containment", lane),
        ("iam-policy", REQUESTED),
        ("iam-policy", other),
        ("finding-only", other),
    ] {
        let error = restore_as(kind, &case_id, execution, &wire).await.unwrap_err();
        assert!(error.to_string().contains("not a case of this response"), "{error}");
    }
    for (id, why) in [
        ("000000000000", "no such case"),
        ("x", "not the id of a case"),
        ("", "not the id of a case"),
        (&format!("{case_id}-2"), "the case is"),
    ] {
        let error = restore(id, &wire).await.unwrap_err();
        assert!(error.name() == "NotRestorable" && error.to_string().contains(why), "{error}");
    }
    assert_eq!(wire.records(), before);

    let wire = other_is("SUCCEEDED");
    let opened = open_it(&wire, "e1", "2026-01-01T11:00:00Z", OTHER).await.unwrap();
    close(&wire, &opened.case_id, CaseStatus::Changed).await;
    let error = restore(&opened.case_id, &wire).await.unwrap_err();
    assert!(error.to_string().contains("no state before a change"), "{error}");
}

#[tokio::test]
async fn what_ended_otherwise_or_is_being_worked_on_is_refused() {
    for status in [
        CaseStatus::Restored,
        CaseStatus::Denied,
        CaseStatus::Planned,
        CaseStatus::HandedOver,
        CaseStatus::Open,
    ] {
        let wire = other_is("RUNNING");
        let case_id = changed(&wire).await;
        close(&wire, &case_id, status).await;
        assert_eq!(restore(&case_id, &wire).await.unwrap_err().name(), "NotRestorable", "{status:?}");
    }
    // The run that offered the undo was stopped.
    let wire = other_is("ABORTED");
    let case_id = changed(&wire).await;
    close(&wire, &case_id, CaseStatus::Open).await;
    assert_eq!(restore(&case_id, &wire).await.unwrap().disposition, Disposition::Restore);

    // Another case about the same role is open.
    for (status, may) in [("RUNNING", false), ("ABORTED", true)] {
        let wire = other_is(status);
        let case_id = changed(&wire).await;
        edit(&wire, &case_id, |case| Case { status: CaseStatus::Restored, ..case }).await;
        let mut another = event("e2", "2026-01-01T12:30:00Z");
        another["detail"]["id"] = json!("another");
        let second = open_as("role-containment", another, OURS, &wire).await.unwrap();
        assert_eq!(second.disposition, Disposition::Opened);
        edit(&wire, &case_id, |case| Case { status: CaseStatus::Changed, ..case }).await;
        assert_eq!(restore(&case_id, &wire).await.is_ok(), may, "{status}");
    }

    let input = Input {
        restore: Some("4f1b2c3d4e5f".to_owned()),
        unrecorded: true,
        ..input("role-containment", Value::Null, REQUESTED)
    };
    let error = OpenCase::run(input, &Wire::default().aws()).await.unwrap_err();
    assert!(error.to_string().contains("the case table cannot be reached"), "{error}");
}

/// A later event about the role joins the case, as it does within the window.
#[tokio::test]
async fn an_event_joins_the_case_that_is_open_again() {
    let wire = other_is("RUNNING");
    let case_id = changed(&wire).await;
    restore(&case_id, &wire).await.unwrap();
    let later = open_it(&wire, "e2", "2026-01-01T13:00:00Z", OURS).await.unwrap();
    assert_eq!((later.disposition, later.case_id), (Disposition::VerifyFirst, case_id));
}
