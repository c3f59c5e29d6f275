use super::{children, map_run, trial};
use crate::asl::Setting;
use crate::asl::state::distributed::Batcher;
use crate::asl::state::map::Items;
use crate::asl::state::{Distributed, MapState, ranges};
use crate::datasets::{Item, fields_of};
use crate::execution::data::Data;
use crate::execution::evaluate::{Evaluated, Scope, not_an_array};
use crate::execution::failure::{BadEvaluation, RUNTIME};
use crate::execution::history::{EventKind, MapLength};
use crate::execution::thread::ThreadId;
use crate::execution::turn::{Flow, Turn, fitting};
use serde_json::{Map, Value};

/// How many iterations run at the same time where the state does not say. Source: Step Functions quotas.
const MOST_CONCURRENT: u64 = 40;

/// What a Map starts with.
pub(super) struct Start {
    /// The items.
    pub(super) items: Vec<Item>,
    /// How many run at the same time, or 0.
    pub(super) concurrency: u64,
}

pub(in crate::execution) fn execute(turn: &mut Turn, id: ThreadId, map: &MapState) -> Flow {
    if turn.is_trial() {
        return trial::map(turn, id, map);
    }
    let Start { items, concurrency } = match start(turn, id, map) {
        Ok(start) => start,
        Err(bad) => return failed_to_start(turn, id, &bad),
    };
    turn.record(id, EventKind::MapStateStarted(MapLength { length: items.len() }));
    match &map.distributed {
        Some(distributed) => map_run::start(turn, id, (map, distributed), items, concurrency),
        None => {
            let most = match concurrency {
                0 => MOST_CONCURRENT,
                most => most.min(MOST_CONCURRENT),
            };
            let items = items.into_iter().map(|item| item.value.into()).collect();
            children::start(turn, id, items, usize::try_from(most).unwrap_or(1))
        }
    }
}

/// The state cannot begin.
pub(super) fn failed_to_start(turn: &mut Turn, id: ThreadId, bad: &BadEvaluation) -> Flow {
    let failure = turn.evaluation_failed(id, bad);
    // What can be caught has failed in a state that has begun; what nothing catches keeps it from beginning.
    if bad.error() != RUNTIME {
        turn.record(id, EventKind::MapStateFailed);
    }
    turn.fail_state(id, failure)
}

fn start(turn: &Turn, id: ThreadId, map: &MapState) -> Evaluated<Start> {
    let mut scope = turn.evaluation(id)?;
    // The items of a dataset are read by the map run.
    let items = match &map.distributed {
        Some(Distributed { reader: Some(_), .. }) => Vec::new(),
        _ => items(&mut scope, map, turn.effective_input(id)?)?,
    };
    let concurrency = map
        .max_concurrency
        .as_ref()
        .map(|most| scope.integer(most, "MaxConcurrency", ranges::COUNT))
        .transpose()?;
    let items = match (&map.batcher, &map.distributed) {
        (Some(batcher), None) => {
            let batches = batches(&mut scope, batcher, selected(turn, id, map, items)?)?;
            batches.iter().map(|batch| batch.value().clone().into()).collect()
        }
        _ => items,
    };
    Ok(Start { items, concurrency: concurrency.unwrap_or(0) })
}

/// The items in the state's input. A distributed Map takes the fields of an object, too.
pub(super) fn items(scope: &mut Scope, map: &MapState, input: Data) -> Evaluated<Vec<Item>> {
    let of_objects = map.distributed.is_some();
    let found = match &map.items {
        Items::Template(items) => return scope.items(items, "Items", of_objects),
        Items::At(source) => scope.paths(|paths| paths.at(source))?,
        Items::Input => input,
    };
    match (found.value(), scope) {
        (Value::Array(items), _) => Ok(items.iter().cloned().map(Item::from).collect()),
        (Value::Object(map), _) if of_objects => Ok(fields_of(map.clone())),
        (other, Scope::Jsonata(_)) => {
            Err(BadEvaluation::Query { location: None, message: not_an_array(other) })
        }
        (_, Scope::Jsonpath(_)) => {
            let path = match &map.items {
                Items::At(source) => source.text(),
                Items::Input | Items::Template(_) => "$",
            };
            Err(BadEvaluation::runtime(format!("Reference path \"{path}\" must point to array.")))
        }
    }
}

/// Items in batches: `{"BatchInput": ..., "Items": [...]}`.
pub(super) fn batches(scope: &mut Scope, batcher: &Batcher, items: Vec<Data>) -> Evaluated<Vec<Data>> {
    let mut most = |setting: &Option<Setting<u64>>, location: &str, range| {
        let most = setting.as_ref().map(|setting| scope.integer(setting, location, range)).transpose()?;
        Ok(most.filter(|most| *most > 0).unwrap_or(u64::MAX))
    };
    let most_items = most(&batcher.items, "ItemBatcher/MaxItemsPerBatch", ranges::BATCH_ITEMS)?;
    let most_bytes = most(&batcher.bytes, "ItemBatcher/MaxInputBytesPerBatch", ranges::BATCH_BYTES)?;
    let input = batcher.input.as_ref();
    let input = input.map(|input| scope.template(input, "ItemBatcher/BatchInput")).transpose()?;
    let whole = |batch: &[Data]| {
        let mut object = Map::new();
        if let Some(input) = &input {
            object.insert("BatchInput".to_owned(), input.clone());
        }
        object.insert("Items".to_owned(), Data::array(batch).value().clone());
        Data::from(Value::Object(object))
    };
    let around = whole(&[]).text().len();
    let (mut batches, mut batch, mut bytes) = (Vec::new(), Vec::new(), around);
    for item in items {
        let comma = usize::from(!batch.is_empty());
        let grown = bytes + item.text().len() + comma;
        if !batch.is_empty() && (batch.len() as u64 >= most_items || grown as u64 > most_bytes) {
            batches.push(whole(&std::mem::take(&mut batch)));
            bytes = around;
        }
        bytes += item.text().len() + usize::from(!batch.is_empty());
        batch.push(item);
    }
    if !batch.is_empty() {
        batches.push(whole(&batch));
    }
    Ok(batches)
}

/// What an iteration gets, once it is its turn: the item, or what the selector makes of it.
pub(in crate::execution) fn iteration_input(
    turn: &Turn,
    parent: ThreadId,
    map: &MapState,
    (n, item): (usize, Data),
) -> Evaluated<Data> {
    // The items of a batch went through the selector before they came together.
    let (Some(selector), None) = (&map.item_selector, &map.batcher) else { return Ok(item) };
    let item = item.value().clone().into();
    let name = turn.visit(parent).map_or("", |visit| visit.name());
    fitting(name, turn.selector_evaluation((n, &item), parent)?.template(selector, "ItemSelector")?.into())
}

/// The items as the selector makes them.
pub(super) fn selected(turn: &Turn, id: ThreadId, map: &MapState, items: Vec<Item>) -> Evaluated<Vec<Data>> {
    let Some(selector) = &map.item_selector else {
        return Ok(items.into_iter().map(|item| item.input().into()).collect());
    };
    let select = |(n, item): (usize, &Item)| {
        Ok(turn.selector_evaluation((n, item), id)?.template(selector, "ItemSelector")?.into())
    };
    items.iter().enumerate().map(select).collect()
}
