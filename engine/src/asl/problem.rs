use super::definition;
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// Something that is wrong with a definition, in the terms of ValidateStateMachineDefinition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Whether the definition can still be used.
    pub severity: Severity,
    /// AWS's code for it, such as `SCHEMA_VALIDATION_FAILED`; for a warning that AWS does not have, the rule's id.
    pub code: &'static str,
    /// Our rule, which is finer.
    pub rule: Rule,
    /// A JSON pointer to the place.
    #[serde(rename = "location")]
    pub pointer: String,
    /// The place as AWS writes it, `/States/A/Choices[0]`: it is often the object around what is wrong. What concerns
    /// the whole text has none.
    #[serde(skip)]
    pub place: Option<String>,
    /// What is wrong, in AWS's words where they are known.
    pub message: String,
    /// What was found and what to do, where AWS's words do not say it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// The definition is refused.
    Error,
    /// The definition is used, and somebody should look.
    Warning,
}

/// What kind of problem it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// It is not JSON.
    Json,
    /// A name stands twice in one object.
    DuplicateKey,
    /// A field is missing.
    MissingField,
    /// A field does not belong there.
    UnknownField,
    /// A field has the wrong type or an impossible value.
    Value,
    /// Two fields exclude each other.
    Exclusive,
    /// A transition leads to no state.
    DanglingTransition,
    /// No state of the machine ends it.
    NoEnd,
    /// Nothing leads from the start to a state.
    Unreachable,
    /// Two states of a machine have one name.
    DuplicateState,
    /// A state has a name that none can have.
    StateName,
    /// Two Map states have one label.
    DuplicateLabel,
    /// A JSONata expression cannot be parsed.
    Expression,
    /// A JSONata expression starts from something other than `$states` and variables.
    UnsupportedExpression,
    /// A path or an intrinsic function cannot be parsed, or is not of the kind that belongs there.
    Path,
    /// A field belongs to the other query language.
    QueryLanguage,
    /// A variable has a name that is kept for something else.
    ReservedVariable,
    /// A variable has a name that none can have.
    VariableName,
    /// A variable has a name that a scope around it has taken.
    Variable,
    /// `States.ALL` is not alone, or not last.
    StatesAll,
    /// A Task calls something that is not there.
    UnknownIntegration,
    /// A Task calls something with parameters that it does not take, or without those that it needs.
    Parameters,
    /// `.waitForTaskToken` without the token in its arguments: nobody could ever answer.
    TaskToken,
    /// A Task without a timeout.
    NoTimeout,
    /// The heartbeat is not shorter than the timeout.
    Heartbeat,
    /// A variable that nothing can have assigned.
    UndefinedVariable,
    /// A Catch or a Retry names an error that it can never see.
    DeadCatch,
    /// A text looks like a path or a function, and nothing reads it: its field has no `.$`.
    NoDollar,
    /// A text looks like a path, and nothing reads it: its field does not end with `Path`.
    NoPath,
    /// The `Result` of a Pass looks like a path, and nothing reads it.
    StaticResult,
    /// A placeholder stands for nothing.
    Placeholder,
}

impl Rule {
    fn code(self) -> &'static str {
        match self {
            Self::Json => "INVALID_JSON_DESCRIPTION",
            Self::DanglingTransition | Self::Unreachable => "MISSING_TRANSITION_TARGET",
            Self::NoEnd => "MISSING_END_STATE",
            Self::DuplicateState => "DUPLICATE_STATE_NAME",
            Self::StateName => "INVALID_STATE_NAME",
            Self::DuplicateLabel => "DUPLICATE_LABEL_NAME",
            Self::Expression => "INVALID_JSONATA_EXPRESSION",
            Self::UnsupportedExpression => "UNSUPPORTED_JSONATA_EXPRESSION",
            Self::ReservedVariable => "RESERVED_VARIABLE_NAME",
            Self::VariableName => "INVALID_VARIABLE_NAME",
            Self::NoDollar => "NO_DOLLAR",
            Self::NoPath => "NO_PATH",
            Self::StaticResult => "PASS_RESULT_IS_STATIC",
            _ => "SCHEMA_VALIDATION_FAILED",
        }
    }

    /// AWS looks at every field first, then at where transitions lead, then at whether and how states are reached.
    fn phase(self) -> u8 {
        match self {
            Self::DanglingTransition => 1,
            Self::NoEnd => 2,
            Self::Unreachable => 3,
            _ => 0,
        }
    }
}

impl Problem {
    pub(crate) fn error(rule: Rule, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        let (pointer, message) = (pointer.into(), message.into());
        let place = Some(pointer.clone());
        Self { severity: Severity::Error, code: rule.code(), rule, pointer, place, message, hint: None }
    }

    /// The definition is nothing, or no object.
    pub(super) fn not_an_object() -> Self {
        let problem = Self::error(Rule::Json, "", "Definition must be a valid JSON object");
        Self { code: "SCHEMA_VALIDATION_FAILED", place: None, ..problem }
    }

    /// A warning. AWS's own have its codes, ours the ids of their rules.
    pub(crate) fn warning(rule: Rule, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        let problem = Self::error(rule, pointer, message);
        let code = match (rule, rule.page()) {
            (Rule::NoDollar | Rule::NoPath | Rule::StaticResult, _) | (_, None) => problem.code,
            (_, Some(page)) => page.id,
        };
        Self { severity: Severity::Warning, code, ..problem }
    }

    /// The same, where AWS points at something else than we do. `owner` is a JSON pointer as well.
    pub(super) fn of(self, owner: impl Into<String>) -> Self {
        Self { place: Some(owner.into()), ..self }
    }

    /// The same, where AWS points at nothing.
    pub(super) fn nowhere(self) -> Self {
        Self { place: None, ..self }
    }

    /// The same, with what was found or what to do.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// An error in a file of a response that is not its definition.
    pub(crate) fn of_response(code: &'static str, message: String) -> Self {
        Self { code, ..Self::error(Rule::Value, "", message) }
    }
}

/// Problems in AWS's order, with places as AWS writes them.
pub(crate) fn settled(definition: &Value, mut problems: Vec<Problem>) -> Vec<Problem> {
    for problem in &mut problems {
        problem.place = problem.place.take().map(|pointer| definition::place(definition, &pointer));
    }
    problems.sort_by_key(|problem| problem.rule.phase());
    problems
}

impl fmt::Display for Problem {
    /// As AWS lists it in the refusal of a definition.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = match self.place.as_deref() {
            None => "null",
            Some("") => "/",
            Some(place) => place,
        };
        write!(f, "{}: {} at {at}", self.code, self.message)
    }
}
