//! What a recurrence does, by how the case ended.

use super::*;
use contract::tasks::{CloseCase, close_case};

const EARLIER: &str = "2026-01-01T11:30:00Z";
const LATER: &str = "2026-01-01T13:00:00Z";
const NEXT_DAY: &str = "2026-01-02T12:00:01Z";

#[tokio::test]
async fn it_depends_on_how_the_case_ended() {
    use CaseStatus::{Denied, Enriched, Failed, HandedOver, NothingToDo, Planned, Restored};
    use Disposition::{AlreadyHandled, Opened, Remind};
    for (status, id, last_seen, disposition) in [
        // Nothing was changed only because of the mode.
        (Enriched, "second", LATER, Opened),
        (Enriched, "second", EARLIER, AlreadyHandled),
        (Planned, "second", LATER, Opened),
        (Planned, "first", LATER, AlreadyHandled),
        // Nobody has done anything yet, as far as is known.
        (HandedOver, "second", LATER, Opened),
        (HandedOver, "second", EARLIER, AlreadyHandled),
        // There was no danger then.
        (NothingToDo, "second", LATER, Opened),
        // The danger is back after somebody took the containment off.
        (Restored, "second", LATER, Opened),
        // An old event that was delivered late says nothing new.
        (Restored, "second", EARLIER, AlreadyHandled),
        (Restored, "first", LATER, AlreadyHandled),
        // Somebody has decided: people are reminded, and nobody is asked again.
        (Denied, "second", LATER, AlreadyHandled),
        (Denied, "second", NEXT_DAY, Remind),
        // A response that failed is tried again, but not by an event of before.
        (Failed, "second", LATER, Opened),
        (Failed, "second", EARLIER, AlreadyHandled),
        (Failed, "first", LATER, AlreadyHandled),
    ] {
        let wire = Wire::default();
        let first = open_it(&wire, "first", "2026-01-01T11:00:00Z", OTHER).await.unwrap();
        close(&wire, &first.case_id, status).await;
        let output = open_it(&wire, id, last_seen, OURS).await.unwrap();
        assert_eq!(output.disposition, disposition, "{status:?} {id} {last_seen}: {}", output.reason);
        let again = output.case_id.ends_with("-2");
        assert_eq!(again, disposition == Opened, "{}", output.case_id);
        assert_eq!(hash_of(&output.case_id), first.case_id);
        let repeated = open_it(&wire, id, last_seen, OURS).await.unwrap();
        assert_eq!(repeated.disposition, disposition, "each task twice is the task once");
    }
}

/// A recurrence need not wait if the deployment has been allowed to do more since.
#[tokio::test]
async fn a_mode_that_goes_further_opens_the_case_at_once() {
    for (status, then, now, opens) in [
        (CaseStatus::Enriched, Mode::Enrich, Mode::Plan, true),
        (CaseStatus::Planned, Mode::Plan, Mode::Auto, true),
        (CaseStatus::Planned, Mode::Plan, Mode::Plan, false),
        (CaseStatus::Planned, Mode::Plan, Mode::Enrich, false),
        (CaseStatus::Denied, Mode::Approve, Mode::Auto, false),
    ] {
        let wire = Wire::default();
        let open = |mode: Mode, execution: &'static str| {
            let event = event("first", EARLIER);
            let input = Input { mode, ..input("role-containment", event, execution) };
            let aws = wire.aws();
            async move { OpenCase::run(input, &aws).await.unwrap() }
        };
        let first = open(then, OTHER).await;
        close(&wire, &first.case_id, status).await;
        let output = open(now, OURS).await;
        assert_eq!(output.disposition == Disposition::Opened, opens, "{status:?} {now:?}: {}", output.reason);
    }
}

/// Our own note comes back as an event of Security Hub, with a time after the failure.
#[tokio::test]
async fn a_failure_cannot_feed_itself() {
    for (failures, seconds, opens) in
        [(1, 59, false), (1, 61, true), (3, 239, false), (3, 241, true), (99, 3_601, true)]
    {
        let wire = Wire::default();
        let first = open_it(&wire, "first", EARLIER, OTHER).await.unwrap();
        close(&wire, &first.case_id, CaseStatus::Failed).await;
        edit(&wire, &first.case_id, |case| Case { failures, ..case }).await;
        let at: Timestamp = NOON.parse().unwrap();
        let at = (at + SignedDuration::from_secs(seconds)).to_string();
        let output = open_it(&wire, "second", &at, OURS).await.unwrap();
        let opened = output.disposition == Disposition::Opened;
        assert_eq!(opened, opens, "{failures} failures, {seconds} s: {}", output.reason);
    }
}

