//! One file per state type: what it does when it is entered, and when what it waits for has come.

pub(super) mod children;
pub(super) mod choice;
pub(super) mod fail;
pub(super) mod map;
pub(super) mod map_run;
pub(super) mod parallel;
pub(super) mod pass;
pub(super) mod succeed;
pub(super) mod task;
mod trial;
pub(super) mod wait;

use super::data::Data;
use super::evaluate::Evaluated;
use super::thread::ThreadId;
use super::turn::{Flow, Turn};
use crate::asl::state::Outcome;
use crate::asl::{QueryLanguage, Transition};
use serde_json::{Map, Value};

/// Assigns, makes the output and leaves. `made` is what `$states.result` is, where the state has one; where it has
/// none its input goes on.
fn complete(turn: &mut Turn, id: ThreadId, outcome: &Outcome, made: Option<Data>, then: Transition) -> Flow {
    match finish(turn, id, outcome, made) {
        Ok((assigned, output)) => turn.leave(id, assigned, output, then),
        Err(bad) => {
            let failure = turn.evaluation_failed(id, &bad);
            turn.fail_state(id, failure)
        }
    }
}

/// Notes what a state that is tried calls with.
fn note_arguments(turn: &Turn, id: ThreadId, has_arguments: bool, arguments: &Data) {
    turn.note_data(id, QueryLanguage::Jsonpath, "afterParameters", arguments);
    if has_arguments {
        turn.note_data(id, QueryLanguage::Jsonata, "afterArguments", arguments);
    }
}

fn finish(
    turn: &Turn,
    id: ThreadId,
    outcome: &Outcome,
    made: Option<Data>,
) -> Evaluated<(Map<String, Value>, Data)> {
    match made {
        Some(made) => turn.outcome(id, outcome, ("result", made)),
        // `$states.input` is there already, and no other name is.
        None => turn.outcome(id, outcome, ("input", turn.effective_input(id)?)),
    }
}
