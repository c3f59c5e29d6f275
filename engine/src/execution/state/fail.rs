use crate::asl::ErrorName;
use crate::asl::state::Fail;
use crate::execution::Failure;
use crate::execution::evaluate::Evaluated;
use crate::execution::thread::ThreadId;
use crate::execution::turn::{Flow, Turn};

pub(in crate::execution) fn execute(turn: &mut Turn, id: ThreadId, fail: &Fail) -> Flow {
    Flow::Fail(match failure(turn, id, fail) {
        Ok(failure) => failure,
        Err(bad) => turn.evaluation_failed(id, &bad),
    })
}

fn failure(turn: &Turn, id: ThreadId, fail: &Fail) -> Evaluated<Failure> {
    let mut scope = turn.evaluation(id)?;
    let error = fail.error.as_ref().map(|error| scope.string(error, "Error")).transpose()?;
    let cause = fail.cause.as_ref().map(|cause| scope.string(cause, "Cause")).transpose()?;
    Ok(Failure { error: error.map(|error| ErrorName::new(&error)), cause })
}
