use super::complete;
use crate::asl::Transition;
use crate::asl::state::Succeed;
use crate::execution::thread::ThreadId;
use crate::execution::turn::{Flow, Turn};

pub(in crate::execution) fn execute(turn: &mut Turn, id: ThreadId, succeed: &Succeed) -> Flow {
    complete(turn, id, &succeed.outcome, None, Transition::End)
}
