//! From an event to a finding: one file for each source. Everything in an event may be missing, odd or hostile.

pub(crate) mod access_analyzer;
pub(crate) mod cloudtrail;
pub(crate) mod config;
mod envelope;
pub(crate) mod guardduty;
pub(crate) mod security_hub;

#[cfg(test)]
mod recorded_tests;
#[cfg(test)]
mod sources_tests;

pub(crate) use envelope::Envelope;

use crate::aws::Here;
use crate::words::text;
use contract::Finding;
use serde_json::Value;

/// A finding, and what else `open-case` needs of its event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) finding: Finding,
    /// The event's own id, which a repeated delivery repeats.
    pub(crate) event_id: String,
    /// Why nothing is to be done about it.
    pub(crate) ignored: Option<&'static str>,
    /// The unique id of the policy, where the event says no more. The subject is `Other` until it is looked up.
    pub(crate) policy_id: Option<String>,
}

/// The responder's own roles: what they do is no finding.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ours<'a> {
    /// Patterns of those in the home account.
    pub(crate) roles: &'a str,
    /// The accounts that have a response role.
    pub(crate) members: &'a [&'a str],
}

/// Reads an event of any source. The error says what is missing, for people.
pub(crate) fn read(event: &Value, here: &Here, ours: Ours<'_>) -> Result<Seen, String> {
    let envelope = Envelope::read(event, here)?;
    match envelope.detail_type.as_str() {
        guardduty::DETAIL_TYPE => guardduty::read(&envelope),
        cloudtrail::DETAIL_TYPE => cloudtrail::read(&envelope, ours),
        config::DETAIL_TYPE => config::read(&envelope),
        access_analyzer::DETAIL_TYPE => access_analyzer::read(&envelope),
        kind if security_hub::DETAIL_TYPES.contains(&kind) => security_hub::read(&envelope),
        kind => {
            Err(format!("its detail type is `{}`, which the responder does not read", text::line(kind, 100)))
        }
    }
}
