//! JSONPath as the Amazon States Language has it: the Jayway dialect, not RFC 9535.
//!
//! `Path` reads and writes one document. `Rooted` is a path as a definition writes it, with what it starts from: the
//! input (`$.a`), the context object (`$$.Execution.Id`) or a variable (`$name.a`).
//!
//! A path is *definite* if it can find one value at most: names and single indices. A definite path that finds nothing
//! is an error. An indefinite one (`*`, `..`, slices, several indices, filters) always gives an array, if need be an
//! empty one, even where what stands before it is missing. A *reference path* has names and single indices only.
//!
//! Sources: the Jayway JsonPath library's documentation, whose messages AWS passes on; the Step Functions developer
//! guide, "Using paths"; recordings of AWS. Where the guide or a recording differs from the library, they win:
//! `@` in a filter is only ever an object, several names can only stand at the end, and of the library's functions only
//! `length()` finds anything (`size()` is its other name): AWS was seen to answer `$.Jobs.sum()` with "could not be
//! found in the input".

mod filter;
mod operators;
mod parse;
mod parse_filter;
mod read;
mod rooted;
#[cfg(test)]
mod tests;
mod write;

pub use rooted::{Root, Rooted};

use filter::Condition;
use serde_json::Value;
use std::fmt;
use thiserror::Error;

/// The most steps a path may have. AWS has no such limit; a document cannot be nested that deep.
const MOST_STEPS: usize = 200;

/// The deepest a document may be nested by writing into it. JSON text nested deeper than 127 levels cannot be read.
const DEEPEST: usize = 120;

/// A path into one document, such as `$.detail-type` or `$.items[?(@.price > 3)]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    source: String,
    steps: Vec<Step>,
}

/// One step of a path.
#[derive(Debug, Clone, PartialEq)]
enum Step {
    /// `.name` or `['name']`.
    Name(String),
    /// `['a','b']`: an object with those of the names that are there.
    Names(Vec<String>),
    /// `[0]`, `[-1]`.
    Index(i64),
    /// `[0,2]`.
    Indices(Vec<i64>),
    /// `[1:]`, `[:-1]`, `[1:3]`; at least one end is said.
    Slice(Option<i64>, Option<i64>),
    /// `*`.
    Wildcard,
    /// `..`: what follows is looked for in the value and in everything below it.
    Descend,
    /// `[?(...)]`.
    Filter(Condition),
    /// `.length()`; always the last.
    Function(String),
}

impl Step {
    fn is_definite(&self) -> bool {
        matches!(self, Self::Name(_) | Self::Names(_) | Self::Index(_) | Self::Function(_))
    }
}

impl fmt::Display for Step {
    /// As Jayway writes it in its messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "['{name}']"),
            Self::Names(names) => write!(f, "['{}']", names.join("', '")),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Indices(indices) => {
                let indices: Vec<String> = indices.iter().map(i64::to_string).collect();
                write!(f, "[{}]", indices.join(","))
            }
            Self::Slice(from, to) => {
                let end = |end: &Option<i64>| end.map(|end| end.to_string()).unwrap_or_default();
                write!(f, "[{}:{}]", end(from), end(to))
            }
            Self::Wildcard => f.write_str("[*]"),
            Self::Descend => f.write_str(".."),
            Self::Filter(_) => f.write_str("[?]"),
            Self::Function(name) => write!(f, ".{name}()"),
        }
    }
}

impl Path {
    /// Parses a path that starts with `$`.
    ///
    /// # Errors
    ///
    /// It says at which character the text is no path, and why.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        parse::whole(text)
    }

    /// The path as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether it can find one value at most.
    pub fn is_definite(&self) -> bool {
        self.steps.iter().all(Step::is_definite)
    }

    /// Whether it is a reference path: names and single indices only.
    pub fn is_reference(&self) -> bool {
        self.steps.iter().all(|step| matches!(step, Step::Name(_) | Step::Index(_)))
    }

    /// The names that it begins with, up to the first step that is something else.
    pub fn names(&self) -> Vec<&str> {
        let names = self.steps.iter().map_while(|step| match step {
            Step::Name(name) => Some(name.as_str()),
            _ => None,
        });
        names.collect()
    }

    /// Whether it is `$`: the whole document.
    pub fn is_root(&self) -> bool {
        self.steps.is_empty()
    }

    /// What the path finds: for a definite path the value, for any other an array of everything found.
    ///
    /// # Errors
    ///
    /// Only definite paths fail by finding nothing. Any path fails that goes on after several names.
    pub fn read(&self, document: &Value) -> Result<Value, ReadError> {
        read::read(&self.steps, document, document)
    }

    /// The document with `value` put where the path points. Objects that are missing on the way are made.
    ///
    /// # Errors
    ///
    /// The path is no reference path, or leads through something that is neither object nor array, or past the end of
    /// an array.
    pub fn write(&self, document: Value, value: Value) -> Result<Value, WriteError> {
        write::write(self, document, value)
    }
}

/// The path as Jayway writes it in its messages: `$['a'][0]`.
fn canonical(steps: &[Step]) -> String {
    steps.iter().fold("$".to_owned(), |text, step| text + &step.to_string())
}

/// A text is no path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{path}` is no JSONPath: {problem}, at character {at}")]
pub struct PathError {
    /// The text.
    pub path: String,
    /// Where it goes wrong, counting characters from 1.
    pub at: usize,
    /// What is wrong there.
    pub problem: String,
}

/// A path found nothing, or could not be followed. The message is the library's own, as AWS passes it on after
/// `Invalid path '$.a' : `.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ReadError {
    /// A name is missing, or what should have it is no object.
    #[error("{0}")]
    Missing(String),
    /// An index is past the end of its array. In a payload template (`"x.$": "$.items[9]"`) AWS takes this for null.
    #[error("{0}")]
    PastEnd(String),
    /// The path does not fit what it meets: an index into what is no array, several names that are not the last.
    #[error("{0}")]
    Misfit(String),
}

/// A value could not be put where a path points. AWS's error for it is `States.ResultPathMatchFailure`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WriteError {
    /// It has something other than names and single indices.
    #[error("`{0}` is not a Reference Path: it can only have names and single indices")]
    NotReference(String),
    /// It leads through what has no such place.
    #[error("Unable to apply ReferencePath {path} to input {input}")]
    NoPlace {
        /// The path.
        path: String,
        /// The document, as JSON.
        input: String,
    },
    /// The document would be nested too deep.
    #[error("`{0}` would nest the document more than 120 levels deep")]
    TooDeep(String),
}
