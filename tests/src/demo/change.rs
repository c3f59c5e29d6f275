//! What is otherwise in one state of IAM than in another, as people say it.

use serde_json::{Map, Value};

/// One thing that is otherwise.
pub(super) struct Change {
    /// What it is, such as `+ inline policy`.
    pub(super) what: String,
    /// Its name, and whose it is.
    pub(super) name: String,
    /// What it says now, where it is a document.
    pub(super) document: Option<Value>,
}

/// The parts of an account that a response changes.
const PARTS: [&str; 4] = ["roles", "users", "groups", "policies"];

/// All that is otherwise about whom and what there was before, in the order of the account. The demonstration itself adds
/// a second role.
pub(super) fn changes(before: &Value, after: &Value) -> Vec<Change> {
    let mut found = Vec::new();
    for part in PARTS {
        let is = members(after.get(part));
        for (name, was) in &members(before.get(part)) {
            let is = is.get(name).unwrap_or(&Value::Null);
            let of = name.rsplit('/').next().unwrap_or(name);
            documents("inline policy", of, was.get("inline"), is.get("inline"), &mut found);
            documents("version", of, was.get("versions"), is.get("versions"), &mut found);
            list("attached policy", of, was.get("attached"), is.get("attached"), &mut found);
            if was.get("default") != is.get("default") {
                let word = |value: &Value| text(value.get("default")).to_owned();
                let name = format!("{} of {of}, was {}", word(is), word(was));
                found.push(Change { what: "~ default version".to_owned(), name, document: None });
            }
            if was.get("trust") != is.get("trust") {
                let document = is.get("trust").cloned();
                found.push(Change { what: "~ trust policy".to_owned(), name: format!("of {of}"), document });
            }
        }
    }
    found
}

/// Whether whom and what there was before is again what it was. IAM gives no id of a version twice, so what a version says
/// counts, and not how it is called.
pub(super) fn restored(before: &Value, after: &Value) -> bool {
    PARTS.iter().all(|part| {
        let is = without_ids(after.get(part));
        without_ids(before.get(part)).iter().all(|(name, was)| is.get(name) == Some(was))
    })
}

fn without_ids(part: Option<&Value>) -> Map<String, Value> {
    let mut part = members(part);
    for (_, holder) in part.iter_mut() {
        let versions = members(holder.get("versions"));
        let default = text(holder.get("default")).to_owned();
        if let (Some(holder), false) = (holder.as_object_mut(), versions.is_empty()) {
            let said = versions.get(&default).cloned().unwrap_or_default();
            let mut documents: Vec<String> = versions.values().map(Value::to_string).collect();
            documents.sort();
            holder.insert("default".to_owned(), said);
            holder.insert("versions".to_owned(), documents.into());
        }
    }
    part
}

fn documents(what: &str, of: &str, was: Option<&Value>, is: Option<&Value>, found: &mut Vec<Change>) {
    let (was, is) = (members(was), members(is));
    for (name, document) in is.iter().filter(|(name, document)| was.get(*name) != Some(document)) {
        let sign = if was.contains_key(name) { '~' } else { '+' };
        let name = format!("{name} of {of}");
        found.push(Change { what: format!("{sign} {what}"), name, document: Some(document.clone()) });
    }
    for name in was.keys().filter(|name| !is.contains_key(*name)) {
        found.push(Change { what: format!("- {what}"), name: format!("{name} of {of}"), document: None });
    }
}

fn list(what: &str, of: &str, was: Option<&Value>, is: Option<&Value>, found: &mut Vec<Change>) {
    let items = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
    let (was, is) = (items(was), items(is));
    let mut add = |sign: char, item: &Value| {
        let name = format!("{} of {of}", text(Some(item)));
        found.push(Change { what: format!("{sign} {what}"), name, document: None });
    };
    is.iter().filter(|item| !was.contains(item)).for_each(|item| add('+', item));
    was.iter().filter(|item| !is.contains(item)).for_each(|item| add('-', item));
}

fn members(value: Option<&Value>) -> Map<String, Value> {
    value.and_then(Value::as_object).cloned().unwrap_or_default()
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn account() -> Value {
        json!({
            "roles": { "web": { "inline": { "read": {} }, "attached": ["a"], "trust": { "x": 1 } } },
            "policies": { "arn:aws:iam::1:policy/p": { "default": "v2", "versions": { "v1": "one", "v2": "two" } } },
        })
    }

    #[test]
    fn every_kind_of_change_is_said() {
        let mut after = account();
        after["roles"]["web"] =
            json!({ "inline": { "read": { "y": 1 }, "deny": {} }, "attached": ["b"], "trust": { "x": 2 } });
        after["policies"]["arn:aws:iam::1:policy/p"] =
            json!({ "default": "v3", "versions": { "v2": "two", "v3": "three" } });
        let said: Vec<String> = changes(&account(), &after)
            .iter()
            .map(|change| format!("{} {}", change.what, change.name))
            .collect();
        assert_eq!(
            said,
            [
                "~ inline policy read of web",
                "+ inline policy deny of web",
                "+ attached policy b of web",
                "- attached policy a of web",
                "~ trust policy of web",
                "+ version v3 of p",
                "- version v1 of p",
                "~ default version v3 of p, was v2",
            ]
        );
        after["roles"]["another"] = json!({ "inline": { "read": {} } });
        assert_eq!(changes(&account(), &after).len(), said.len(), "what is new is not the response's");
        assert!(changes(&account(), &account()).is_empty());
    }

    #[test]
    fn what_a_version_says_counts_and_not_how_it_is_called() {
        let policy = |default: &str, versions: Value| json!({ "policies": { "p": { "default": default, "versions": versions } } });
        let before = policy("v2", json!({ "v1": "one", "v2": "two" }));
        assert!(restored(&before, &policy("v2", json!({ "v2": "two", "v4": "one" }))));
        assert!(!restored(&before, &policy("v4", json!({ "v2": "two", "v4": "one" }))));
        assert!(!restored(&before, &policy("v2", json!({ "v2": "two" }))));
    }
}
