use super::distributed::Batcher;
use super::{Distributed, Outcome, Transition, ranges, transition};
use crate::asl::fields::Fields;
use crate::asl::handlers::{Catcher, Retrier, catchers, retriers};
use crate::asl::machine::{Scope, States, heads, states};
use crate::asl::problem::Rule;
use crate::asl::query::QueryLanguage;
use crate::asl::source::Source;
use crate::asl::template::{Setting, Template};
use serde_json::Value;
use std::sync::Arc;

/// A Map state: its processor runs once for each item.
#[derive(Debug)]
pub struct MapState {
    /// The items.
    pub items: Items,
    /// What an iteration gets (`ItemSelector`, and `Parameters` as it was called). Without it it gets the item.
    pub item_selector: Option<Template>,
    /// How items come together in one iteration.
    pub batcher: Option<Batcher>,
    /// How many iterations run at the same time. Without it, or with 0, as many as AWS allows.
    pub max_concurrency: Option<Setting<u64>>,
    /// How many iterations may fail.
    pub tolerated_count: Option<Setting<u64>>,
    /// How many of a hundred iterations may fail.
    pub tolerated_percentage: Option<Setting<f64>>,
    /// What runs for each item.
    pub processor: Arc<States>,
    /// What it says in distributed mode. Without it its iterations run inside the execution.
    pub distributed: Option<Distributed>,
    /// When the state is tried again.
    pub retry: Vec<Retrier>,
    /// Where its errors lead.
    pub catch: Vec<Catcher>,
    /// What it assigns and gives.
    pub outcome: Outcome,
    /// Where it leads.
    pub then: Transition,
}

/// Where the items are.
#[derive(Debug)]
pub enum Items {
    /// The state's input is the array, or the object whose fields are the items.
    Input,
    /// `Items`, in JSONata.
    Template(Template),
    /// `ItemsPath`, in JSONPath.
    At(Source),
}

impl MapState {
    pub(super) fn read(fields: &Fields, scope: &Scope) -> Option<Self> {
        let items = items(fields);
        let item_selector = match Template::field(fields, "ItemSelector") {
            Some(selector) => Some(selector),
            None if fields.language == QueryLanguage::Jsonpath => Template::field(fields, "Parameters"),
            None => None,
        };
        let batcher = Batcher::read(fields);
        let max_concurrency =
            Setting::integer(fields, ("MaxConcurrency", "MaxConcurrencyPath"), ranges::COUNT);
        let tolerated_count =
            Setting::integer(fields, ("ToleratedFailureCount", "ToleratedFailureCountPath"), ranges::COUNT);
        let tolerated_percentage =
            Setting::percentage(fields, ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"));
        // `Iterator` is what `ItemProcessor` was called.
        let name = if fields.has("Iterator") { "Iterator" } else { "ItemProcessor" };
        fields.exactly_one(&["ItemProcessor", "Iterator"]);
        fields.get("ItemProcessor");
        let processor = fields.get(name).and_then(|value| processor(value, name, fields, scope));
        let (retry, catch) = (retriers(fields), catchers(fields, scope));
        let outcome = Outcome::read(fields);
        let then = transition(fields, scope);
        let (processor, distributed) = processor?;
        Some(Self {
            items,
            item_selector,
            batcher,
            max_concurrency,
            tolerated_count,
            tolerated_percentage,
            processor: Arc::new(processor),
            distributed,
            retry,
            catch,
            outcome,
            then: then?,
        })
    }
}

fn items(fields: &Fields) -> Items {
    match fields.language {
        QueryLanguage::Jsonpath => Source::path_field(fields, "ItemsPath").map_or(Items::Input, Items::At),
        QueryLanguage::Jsonata => {
            let items = Template::field(fields, "Items");
            if let (Some(Template::Literal(found)), Some(written)) = (&items, fields.get("Items"))
                && !found.is_array()
                && !written.as_str().is_some_and(|text| text.starts_with("{%"))
            {
                fields.wrong("Items", "an array, an object or a JSONata expression", written);
            }
            items.map_or(Items::Input, Items::Template)
        }
    }
}

fn processor(
    value: &Value,
    name: &'static str,
    fields: &Fields,
    scope: &Scope,
) -> Option<(States, Option<Distributed>)> {
    let entry = Fields::of(value, &fields.at(name), fields.problems, scope.language)?;
    let mut distributed = None;
    if let Some(config) = entry.get("ProcessorConfig") {
        let config = entry.inner(config, &entry.at("ProcessorConfig"))?;
        match config.one_of("Mode", ["INLINE", "DISTRIBUTED"]) {
            Some("DISTRIBUTED") => distributed = Some(Distributed::read(fields, &config, scope.names)),
            // Only where the mode is said does AWS mind.
            None => {
                config.get("ExecutionType");
            }
            Some(_) => {}
        }
        config.finish();
    }
    if distributed.is_none() {
        for name in ["ItemReader", "ResultWriter", "Label"] {
            if fields.has(name) {
                let message = format!("Field '{name}' is only supported with the Mode 'DISTRIBUTED'");
                fields.problems.add(Rule::Exclusive, fields.at(name), message);
                fields.get(name);
            }
        }
    }
    let heads = heads(&entry);
    entry.string("Comment");
    entry.finish();
    Some((states(&entry, heads, scope.names, scope.language)?, distributed))
}
