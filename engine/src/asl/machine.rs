use super::definition;
use super::fields::{Fields, Problems};
use super::graph;
use super::problem::{self, Problem, Rule, Severity};
use super::query::QueryLanguage;
use super::state::{self, Kind, State};
use super::states_fields;
use super::variables;
use super::warnings;
use crate::json::escape;
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A state machine without problems.
#[derive(Debug)]
pub struct StateMachine {
    /// Its comment.
    pub comment: Option<String>,
    /// How long an execution may take, in seconds.
    pub timeout_seconds: Option<u64>,
    /// Its states.
    pub states: Arc<States>,
}

/// Which state of its `States` it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(usize);

/// The states of a machine, of a branch or of an item processor. Every transition leads to one of them.
#[derive(Debug)]
pub struct States {
    start: StateId,
    list: Vec<State>,
}

impl States {
    /// Where it starts.
    pub fn start(&self) -> StateId {
        self.start
    }

    /// A state. There is one for every `StateId` that came from here.
    #[expect(
        clippy::indexing_slicing,
        reason = "a `StateId` is only made by `Scope`, for a state that is in the list"
    )]
    pub fn get(&self, id: StateId) -> &State {
        &self.list[id.0]
    }

    /// All of them, in the order of the definition.
    pub fn iter(&self) -> impl Iterator<Item = &State> {
        self.list.iter()
    }

    /// The item processor of the Map of that name, in these states or inside them.
    fn processor(&self, name: &str) -> Option<Arc<Self>> {
        self.list.iter().find_map(|state| match &state.kind {
            Kind::Map(map) if state.name == name => Some(Arc::clone(&map.processor)),
            Kind::Map(map) => map.processor.processor(name),
            Kind::Parallel(parallel) => parallel.branches.iter().find_map(|branch| branch.processor(name)),
            _ => None,
        })
    }

    /// A state by its name.
    pub fn find(&self, name: &str) -> Option<StateId> {
        self.list.iter().position(|state| state.name == name).map(StateId)
    }
}

#[cfg(test)]
impl States {
    /// The states, to make of them what no text can say.
    pub(crate) fn list_mut(&mut self) -> &mut [State] {
        &mut self.list
    }
}

/// The definition of what the children of a distributed Map run: its item processor, as a machine of its own.
pub fn processor_of(definition: &str, state: &str) -> Option<String> {
    let machine: Value = serde_json::from_str(definition).ok()?;
    let mut processor = find_processor(&machine, state)?.as_object()?.clone();
    processor.remove("ProcessorConfig");
    if let Some(language) = machine.get("QueryLanguage") {
        processor.insert("QueryLanguage".to_owned(), language.clone());
    }
    Some(Value::Object(processor).to_string())
}

/// Names differ in the whole machine, so the first state of that name is the one.
fn find_processor<'v>(machine: &'v Value, name: &str) -> Option<&'v Value> {
    let states = machine.get("States")?.as_object()?;
    let of = |state: &'v Value| state.get("ItemProcessor").or_else(|| state.get("Iterator"));
    if let Some(processor) = states.get(name).and_then(of) {
        return Some(processor);
    }
    states.values().find_map(|state| {
        let branches = state.get("Branches").and_then(Value::as_array).into_iter().flatten();
        branches.chain(of(state)).find_map(|machine| find_processor(machine, name))
    })
}

impl StateMachine {
    /// Reads a definition. There is a machine if none of the problems is an error. The problems are what AWS refuses.
    pub fn parse(definition: &str) -> (Option<Self>, Vec<Problem>) {
        Self::examine(definition, |_, _| {})
    }

    /// The same, with what AWS takes and is hardly meant.
    pub fn check(definition: &str) -> (Option<Self>, Vec<Problem>) {
        Self::examine(definition, warnings::check)
    }

    fn examine(definition: &str, and: impl FnOnce(&Value, &Problems)) -> (Option<Self>, Vec<Problem>) {
        let (value, duplicates) = match definition::parse(definition) {
            Ok(parsed) => parsed,
            Err(problem) => return (None, vec![problem]),
        };
        let problems = Problems::default();
        let machine = Self::read(&value, &problems);
        and(&value, &problems);
        let problems = duplicates.into_iter().chain(problems.into_vec()).collect();
        let problems = problem::settled(&value, problems);
        let sound = problems.iter().all(|problem| problem.severity != Severity::Error);
        (machine.filter(|_| sound), problems)
    }

    /// Reads a definition that was taken before: by an engine that refused less, or as a part of one, which may say less than
    /// a whole one must. There is none if it is no machine at all.
    pub fn stored(definition: &str) -> Option<Self> {
        let (value, _) = definition::parse(definition).ok()?;
        Self::read(&value, &Problems::default())
    }

    /// What the children of a distributed Map run: the item processor of the state of that name.
    pub fn of_processor(&self, state: &str) -> Option<Self> {
        let states = self.states.processor(state)?;
        Some(Self { comment: None, timeout_seconds: None, states })
    }

