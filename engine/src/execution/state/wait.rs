use super::complete;
use crate::asl::Kind;
use crate::asl::Setting;
use crate::asl::state::wait::Until;
use crate::asl::state::{Wait, ranges};
use crate::execution::evaluate::{Evaluated, plain};
use crate::execution::failure::BadEvaluation;
use crate::execution::impossible::Impossible;
use crate::execution::thread::{Position, ThreadId};
use crate::execution::turn::{Flow, Turn};
use crate::time::{after, parse_timestamp};
use jiff::Timestamp;

pub(in crate::execution) fn execute(turn: &mut Turn, id: ThreadId, wait: &Wait) -> Flow {
    match until(turn, id, wait) {
        Ok(until) if until <= turn.now => complete(turn, id, &wait.outcome, None, wait.then),
        Ok(until) => {
            turn.set_position(id, Position::Wait { until });
            Flow::Blocked
        }
        Err(bad) => Flow::Fail(turn.evaluation_failed(id, &bad)),
    }
}

/// The time has come.
pub(in crate::execution) fn elapsed(turn: &mut Turn, id: ThreadId) -> Flow {
    let Some(visit) = turn.visit(id) else { return Flow::Impossible(Impossible::NoState(id)) };
    let (states, state) = (visit.states(), visit.state);
    match &states.get(state).kind {
        Kind::Wait(wait) => complete(turn, id, &wait.outcome, None, wait.then),
        _ => Flow::Impossible(Impossible::OtherState(id)),
    }
}

fn until(turn: &Turn, id: ThreadId, wait: &Wait) -> Evaluated<Timestamp> {
    let mut scope = turn.evaluation(id)?;
    match &wait.until {
        Until::Seconds(Setting::Source(source)) => {
            let value = scope.paths(|paths| paths.setting(source, |path| nowhere("SecondsPath", path)))?;
            let wrong = |what: &str| {
                let message =
                    format!("The SecondsPath parameter {what}: {} == {}", source.text(), plain(&value));
                BadEvaluation::runtime(message)
            };
            let seconds = value.as_i64().ok_or_else(|| wrong("cannot be parsed as a long value"))?;
            let seconds = u64::try_from(seconds).map_err(|_| wrong("references a negative value"))?;
            Ok(after(turn.now, seconds.saturating_mul(1000)))
        }
        Until::Seconds(seconds) => {
            let seconds = scope.integer(seconds, "Seconds", ranges::WAIT_SECONDS)?;
            Ok(after(turn.now, seconds.saturating_mul(1000)))
        }
        Until::Timestamp(Setting::Source(source)) => {
            let value = scope.paths(|paths| paths.setting(source, |path| nowhere("TimestampPath", path)))?;
            let at = value.as_str().and_then(parse_timestamp);
            at.ok_or_else(|| {
                BadEvaluation::runtime(format!(
                    "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: {} == {}",
                    source.text(),
                    plain(&value)
                ))
            })
        }
        Until::Timestamp(timestamp) => {
            let text = scope.string(timestamp, "Timestamp")?;
            parse_timestamp(&text).ok_or_else(|| {
                let message = format!(
                    "The Timestamp parameter does not reference a valid ISO-8601 extended offset date-time format string: {text}"
                );
                BadEvaluation::query("Timestamp", message)
            })
        }
    }
}

fn nowhere(field: &str, path: &str) -> String {
    format!("The {field} parameter does not reference an input value: {path}")
}
