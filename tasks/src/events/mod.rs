//! From an event to a finding: one file for each source. Everything in an event may be missing, odd or hostile.

mod access_analyzer;
mod cloudtrail;
mod config;
mod envelope;
pub(crate) mod guardduty;
mod ocsf;
mod security_hub;

#[cfg(test)]
mod tests;

use crate::aws::Here;
use crate::text;
use contract::{Fault, Finding, Source, Target};
use envelope::Envelope;
use serde_json::Value;

/// A finding, and what else `open-case` needs of its event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) finding: Finding,
    /// The event's own id, which a repeated delivery repeats.
    pub(crate) event_id: String,
    /// Why there is nothing to do.
    pub(crate) ignored: Option<&'static str>,
    /// Whether a person sent it with a custom action, and waits for an answer.
    pub(crate) by_person: bool,
}

/// The responder's own roles that change something. Their calls are no findings.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ours<'a> {
    /// The roles in the home account that change something: path with name each, with commas between them.
    pub(crate) roles: &'a str,
    /// The accounts that have a response role.
    pub(crate) members: &'a [&'a str],
}

/// An event as a kind sees it, to read its target from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Event<'a> {
    pub(crate) source: Source,
    /// The account of the resource, twelve digits.
    pub(crate) account: &'a str,
    /// The event's detail, or for Security Hub the one finding in it.
    pub(crate) detail: &'a Value,
}

impl<'a> Event<'a> {
    /// A string that is not empty, in full: a name that was cut would name something else.
    pub(crate) fn text(&self, pointer: &str) -> Option<&'a str> {
        envelope::whole(self.detail, pointer)
    }

    /// A string as one plain line, for people.
    pub(crate) fn line(&self, pointer: &str, max: usize) -> Option<String> {
        self.text(pointer).map(|text| text::line(text, max)).filter(|line| !line.is_empty())
    }
}

/// How the kind reads its target.
pub(crate) type ReadTarget = fn(&Event<'_>) -> Result<Target, Fault>;

/// Why an event gives no finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotRead {
    /// The event is not a finding that the responder can read. The clause gives the reason.
    Unreadable(String),
    Fault(Fault),
}

impl From<String> for NotRead {
    fn from(why: String) -> Self {
        Self::Unreadable(why)
    }
}

impl From<&str> for NotRead {
    fn from(why: &str) -> Self {
        Self::Unreadable(why.to_owned())
    }
}

impl From<Fault> for NotRead {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Reads an event of any source.
pub(crate) fn read(event: &Value, here: &Here, ours: Ours<'_>, target: ReadTarget) -> Result<Seen, NotRead> {
    let envelope = Envelope::read(event, here)?;
    match envelope.detail_type.as_str() {
        guardduty::DETAIL_TYPE => guardduty::read(&envelope, target),
        cloudtrail::DETAIL_TYPE => cloudtrail::read(&envelope, ours, target),
        config::DETAIL_TYPE => config::read(&envelope, target),
        access_analyzer::DETAIL_TYPE => access_analyzer::read(&envelope, target),
        kind if security_hub::DETAIL_TYPES.contains(&kind) => security_hub::read(&envelope, target),
        kind => {
            let kind = text::line(kind, 100);
            Err(format!("its detail type is `{kind}`, which the responder does not read").into())
        }
    }
}
