//! The 18 intrinsic functions of the Amazon States Language, as JSONPath states call them:
//! `States.Format('Hello, {}', $.name)`.
//!
//! `Call` is an invocation that has been parsed: its function exists, it has as many arguments as that function takes,
//! and it is nested ten deep at most. What an argument is can only be known when it is evaluated.
//!
//! Sources: Step Functions developer guide, "Intrinsic functions for JSONPath states in Step Functions"; the Amazon
//! States Language specification, appendix B; recordings of AWS. Where AWS does other than it documents, what it does
//! wins: fractions are cut off rather than rounded (but `States.MathAdd` rounds), and an invocation that fails ends in
//! `States.Runtime`, which nothing catches, not in `States.IntrinsicFailure`.

mod arrays;
mod format;
mod numbers;
mod parse;
#[cfg(test)]
mod tests;
mod texts;

pub(crate) use texts::digest;

use crate::jsonpath::{PathError, ReadError, Rooted};
use serde_json::Value;
use thiserror::Error;

/// How deep calls may be nested, the outermost counted.
const DEEPEST: usize = 10;

/// The most characters that `States.Base64Encode`, `States.Base64Decode` and `States.Hash` take.
const MOST_CHARACTERS: usize = 10_000;

/// The most items that `States.ArrayRange` makes.
const MOST_ITEMS: i64 = 1_000;

/// Where `States.UUID` and `States.MathRandom` without a seed get their randomness from.
pub trait Random {
    /// The next 32 bytes.
    fn bytes(&mut self) -> [u8; 32];
}

/// An invocation, such as `States.ArrayGetItem(States.StringSplit($.arn, ':'), 5)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    source: String,
    invocation: Invocation,
}

#[derive(Debug, Clone, PartialEq)]
struct Invocation {
    function: Function,
    arguments: Vec<Argument>,
}

#[derive(Debug, Clone, PartialEq)]
enum Argument {
    /// A text as it stands between its quotes, with its escapes.
    Text(String),
    /// A number, true, false or null.
    Literal(Value),
    Path(Rooted),
    Call(Invocation),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Function {
    Array,
    ArrayContains,
    ArrayGetItem,
    ArrayLength,
    ArrayPartition,
    ArrayRange,
    ArrayUnique,
    Base64Decode,
    Base64Encode,
    Format,
    Hash,
    JsonMerge,
    JsonToString,
    MathAdd,
    MathRandom,
    StringSplit,
    StringToJson,
    Uuid,
}

/// What a text has in front if it is to be an intrinsic function.
pub const PREFIX: &str = "States.";

impl Call {
    /// Parses an invocation.
    ///
    /// # Errors
    ///
    /// It says at which character the text is no invocation, and why.
    pub fn parse(text: &str) -> Result<Self, IntrinsicError> {
        parse::call(text)
    }

    /// The invocation as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The paths among the arguments, however deep.
    pub fn paths(&self) -> Vec<&Rooted> {
        let mut found = Vec::new();
        let mut to_do = vec![&self.invocation];
        while let Some(invocation) = to_do.pop() {
            for argument in &invocation.arguments {
                match argument {
                    Argument::Path(path) => found.push(path),
                    Argument::Call(inner) => to_do.push(inner),
                    Argument::Text(_) | Argument::Literal(_) => {}
                }
            }
        }
        found
    }

    /// Evaluates it. `lookup` gives the value of a path; what it says when there is none becomes the error, and
    /// `missing` makes AWS's words for it.
    ///
    /// # Errors
    ///
    /// A path finds nothing, or an argument is not what its function takes.
    pub fn evaluate(
        &self,
        lookup: &dyn Fn(&Rooted) -> Result<Value, String>,
        random: &mut dyn Random,
    ) -> Result<Value, IntrinsicError> {
        self.invocation.evaluate(lookup, random)
    }

