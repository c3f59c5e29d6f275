//! Names and places of rules and buses.

use super::{ApiError, Caller};
use crate::arn;
use crate::service::rules::{DEFAULT, RuleFault, place_of};
use crate::service::stored_rules::Key;

/// The rule of a name on a bus, where it is asked for.
pub(in crate::api) fn key(caller: &Caller, bus: Option<&str>, name: &str) -> Result<Key, ApiError> {
    check(name, "name", 64)?;
    Ok(Key { place: place_of(&caller.place), bus: bus_name(bus).to_owned(), name: name.to_owned() })
}

/// The name of a bus: buses are named by their ARNs as well.
pub(in crate::api) fn bus_name(bus: Option<&str>) -> &str {
    arn::bus_name(bus.unwrap_or(DEFAULT))
}

/// Refuses what is no name. Source: EventBridge API reference, `PutRule` and `CreateEventBus`.
pub(in crate::api) fn check(name: &str, field: &str, most: usize) -> Result<(), ApiError> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let broken = if name.is_empty() {
        "Member must have length greater than or equal to 1".to_owned()
    } else if name.len() > most {
        format!("Member must have length less than or equal to {most}")
    } else if !name.chars().all(is_name) {
        "Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+".to_owned()
    } else {
        return Ok(());
    };
    Err(ApiError::validation(format!(
        "1 validation error detected: Value '{name}' at '{field}' failed to satisfy constraint: {broken}"
    )))
}

impl From<RuleFault> for ApiError {
    fn from(fault: RuleFault) -> Self {
        let message = fault.to_string();
        match fault {
            RuleFault::NoRule { .. } | RuleFault::NoBus(_) => {
                Self::client("ResourceNotFoundException", message)
            }
            RuleFault::BusExists(_) => Self::client("ResourceAlreadyExistsException", message),
            RuleFault::BusHasRules
            | RuleFault::HasTargets
            | RuleFault::Schedule
            | RuleFault::ScheduleOfOwnBus => Self::validation(message),
            RuleFault::TooManyTargets => Self::client("LimitExceededException", message),
            RuleFault::Managed(_) => Self::client("ManagedRuleException", message),
            RuleFault::Pattern(_) => Self::client("InvalidEventPatternException", message),
            RuleFault::Store(error) => error.into(),
        }
    }
}
