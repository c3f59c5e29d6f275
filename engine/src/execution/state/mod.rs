//! One file per state type: what it does when it is entered, and when what it waits for has come.

pub(super) mod children;
pub(super) mod choice;
pub(super) mod fail;
pub(super) mod map;
pub(super) mod parallel;
pub(super) mod pass;
pub(super) mod succeed;
pub(super) mod task;
pub(super) mod wait;

use super::thread::ThreadId;
use super::turn::{Flow, Turn};
use crate::asl::Transition;
use crate::asl::state::Outcome;
use serde_json::Value;

/// Assigns, makes the output and leaves. `result` is what `$states.result` is, where the state has one.
fn complete(
    turn: &mut Turn,
    id: ThreadId,
    outcome: &Outcome,
    result: Option<Value>,
    then: Transition,
) -> Flow {
    let default = match (&result, turn.visit(id)) {
        (Some(result), _) => result.clone(),
        (None, Some(visit)) => visit.input.clone(),
        (None, None) => Value::Null,
    };
    let mut scope = turn.evaluation(id, result.map(|result| ("result", result)));
    match scope.outcome(&outcome.assign, outcome.output.as_ref(), || default) {
        Ok((assigned, output)) => turn.leave(id, assigned, output, then),
        Err(bad) => {
            let failure = turn.evaluation_failed(id, &bad);
            turn.fail_state(id, failure)
        }
    }
}