    fn read(value: &Value, problems: &Problems) -> Option<Self> {
        if !value.is_object() {
            problems.push(Problem::not_an_object());
            return None;
        }
        let language = QueryLanguage::read(value.get("QueryLanguage")).unwrap_or(QueryLanguage::Jsonpath);
        let fields = Fields::of(value, "", problems, language)?;
        let comment = fields.string("Comment").map(str::to_owned);
        fields.one_of("Version", ["1.0"]);
        // AWS takes 0, and nothing is known of what it makes of it; here it is no limit.
        let timeout_seconds = fields.integer("TimeoutSeconds", 0..=99_999_999).filter(|seconds| *seconds > 0);
        query_language(&fields);
        let heads = heads(&fields);
        fields.finish();
        let names = Names::default();
        let states = states(&fields, heads, &names, language);
        variables::check(value, problems);
        states_fields::check(value, problems);
        graph::check(value, problems);
        Some(Self { comment, timeout_seconds, states: Arc::new(states?) })
    }
}

/// `QueryLanguage`, of a machine or a state. What it means has been read already.
pub(super) fn query_language(fields: &Fields) {
    match fields.get("QueryLanguage") {
        // Of all fields this one is the only one whose type AWS was seen to put in brackets.
        Some(value) if !value.is_string() => fields.mistyped("QueryLanguage", "[STRING]", value),
        _ => {
            fields.one_of("QueryLanguage", ["JSONPath", "JSONata"]);
        }
    }
}

/// The names that are already taken in the whole machine: a history tells states apart by name only, and a distributed
/// Map its runs by their labels.
#[derive(Default)]
pub(super) struct Names {
    states: RefCell<HashSet<String>>,
    labels: RefCell<HashSet<String>>,
}

impl Names {
    /// Takes a label. Whether it was free.
    pub(super) fn take_label(&self, label: &str) -> bool {
        self.labels.borrow_mut().insert(label.to_owned())
    }
}

/// What a state may refer to while it is being read.
pub(super) struct Scope<'a> {
    ids: HashMap<&'a str, StateId>,
    pub(super) names: &'a Names,
    /// The query language of the whole machine, which a state may replace.
    pub(super) language: QueryLanguage,
}

impl Scope<'_> {
    /// The state that a field leads to, or a problem. AWS calls every such field `Next`.
    pub(super) fn target(&self, fields: &Fields, name: &'static str) -> Option<StateId> {
        let value = fields.require(name)?;
        let Some(target) = value.as_str() else {
            fields.mistyped(name, "String", value);
            return None;
        };
        let id = self.ids.get(target).copied();
        if id.is_none() {
            let message = format!("Missing 'Next' target: {target}");
            fields.problems.add(Rule::DanglingTransition, fields.at(name), message);
        }
        id
    }
}

/// `StartAt` and `States`, of a machine, a branch or an item processor, if they are there.
pub(super) struct Heads<'a> {
    start_at: Option<&'a Value>,
    states: Option<&'a Value>,
}

/// Asks for both, and reports those that are missing.
pub(super) fn heads<'a>(fields: &Fields<'a>) -> Heads<'a> {
    let (start_at, states) = (fields.get("StartAt"), fields.get("States"));
    let missing: Vec<&str> = [("StartAt", start_at), ("States", states)]
        .iter()
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| *name)
        .collect();
    if !missing.is_empty() {
        fields.missing(&missing);
    }
    Heads { start_at, states }
}

/// Reads the states of a machine, a branch or an item processor.
pub(super) fn states(
    fields: &Fields,
    heads: Heads,
    names: &Names,
    language: QueryLanguage,
) -> Option<States> {
    let map: &Map<String, Value> = match heads.states? {
        Value::Object(map) if !map.is_empty() => map,
        Value::Object(_) => {
            fields.problems.add(Rule::Value, fields.at("States"), "Value cannot be empty");
            return None;
        }
        other => {
            fields.mistyped("States", "Object", other);
            return None;
        }
    };
    let ids = map.keys().enumerate().map(|(n, name)| (name.as_str(), StateId(n))).collect();
    let scope = Scope { ids, names, language };
    let start = heads.start_at.and_then(|_| scope.target(fields, "StartAt"));
    let mut list = Vec::new();
    for (name, value) in map {
        let pointer = format!("{}/{}", fields.at("States"), escape(name));
        if !names.states.borrow_mut().insert(name.clone()) {
            let problem = Problem::error(
                Rule::DuplicateState,
                pointer.clone(),
                format!("Duplicate State name: {name}"),
            );
            fields.problems.push(problem.hint("names must differ in the whole state machine"));
        }
        check_name(fields, name, &pointer);
        list.extend(state::read(name, value, &pointer, fields.problems, &scope));
    }
    // With a state that could not be read the ids would be off; there is an error for it already.
    (list.len() == map.len()).then_some(())?;
    Some(States { start: start?, list })
}

/// The longest name of a state.
const MOST_CHARACTERS: usize = 80;

fn check_name(fields: &Fields, name: &str, pointer: &str) {
    let message = if name.is_empty() {
        "A state name cannot be empty".to_owned()
    } else if name.chars().count() > MOST_CHARACTERS {
        format!(
            "Invalid State name: State '{name}' exceeds the {MOST_CHARACTERS}-character limit allowed by the service"
        )
    } else {
        return;
    };
    fields.problems.add(Rule::StateName, pointer, message);
}