#[tokio::test]
async fn failures_are_counted_until_there_is_another_end() {
    let wire = Wire::default();
    let first = open_it(&wire, "first", EARLIER, OURS).await.unwrap();
    for (status, failures) in [(CaseStatus::Failed, 1), (CaseStatus::Failed, 2), (CaseStatus::Denied, 0)] {
        edit(&wire, &first.case_id, |case| Case { status: CaseStatus::Open, ..case }).await;
        let (case_id, finding, execution) = (first.case_id.clone(), first.finding.clone(), OURS.to_owned());
        let input = close_case::Input { case_id, finding, execution, status, looked: None };
        CloseCase::run(input, &wire.aws()).await.unwrap();
        let record = wire.records().remove(&format!("finding#{} case", first.case_id)).unwrap();
        assert_eq!(record["failures"], failures, "{status:?}");
    }
}

/// A recurrence after the end: whether the change holds is verified first.
#[tokio::test]
async fn a_changed_target_is_verified_first() {
    for (kind, held, last_seen, disposition) in [
        ("role-containment", None, LATER, Disposition::VerifyFirst),
        ("role-containment", None, EARLIER, Disposition::AlreadyHandled),
        ("role-containment", Some(true), LATER, Disposition::AlreadyHandled),
        ("role-containment", Some(true), NEXT_DAY, Disposition::Remind),
        ("role-containment", Some(false), LATER, Disposition::Opened),
        ("iam-policy", None, LATER, Disposition::VerifyFirst),
        ("iam-policy", Some(true), LATER, Disposition::Joined),
        ("iam-policy", Some(false), LATER, Disposition::Opened),
        ("permissions-boundary", None, LATER, Disposition::VerifyFirst),
    ] {
        let event = |id: &str, at: &str| match kind {
            "role-containment" => event(id, at),
            "iam-policy" => call(id, "us-east-1", at),
            _ => boundary(id, at),
        };
        let wire = Wire::default();
        let first = open_as(kind, event("first", "2026-01-01T11:00:00Z"), OTHER, &wire).await.unwrap();
        let wire = wire.recorded(&recorded(kind, &first.case_id));
        close(&wire, &first.case_id, CaseStatus::Changed).await;
        let input = Input { held, ..input(kind, event("second", last_seen), OURS) };
        let output = OpenCase::run(input.clone(), &wire.aws()).await.unwrap();
        assert_eq!(output.disposition, disposition, "{kind} {held:?} {last_seen}: {}", output.reason);
        assert_eq!(output.case_id.ends_with("-2"), disposition == Disposition::Opened);
        let is_shown = held.is_some_and(|held| held) || disposition == Disposition::VerifyFirst;
        assert_eq!(output.recorded.is_some(), is_shown, "{kind} {held:?}");
        assert_eq!(OpenCase::run(input, &wire.aws()).await.unwrap().disposition, disposition);
    }
}

/// A call that took a role's boundary away.
fn boundary(id: &str, at: &str) -> Value {
    let mut event = sample("permissions-boundary", "delete-role-boundary.json");
    event["id"] = json!(id);
    event["detail"]["eventTime"] = json!(at);
    event
}

/// While the undo is on offer, an attacker can take the containment off.
#[tokio::test]
async fn a_recurrence_in_the_undo_window_is_verified_too() {
    let wire = other_is("RUNNING");
    let first = open_it(&wire, "first", "2026-01-01T11:00:00Z", OTHER).await.unwrap();
    let wire = wire.recorded(&recorded("role-containment", &first.case_id));
    let copy = open_it(&wire, "copy", EARLIER, OURS).await.unwrap();
    assert_eq!(copy.disposition, Disposition::AlreadyHandled, "it happened before the role was recorded");
    let later = open_it(&wire, "later", "2026-01-01T12:00:05Z", OURS).await.unwrap();
    assert_eq!(
        (later.disposition, later.case_id.as_str()),
        (Disposition::VerifyFirst, first.case_id.as_str())
    );
    // It is noon: the role was recorded this moment, and may not be contained yet.
    assert_eq!(later.wait_seconds, Some(30));
    let lost = Input {
        held: Some(false),
        ..input("role-containment", event("later", "2026-01-01T12:00:05Z"), OURS)
    };
    let lost = OpenCase::run(lost, &wire.aws()).await.unwrap();
    assert_eq!((lost.disposition, lost.case_id), (Disposition::Opened, format!("{}-2", first.case_id)));
    // The first execution ends later, and its case is not its own any more.
    let (case_id, finding, execution) = (first.case_id.clone(), first.finding.clone(), OTHER.to_owned());
    let status = CaseStatus::Changed;
    let input = close_case::Input { case_id, finding, execution, status, looked: None };
    assert_eq!(CloseCase::run(input, &wire.aws()).await.unwrap().status, status);
    let record = wire.records().remove(&format!("finding#{} case", first.case_id)).unwrap();
    assert_eq!((record["status"].as_str(), record["execution"].as_str()), (Some("Open"), Some(OURS)));
}

