//! The members that every event has, and how its strings are read.

use crate::aws::Here;
use crate::names::{is_account, is_word};
use crate::text;
use aws_lambda_events::event::eventbridge::EventBridgeEvent;
use serde_json::Value;

/// An event. What it leaves out is filled in from the home account.
pub(crate) struct Envelope {
    pub(crate) detail_type: String,
    pub(crate) id: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    pub(crate) detail: Value,
    pub(crate) here: Here,
}

impl Envelope {
    pub(crate) fn read(event: &Value, here: &Here) -> Result<Self, String> {
        let event: EventBridgeEvent<Value> = serde_json::from_value(event.clone())
            .map_err(|error| format!("it is not an EventBridge event: {error}"))?;
        Ok(Self {
            detail_type: event.detail_type,
            id: event.id,
            account: event.account,
            region: event.region,
            detail: event.detail,
            here: here.clone(),
        })
    }

    /// The first of these members of the detail that there is, or else the event's own account; twelve digits.
    pub(crate) fn account(&self, pointers: &[&str]) -> Result<String, String> {
        self.account_of(&self.detail, pointers)
    }

    /// The same of one finding in the detail.
    pub(crate) fn account_of(&self, finding: &Value, pointers: &[&str]) -> Result<String, String> {
        let said = pointers.iter().find_map(|pointer| string(finding, pointer, 32));
        let account = said.or_else(|| self.account.clone()).ok_or("its finding names no account")?;
        if is_account(&account) {
            Ok(account)
        } else {
            Err(format!("its account `{}` is not twelve digits", text::line(&account, 32)))
        }
    }

    /// The region in this member of the detail, or else the event's, or else the task's.
    pub(crate) fn region(&self, pointer: &str) -> Result<String, String> {
        self.region_of(&self.detail, pointer)
    }

    /// The same of one finding in the detail.
    pub(crate) fn region_of(&self, finding: &Value, pointer: &str) -> Result<String, String> {
        let said = string(finding, pointer, 64).or_else(|| self.region.clone());
        let region = said.unwrap_or_else(|| self.here.region.clone());
        if is_word(&region) {
            Ok(region)
        } else {
            Err(format!("`{}` is not a region", text::line(&region, 64)))
        }
    }
}

/// A string of the event, cut at `max` characters; an empty one counts as missing.
pub(crate) fn string(value: &Value, pointer: &str, max: usize) -> Option<String> {
    whole(value, pointer).map(|text| text::cut(text, max))
}

/// A string of the event, in full: a name or an id that was cut would name something else.
pub(crate) fn whole<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty())
}
