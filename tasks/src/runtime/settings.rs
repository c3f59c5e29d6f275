//! The environment variables of a task, read once when it starts.

use contract::Fault;
use serde::Serialize;
use std::collections::HashMap;

/// An environment variable that has a default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The name of the variable.
    pub name: &'static str,
    /// The value if the variable is not set, or is set to nothing.
    pub default: &'static str,
    /// What it decides, in one sentence for operators.
    pub meaning: &'static str,
}

/// The values of a task's environment variables, by name.
pub(crate) type Settings = HashMap<&'static str, String>;

/// Reads the variables that a task requires and those that have a default. The fault names every required variable that
/// is missing or empty.
pub(super) fn read(
    required: &[&'static str],
    optional: &[Setting],
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Settings, Fault> {
    let value = |name: &str| variable(name).filter(|value| !value.is_empty());
    let missing: Vec<&str> = required.iter().copied().filter(|name| value(name).is_none()).collect();
    match missing.as_slice() {
        [] => {}
        [one] => return Err(Fault::misconfigured(one, "must be set")),
        [one, others @ ..] => {
            let why = format!("must be set, and so must `{}`", others.join("`, `"));
            return Err(Fault::misconfigured(one, why));
        }
    }
    let required = required.iter().filter_map(|name| Some((*name, value(name)?)));
    let optional = optional
        .iter()
        .map(|setting| (setting.name, value(setting.name).unwrap_or_else(|| setting.default.to_owned())));
    Ok(required.chain(optional).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_missing_variable_is_named_at_once() {
        let variable = |name: &str| match name {
            "CASE_TABLE" => Some("cases".to_owned()),
            "TOPIC_ARN" => Some(String::new()),
            _ => None,
        };
        let fault = read(&["CASE_TABLE", "TOPIC_ARN", "EXECUTION_LINK"], &[], variable).unwrap_err();
        assert_eq!(fault.name(), "Misconfigured");
        assert_eq!(fault.to_string(), "the setting `TOPIC_ARN` must be set, and so must `EXECUTION_LINK`");
        let fault = read(&["CASE_TABLE", "EXECUTION_LINK"], &[], variable).unwrap_err();
        assert_eq!(fault.to_string(), "the setting `EXECUTION_LINK` must be set");
    }

    #[test]
    fn a_variable_that_is_unset_or_empty_has_its_default() {
        let setting = |name, default| Setting { name, default, meaning: "Anything." };
        let variable = |name: &str| match name {
            "SET" => Some("2".to_owned()),
            "EMPTY" | "KNOWN_ACCOUNTS" => Some(String::new()),
            _ => None,
        };
        let optional = [
            setting("SET", "1"),
            setting("EMPTY", "1"),
            setting("UNSET", "1"),
            setting("KNOWN_ACCOUNTS", ""),
        ];
        let settings = read(&[], &optional, variable).unwrap();
        let value = |name| settings.get(name).map(String::as_str);
        assert_eq!((value("SET"), value("EMPTY"), value("UNSET")), (Some("2"), Some("1"), Some("1")));
        assert_eq!(value("KNOWN_ACCOUNTS"), Some(""));
    }
}
