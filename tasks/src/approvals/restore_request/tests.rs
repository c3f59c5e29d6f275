//! Requests of the command line to take a case back, good and hostile.

use super::*;
use crate::messages::samples::{CASE, contained, finding};
use crate::testing::{Edit, Wire};
use contract::TaskError;
use serde_json::Value;

const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:credential-exfiltration:e-1";
const CASE_RECORD: &str = "finding#4f1b2c3d4e5f case";
const REQUEST: &str = "question#4f1b2c3d4e5f restore";
const GRACE: &str = "grace@example.com";

async fn put(wire: &Wire, key: &Key, value: &Value) {
    let table = CaseTable::new(&wire.aws()).unwrap();
    assert_eq!(table.create(key, value).await.unwrap(), Written::Yes);
}

/// A case that has changed its target and ended.
async fn changed() -> Wire {
    let started = json!({ "executionArn": "arn", "startDate": 1 }).to_string();
    let wire = Wire::default().answers("StartExecution", started);
    let case = json!({
        "caseId": CASE, "status": "Changed", "execution": EXECUTION, "closedAt": "2025-12-30T12:00:00Z",
        "finding": finding(), "actors": { "known": [] },
    });
    put(&wire, &Key::of_case(CASE), &case).await;
    wire
}

async fn ask(wire: &Wire, case_id: &str, person: &Person) -> Result<Output, Error> {
    request(case_id, person, "the incident is closed", &wire.aws()).await
}

fn starts(wire: &Wire) -> Vec<String> {
    wire.bodies("StartExecution")
}

