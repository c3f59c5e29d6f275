//! A Map that is tried on its own: everything around its iterations, and a mock in their place.

use super::complete;
use super::map::{batches, items, selected};
use crate::asl::QueryLanguage;
use crate::asl::state::item_reader::{Format, Reader, ReaderSource};
use crate::asl::state::{MapState, ranges};
use crate::datasets::{self, DatasetError, Item};
use crate::execution::data::Data;
use crate::execution::evaluate::Evaluated;
use crate::execution::thread::ThreadId;
use crate::execution::turn::{Flow, Turn};
use crate::execution::{Failure, Mock};
use serde_json::Value;

pub(super) fn map(turn: &mut Turn, id: ThreadId, map: &MapState) -> Flow {
    let too_many = match begin(turn, id, map) {
        Ok(Ok(too_many)) => too_many,
        Ok(Err(unreadable)) => {
            return turn.fail_state(id, Failure::new("States.ItemReaderFailed", unreadable.to_string()));
        }
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

/// Evaluates what a Map says of its iterations, and says whether more of them have failed than may, or why it has none.
fn begin(turn: &Turn, id: ThreadId, map: &MapState) -> Evaluated<Result<Option<Failure>, DatasetError>> {
    let mut scope = turn.evaluation(id)?;
    let items = match map.distributed.as_ref().and_then(|distributed| distributed.reader.as_ref()) {
        Some(reader) => {
            let most = reader
                .most
                .as_ref()
                .map(|most| scope.integer(most, "ItemReader/ReaderConfig/MaxItems", ranges::COUNT))
                .transpose()?;
            match read(turn, reader, most) {
                Ok(items) => items,
                Err(unreadable) => return Ok(Err(unreadable)),
            }
        }
        None => {
            let items = items(&mut scope, map, turn.effective_input(id)?)?;
            let found = Data::from(Value::Array(items.iter().map(|item| item.value.clone()).collect()));
            turn.note_data(id, QueryLanguage::Jsonpath, "afterItemsPath", &found);
            items
        }
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
    Ok(Ok(turn.too_many_failed(map, count, (tolerated_count, tolerated_percentage))))
}

/// The items of the dataset that the test brings, which stand in it as they do in S3.
fn read(turn: &Turn, reader: &Reader, most: Option<u64>) -> Result<Vec<Item>, DatasetError> {
    let Some(dataset) = turn.dataset() else { return Ok(Vec::new()) };
    let format = match &reader.source {
        ReaderSource::Object(format) | ReaderSource::Flattened(format) | ReaderSource::Athena(format) => {
            format
        }
        // A listing and an inventory are arrays of what they say of their objects.
        ReaderSource::Listing | ReaderSource::Inventory => &Format::Json(None),
    };
    if let Format::Json(Some(pointer)) = format
        && let Ok(whole) = serde_json::from_str::<Value>(dataset)
        && let Some(found) = whole.pointer(pointer)
    {
        turn.note("afterItemsPointer", || found.to_string().into());
    }
    let most =
        most.filter(|most| *most > 0).and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
    let items = datasets::items(format, "", dataset.as_bytes(), most)?;
    // It was read nowhere, so nothing is said of where.
    Ok(items.into_iter().map(|item| Item { source: None, ..item }).collect())
}
