//! A Map that is tried on its own: everything around its iterations, and a mock in their place.

use super::complete;
use super::map::{batches, items, selected};
use crate::asl::QueryLanguage;
use crate::asl::state::{MapState, ranges};
use crate::execution::data::Data;
use crate::execution::evaluate::Evaluated;
use crate::execution::thread::ThreadId;
use crate::execution::turn::{Flow, Turn};
use crate::execution::{Failure, Mock};
use serde_json::Value;

pub(super) fn map(turn: &mut Turn, id: ThreadId, map: &MapState) -> Flow {
    let too_many = match begin(turn, id, map) {
        Ok(too_many) => too_many,
        Err(bad) => {
            let failure = turn.evaluation_failed(id, &bad);
            return turn.fail_state(id, failure);
        }
    };
    match (turn.mock(), too_many) {
        (Some(Mock::Failed(failure)), _) | (Some(Mock::Result(_)), Some(failure)) => {
            turn.fail_state(id, failure)
        }
        (Some(Mock::Result(result)), None) => complete(turn, id, &map.outcome, Some(result), map.then),
        (None, _) => Flow::Blocked,
    }
}

/// Evaluates what a Map says of its iterations, and says whether more of them have failed than may.
fn begin(turn: &Turn, id: ThreadId, map: &MapState) -> Evaluated<Option<Failure>> {
    let mut scope = turn.evaluation(id)?;
    let has_reader = map.distributed.as_ref().is_some_and(|distributed| distributed.reader.is_some());
    let items = if has_reader {
        turn.items_read()
    } else {
        let items = items(&mut scope, map, turn.effective_input(id)?)?;
        let found = Data::from(Value::Array(items.iter().map(|item| item.value.clone()).collect()));
        turn.note_data(id, QueryLanguage::Jsonpath, "afterItemsPath", &found);
        items
    };
    let count = items.len();
    let concurrency = map
        .max_concurrency
        .as_ref()
        .map(|most| scope.integer(most, "MaxConcurrency", ranges::COUNT))
        .transpose()?;
    turn.note("maxConcurrency", || concurrency.unwrap_or(0).into());
    let tolerated_count = map
        .tolerated_count
        .as_ref()
        .map(|count| scope.integer(count, "ToleratedFailureCount", ranges::COUNT))
        .transpose()?;
    if let Some(count) = tolerated_count {
        turn.note("toleratedFailureCount", || count.into());
    }
    let tolerated_percentage = map
        .tolerated_percentage
        .as_ref()
        .map(|percentage| scope.percentage(percentage, "ToleratedFailurePercentage"))
        .transpose()?;
    if let Some(percentage) = tolerated_percentage {
        turn.note("toleratedFailurePercentage", || percentage.into());
    }
    let items = selected(turn, id, map, items)?;
    if map.item_selector.is_some() {
        turn.note("afterItemSelector", || Value::from(Data::array(&items).text()));
    }
    if let Some(batcher) = &map.batcher {
        let batches = batches(&mut scope, batcher, items)?;
        turn.note("afterItemBatcher", || Value::from(Data::array(&batches).text()));
    }
    Ok(turn.too_many_failed(map, count, (tolerated_count, tolerated_percentage)))
}
