//! What of a definition's text is evaluated: expressions, paths and functions, with their places. It looks at the text,
//! so that it finds the same whatever else is wrong.

use super::graph::machines;
use super::query::QueryLanguage;
use super::source::{Origin, Source};
use crate::json::escape;
use crate::jsonata::{Expr, Reads};
use crate::jsonpath::{Root, Rooted};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A state, wherever it is.
pub(super) struct Seen<'v> {
    /// Its name.
    name: &'v str,
    /// Its fields.
    pub(super) fields: &'v Map<String, Value>,
    /// A JSON pointer to it.
    pub(super) pointer: String,
    /// The language of its data.
    pub(super) language: QueryLanguage,
}

/// Something that is evaluated.
pub(super) struct Evaluated<'v> {
    /// Its text; of an expression without `{% %}`.
    pub(super) text: &'v str,
    /// A JSON pointer to it, from its state.
    pub(super) at: String,
}

/// Fields whose states are looked at on their own, and fields that nothing is evaluated in.
const APART: [&str; 9] = [
    "ItemProcessor",
    "Iterator",
    "Branches",
    "Comment",
    "Result",
    "Type",
    "Next",
    "Default",
    "QueryLanguage",
];

/// The fields of JSONPath states in which names that end with `.$` say that their value is found.
pub(super) const TEMPLATES: [&str; 6] =
    ["Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials", "BatchInput"];

/// All states of a machine, of its branches and of its item processors.
pub(super) fn states<'v>(machine: &'v Value) -> Vec<Seen<'v>> {
    let language = QueryLanguage::read(machine.get("QueryLanguage")).unwrap_or(QueryLanguage::Jsonpath);
    let mut found = Vec::new();
    collect(machine, "", language, &mut found);
    found
}

fn collect<'v>(machine: &'v Value, pointer: &str, language: QueryLanguage, found: &mut Vec<Seen<'v>>) {
    for (name, state) in machine.get("States").and_then(Value::as_object).into_iter().flatten() {
        let at = format!("{pointer}/States/{}", escape(name));
        if let Some(fields) = state.as_object() {
            let language = QueryLanguage::read(fields.get("QueryLanguage")).unwrap_or(language);
            found.push(Seen { name, fields, pointer: at.clone(), language });
        }
        for (machine, at) in machines(state, &at) {
            collect(machine, &at, language, found);
        }
    }
}

impl<'v> Seen<'v> {
    /// A text among its fields.
    pub(super) fn text(&self, field: &str) -> Option<&'v str> {
        self.fields.get(field)?.as_str()
    }

    /// What is evaluated in it, without the states inside it.
    pub(super) fn evaluated(&self) -> Vec<Evaluated<'v>> {
        let mut found = Vec::new();
        for (name, value) in self.fields.iter().filter(|(name, _)| !APART.contains(&name.as_str())) {
            let at = format!("/{}", escape(name));
            match self.language {
                QueryLanguage::Jsonata => expressions(value, &at, &mut found),
                QueryLanguage::Jsonpath => paths(name, value, &at, false, &mut found),
            }
        }
        found
    }
}

fn expressions<'v>(value: &'v Value, at: &str, found: &mut Vec<Evaluated<'v>>) {
    match value {
        Value::String(text) => {
            let inner = text.strip_prefix("{%").and_then(|text| text.strip_suffix("%}"));
            found.extend(inner.map(|text| Evaluated { text: text.trim(), at: at.to_owned() }));
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                expressions(item, &format!("{at}/{n}"), found);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                expressions(value, &format!("{at}/{}", escape(name)), found);
            }
        }
        _ => {}
    }
}

/// In a template only what a name with `.$` says is found; elsewhere what stands in a field that is a path.
fn paths<'v>(name: &str, value: &'v Value, at: &str, in_template: bool, found: &mut Vec<Evaluated<'v>>) {
    let in_template = in_template || TEMPLATES.contains(&name);
    match value {
        Value::String(text) => {
            let is_path =
                if in_template { name.ends_with(".$") } else { name.ends_with("Path") || name == "Variable" };
            if is_path {
                found.push(Evaluated { text, at: at.to_owned() });
            }
        }
        Value::Array(items) => {
            for (n, item) in items.iter().enumerate() {
                paths("", item, &format!("{at}/{n}"), in_template, found);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                paths(name, value, &format!("{at}/{}", escape(name)), in_template, found);
            }
        }
        _ => {}
    }
}

/// What an expression reads. Of one that cannot be parsed nothing is said.
pub(super) fn reads(text: &str) -> Reads {
    Expr::parse(text).map(|expr| expr.reads()).unwrap_or_default()
}

/// The paths of a path or a function. Of what is neither nothing is said.
pub(super) fn rooted(text: &str) -> Vec<Rooted> {
    match Source::read(text).map(Source::into_origin) {
        Ok(Origin::Path(path)) => vec![path],
        Ok(Origin::Call(call)) => call.paths().into_iter().cloned().collect(),
        Err(_) => Vec::new(),
    }
}

/// The variables that are read, without `$`.
pub(super) fn variables(language: QueryLanguage, text: &str) -> Vec<String> {
    match language {
        QueryLanguage::Jsonata => reads(text).variables.into_iter().collect(),
        QueryLanguage::Jsonpath => rooted(text)
            .into_iter()
            .filter_map(|path| match path.root() {
                Root::Variable(name) => Some(name.clone()),
                Root::Input | Root::Context => None,
            })
            .collect(),
    }
}

/// The variables that each state refers to, also those of which it only asks whether they are there. States that refer
/// to none are left out.
pub(crate) fn references(machine: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let mut references = BTreeMap::new();
    for state in states(machine) {
        let mut names = BTreeSet::new();
        for evaluated in state.evaluated() {
            names.extend(variables(state.language, evaluated.text));
            if state.language == QueryLanguage::Jsonata {
                names.extend(reads(evaluated.text).asked_for);
            }
        }
        if !names.is_empty() {
            references.insert(state.name.to_owned(), names);
        }
    }
    references
}
