use super::children;
use crate::asl::state::Parallel;
use crate::execution::history::EventKind;
use crate::execution::thread::ThreadId;
use crate::execution::turn::{Flow, Turn};
use serde_json::Value;

pub(in crate::execution) fn execute(turn: &mut Turn, id: ThreadId, parallel: &Parallel) -> Flow {
    let mut scope = turn.evaluation(id, None);
    let input: Value = match &parallel.arguments {
        None => turn.visit(id).map(|visit| visit.input.clone()).unwrap_or_default(),
        Some(arguments) => match scope.template(arguments, "Arguments") {
            Ok(input) => input,
            Err(bad) => {
                let failure = turn.evaluation_failed(id, &bad);
                turn.record(id, EventKind::ParallelStateFailed);
                return turn.fail_state(id, failure);
            }
        },
    };
    turn.record(id, EventKind::ParallelStateStarted);
    let branches = parallel.branches.len();
    children::start(turn, id, vec![input; branches], branches)
}
