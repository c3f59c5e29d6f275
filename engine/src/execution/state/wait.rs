use super::complete;
use crate::asl::Kind;
use crate::asl::state::Wait;
use crate::asl::state::wait::Until;
use crate::execution::evaluate::Evaluated;
use crate::execution::failure::BadEvaluation;
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
    let Some(visit) = turn.visit(id) else { return Flow::Blocked };
    let (states, state) = (visit.states(), visit.state);
    match &states.get(state).kind {
        Kind::Wait(wait) => complete(turn, id, &wait.outcome, None, wait.then),
        _ => Flow::Blocked,
    }
}

fn until(turn: &Turn, id: ThreadId, wait: &Wait) -> Evaluated<Timestamp> {
    let mut scope = turn.evaluation(id, None);
    match &wait.until {
        Until::Seconds(seconds) => {
            Ok(after(turn.now, scope.integer(seconds, "Seconds")?.saturating_mul(1000)))
        }
        Until::Timestamp(timestamp) => {
            let text = scope.string(timestamp, "Timestamp")?;
            parse_timestamp(&text).ok_or_else(|| BadEvaluation {
                location: Some("Timestamp".to_owned()),
                message: format!(
                    "The Timestamp `{text}` is not an RFC 3339 timestamp such as 2026-11-22T08:15:00Z"
                ),
            })
        }
    }
}
