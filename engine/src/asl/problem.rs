use serde::Serialize;
use std::fmt;

/// Something that is wrong with a definition, in the terms of ValidateStateMachineDefinition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Whether the definition can still be used.
    pub severity: Severity,
    /// AWS's code for it, such as `SCHEMA_VALIDATION_FAILED`.
    pub code: &'static str,
    /// Our rule, which is finer.
    pub rule: Rule,
    /// A JSON pointer to the place.
    #[serde(rename = "location")]
    pub pointer: String,
    /// What is wrong and what to do.
    pub message: String,
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
    /// No transition leads to a state.
    Unreachable,
    /// Two states of a machine have one name.
    DuplicateState,
    /// A JSONata expression cannot be parsed.
    Expression,
    /// A JSONata expression starts from something other than `$states` and variables.
    UnsupportedExpression,
    /// A path or an intrinsic function cannot be parsed, or is not of the kind that belongs there.
    Path,
    /// A field belongs to the other query language.
    QueryLanguage,
    /// A variable has a name that none can have, or that a scope around it has taken.
    Variable,
    /// `States.ALL` is not alone, or not last.
    StatesAll,
    /// `.waitForTaskToken` without the token in its arguments: nobody could ever answer.
    TaskToken,
    /// A Task without a timeout.
    NoTimeout,
    /// The heartbeat is not shorter than the timeout.
    Heartbeat,
    /// A placeholder stands for nothing.
    Placeholder,
}

impl Rule {
    fn code(self) -> &'static str {
        match self {
            Self::Json => "INVALID_JSON_DESCRIPTION",
            Self::DanglingTransition | Self::Unreachable => "MISSING_TRANSITION_TARGET",
            Self::DuplicateState => "DUPLICATE_STATE_NAME",
            Self::Expression => "INVALID_JSONATA_EXPRESSION",
            Self::UnsupportedExpression => "UNSUPPORTED_JSONATA_EXPRESSION",
            _ => "SCHEMA_VALIDATION_FAILED",
        }
    }
}

impl Problem {
    pub(crate) fn error(rule: Rule, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        let (pointer, message) = (pointer.into(), message.into());
        Self { severity: Severity::Error, code: rule.code(), rule, pointer, message }
    }

    /// The definition is nothing, or no object.
    pub(super) fn not_an_object() -> Self {
        let problem = Self::error(Rule::Json, "", "Definition must be a valid JSON object");
        Self { code: "SCHEMA_VALIDATION_FAILED", ..problem }
    }

    pub(crate) fn warning(rule: Rule, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(rule, pointer, message) }
    }
}

impl Problem {
    /// A problem of a workflow's rule.
    pub(crate) fn of_rule(why: &crate::events::RuleError) -> Self {
        Self { code: "InvalidEventPattern", ..Self::error(Rule::Value, "", why.to_string()) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = if self.pointer.is_empty() { "/" } else { &self.pointer };
        write!(f, "{}: {} at {at}", self.code, self.message)
    }
}
