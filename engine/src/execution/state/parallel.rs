use super::{children, complete, note_arguments};
use crate::asl::state::Parallel;
use crate::execution::Mock;
use crate::execution::data::Data;
use crate::execution::evaluate::Evaluated;
use crate::execution::failure::RUNTIME;
use crate::execution::history::EventKind;
use crate::execution::thread::ThreadId;
use crate::execution::turn::{Flow, Turn, fitting};

pub(in crate::execution) fn execute(turn: &mut Turn, id: ThreadId, parallel: &Parallel) -> Flow {
    let input = match input(turn, id, parallel) {
        Ok(input) => input,
        Err(bad) => {
            let failure = turn.evaluation_failed(id, &bad);
            // What can be caught has failed in a state that has begun; what nothing catches keeps it from beginning.
            if bad.error() != RUNTIME {
                turn.record(id, EventKind::ParallelStateFailed);
            }
            return turn.fail_state(id, failure);
        }
    };
    note_arguments(turn, id, parallel.arguments.is_some(), &input);
    if turn.is_trial() {
        return match turn.mock() {
            Some(Mock::Result(result)) => complete(turn, id, &parallel.outcome, Some(result), parallel.then),
            Some(Mock::Failed(failure)) => turn.fail_state(id, failure),
            None => Flow::Blocked,
        };
    }
    turn.record(id, EventKind::ParallelStateStarted);
    let branches = parallel.branches.len();
    children::start(turn, id, vec![input; branches], branches)
}

fn input(turn: &Turn, id: ThreadId, parallel: &Parallel) -> Evaluated<Data> {
    match &parallel.arguments {
        None => turn.effective_input(id),
        Some(arguments) => {
            let name = turn.visit(id).map_or("", |visit| visit.name());
            fitting(name, turn.evaluation(id)?.template(arguments, "Arguments")?.into())
        }
    }
}
