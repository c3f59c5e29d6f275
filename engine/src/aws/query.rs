//! Forms: the protocols `query` and `ec2`.

use super::body::Data;
use super::model::{Kind, Member, Model, OperationModel, Protocol, Shape};
use super::time::Format;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What stays as it is in addresses and forms.
pub(crate) const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The form of a call.
pub(super) fn form(model: &Model, operation: &str, wire: &OperationModel, data: &Data) -> String {
    let mut form = Form { model, is_ec2: model.protocol == Protocol::Ec2, pairs: Vec::new() };
    form.pairs.push(("Action".to_owned(), operation.to_owned()));
    form.pairs.push(("Version".to_owned(), model.version.clone()));
    if let Some(input) = &wire.input {
        form.add("", input, data);
    }
    let encoded = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
    let pairs = form.pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

struct Form<'m> {
    model: &'m Model,
    is_ec2: bool,
    pairs: Vec<(String, String)>,
}

impl Form<'_> {
    fn add(&mut self, name: &str, member: &Member, data: &Data) {
        let shape = self.model.shape(member);
        match data {
            Data::Structure(members) => {
                for (key, value) in members {
                    if let Some(of) = shape.members.get(key) {
                        // A list that is empty has no elements whose name it could have.
                        let is_empty = matches!(value, Data::List(items) if items.is_empty());
                        let own = || of.wire.clone().unwrap_or_else(|| key.clone());
                        let of_element = self.name_of(key, of);
                        let inner = joined(name, &if is_empty { own() } else { of_element });
                        self.add(&inner, of, value);
                    }
                }
            }
            Data::List(items) if items.is_empty() && !self.is_ec2 => {
                self.pairs.push((name.to_owned(), String::new()));
            }
            Data::List(items) => {
                let base = self.base_of_list(name, member, shape);
                for (n, item) in items.iter().enumerate() {
                    self.add(&format!("{base}.{}", n + 1), shape.value(), item);
                }
            }
            Data::Map(entries) => {
                let flat = shape.flattened == 1 || member.flattened == 1;
                let base = if flat { name.to_owned() } else { format!("{name}.entry") };
                let key_name = shape.key().wire.as_deref().unwrap_or("key").to_owned();
                let value_name = shape.value().wire.as_deref().unwrap_or("value").to_owned();
                for (n, (key, value)) in entries.iter().enumerate() {
                    self.pairs.push((format!("{base}.{}.{key_name}", n + 1), key.clone()));
                    self.add(&format!("{base}.{}.{value_name}", n + 1), shape.value(), value);
                }
            }
            leaf => {
                self.pairs.push((name.to_owned(), leaf.text(Format::of(member, shape, Format::Iso))));
            }
        }
    }

    fn name_of(&self, key: &str, member: &Member) -> String {
        let wire = member.wire.as_deref();
        if !self.is_ec2 {
            // A flattened list is called as its elements are.
            let shape = self.model.shape(member);
            if shape.kind == Kind::List
                && (shape.flattened == 1 || member.flattened == 1)
                && let Some(element) = &shape.value().wire
            {
                return element.clone();
            }
            return wire.unwrap_or(key).to_owned();
        }
        let capitalized = |text: &str| {
            let mut letters = text.chars();
            let first = letters.next().map(|first| first.to_ascii_uppercase());
            first.into_iter().chain(letters).collect::<String>()
        };
        member.query.clone().or_else(|| wire.map(capitalized)).unwrap_or_else(|| key.to_owned())
    }

    fn base_of_list(&self, name: &str, member: &Member, shape: &Shape) -> String {
        if self.is_ec2 || shape.flattened == 1 || member.flattened == 1 {
            return name.to_owned();
        }
        format!("{name}.{}", shape.value().wire.as_deref().unwrap_or("member"))
    }
}

fn joined(before: &str, name: &str) -> String {
    if before.is_empty() { name.to_owned() } else { format!("{before}.{name}") }
}
