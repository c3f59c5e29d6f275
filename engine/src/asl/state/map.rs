use super::{Outcome, Transition, transition};
use crate::asl::fields::Fields;
use crate::asl::handlers::{Catcher, Retrier, catchers, retriers};
use crate::asl::machine::{Scope, States, states};
use crate::asl::problem::Rule;
use crate::asl::template::{Setting, Template};
use serde_json::Value;
use std::sync::Arc;

/// A Map state in inline mode: its processor runs once for each item.
#[derive(Debug)]
pub struct MapState {
    /// The items. Without it the state's input is the array.
    pub items: Option<Template>,
    /// What an iteration gets. Without it it gets the item.
    pub item_selector: Option<Template>,
    /// How many iterations run at the same time. Without it, or with 0, at most 40.
    pub max_concurrency: Option<Setting<u64>>,
    /// What runs for each item.
    pub processor: Arc<States>,
    /// When the state is tried again.
    pub retry: Vec<Retrier>,
    /// Where its errors lead.
    pub catch: Vec<Catcher>,
    /// What it assigns and gives.
    pub outcome: Outcome,
    /// Where it leads.
    pub then: Transition,
}

impl MapState {
    pub(super) fn read(fields: &Fields, scope: &Scope) -> Option<Self> {
        let items = Template::field(fields, "Items");
        if let (Some(Template::Literal(found)), Some(written)) = (&items, fields.get("Items"))
            && !found.is_array()
        {
            fields.wrong("Items", "an array or a JSONata expression", written);
        }
        let item_selector = Template::field(fields, "ItemSelector");
        let max_concurrency = Setting::integer(fields, "MaxConcurrency", 0..=99_999_999);
        let processor = fields.require("ItemProcessor").and_then(|value| processor(value, fields, scope));
        let (retry, catch) = (retriers(fields), catchers(fields, scope));
        let outcome = Outcome::read(fields);
        let then = transition(fields, scope);
        let processor = Arc::new(processor?);
        Some(Self { items, item_selector, max_concurrency, processor, retry, catch, outcome, then: then? })
    }
}

fn processor(value: &Value, fields: &Fields, scope: &Scope) -> Option<States> {
    let entry = Fields::of(value, &fields.at("ItemProcessor"), fields.problems)?;
    if let Some(config) = entry.get("ProcessorConfig") {
        let config = Fields::of(config, &entry.at("ProcessorConfig"), fields.problems)?;
        if config.string("Mode") == Some("DISTRIBUTED") {
            let message =
                "the Mode `DISTRIBUTED` is refused: this engine does not run the distributed Map yet";
            fields.problems.add(Rule::NotYet, config.at("Mode"), message);
            config.get("ExecutionType");
        }
        config.finish();
    }
    let states = states(&entry, scope.names);
    entry.get("Comment");
    entry.finish();
    states
}
