//! What a recurrence does to a case that has ended. Pure: the clock and the records are parameters.

use super::super::case::{Case, Reminded};
use super::Opening;
use crate::approvals::asked::circumstances;
use crate::aws::Aws;
use crate::events::Seen;
use crate::runtime::Setting;
use contract::tasks::open_case::Input;
use contract::{CaseStatus, Fault, Target};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

pub(super) const REMINDER: Setting = Setting {
    name: "RECURRENCE_REMINDER_HOURS",
    default: "24",
    meaning: "How long after the end of a case, and after each reminder, people are reminded of a finding that goes on, in hours; earlier recurrences are added to the case.",
};

/// How long IAM may take to show a change everywhere.
const SPREADS: SignedDuration = SignedDuration::from_secs(10);

/// How long a case that failed stays closed at least: after the first failure, and at most. Our own note in Security Hub
/// comes back as an event, and must not start the response that writes the next one.
const FIRST_PAUSE: SignedDuration = SignedDuration::from_mins(1);
const LONGEST_PAUSE: SignedDuration = SignedDuration::from_hours(1);

pub(super) enum AfterEnd {
    /// The event opens the case again.
    Reopens(String),
    /// The event is added to the case.
    Joins,
}

/// What an event does to a case that has ended, and whose change need not be verified.
pub(super) fn after_end(case: &Case, opening: &Opening<'_>) -> AfterEnd {
    let is_new = !case.events.contains(&opening.seen.event_id);
    let is_later = |by| is_new && case.ended_before(opening.at, by);
    let later = is_later(SignedDuration::ZERO);
    let may_act = opening.kind.changes && matches!(opening.seen.finding.target, Target::Resource { .. });
    let ended = case.status;
    let reopens = match ended {
        // Nothing was done because of the mode. If it goes further now, there is nothing to wait for.
        CaseStatus::Enriched | CaseStatus::Planned => later || opening.input.mode > case.mode,
        CaseStatus::Restored | CaseStatus::NothingToDo => later,
        // A response that may act looks again. Without anything that it may do, people have the case.
        CaseStatus::HandedOver => later && may_act,
        CaseStatus::Failed => is_later(pause(case.failures)),
        CaseStatus::Changed => later,
        // A person decided about one source and one session. Somebody else with the same credentials is another question.
        CaseStatus::Denied => later && !case.denied.contains(&circumstances(&opening.seen.finding)),
        CaseStatus::Open => false,
    };
    if reopens {
        AfterEnd::Reopens(format!("it came back after the case had ended as `{ended:?}`"))
    } else {
        AfterEnd::Joins
    }
}

/// How long a case stays closed after so many failures.
fn pause(failures: u32) -> SignedDuration {
    let doubled = 1_i32.checked_shl(failures.saturating_sub(1).min(10)).unwrap_or(i32::MAX);
    FIRST_PAUSE.saturating_mul(doubled).min(LONGEST_PAUSE)
}

/// Whether the look of the execution that has the case may not have seen what an event reports.
pub(super) fn is_unseen(case: &Case, at: Timestamp) -> bool {
    let opened: Option<Timestamp> = case.opened_at.parse().ok();
    opened.is_none_or(|opened| opened.duration_since(at) < SPREADS)
}

/// The execution that has reminded people of a case lately, so that they need not be reminded of it again.
pub(super) fn reminded(case: &Case, at: Timestamp, wait: SignedDuration) -> Option<&str> {
    let reminded = case.reminded.as_ref().filter(|_| case.ended_before(at, wait))?;
    let since: Timestamp = reminded.at.parse().ok()?;
    (at.duration_since(since) < wait).then_some(reminded.execution.as_str())
}

/// Notes that people are to be reminded of a case that has ended, if they have not heard of it for so long. A reminder of
/// which `failed` is true has not reached them.
pub(super) fn remind(case: &mut Case, at: Timestamp, wait: SignedDuration, execution: &str, failed: bool) {
    let goes_on = matches!(case.status, CaseStatus::Changed | CaseStatus::Denied | CaseStatus::HandedOver);
    let reminded: Option<Timestamp> = case.reminded.as_ref().and_then(|reminded| reminded.at.parse().ok());
    let is_due = failed || reminded.is_none_or(|reminded| at.duration_since(reminded) >= wait);
    if goes_on && is_due && case.ended_before(at, wait) {
        case.reminded = Some(Reminded { at: at.to_string(), execution: execution.to_owned() });
    }
}

/// The setting.
pub(super) fn reminder(aws: &Aws) -> Result<SignedDuration, Fault> {
    let hours: Result<u16, _> = aws.setting(REMINDER.name)?.trim().parse();
    hours
        .map(|hours| SignedDuration::from_hours(hours.into()))
        .map_err(|_| Fault::misconfigured(REMINDER.name, "must be a whole number of hours"))
}

/// When it happened: the last occurrence, or else the time of the event, or else the start of the execution.
pub(super) fn time_of(seen: &Seen, input: &Input) -> Result<Timestamp, Fault> {
    let event = input.event.get("time").and_then(Value::as_str);
    let times = [seen.finding.last_seen.as_deref(), event, Some(input.started.as_str())];
    let first = times.into_iter().flatten().find_map(|text| text.parse().ok());
    first.ok_or_else(|| Fault::invalid_input("`started` is not a time"))
}
