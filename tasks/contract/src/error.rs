use std::fmt::{self, Display};

/// An error of a task as Step Functions sees it: a name that a Catch can match, and a message for people.
///
/// A boxed error would reach Step Functions as `alloc::boxed::Box<dyn core::error::Error ...>`, which no Catch can
/// tell from any other, so each task has an enum of its own, made by `task_error!`.
pub trait TaskError: Display + fmt::Debug + From<Fault> + Send + Sync + 'static {
    /// Every name that the error can have: the strings that `ErrorEquals` may say of the task.
    const NAMES: &'static [&'static str];
    /// The name of this error.
    fn name(&self) -> &'static str;
}

/// A fault that any task can meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The payload is not what the task takes. Not retried.
    InvalidInput {
        /// What is wrong with it, and where.
        why: String,
    },
    /// A setting of the function cannot be used. Not retried: correct the deployment.
    Misconfigured {
        /// The environment variable.
        setting: String,
        /// What is wrong with its value.
        why: String,
    },
    /// A mistake in the task itself. Not retried.
    Internal {
        /// What the task was doing.
        doing: String,
        /// What went wrong.
        why: String,
    },
    /// AWS asked to slow down. Retried.
    Throttled {
        /// What the task was doing.
        doing: String,
        /// The answer of AWS.
        why: String,
    },
    /// AWS could not be reached, did not answer in time or failed, or another call won a race. Retried.
    Unavailable {
        /// What the task was doing.
        doing: String,
        /// What happened.
        why: String,
    },
    /// The task's role may not make the call. Not retried.
    AccessDenied {
        /// What the task was doing.
        doing: String,
        /// The answer of AWS.
        why: String,
    },
    /// AWS refused the call for a reason that the task does not know. Not retried.
    Refused {
        /// What the task was doing.
        doing: String,
        /// The answer of AWS.
        why: String,
    },
}

impl Fault {
    /// Every name that a fault can have.
    pub const NAMES: &'static [&'static str] =
        &["InvalidInput", "Misconfigured", "Internal", "Throttled", "Unavailable", "AccessDenied", "Refused"];

    /// The name of this fault, one of `NAMES`.
    pub fn name(&self) -> &'static str {
        match self {
            Self::InvalidInput { .. } => "InvalidInput",
            Self::Misconfigured { .. } => "Misconfigured",
            Self::Internal { .. } => "Internal",
            Self::Throttled { .. } => "Throttled",
            Self::Unavailable { .. } => "Unavailable",
            Self::AccessDenied { .. } => "AccessDenied",
            Self::Refused { .. } => "Refused",
        }
    }

    /// A payload that is not what the task takes.
    pub fn invalid_input(why: impl Into<String>) -> Self {
        Self::InvalidInput { why: why.into() }
    }

    /// A setting that cannot be used.
    pub fn misconfigured(setting: &str, why: impl Into<String>) -> Self {
        Self::Misconfigured { setting: setting.to_owned(), why: why.into() }
    }

    /// A mistake in the task itself.
    pub fn internal(doing: &str, why: impl Display) -> Self {
        Self::Internal { doing: doing.to_owned(), why: why.to_string() }
    }

    /// Another call of a task wrote first. The workflow retries.
    pub fn lost_race(doing: &str) -> Self {
        Self::Unavailable { doing: doing.to_owned(), why: "another call wrote first".to_owned() }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidInput { why } => f.write_str(why),
            Self::Misconfigured { setting, why } => write!(f, "the setting `{setting}` {why}"),
            Self::Internal { doing, why }
            | Self::Throttled { doing, why }
            | Self::Unavailable { doing, why }
            | Self::AccessDenied { doing, why }
            | Self::Refused { doing, why } => write!(f, "{doing}: {why}"),
        }
    }
}

impl std::error::Error for Fault {}

/// Declares the error enum of a task: its own variants with their fields and messages, and `Fault`.
///
/// ```text
/// task_error! {
///     /// Another execution has the case now.
///     NotOurCase { /// The case. case_id: String } => "another execution has the case `{case_id}`",
/// }
/// ```
macro_rules! task_error {
    ($( $(#[$doc:meta])+ $variant:ident { $( $(#[$about:meta])+ $field:ident : $type:ty ),* $(,)? } => $message:literal ),* $(,)?) => {
        /// How the task fails.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Error {
            $( $(#[$doc])+ $variant { $( $(#[$about])+ $field: $type ),* }, )*
            /// A fault that any task can meet.
            Fault($crate::Fault),
        }

        impl std::fmt::Display for Error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $( Self::$variant { $( $field ),* } => write!(f, $message), )*
                    Self::Fault(fault) => fault.fmt(f),
                }
            }
        }

        impl std::error::Error for Error {}

        impl $crate::TaskError for Error {
            const NAMES: &'static [&'static str] = &[
                $( stringify!($variant), )*
                "InvalidInput", "Misconfigured", "Internal", "Throttled", "Unavailable", "AccessDenied", "Refused",
            ];

            fn name(&self) -> &'static str {
                match self {
                    $( Self::$variant { .. } => stringify!($variant), )*
                    Self::Fault(fault) => fault.name(),
                }
            }
        }

        impl From<$crate::Fault> for Error {
            fn from(fault: $crate::Fault) -> Self {
                Self::Fault(fault)
            }
        }
    };
}
pub(crate) use task_error;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_lists_the_faults_after_its_own_errors() {
        for declaration in crate::declarations() {
            let faults = declaration.errors.len() - Fault::NAMES.len();
            assert_eq!(declaration.errors[faults..], *Fault::NAMES, "{}", declaration.name);
        }
    }

    #[test]
    fn a_message_names_what_was_done_and_why_it_failed() {
        let fault = Fault::misconfigured("CHANGES_PER_HOUR", "must be a whole number");
        assert_eq!(fault.to_string(), "the setting `CHANGES_PER_HOUR` must be a whole number");
        assert_eq!(
            Fault::lost_race("opening the case").to_string(),
            "opening the case: another call wrote first"
        );
    }
}
