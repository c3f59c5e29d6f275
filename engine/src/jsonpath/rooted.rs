//! A path with what it starts from.

use super::{Path, PathError, ReadError};
use serde_json::Value;

/// What a path starts from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// `$`: the input of the state, or whatever else the field looks at.
    Input,
    /// `$$`: the context object.
    Context,
    /// `$name`: a variable.
    Variable(String),
}

/// A path as a definition writes it: `$.a`, `$$.Execution.Id`, `$variable.x`.
#[derive(Debug, Clone, PartialEq)]
pub struct Rooted {
    source: String,
    root: Root,
    path: Path,
}

impl Rooted {
    /// Parses it.
    ///
    /// # Errors
    ///
    /// It says at which character the text is no path, and why.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        let wrong = |at: usize, problem: &str| {
            Err(PathError { path: text.to_owned(), at, problem: problem.to_owned() })
        };
        let Some(rest) = text.strip_prefix('$') else {
            return wrong(1, "a path begins with `$`");
        };
        let (root, steps) = match rest.strip_prefix('$') {
            Some(steps) => (Root::Context, steps),
            None => {
                let end = rest.find(['.', '[']).unwrap_or(rest.len());
                let (name, steps) = rest.split_at_checked(end).unwrap_or((rest, ""));
                if let Some(odd) = name.chars().position(|c| !is_of_name(c)) {
                    return wrong(2 + odd, "a variable's name has letters, digits and `_`");
                }
                match name {
                    "" => (Root::Input, steps),
                    name if name.starts_with(|first: char| first.is_numeric()) => {
                        return wrong(2, "a variable's name begins with no digit");
                    }
                    name => (Root::Variable(name.to_owned()), steps),
                }
            }
        };
        if !steps.is_empty() && !steps.starts_with(['.', '[']) {
            return wrong(3, "after what it starts from, a path goes on with `.` or `[`");
        }
        let skipped = text.chars().count() - steps.chars().count() - 1;
        let path = Path::parse(&format!("${steps}")).map_err(|error| PathError {
            path: text.to_owned(),
            at: error.at + skipped,
            ..error
        })?;
        Ok(Self { source: text.to_owned(), root, path })
    }

    /// The path as it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it starts from.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// The path from there: `$.Id` for `$$.Id`.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it finds in the document that its root stands for.
    ///
    /// # Errors
    ///
    /// Those of `Path::read`.
    pub fn read(&self, document: &Value) -> Result<Value, ReadError> {
        self.path.read(document)
    }
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
