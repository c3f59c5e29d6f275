//! The ARNs of Step Functions' own resources.

use super::Arn;
use serde::{Serialize, Serializer};
use serde_json::Value;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

/// The type of a state machine, and of its executions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Kind {
    /// Its executions are kept, and run for up to a year.
    #[default]
    Standard,
    /// Its executions are forgotten when they end, and run for up to five minutes.
    Express,
}

impl Kind {
    /// The name, as AWS writes it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "STANDARD",
            Self::Express => "EXPRESS",
        }
    }

    /// The kind of that name. There are only two names, and whoever takes them in has checked them.
    pub fn read(name: &str) -> Self {
        if name == "EXPRESS" { Self::Express } else { Self::Standard }
    }

    /// The type of resource that its executions are in their ARNs.
    fn of_execution(self) -> &'static str {
        match self {
            Self::Standard => "execution",
            Self::Express => "express",
        }
    }
}

/// A text is no ARN of what it should be one of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no ARN of {expected}")]
pub struct NoArn {
    text: String,
    expected: &'static str,
}

/// Lets an ARN be shown, stored and compared as the text that it was read from.
macro_rules! text {
    ($name:ident, $expected:literal) => {
        impl $name {
            fn none(text: &str) -> NoArn {
                NoArn { text: text.to_owned(), expected: $expected }
            }

            /// The ARN as a text.
            pub fn as_str(&self) -> &str {
                &self.text
            }

            /// The region.
            pub fn region(&self) -> &str {
                Arn::read(&self.text).map_or("", |arn| arn.region)
            }

            /// The account.
            pub fn account(&self) -> &str {
                Arn::read(&self.text).map_or("", |arn| arn.account)
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.text
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.text)
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.text == other
            }
        }

        impl PartialEq<String> for $name {
            fn eq(&self, other: &String) -> bool {
                self.text == *other
            }
        }

        impl PartialEq<$name> for String {
            fn eq(&self, other: &$name) -> bool {
                *self == other.text
            }
        }

        impl From<$name> for String {
            fn from(arn: $name) -> Self {
                arn.text
            }
        }

        impl From<$name> for Value {
            fn from(arn: $name) -> Self {
                Value::String(arn.text)
            }
        }
    };
}

/// The ARN of a state machine, neither of a version nor of an alias: `arn:...:stateMachine:name`. What the children of a
/// distributed Map run has one, too: `arn:...:stateMachine:name/label`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateMachineArn {
    text: String,
}

/// The ARN of an execution: `arn:...:execution:machine:name`, or `arn:...:express:machine:name:id`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExecutionArn {
    text: String,
    kind: Kind,
}

/// The ARN of a map run: `arn:...:mapRun:machine/label:id`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MapRunArn {
    text: String,
}

/// The ARN of an activity: `arn:...:activity:name`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActivityArn {
    text: String,
}

text!(StateMachineArn, "a state machine");
text!(ExecutionArn, "an execution");
text!(MapRunArn, "a map run");
text!(ActivityArn, "an activity");

/// The type and the name of a resource of Step Functions that has one.
fn named(text: &str) -> Option<(&str, &str)> {
    Arn::read(text)?.of_states().filter(|(_, name)| !name.is_empty())
}

impl FromStr for StateMachineArn {
    type Err = NoArn;

    fn from_str(text: &str) -> Result<Self, NoArn> {
        match named(text) {
            Some(("stateMachine", name)) if !name.contains(':') => Ok(Self { text: text.to_owned() }),
            _ => Err(Self::none(text)),
        }
    }
}

impl FromStr for ExecutionArn {
    type Err = NoArn;

    fn from_str(text: &str) -> Result<Self, NoArn> {
        let kind = match named(text) {
            Some(("execution", _)) => Kind::Standard,
            Some(("express", _)) => Kind::Express,
            _ => return Err(Self::none(text)),
        };
        Ok(Self { text: text.to_owned(), kind })
    }
}

impl FromStr for MapRunArn {
    type Err = NoArn;

    fn from_str(text: &str) -> Result<Self, NoArn> {
        match named(text) {
            Some(("mapRun", _)) => Ok(Self { text: text.to_owned() }),
            _ => Err(Self::none(text)),
        }
    }
}

