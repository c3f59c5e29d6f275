use super::{DEFINITION, ParameterError, RESPONSE, SHAPES};
use crate::asl::Problem;
use crate::events::RuleError;
use std::path::PathBuf;

/// Why a response cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorkflowError {
    /// A file or a folder cannot be read.
    #[error("`{}` cannot be read: {why}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// The reason.
        why: String,
    },
    /// `response.json`, or the `shape.json` of its shape, has an error.
    #[error("`{}`: {why}", file.display())]
    Response {
        /// The file to change.
        file: PathBuf,
        /// The error.
        why: ResponseError,
    },
    /// The definition has problems.
    #[error("`{}` has problems:{}", file.display(), list(problems))]
    Definition {
        /// The definition: the response's own, or that of its shape.
        file: PathBuf,
        /// All of them.
        problems: Vec<Problem>,
    },
    /// A rule has an error.
    #[error("`{}`: {why}", file.display())]
    Rule {
        /// The file of the rule.
        file: PathBuf,
        /// The error.
        why: RuleError,
    },
    /// A parameter was set that the response does not have, or to a value that it does not allow.
    #[error("{response}: {why}")]
    Parameter {
        /// The name of the response.
        response: String,
        /// The error.
        why: ParameterError,
    },
    /// There is no response in the folder.
    #[error(
        "`{}` has no response in it: a response is a folder with a `{RESPONSE}` or a `{DEFINITION}`",
        .0.display()
    )]
    None(PathBuf),
    /// The folder is a shape, or the folder of all shapes.
    #[error(
        "`{}` holds no response: a shape in `{SHAPES}` is used through the responses that name it; give the folder of one of those",
        .0.display()
    )]
    Shape(PathBuf),
}

fn list(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("\n  {problem}")).collect()
}

/// What is wrong in `response.json` or `shape.json`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResponseError {
    /// The text is not JSON.
    #[error("it is not JSON: {0}")]
    NotJson(String),
    /// An object has two members of the same name.
    #[error("two members have the same name, at `{0}`; remove one of them")]
    Twice(String),
    /// A member is unknown, missing, or of the wrong type.
    #[error("{0}")]
    Member(String),
    /// A folder has rules, and nothing that they could start.
    #[error("there is no such file, and there are `rules/` beside it; add it, or a `{DEFINITION}`")]
    Missing,
    /// The response has neither a shape nor a definition.
    #[error("there is no `shape` in it and no `{DEFINITION}` beside it; add one of the two")]
    NoShape,
    /// The response has both.
    #[error("it names the shape `{0}`, and there is a `{DEFINITION}` beside it; remove one of the two")]
    ShapeAndDefinition(String),
    /// There is no shape of that name.
    #[error("there is no shape `{shape}`; `{SHAPES}` has {known}")]
    UnknownShape {
        /// The name.
        shape: String,
        /// The names of those that exist.
        known: String,
    },
    /// A response with a shape has no kind.
    #[error("it has a `shape` and no `kind`; the kind decides which tasks the shape calls, so add `kind`")]
    NoKind,
    /// The manifest has no task of the kind.
    #[error("no task is of the kind `{kind}`; the manifest has the kinds {known}")]
    UnknownKind {
        /// The kind.
        kind: String,
        /// The kinds of the manifest.
        known: String,
    },
    /// A parameter has an error.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The input template has a placeholder that is not a parameter.
    #[error("`inputTemplate` has `${{{name}}}`, which is not a parameter; the parameters are {known}")]
    TemplateParameter {
        /// The name.
        name: String,
        /// The parameters.
        known: String,
    },
    /// The input template has a variable that EventBridge does not know.
    #[error(
        "`inputTemplate` has `<{0}>`, which EventBridge does not know; a part of the event needs a path, so give the rule's target an `InputTransformer` of its own"
    )]
    TemplateVariable(String),
    /// The response has a rule where none is looked for.
    #[error("it is not read: rules are files of `rules/`, and parameters are in `{RESPONSE}`; move it")]
    OldRule,
}
