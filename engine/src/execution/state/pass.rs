use super::complete;
use crate::asl::QueryLanguage;
use crate::asl::state::Pass;
use crate::execution::data::Data;
use crate::execution::evaluate::Evaluated;
use crate::execution::thread::ThreadId;
use crate::execution::turn::{Flow, Turn};

pub(in crate::execution) fn execute(turn: &mut Turn, id: ThreadId, pass: &Pass) -> Flow {
    match made(turn, id, pass) {
        Ok(made) => complete(turn, id, &pass.outcome, made, pass.then),
        Err(bad) => Flow::Fail(turn.evaluation_failed(id, &bad)),
    }
}

/// What the state makes in the place of its input.
fn made(turn: &Turn, id: ThreadId, pass: &Pass) -> Evaluated<Option<Data>> {
    if let Some(result) = &pass.result {
        let result = Data::from(result.clone());
        turn.note_data(id, QueryLanguage::Jsonpath, "result", &result);
        return Ok(Some(result));
    }
    let made: Option<Data> = match &pass.parameters {
        None => None,
        Some(parameters) => Some(turn.evaluation(id)?.template(parameters, "Parameters")?.into()),
    };
    if turn.is_trial() {
        let made = made.clone().map_or_else(|| turn.effective_input(id), Ok)?;
        turn.note_data(id, QueryLanguage::Jsonpath, "afterParameters", &made);
    }
    Ok(made)
}
