use super::children;
use crate::asl::state::MapState;
use crate::execution::evaluate::{Evaluated, Scope, not_an_array};
use crate::execution::failure::BadEvaluation;
use crate::execution::history::{EventKind, MapLength};
use crate::execution::thread::ThreadId;
use crate::execution::turn::{Flow, Turn};
use serde_json::Value;

/// How many iterations run at the same time where the state does not say. Source: Step Functions quotas.
const MOST_CONCURRENT: usize = 40;

pub(in crate::execution) fn execute(turn: &mut Turn, id: ThreadId, map: &MapState) -> Flow {
    let input = turn.visit(id).map(|visit| visit.input.clone()).unwrap_or_default();
    let mut scope = turn.evaluation(id, None);
    let (items, concurrency) = match items(&mut scope, map, input) {
        Ok(found) => found,
        Err(bad) => {
            let failure = turn.evaluation_failed(id, &bad);
            turn.record(id, EventKind::MapStateFailed);
            return turn.fail_state(id, failure);
        }
    };
    turn.record(id, EventKind::MapStateStarted(MapLength { length: items.len() }));
    children::start(turn, id, items, concurrency)
}

fn items(scope: &mut Scope, map: &MapState, input: Value) -> Evaluated<(Vec<Value>, usize)> {
    let items = match (&map.items, input) {
        (Some(items), _) => scope.array(items, "Items")?,
        (None, Value::Array(items)) => items,
        (None, other) => return Err(BadEvaluation { location: None, message: not_an_array(&other) }),
    };
    let concurrency =
        map.max_concurrency.as_ref().map(|most| scope.integer(most, "MaxConcurrency")).transpose()?;
    let concurrency = match concurrency.map(|most| usize::try_from(most).unwrap_or(MOST_CONCURRENT)) {
        None | Some(0) => MOST_CONCURRENT,
        Some(most) => most.min(MOST_CONCURRENT),
    };
    Ok((items, concurrency))
}

/// What an iteration gets, once it is its turn: the item, or what the selector makes of it.
pub(in crate::execution) fn iteration_input(
    turn: &Turn,
    child: ThreadId,
    parent: ThreadId,
    map: &MapState,
    item: Value,
) -> Evaluated<Value> {
    let Some(selector) = &map.item_selector else { return Ok(item) };
    turn.selector_evaluation(child, parent).template(selector, "ItemSelector")
}
