//! A request to AWS, and the witness of a danger: the requests by which somebody would do the harm.

use crate::text::escape_lines;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The longest value that a sentence repeats.
const REPEATED: usize = 120;

/// The values of the condition keys of a request, by the key in lower case. A key that is not here is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Context(BTreeMap<String, Vec<String>>);

/// A call of one action.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Request {
    /// Such as `iam:PassRole`.
    pub action: String,
    /// The ARNs that the action acts on, `*` where it acts on none. AWS evaluates each of them on its own.
    pub resources: Vec<Resource>,
}

/// A resource of a request, with the context in which the policy allows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Resource {
    /// Its ARN.
    pub arn: String,
    /// The condition keys that the policy asks for, with values that satisfy it.
    #[serde(default, skip_serializing_if = "Context::is_empty")]
    pub context: Context,
}

/// The proof of a danger: these requests are allowed to this principal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Witness {
    /// The ARN of the principal, the account, or the subject of a token.
    pub principal: String,
    /// In order. Each of them is needed.
    pub requests: Vec<Request>,
}

impl Context {
    /// Sets the values of a key. No value at all is the empty set, which multivalued keys can hold.
    pub fn set(&mut self, key: &str, values: Vec<String>) {
        self.0.insert(key.to_ascii_lowercase(), values);
    }

    /// Takes the key out of the request.
    pub(super) fn remove(&mut self, key: &str) {
        self.0.remove(&key.to_ascii_lowercase());
    }

    /// The values of a key, if the request has it.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_ascii_lowercase()).map(Vec::as_slice)
    }

    /// The keys and their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.0.iter().map(|(key, values)| (key.as_str(), values.as_slice()))
    }

    /// Puts an account into the ARNs of which the policy leaves it open.
    pub(super) fn with_account(mut self, account: &str) -> Self {
        for value in self.0.values_mut().flatten().filter(|value| value.starts_with("arn:")) {
            let mut parts: Vec<&str> = value.splitn(6, ':').collect();
            if let Some(of) = parts.get_mut(4).filter(|of| **of == "example") {
                *of = account;
                *value = parts.join(":");
            }
        }
        self
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Witness {
    /// The witness as a sentence for people: "For example: …".
    pub fn sentence(&self) -> String {
        let requests: Vec<String> = self.requests.iter().map(Request::phrase).collect();
        format!("For example: {} calls {}.", shown(&self.principal), requests.join(", then "))
    }

    /// The value of a condition key in one of the requests.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        let resources = self.requests.iter().flat_map(|request| &request.resources);
        resources.filter_map(|resource| resource.context.get(key)?.first()).map(String::as_str).next()
    }
}

impl Request {
    fn phrase(&self) -> String {
        let mut with: Vec<String> = Vec::new();
        for (key, values) in self.resources.iter().flat_map(|resource| resource.context.iter()) {
            let phrase = format!("{key} = {}", shown(&values.join(", ")));
            if !with.contains(&phrase) {
                with.push(phrase);
            }
        }
        let with = if with.is_empty() { String::new() } else { format!(" with {}", with.join(" and ")) };
        let on: Vec<String> = self.resources.iter().map(|resource| shown(&resource.arn)).collect();
        let on =
            if on.iter().all(|arn| arn == "*") { String::new() } else { format!(" on {}", on.join(" and ")) };
        format!("{}{on}{with}", self.action)
    }
}

fn shown(text: &str) -> String {
    let short: String = text.chars().take(REPEATED).collect();
    escape_lines(&short).replace('\n', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_witness_reads_as_a_sentence() {
        let mut context = Context::default();
        context.set("iam:PassedToService", vec!["lambda.amazonaws.com".to_owned()]);
        let resource = |arn: &str, context: Context| Resource { arn: arn.to_owned(), context };
        let witness = Witness {
            principal: "arn:aws:iam::123456789012:role/example".to_owned(),
            requests: vec![
                Request {
                    action: "iam:PassRole".to_owned(),
                    resources: vec![resource("arn:aws:iam::123456789012:role/Admin", context)],
                },
                Request {
                    action: "lambda:CreateFunction".to_owned(),
                    resources: vec![resource("*", Context::default())],
                },
            ],
        };
        assert_eq!(
            witness.sentence(),
            "For example: arn:aws:iam::123456789012:role/example calls iam:PassRole on \
             arn:aws:iam::123456789012:role/Admin with iam:passedtoservice = lambda.amazonaws.com, \
             then lambda:CreateFunction."
        );
    }
}
