use super::fields::{Fields, Problems, kind};
use super::json::{self, escape};
use super::problem::{Problem, Rule, Severity};
use super::query::QueryLanguage;
use super::state::{self, Kind, State};
use super::variables;
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
    /// Reads a definition. There is a machine if none of the problems is an error.
    pub fn parse(definition: &str) -> (Option<Self>, Vec<Problem>) {
        let (value, duplicates) = match json::parse(definition) {
            Ok(parsed) => parsed,
            Err(problem) => return (None, vec![problem]),
        };
        let problems = Problems::default();
        let machine = Self::read(&value, &problems);
        let problems: Vec<Problem> = duplicates.into_iter().chain(problems.into_vec()).collect();
        let sound = problems.iter().all(|problem| problem.severity != Severity::Error);
        (machine.filter(|_| sound), problems)
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
        let language = match value.get("QueryLanguage").and_then(Value::as_str) {
            Some("JSONata") => QueryLanguage::Jsonata,
            _ => QueryLanguage::Jsonpath,
        };
        let fields = Fields::of(value, "", problems, language)?;
        let comment = fields.string("Comment").map(str::to_owned);
        fields.string("Version");
        let timeout_seconds = fields.integer("TimeoutSeconds", 1..=99_999_999);
        match fields.string("QueryLanguage") {
            None | Some("JSONata" | "JSONPath") => {}
            Some(other) => fields.wrong("QueryLanguage", "`JSONata` or `JSONPath`", &Value::from(other)),
        }
        let names = RefCell::default();
        let states = states(&fields, &names, language);
        variables::check(value, problems);
        fields.finish();
        Some(Self { comment, timeout_seconds, states: Arc::new(states?) })
    }
}

/// The names that are already taken in the whole machine: a history tells states apart by name only.
pub(super) type Names = RefCell<HashSet<String>>;

/// What a state may refer to while it is being read.
pub(super) struct Scope<'a> {
    ids: HashMap<&'a str, StateId>,
    reached: RefCell<HashSet<StateId>>,
    pub(super) names: &'a Names,
    /// The query language of the whole machine, which a state may replace.
    pub(super) language: QueryLanguage,
}

impl Scope<'_> {
    /// The state that a field leads to, or a problem.
    pub(super) fn target(&self, fields: &Fields, name: &'static str) -> Option<StateId> {
        let value = fields.require(name)?;
        let Some(target) = value.as_str() else {
            fields.wrong(name, "the name of a state", value);
            return None;
        };
        let id = self.ids.get(target).copied();
        match id {
            Some(id) => {
                self.reached.borrow_mut().insert(id);
            }
            None => {
                let message = format!("Missing '{name}' target: {target}");
                fields.problems.add(Rule::DanglingTransition, fields.at(name), message);
            }
        }
        id
    }
}

/// Reads `StartAt` and `States`, of a machine, a branch or an item processor.
pub(super) fn states(fields: &Fields, names: &Names, language: QueryLanguage) -> Option<States> {
    let (start_at, map) = (fields.get("StartAt"), fields.get("States"));
    let missing: Vec<&str> = [("StartAt", start_at), ("States", map)]
        .iter()
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| *name)
        .collect();
    if !missing.is_empty() {
        fields.missing(&missing);
    }
    let map: &Map<String, Value> = match map? {
        Value::Object(map) if !map.is_empty() => map,
        other => {
            let message =
                format!("`States` is {}, and must be an object with at least one state", kind(other));
            fields.problems.add(Rule::Value, fields.at("States"), message);
            return None;
        }
    };
    let ids = map.keys().enumerate().map(|(n, name)| (name.as_str(), StateId(n))).collect();
    let scope = Scope { ids, reached: RefCell::default(), names, language };
    let start = start_at.and_then(|_| scope.target(fields, "StartAt"));
    let mut list = Vec::new();
    for (name, value) in map {
        let pointer = format!("{}/{}", fields.at("States"), escape(name));
        if !names.borrow_mut().insert(name.clone()) {
            let message =
                format!("the state name `{name}` is taken: names must differ in the whole state machine");
            fields.problems.add(Rule::DuplicateState, pointer.clone(), message);
        }
        if name.is_empty() || name.chars().count() > 80 {
            fields.problems.add(
                Rule::Value,
                pointer.clone(),
                format!("the state name `{name}` must have 1 to 80 characters"),
            );
        }
        list.extend(state::read(name, value, &pointer, fields.problems, &scope));
    }
    let reached = scope.reached.into_inner();
    for (n, name) in map.keys().enumerate().filter(|(n, _)| !reached.contains(&StateId(*n))) {
        let pointer = format!("{}/{}", fields.at("States"), escape(name));
        if StateId(n) != start.unwrap_or(StateId(n)) {
            fields.problems.add(
                Rule::Unreachable,
                pointer,
                format!("State \"{name}\" is not reachable: no transition leads to it"),
            );
        }
    }
    // With a state that could not be read the ids would be off; there is an error for it already.
    (list.len() == map.len()).then_some(())?;
    Some(States { start: start?, list })
}