impl FromStr for ActivityArn {
    type Err = NoArn;

    fn from_str(text: &str) -> Result<Self, NoArn> {
        // A definition may name one without a name, which is nowhere.
        match Arn::read(text).and_then(Arn::of_states) {
            Some(("activity", _)) => Ok(Self { text: text.to_owned() }),
            _ => Err(Self::none(text)),
        }
    }
}

/// The ARN of a resource of another type and name at the same place.
fn beside(text: &str, kind: &str, name: &str) -> String {
    let Some(Arn { partition, region, account, .. }) = Arn::read(text) else { return String::new() };
    format!("arn:{partition}:states:{region}:{account}:{kind}:{name}")
}

impl StateMachineArn {
    /// The ARN of the machine of this name. A name has no colon.
    pub(crate) fn new((partition, region, account): (&str, &str, &str), name: &str) -> Self {
        Self { text: format!("arn:{partition}:states:{region}:{account}:stateMachine:{name}") }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        named(&self.text).map_or("", |(_, name)| name)
    }

    /// The ARN of an execution of this name. The executions of Express machines have an id behind their name.
    pub fn execution(&self, kind: Kind, name: &str) -> ExecutionArn {
        ExecutionArn {
            text: beside(&self.text, kind.of_execution(), &format!("{}:{name}", self.name())),
            kind,
        }
    }

    /// The ARN of a run of the distributed Map that has this label.
    pub fn map_run(&self, label: &str, id: &str) -> MapRunArn {
        MapRunArn { text: beside(&self.text, "mapRun", &format!("{}/{label}:{id}", self.name())) }
    }

    /// The ARN of a version or of an alias.
    pub fn qualified(&self, qualifier: impl fmt::Display) -> String {
        format!("{self}:{qualifier}")
    }
}

impl ActivityArn {
    /// The ARN of the activity of this name.
    pub(crate) fn new((partition, region, account): (&str, &str, &str), name: &str) -> Self {
        Self { text: format!("arn:{partition}:states:{region}:{account}:activity:{name}") }
    }
}

impl ExecutionArn {
    /// The type of its machine.
    pub fn kind(&self) -> Kind {
        self.kind
    }
}

impl MapRunArn {
    /// `machine/label` and the id.
    fn parts(&self) -> (&str, &str) {
        let name = named(&self.text).map_or("", |(_, name)| name);
        name.split_once(':').unwrap_or((name, ""))
    }

    /// The machine of its children.
    pub fn machine(&self) -> StateMachineArn {
        StateMachineArn { text: beside(&self.text, "stateMachine", self.parts().0) }
    }

    /// The label of the Map.
    pub fn label(&self) -> Option<&str> {
        self.parts().0.split_once('/').map(|(_, label)| label)
    }

    /// The id of the run.
    pub fn id(&self) -> &str {
        self.parts().1
    }
}

/// Which definition of a machine an ARN names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Qualifier {
    /// The present one.
    None,
    /// That of a version.
    Version(u64),
    /// That of the version that an alias leads to.
    Alias(String),
}

/// The ARN of a machine, of a version or of an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Qualified {
    pub(crate) machine: StateMachineArn,
    pub(crate) qualifier: Qualifier,
}

impl Qualified {
    /// Reads such an ARN.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let Some(("stateMachine", name)) = named(text) else { return None };
        let (name, qualifier) = match name.split_once(':') {
            None => (name, Qualifier::None),
            Some((name, qualifier)) => (name, Qualifier::read(qualifier)),
        };
        let machine = StateMachineArn { text: beside(text, "stateMachine", name) };
        Some(Self { machine, qualifier })
    }

    /// The machine and the number of the version, where it is the ARN of one.
    pub(crate) fn version(text: &str) -> Option<(StateMachineArn, u64)> {
        match Self::read(text)? {
            Self { machine, qualifier: Qualifier::Version(number) } => Some((machine, number)),
            _ => None,
        }
    }
}

impl Qualifier {
    /// A version is written in one way only: neither `01` nor `+1` is one.
    fn read(text: &str) -> Self {
        let number = text.parse().ok().filter(|_| text.starts_with(|c: char| matches!(c, '1'..='9')));
        number.map_or_else(|| Self::Alias(text.to_owned()), Self::Version)
    }
}
