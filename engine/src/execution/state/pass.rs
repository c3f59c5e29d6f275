use super::complete;
use crate::asl::state::Pass;
use crate::execution::thread::ThreadId;
use crate::execution::turn::{Flow, Turn};

pub(in crate::execution) fn execute(turn: &mut Turn, id: ThreadId, pass: &Pass) -> Flow {
    complete(turn, id, &pass.outcome, None, pass.then)
}
