use crate::asl::ErrorName;
use crate::asl::state::Fail;
use crate::execution::Failure;
use crate::execution::evaluate::{Evaluated, Scope};
use crate::execution::thread::ThreadId;
use crate::execution::turn::{Flow, Turn};

pub(in crate::execution) fn execute(turn: &mut Turn, id: ThreadId, fail: &Fail) -> Flow {
    let mut scope = turn.evaluation(id, None);
    Flow::Fail(match failure(&mut scope, fail) {
        Ok(failure) => failure,
        Err(bad) => turn.evaluation_failed(id, &bad),
    })
}

fn failure(scope: &mut Scope, fail: &Fail) -> Evaluated<Failure> {
    let error = fail.error.as_ref().map(|error| scope.string(error, "Error")).transpose()?;
    let cause = fail.cause.as_ref().map(|cause| scope.string(cause, "Cause")).transpose()?;
    Ok(Failure { error: error.map(|error| ErrorName::new(&error)), cause })
}
