//! What requests of the weighed actions look like: the types of resources that an action wants, and the condition keys
//! that its requests can have. It is data: `requests.txt`, made by `generate_requests.py`.

use super::resource::Format;
use super::table::BrokenTable;
use std::collections::{BTreeMap, BTreeSet};

/// What the requests of an action look like.
#[derive(Debug, Default)]
pub(super) struct RequestShape {
    pub(super) types: Vec<ResourceType>,
    /// The condition keys of the service, in lower case. One that ends with `/` is followed by a name.
    keys: BTreeSet<&'static str>,
}

/// A type of resources that an action acts on.
#[derive(Debug)]
pub(super) struct ResourceType {
    pub(super) name: &'static str,
    pub(super) required: bool,
    pub(super) format: Format,
}

/// What `requests.txt` holds, by the action in lower case.
#[derive(Debug)]
pub(super) struct RequestTable(BTreeMap<String, RequestShape>);

impl RequestTable {
    pub(super) fn read(text: &'static str) -> Result<Self, BrokenTable> {
        let lines = text.lines().enumerate().filter(|(_, line)| !line.starts_with('#'));
        let broken = |index| BrokenTable {
            file: "requests.txt",
            why: format!("line {}: it is not ACTION TYPE=FORMAT … | KEY …", index + 1),
        };
        let read = |(index, line)| shape(line).ok_or_else(|| broken(index));
        Ok(Self(lines.map(read).collect::<Result<_, _>>()?))
    }

    /// The shape of the requests of an action, given in lower case, where it is weighed.
    pub(super) fn find(&self, action: &str) -> Option<&RequestShape> {
        self.0.get(action)
    }
}

fn shape(line: &'static str) -> Option<(String, RequestShape)> {
    let (head, keys) = line.split_once('|')?;
    let mut words = head.split_whitespace();
    let action = words.next().filter(|action| action.contains(':'))?;
    let types = words.map(resource_type).collect::<Option<_>>()?;
    Some((action.to_ascii_lowercase(), RequestShape { types, keys: keys.split_whitespace().collect() }))
}

fn resource_type(word: &'static str) -> Option<ResourceType> {
    let (name, format) = word.split_once('=')?;
    let bare = name.strip_suffix('!');
    Some(ResourceType { name: bare.unwrap_or(name), required: bare.is_some(), format: Format::read(format)? })
}

impl RequestShape {
    /// Whether requests of the action can have this key, given in lower case.
    pub(super) fn has(&self, key: &str) -> bool {
        self.keys.iter().any(|known| match known.strip_suffix('/') {
            Some(family) => key.split_once('/').is_some_and(|(head, _)| family.eq_ignore_ascii_case(head)),
            None => known.eq_ignore_ascii_case(key),
        })
    }
}
