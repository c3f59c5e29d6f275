//! The differences between two states of IAM, for people.

use serde_json::{Map, Value};

/// A difference.
pub(super) struct Change {
    /// Such as `+ inline policy`.
    pub(super) what: String,
    /// The name, and its owner.
    pub(super) name: String,
    /// The new text, if it is a document.
    pub(super) document: Option<Value>,
}

/// The parts of an account that a response changes.
const PARTS: [&str; 4] = ["roles", "users", "groups", "policies"];

/// The members of a resource that are shown with words of their own.
const SHOWN: [&str; 6] = ["inline", "versions", "attached", "default", "boundary", "trust"];

/// The differences of everything that existed before, in the order of the account. The demonstration itself adds a second
/// role.
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
            boundary(of, was.get("boundary"), is.get("boundary"), &mut found);
            if was.get("trust") != is.get("trust") {
                let document = is.get("trust").cloned();
                found.push(Change { what: "~ trust policy".to_owned(), name: format!("of {of}"), document });
            }
            others(of, was, is, &mut found);
        }
    }
    found
}

/// Whether everything that existed before is as it was. IAM does not use the id of a version again, so the texts of versions
/// are compared, and not their ids.
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

fn boundary(of: &str, was: Option<&Value>, is: Option<&Value>, found: &mut Vec<Change>) {
    let (was, is) = (text(was), text(is));
    let (sign, name) = match (was, is) {
        _ if was == is => return,
        ("", arn) => ('+', format!("{arn} of {of}")),
        (arn, "") => ('-', format!("{arn} of {of}")),
        (was, is) => ('~', format!("{is} of {of}, was {was}")),
    };
    found.push(Change { what: format!("{sign} boundary"), name, document: None });
}

/// The differences that have no words of their own, so that no change goes unseen.
fn others(of: &str, was: &Value, is: &Value, found: &mut Vec<Change>) {
    for (member, was) in members(Some(was)).iter().filter(|(member, _)| !SHOWN.contains(&member.as_str())) {
        if let Some(is) = is.get(member).filter(|is| *is != was) {
            let name = format!("{is} of {of}, was {was}");
            found.push(Change { what: format!("~ {member}"), name, document: None });
        }
    }
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
    fn a_boundary_is_added_replaced_or_removed() {
        let with = |boundary: Value| json!({ "users": { "dana": { "boundary": boundary } } });
        let lines = |was: Value, is: Value| -> Vec<String> {
            let found = changes(&with(was), &with(is));
            found.iter().map(|change| format!("{} {}", change.what, change.name)).collect()
        };
        assert_eq!(lines(json!(null), json!("a")), ["+ boundary a of dana"]);
        assert_eq!(lines(json!("a"), json!("b")), ["~ boundary b of dana, was a"]);
        assert_eq!(lines(json!("a"), json!(null)), ["- boundary a of dana"]);
        assert_eq!(lines(json!("a"), json!("a")), [""; 0]);
    }

    #[test]
    fn a_difference_without_words_of_its_own_is_shown_as_it_is() {
        let with = |team: &str| json!({ "roles": { "web": { "tags": { "team": team } } } });
        let found = changes(&with("a"), &with("b"));
        let lines: Vec<String> = found.iter().map(|one| format!("{} {}", one.what, one.name)).collect();
        assert_eq!(lines, [r#"~ tags {"team":"b"} of web, was {"team":"a"}"#]);
    }

    #[test]
    fn every_sort_of_difference_is_shown() {
        let mut after = account();
        after["roles"]["web"] =
            json!({ "inline": { "read": { "y": 1 }, "deny": {} }, "attached": ["b"], "trust": { "x": 2 } });
        after["policies"]["arn:aws:iam::1:policy/p"] =
            json!({ "default": "v3", "versions": { "v2": "two", "v3": "three" } });
        let lines: Vec<String> = changes(&account(), &after)
            .iter()
            .map(|change| format!("{} {}", change.what, change.name))
            .collect();
        assert_eq!(
            lines,
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
        assert_eq!(changes(&account(), &after).len(), lines.len(), "new resources are not compared");
        assert!(changes(&account(), &account()).is_empty());
    }

    #[test]
    fn the_texts_of_versions_are_compared_and_not_their_ids() {
        let policy = |default: &str, versions: Value| json!({ "policies": { "p": { "default": default, "versions": versions } } });
        let before = policy("v2", json!({ "v1": "one", "v2": "two" }));
        assert!(restored(&before, &policy("v2", json!({ "v2": "two", "v4": "one" }))));
        assert!(!restored(&before, &policy("v4", json!({ "v2": "two", "v4": "one" }))));
        assert!(!restored(&before, &policy("v2", json!({ "v2": "two" }))));
    }
}