    /// What AWS says of an invocation that failed, after it has said in which state.
    pub fn cause(&self, error: &IntrinsicError) -> String {
        format!("The function '{}' had the following error: {error}", self.source)
    }
}

/// What AWS says of an argument whose path finds nothing. `input` is the state's input, even for a path into the
/// context object, which is then named as if it began with one `$`.
pub fn missing(path: &Rooted, error: &ReadError, input: &Value) -> String {
    match error {
        ReadError::Misfit(library) => library.clone(),
        ReadError::Missing(_) | ReadError::PastEnd(_) => {
            let field = match path.root() {
                crate::jsonpath::Root::Context => path.path().source(),
                _ => path.source(),
            };
            format!("The JsonPath argument for the field '{field}' could not be found in the input '{input}'")
        }
    }
}

/// Why there is no value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IntrinsicError {
    /// The text is no invocation.
    #[error("`{text}` is no intrinsic function: {problem}, at character {at}")]
    Syntax {
        /// The text.
        text: String,
        /// Where it goes wrong, counting characters from 1.
        at: usize,
        /// What is wrong there.
        problem: String,
    },
    /// One of its arguments is no path.
    #[error(transparent)]
    Path(#[from] PathError),
    /// A path found nothing: what the lookup said.
    #[error("{0}")]
    NotFound(String),
    /// An argument is not what the function takes.
    #[error("Invalid arguments in {0}")]
    Arguments(&'static str),
    /// `States.Format` has more or fewer `{}` than arguments for them.
    #[error("Invalid arguments in States.Format: number of arguments do not match the occurrences of {{}}.")]
    Occurrences,
    /// The template of `States.Format` has a brace that is neither escaped nor part of `{}`.
    #[error("Invalid template in States.Format: matching '{0}' not found for '{1}'.")]
    Template(char, char),
    /// A backslash stands before what needs none.
    #[error("Invalid escape sequence in {0}: a backslash escapes only ', {{, }} and \\")]
    Escape(&'static str),
}

impl Function {
    /// All of them, with the name that follows `States.`, and how many arguments they take.
    const ALL: [(Self, &'static str, usize, usize); 18] = [
        (Self::Array, "States.Array", 0, usize::MAX),
        (Self::ArrayContains, "States.ArrayContains", 2, 2),
        (Self::ArrayGetItem, "States.ArrayGetItem", 2, 2),
        (Self::ArrayLength, "States.ArrayLength", 1, 1),
        (Self::ArrayPartition, "States.ArrayPartition", 2, 2),
        (Self::ArrayRange, "States.ArrayRange", 3, 3),
        (Self::ArrayUnique, "States.ArrayUnique", 1, 1),
        (Self::Base64Decode, "States.Base64Decode", 1, 1),
        (Self::Base64Encode, "States.Base64Encode", 1, 1),
        (Self::Format, "States.Format", 1, usize::MAX),
        (Self::Hash, "States.Hash", 2, 2),
        (Self::JsonMerge, "States.JsonMerge", 3, 3),
        (Self::JsonToString, "States.JsonToString", 1, 1),
        (Self::MathAdd, "States.MathAdd", 2, 2),
        (Self::MathRandom, "States.MathRandom", 2, 3),
        (Self::StringSplit, "States.StringSplit", 2, 2),
        (Self::StringToJson, "States.StringToJson", 1, 1),
        (Self::Uuid, "States.UUID", 0, 0),
    ];

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(function, ..)| *function == self).map_or("States", |(_, name, ..)| name)
    }
}

impl Invocation {
    fn evaluate(
        &self,
        lookup: &dyn Fn(&Rooted) -> Result<Value, String>,
        random: &mut dyn Random,
    ) -> Result<Value, IntrinsicError> {
        if self.function == Function::Format {
            return self.format(lookup, random);
        }
        let arguments = self.values(&self.arguments, lookup, random)?;
        let result = match (self.function, arguments.as_slice()) {
            (Function::Array, _) => Some(Value::Array(arguments)),
            (Function::ArrayContains, [array, item]) => arrays::contains(array, item),
            (Function::ArrayGetItem, [array, index]) => arrays::item(array, index),
            (Function::ArrayLength, [array]) => arrays::length(array),
            (Function::ArrayPartition, [array, size]) => arrays::partition(array, size),
            (Function::ArrayRange, [first, last, step]) => arrays::range(first, last, step),
            (Function::ArrayUnique, [array]) => arrays::unique(array),
            (Function::Base64Decode, [text]) => texts::base64_decode(text),
            (Function::Base64Encode, [text]) => texts::base64_encode(text),
            (Function::Hash, [data, algorithm]) => texts::hash(data, algorithm),
            (Function::JsonMerge, [left, right, deep]) => texts::merge(left, right, deep),
            (Function::JsonToString, [value]) => Some(Value::from(crate::java::to_json(value))),
            (Function::MathAdd, [left, right]) => numbers::add(left, right),
            (Function::MathRandom, [first, end]) => numbers::random(first, end, random),
            (Function::MathRandom, [first, end, seed]) => numbers::seeded(first, end, seed),
            (Function::StringSplit, [text, delimiters]) => texts::split(text, delimiters),
            (Function::StringToJson, [text]) => texts::parse(text),
            (Function::Uuid, []) => Some(numbers::uuid(random)),
            _ => None,
        };
        result.ok_or(IntrinsicError::Arguments(self.function.name()))
    }

    fn values(
        &self,
        arguments: &[Argument],
        lookup: &dyn Fn(&Rooted) -> Result<Value, String>,
        random: &mut dyn Random,
    ) -> Result<Vec<Value>, IntrinsicError> {
        let value = |argument: &Argument| match argument {
            Argument::Text(raw) => format::unescape(raw, self.function.name()).map(Value::String),
            Argument::Literal(value) => Ok(value.clone()),
            Argument::Path(path) => lookup(path).map_err(IntrinsicError::NotFound),
            Argument::Call(inner) => inner.evaluate(lookup, &mut *random),
        };
        arguments.iter().map(value).collect()
    }

    /// `States.Format(template, ...)`: the escapes of a template count, whether it is written here or found by a path.
    fn format(
        &self,
        lookup: &dyn Fn(&Rooted) -> Result<Value, String>,
        random: &mut dyn Random,
    ) -> Result<Value, IntrinsicError> {
        let wrong = IntrinsicError::Arguments(self.function.name());
        let Some((template, rest)) = self.arguments.split_first() else { return Err(wrong) };
        let template = match template {
            Argument::Text(raw) => raw.clone(),
            other => match self.values(std::slice::from_ref(other), lookup, random)?.pop() {
                Some(Value::String(text)) => text,
                _ => return Err(wrong),
            },
        };
        format::format(&template, &self.values(rest, lookup, random)?).map(Value::String)
    }
}