#[tokio::test]
async fn a_request_starts_the_run_that_offers_the_undo() {
    let wire = changed().await;
    let asked = ask(&wire, CASE, &Person::named(GRACE)).await.unwrap();
    let run = "restore-4f1b2c3d4e5f-1".to_owned();
    assert_eq!(asked, Output::Asked { case_id: CASE.to_owned(), run: run.clone() });
    let sent: Value = serde_json::from_str(&starts(&wire)[0]).unwrap();
    let machine = "arn:aws:states:us-east-1:123456789012:stateMachine:credential-exfiltration";
    let expected =
        json!({ "stateMachineArn": machine, "name": run, "input": r#"{"restore":"4f1b2c3d4e5f"}"# });
    assert_eq!(sent, expected, "the machine is that of the record, and the input names nobody");
    assert_eq!(wire.records()[REQUEST]["by"], GRACE);
    assert_eq!(wire.records()[REQUEST]["reason"], "the incident is closed");
    // The same request again is the same run, until the case has been closed again or the run has had its time.
    assert_eq!(ask(&wire, CASE, &Person::named(GRACE)).await.unwrap(), asked);
    assert_eq!(starts(&wire).len(), 1);
    let edits: [(&str, Edit); 2] = [
        (REQUEST, |request| request["at"] = "2025-12-31T12:00:00Z".into()),
        (CASE_RECORD, |case| case["closedAt"] = "2026-01-01T12:00:00Z".into()),
    ];
    for (number, (key, edit)) in edits.into_iter().enumerate() {
        wire.edit(key, edit);
        let Output::Asked { run, .. } = ask(&wire, CASE, &Person::named(GRACE)).await.unwrap() else {
            panic!()
        };
        assert_eq!(run, format!("restore-4f1b2c3d4e5f-{}", number + 2));
    }
}

#[tokio::test]
async fn what_was_not_changed_or_was_taken_back_is_refused() {
    let edits: [(Edit, &str); 5] = [
        (|case| case["status"] = "Restored".into(), "taken back already"),
        (|case| case["status"] = "Denied".into(), "nothing was changed"),
        (|case| case["status"] = "Planned".into(), "nothing was changed"),
        (|case| case["caseId"] = "4f1b2c3d4e5f-2".into(), "`4f1b2c3d4e5f-2` by now"),
        (
            |case| case["execution"] = "arn:aws:states:us-east-1:123456789012:express:x:y:z".into(),
            "no state machine",
        ),
    ];
    for (edit, why) in edits {
        let wire = changed().await;
        wire.edit(CASE_RECORD, edit);
        let error = ask(&wire, CASE, &Person::named(GRACE)).await.unwrap_err();
        assert!(error.name() == "NotRestorable" && error.to_string().contains(why), "{error}");
        assert!(starts(&wire).is_empty());
    }
    let wire = changed().await;
    for id in ["000000000000", "", "last", "4f1b2c3d4e5f#x", "../4f1b2c3d4e5f", "4f1b2c3d4e5f-"] {
        let error = ask(&wire, id, &Person::named(GRACE)).await.unwrap_err();
        assert!(error.to_string().contains("there is no such case"), "{error}");
    }
    assert!(starts(&wire).is_empty());
}

/// A run that was stopped while it offered the undo has left the case open.
#[tokio::test]
async fn an_open_case_is_asked_about_only_if_its_undo_is_not_on_offer() {
    for (expires, is_asked) in [("2026-01-01T11:00:00Z", true), ("2026-01-01T13:00:00Z", false)] {
        let wire = changed().await;
        wire.edit(CASE_RECORD, |case| case["status"] = "Open".into());
        put(&wire, &question_key(&pointer(CASE, "undo")), &offer(expires, &[], &[])).await;
        let asked = ask(&wire, CASE, &Person::named(GRACE)).await;
        assert_eq!(asked.is_ok(), is_asked, "{expires}");
        assert!(is_asked || asked.unwrap_err().to_string().contains("its undo is on offer"));
    }
}

fn offer(expires: &str, approvers: &[&str], not_by: &[&str]) -> Value {
    json!({
        "approvalId": "0", "caseId": CASE, "question": { "kind": "Undo", "recorded": contained() },
        "execution": EXECUTION, "taskToken": "t", "expiresAt": expires, "told": true,
        "approvers": approvers, "notBy": not_by,
    })
}

/// Whoever caused an event of the case, and whoever could not answer its question, cannot ask either.
#[tokio::test]
async fn whoever_may_not_undo_may_not_ask() {
    let before = "2025-12-30T12:00:00Z";
    let session =
        |role: &str| Person::of_arn(&format!("arn:aws:sts::123456789012:assumed-role/{role}"), false);
    let erin = Person::named("erin@example.com");
    let cases = [
        (Value::Null, session("web-frontend/i-0a1b2c3d4e5f60718"), false),
        (Value::Null, session("other/x"), true),
        (Value::Null, erin.clone(), true),
        (offer(before, &["grace@example.com"], &[]), erin.clone(), false),
        (offer(before, &["*@example.com"], &[]), erin.clone(), true),
        (offer(before, &[], &["erin@example.com"]), erin.clone(), false),
    ];
    for (offered, person, may) in cases {
        let wire = changed().await;
        if !offered.is_null() {
            put(&wire, &question_key(&pointer(CASE, "undo")), &offered).await;
        }
        let asked = ask(&wire, CASE, &person).await;
        assert_eq!(asked.is_ok(), may, "{person:?} {offered}");
        assert!(may || asked.unwrap_err().name() == "NotAllowed");
        assert_eq!(starts(&wire).is_empty(), !may);
    }
    let wire = changed().await;
    wire.edit(CASE_RECORD, |case| {
        let name =
            "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_0123456789abcdef/erin@example.com";
        case["actors"] = json!({ "known": [{ "type": "AssumedRole", "name": name }] });
    });
    assert_eq!(ask(&wire, CASE, &erin).await.unwrap_err().name(), "NotAllowed");
}

#[tokio::test]
async fn a_request_that_cannot_be_passed_on_can_be_made_again() {
    let wire = Wire::default()
        .fails_json("StartExecution", 400, "ThrottlingException")
        .answers("StartExecution", json!({ "executionArn": "arn", "startDate": 1 }).to_string());
    put(&wire, &Key::of_case(CASE), &changed().await.records()[CASE_RECORD]).await;
    let error = ask(&wire, CASE, &Person::named(GRACE)).await.unwrap_err();
    assert_eq!(error.name(), "Throttled");
    let asked = ask(&wire, CASE, &Person::named(GRACE)).await.unwrap();
    let Output::Asked { run, .. } = &asked else { panic!() };
    let names: Vec<Value> = starts(&wire).iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    assert_eq!(names.len(), 2, "the run is started before it is reported");
    assert_eq!(names[1]["name"], run.as_str());
    assert_eq!(wire.records()[REQUEST]["run"], run.as_str());
    // From now on it is under way.
    assert_eq!(ask(&wire, CASE, &Person::named(GRACE)).await.unwrap(), asked);
    assert_eq!(starts(&wire).len(), 2);
}

/// The name of a run is in use for 90 days after its end.
#[tokio::test]
async fn a_run_that_has_ended_is_not_reported_as_the_run_of_a_request() {
    let wire = Wire::default()
        .fails_json("StartExecution", 400, "ExecutionAlreadyExists")
        .answers("StartExecution", json!({ "executionArn": "arn", "startDate": 1 }).to_string());
    put(&wire, &Key::of_case(CASE), &changed().await.records()[CASE_RECORD]).await;
    let asked = ask(&wire, CASE, &Person::named(GRACE)).await.unwrap();
    let run = "restore-4f1b2c3d4e5f-2".to_owned();
    assert_eq!(asked, Output::Asked { case_id: CASE.to_owned(), run });
    assert_eq!(starts(&wire).len(), 2);
}

#[tokio::test]
async fn a_request_needs_a_reason() {
    let error = request(CASE, &Person::named(GRACE), " ", &changed().await.aws()).await.unwrap_err();
    assert_eq!(error.name(), "InvalidInput");
}
