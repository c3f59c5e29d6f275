use super::{Outcome, Transition, ranges, transition};
use crate::asl::fields::Fields;
use crate::asl::machine::Scope;
use crate::asl::problem::Rule;
use crate::asl::template::Setting;
use crate::time;

/// A Wait state.
#[derive(Debug)]
pub struct Wait {
    /// Until when.
    pub until: Until,
    /// What it assigns and gives.
    pub outcome: Outcome,
    /// Where it leads.
    pub then: Transition,
}

/// Until when a Wait waits.
#[derive(Debug)]
pub enum Until {
    /// So many seconds from its start.
    Seconds(Setting<u64>),
    /// A point in time, RFC 3339.
    Timestamp(Setting<String>),
}

impl Wait {
    pub(super) fn read(fields: &Fields, scope: &Scope) -> Option<Self> {
        let seconds = Setting::integer(fields, ("Seconds", "SecondsPath"), ranges::WAIT_SECONDS);
        let timestamp = Setting::string(fields, ("Timestamp", "TimestampPath"));
        if let Some(Setting::Fixed(text)) = &timestamp
            && time::parse_timestamp(text).is_none()
        {
            fields.problems.add(
                Rule::Value,
                fields.at("Timestamp"),
                "String does not match RFC3339 timestamp",
            );
        }
        // A value that is wrong has been reported; what counts here is which fields there are.
        let names = ["Seconds", "SecondsPath", "Timestamp", "TimestampPath"];
        let until = match fields.exactly_one(&names) {
            true if fields.count(&["Seconds", "SecondsPath"]) > 0 => seconds.map(Until::Seconds),
            true => timestamp.map(Until::Timestamp),
            false => None,
        };
        let outcome = Outcome::of_input(fields);
        let then = transition(fields, scope);
        Some(Self { until: until?, outcome, then: then? })
    }
}
