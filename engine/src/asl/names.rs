use std::fmt;

/// The name of an error that happened. It is never a wildcard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorName {
    /// `States.Timeout`: a task took too long.
    Timeout,
    /// `States.HeartbeatTimeout`: a task was silent for too long. A Catch for `States.Timeout` catches it too.
    HeartbeatTimeout,
    /// `States.Runtime`: the execution itself could not go on. Nothing catches it.
    Runtime,
    /// `States.DataLimitExceeded`: a payload was over 256 KiB.
    DataLimitExceeded,
    /// Any other name: one of AWS's own, or one that a task gave.
    Other(String),
}

impl ErrorName {
    /// The name as it was given.
    pub fn new(name: &str) -> Self {
        match name {
            "States.Timeout" => Self::Timeout,
            "States.HeartbeatTimeout" => Self::HeartbeatTimeout,
            "States.Runtime" => Self::Runtime,
            "States.DataLimitExceeded" => Self::DataLimitExceeded,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The name as AWS writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Timeout => "States.Timeout",
            Self::HeartbeatTimeout => "States.HeartbeatTimeout",
            Self::Runtime => "States.Runtime",
            Self::DataLimitExceeded => "States.DataLimitExceeded",
            Self::Other(name) => name,
        }
    }
}

impl fmt::Display for ErrorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What `ErrorEquals` may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorPattern {
    /// `States.ALL`.
    All,
    /// `States.TaskFailed`.
    TaskFailed,
    /// A name.
    Exactly(ErrorName),
}

impl ErrorPattern {
    /// The pattern as it was written.
    pub fn new(text: &str) -> Self {
        match text {
            "States.ALL" => Self::All,
            "States.TaskFailed" => Self::TaskFailed,
            name => Self::Exactly(ErrorName::new(name)),
        }
    }

    /// Whether the pattern names no error in particular.
    pub fn is_wildcard(&self) -> bool {
        matches!(self, Self::All | Self::TaskFailed)
    }

    /// Whether the pattern takes the error.
    ///
    /// Source: Amazon States Language, "Errors": `States.ALL` cannot catch `States.Runtime`, and `States.TaskFailed`
    /// takes any error of a task but `States.Timeout`. The guide says the same of `States.ALL` and
    /// `States.DataLimitExceeded`; the service does catch it.
    pub fn matches(&self, error: &ErrorName) -> bool {
        match (self, error) {
            (Self::Exactly(ErrorName::Timeout), ErrorName::HeartbeatTimeout) => true,
            (Self::Exactly(name), _) => name == error,
            (_, ErrorName::Runtime) => false,
            (Self::TaskFailed, ErrorName::Timeout | ErrorName::DataLimitExceeded) => false,
            (Self::All | Self::TaskFailed, _) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_take_what_aws_says_they_take() {
        let cases = [
            ("States.ALL", "Anything", true),
            ("States.ALL", "States.Timeout", true),
            ("States.ALL", "States.Runtime", false),
            ("States.ALL", "States.DataLimitExceeded", true),
            ("States.TaskFailed", "Anything", true),
            ("States.TaskFailed", "States.Timeout", false),
            ("States.TaskFailed", "States.Runtime", false),
            ("States.Timeout", "States.HeartbeatTimeout", true),
            ("States.HeartbeatTimeout", "States.Timeout", false),
            ("States.Runtime", "States.Runtime", true),
            ("Throttled", "Throttled", true),
            ("Throttled", "throttled", false),
        ];
        for (pattern, error, expected) in cases {
            assert_eq!(
                ErrorPattern::new(pattern).matches(&ErrorName::new(error)),
                expected,
                "{pattern} {error}"
            );
        }
    }
}
