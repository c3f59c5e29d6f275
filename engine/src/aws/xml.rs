//! XML: written for `rest-xml`, read for all services that answer in it.

use super::body::Data;
use super::model::{Member, Model, Namespace, Shape};
use super::time::Format;
use std::fmt::Write as _;
use xmlparser::{ElementEnd, Token, Tokenizer};

/// How deep elements may lie in each other.
const MOST_LEVELS: usize = 200;

/// An element that was read. Names are without their prefixes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Element>,
    pub(super) text: String,
}

impl Element {
    /// The first child of a name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The first element of a name, however deep it lies.
    pub(super) fn find(&self, name: &str) -> Option<&Self> {
        self.child(name).or_else(|| self.children.iter().find_map(|child| child.find(name)))
    }
}

/// Reads a document: its outermost element.
pub(super) fn read(text: &str) -> Result<Element, String> {
    let mut open: Vec<Element> = vec![Element::default()];
    for token in Tokenizer::from(text) {
        match token.map_err(|error| error.to_string())? {
            Token::ElementStart { local, .. } => {
                if open.len() > MOST_LEVELS {
                    return Err("elements lie too deep in each other".to_owned());
                }
                open.push(Element { name: local.as_str().to_owned(), ..Element::default() });
            }
            Token::Attribute { local, value, .. } => {
                if let Some(element) = open.last_mut() {
                    element.attributes.push((local.as_str().to_owned(), unescaped(value.as_str())));
                }
            }
            Token::ElementEnd { end: ElementEnd::Open, .. } => {}
            Token::ElementEnd { .. } => {
                let Some(closed) = open.pop() else { break };
                match open.last_mut() {
                    Some(parent) => parent.children.push(closed),
                    None => return Err("an element is closed that was not open".to_owned()),
                }
            }
            Token::Text { text } => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(&unescaped(text.as_str()));
                }
            }
            Token::Cdata { text, .. } => {
                if let Some(element) = open.last_mut() {
                    element.text.push_str(text.as_str());
                }
            }
            _ => {}
        }
    }
    match open.as_mut_slice() {
        [document] => document.children.pop().ok_or_else(|| "there is no element".to_owned()),
        _ => Err("an element is not closed".to_owned()),
    }
}

fn unescaped(text: &str) -> String {
    let (mut plain, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        let named = after.split_once(';').and_then(|(name, after)| {
            let letter = match name {
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "quot" => '"',
                "apos" => '\'',
                other => {
                    let number = other.strip_prefix('#')?;
                    let code = match number.strip_prefix(['x', 'X']) {
                        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                        None => number.parse().ok()?,
                    };
                    char::from_u32(code)?
                }
            };
            Some((letter, after))
        });
        match named {
            Some((letter, after)) => {
                plain.push(letter);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '"' => safe.push_str("&quot;"),
            // A reader would take them for spaces.
            '\r' => safe.push_str("&#xD;"),
            '\n' => safe.push_str("&#xA;"),
            other => safe.push(other),
        }
    }
    safe
}

/// Writes data as an element of this name.
pub(super) fn write(model: &Model, name: &str, member: &Member, data: &Data) -> String {
    let mut text = String::new();
    let namespace = member.namespace.as_ref().or(model.shape(member).namespace.as_ref());
    element(&mut text, model, name, member, data, namespace);
    text
}

fn element(
    text: &mut String,
    model: &Model,
    name: &str,
    member: &Member,
    data: &Data,
    namespace: Option<&Namespace>,
) {
    let shape = model.shape(member);
    match data {
        Data::Structure(members) => {
            let of = |name: &str| shape.members.get(name);
            start(text, name, namespace.or(shape.namespace.as_ref()));
            for (key, value) in members {
                if let Some(attribute) = of(key).filter(|member| member.attribute == 1) {
                    let wire = attribute.wire.as_deref().unwrap_or(key);
                    let _ = write!(text, " {wire}=\"{}\"", escaped(&value.text(Format::Iso)));
                }
            }
            text.push('>');
            for (key, value) in members {
                if let Some(inner) = of(key).filter(|it| it.attribute == 0 && it.location.is_none()) {
                    let wire = inner.wire.as_deref().unwrap_or(key);
                    element(text, model, wire, inner, value, inner.namespace.as_ref());
                }
            }
            end(text, name);
        }
        Data::List(items) if shape.flattened == 1 || member.flattened == 1 => {
            for item in items {
                element(text, model, name, shape.value(), item, namespace);
            }
        }
        Data::List(items) => {
            start(text, name, namespace);
            text.push('>');
            let inner = shape.value().wire.as_deref().unwrap_or("member");
            for item in items {
                element(text, model, inner, shape.value(), item, None);
            }
            end(text, name);
        }
        Data::Map(entries) => map(text, model, (name, member, shape), entries),
        leaf => {
            start(text, name, namespace);
            let format = Format::of(member, shape, Format::Iso);
            let _ = write!(text, ">{}", escaped(&leaf.text(format)));
            end(text, name);
        }
    }
}

fn map(
    text: &mut String,
    model: &Model,
    (name, member, shape): (&str, &Member, &Shape),
    entries: &[(String, Data)],
) {
    let flat = shape.flattened == 1 || member.flattened == 1;
    if !flat {
        let _ = write!(text, "<{name}>");
    }
    let entry = if flat { name } else { "entry" };
    for (key, value) in entries {
        let key_name = shape.key().wire.as_deref().unwrap_or("key");
        let value_name = shape.value().wire.as_deref().unwrap_or("value");
        let _ = write!(text, "<{entry}><{key_name}>{}</{key_name}>", escaped(key));
        element(text, model, value_name, shape.value(), value, None);
        end(text, entry);
    }
    if !flat {
        end(text, name);
    }
}

/// The beginning of an element, open for attributes.
fn start(text: &mut String, name: &str, namespace: Option<&Namespace>) {
    let _ = write!(text, "<{name}");
    if let Some(Namespace { uri, prefix }) = namespace {
        let colon = if prefix.is_some() { ":" } else { "" };
        let _ = write!(text, " xmlns{colon}{}=\"{}\"", prefix.as_deref().unwrap_or_default(), escaped(uri));
    }
}

fn end(text: &mut String, name: &str) {
    let _ = write!(text, "</{name}>");
}
