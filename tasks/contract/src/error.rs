use std::fmt::Display;

/// An error of a task, as Step Functions sees it: a name that a Catch can tell apart, and a message for people.
///
/// A boxed error would reach Step Functions as `alloc::boxed::Box<dyn core::error::Error ...>`, which no Catch can
/// tell from any other. So each task has an enum of its own, made by `task_error!`.
pub trait TaskError: Display + std::fmt::Debug + Send + Sync + 'static {
    /// Every name this error can have: what `ErrorEquals` may say of the task.
    const NAMES: &'static [&'static str];
    /// The name of this one.
    fn name(&self) -> &'static str;
    /// The error for a fault that every task can meet.
    fn fault(fault: Fault) -> Self;
}

/// What can go wrong at any call to AWS, whatever the task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The payload is not what the task takes. It will not get better: do not retry.
    InvalidInput(String),
    /// AWS asked to slow down. Retry.
    Throttled(String),
    /// AWS could not be reached, did not answer in time or answered with a fault of its own. Retry.
    Unavailable(String),
    /// The task's role may not do this. Do not retry.
    AccessDenied(String),
    /// AWS refused the call for a reason that the task does not know. Do not retry.
    Refused(String),
}

/// Declares the error enum of a task: its own variants, and the five faults that every task can meet.
macro_rules! task_error {
    ($( $(#[$doc:meta])+ $variant:ident ),* $(,)?) => {
        /// How the task fails. Each variant carries the message for people.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Error {
            $( $(#[$doc])+ $variant(String), )*
            /// The payload is not what the task takes.
            InvalidInput(String),
            /// AWS asked to slow down.
            Throttled(String),
            /// AWS could not be reached, or answered with a fault of its own.
            Unavailable(String),
            /// The task's role may not do this.
            AccessDenied(String),
            /// AWS refused the call for a reason that the task does not know.
            Refused(String),
        }

        impl std::fmt::Display for Error {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $( Self::$variant(message) )|* | Self::InvalidInput(message) | Self::Throttled(message)
                    | Self::Unavailable(message) | Self::AccessDenied(message) | Self::Refused(message) => f.write_str(message),
                }
            }
        }

        impl std::error::Error for Error {}

        impl $crate::TaskError for Error {
            const NAMES: &'static [&'static str] = &[
                $( stringify!($variant), )*
                "InvalidInput", "Throttled", "Unavailable", "AccessDenied", "Refused",
            ];

            fn name(&self) -> &'static str {
                match self {
                    $( Self::$variant(_) => stringify!($variant), )*
                    Self::InvalidInput(_) => "InvalidInput",
                    Self::Throttled(_) => "Throttled",
                    Self::Unavailable(_) => "Unavailable",
                    Self::AccessDenied(_) => "AccessDenied",
                    Self::Refused(_) => "Refused",
                }
            }

            fn fault(fault: $crate::Fault) -> Self {
                match fault {
                    $crate::Fault::InvalidInput(message) => Self::InvalidInput(message),
                    $crate::Fault::Throttled(message) => Self::Throttled(message),
                    $crate::Fault::Unavailable(message) => Self::Unavailable(message),
                    $crate::Fault::AccessDenied(message) => Self::AccessDenied(message),
                    $crate::Fault::Refused(message) => Self::Refused(message),
                }
            }
        }

        impl From<$crate::Fault> for Error {
            fn from(fault: $crate::Fault) -> Self {
                <Self as $crate::TaskError>::fault(fault)
            }
        }
    };
}
pub(crate) use task_error;
