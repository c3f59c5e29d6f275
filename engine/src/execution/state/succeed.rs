use super::complete;
use crate::asl::Transition;
use crate::asl::state::{Outcome, Succeed};
use crate::execution::thread::ThreadId;
use crate::execution::turn::{Flow, Turn};

pub(in crate::execution) fn execute(turn: &mut Turn, id: ThreadId, succeed: &Succeed) -> Flow {
    let outcome = Outcome { assign: Vec::new(), output: succeed.output.clone() };
    complete(turn, id, &outcome, None, Transition::End)
}