/// GuardDuty reports a finding again every 15 minutes. People hear of it once a day.
#[tokio::test]
async fn people_who_have_the_case_are_reminded_once_a_day() {
    let wire = other_is("SUCCEEDED");
    let told = |id: String, at: Timestamp| event(&id, &at.to_string());
    let noon: Timestamp = NOON.parse().unwrap();
    let first = open_as("finding-only", told("first".to_owned(), noon), OTHER, &wire).await.unwrap();
    close(&wire, &first.case_id, CaseStatus::HandedOver).await;
    let mut reminders = Vec::new();
    for quarter in 1..=300_i64 {
        let at = noon + SignedDuration::from_mins(15 * quarter);
        let execution = format!("{OURS}-{quarter}");
        let event = told(format!("again-{quarter}"), at);
        let output = open_as("finding-only", event, &execution, &wire).await.unwrap();
        if output.disposition == Disposition::Remind {
            assert_eq!(
                (output.ended, output.occurrences),
                (Some(CaseStatus::HandedOver), quarter.unsigned_abs() + 1)
            );
            reminders.push(quarter);
        } else {
            assert_eq!(output.disposition, Disposition::AlreadyHandled);
        }
    }
    assert_eq!(reminders, [97, 193, 289]);
    let aws = wire.aws_with("RECURRENCE_REMINDER_HOURS", "often");
    let input = input("finding-only", told("x".to_owned(), noon), OURS);
    assert_eq!(OpenCase::run(input, &aws).await.unwrap_err().name(), "Misconfigured");
}

/// A user's key leaked: the response for roles can do nothing about it, however often it comes.
#[tokio::test]
async fn a_finding_that_a_response_cannot_act_on_is_not_opened_again() {
    let wire = Wire::default();
    let user = |id: &str, at: &str| {
        let mut event = sample("credential-exfiltration", "iam-user.json");
        event["id"] = json!(id);
        event["detail"]["service"]["eventLastSeen"] = json!(at);
        event
    };
    let first = open_as("role-containment", user("first", EARLIER), OTHER, &wire).await.unwrap();
    close(&wire, &first.case_id, CaseStatus::HandedOver).await;
    for (id, at, disposition) in
        [("second", LATER, Disposition::AlreadyHandled), ("third", NEXT_DAY, Disposition::Remind)]
    {
        let output = open_as("role-containment", user(id, at), OURS, &wire).await.unwrap();
        assert_eq!(output.disposition, disposition, "{at}");
    }
}

/// A person said no to the nightly export. On Friday somebody else uses the same credentials, and GuardDuty reports it under the
/// same id.
#[tokio::test]
async fn another_source_is_not_what_was_denied() {
    let details = "/detail/service/action/awsApiCallAction/remoteIpDetails";
    let from = |id: &str, at: &str, field: &str, value: &str| {
        let mut event = event(id, at);
        *event.pointer_mut(&format!("{details}/{field}")).unwrap() = json!(value);
        event
    };
    for (field, value) in [
        ("ipAddressV4", "203.0.113.77"),
        ("country/countryName", "Elsewhere"),
        ("organization/asnOrg", "OTHER-HOSTING"),
    ] {
        let wire = Wire::default();
        let first = open_it(&wire, "first", EARLIER, OURS).await.unwrap();
        let deny = async |opened: &Output, execution: &str| {
            let (case_id, finding) = (opened.case_id.clone(), opened.finding.clone());
            let (execution, status) = (execution.to_owned(), CaseStatus::Denied);
            let input = close_case::Input { case_id, finding, execution, status, looked: None };
            CloseCase::run(input, &wire.aws()).await.unwrap();
        };
        deny(&first, OURS).await;
        let same = open_it(&wire, "second", LATER, OTHER).await.unwrap();
        assert_eq!(same.disposition, Disposition::AlreadyHandled, "a person has decided about this");
        let old =
            open_as("role-containment", from("old", EARLIER, field, value), OTHER, &wire).await.unwrap();
        assert_eq!(old.disposition, Disposition::AlreadyHandled, "it happened before the decision");
        let other =
            open_as("role-containment", from("third", LATER, field, value), OTHER, &wire).await.unwrap();
        assert_eq!(other.disposition, Disposition::Opened, "{field}: {}", other.reason);
        assert_eq!(other.case_id, format!("{}-2", first.case_id));
        // Both are decided now.
        deny(&other, OTHER).await;
        for event in [event("fourth", LATER), from("fifth", LATER, field, value)] {
            let output = open_as("role-containment", event, &format!("{OURS}-3"), &wire).await.unwrap();
            assert_eq!(output.disposition, Disposition::AlreadyHandled, "{field}");
        }
    }
}
