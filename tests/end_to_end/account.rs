//! The account as local AWS shows it, independent of the outputs of the workflow.

use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A look at an account.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Account(pub(crate) Value);

impl Account {
    fn at(&self, path: &[&str]) -> &Value {
        path.iter().try_fold(&self.0, |value, name| value.get(name)).unwrap_or(&Value::Null)
    }

    /// Every role, by its name.
    pub(crate) fn roles(&self) -> &Value {
        self.at(&["roles"])
    }

    /// The roles but one.
    pub(crate) fn roles_but(&self, role: &str) -> Map<String, Value> {
        let mut roles = self.roles().as_object().cloned().unwrap_or_default();
        roles.remove(role);
        roles
    }

    /// The inline policies of a role, by their names.
    pub(crate) fn inline(&self, role: &str) -> Map<String, Value> {
        self.at(&["roles", role, "inline"]).as_object().cloned().unwrap_or_default()
    }

    /// The containments on a role: the policies of which the name says so.
    pub(crate) fn containments(&self, role: &str) -> Vec<String> {
        self.inline(role).keys().filter(|name| name.starts_with("redress-contain-")).cloned().collect()
    }

    /// A finding in Security Hub: `workflow`, `note`, `userDefinedFields`.
    pub(crate) fn finding(&self, arn: &str) -> &Value {
        self.at(&["findings", arn])
    }

    /// The text of a finding's note.
    pub(crate) fn note(&self, arn: &str) -> &str {
        self.at(&["findings", arn, "note", "text"]).as_str().unwrap_or_default()
    }

    /// A record of the case table.
    pub(crate) fn record(&self, partition: &str, sort: &str) -> &Value {
        self.at(&["cases", partition, sort])
    }

    /// The whole case table.
    pub(crate) fn cases(&self) -> Map<String, Value> {
        self.at(&["cases"]).as_object().cloned().unwrap_or_default()
    }

    /// The messages about a case, in order: the part of the subject between the case and the target.
    pub(crate) fn told(&self, case: &str) -> Vec<String> {
        let mark = format!("[redress {case}] ");
        let subjects = self.messages().into_iter().map(|(subject, _)| subject);
        let what =
            subjects.filter_map(|subject| Some(subject.strip_prefix(&mark)?.split(':').next()?.to_owned()));
        what.collect()
    }

    /// The body of the message about a case that says this in its subject.
    pub(crate) fn body(&self, case: &str, what: &str) -> String {
        let mark = format!("[redress {case}] {what}");
        let mut messages = self.messages().into_iter();
        messages.find(|(subject, _)| subject.starts_with(&mark)).map(|(_, body)| body).unwrap_or_default()
    }

    /// Subject and body of every message.
    pub(crate) fn messages(&self) -> Vec<(String, String)> {
        let text = |message: &Value, name: &str| {
            message.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let messages = self.at(&["messages"]).as_array().into_iter().flatten();
        messages.map(|message| (text(message, "subject"), text(message, "body"))).collect()
    }

    /// The names of the roles that are otherwise than in another look.
    pub(crate) fn roles_changed_since(&self, before: &Self) -> BTreeSet<String> {
        let (was, is) = (before.roles_but(""), self.roles_but(""));
        let names = was.keys().chain(is.keys());
        names.filter(|name| was.get(*name) != is.get(*name)).cloned().collect()
    }
}
