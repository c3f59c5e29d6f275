//! Fields between delimiters, as Step Functions reads them. Its rules for quotes and backslashes are its own.
//!
//! Source: Step Functions developer guide, "ItemReader (Map)", the rules for text delimited files.

use serde_json::{Map, Value};
use std::iter::Peekable;
use std::str::Chars;

/// The records of a text, each when it is asked for. Lines with nothing on them are none.
pub(super) fn records(text: &str, delimiter: char) -> Records<'_> {
    let characters = text.trim_start_matches('\u{feff}').chars().peekable();
    let (record, field) = (Vec::new(), String::new());
    Records { delimiter, characters, record, field, quoted: false, has_quotes: false }
}

/// A record with the names of its fields. What it lacks is an empty text, and what has no name is left out.
pub(super) fn item(names: &[String], record: Vec<String>) -> Value {
    let fields = record.into_iter().map(Value::from).chain(std::iter::repeat_with(|| Value::from("")));
    Value::Object(names.iter().cloned().zip(fields).collect::<Map<_, _>>())
}

pub(super) struct Records<'t> {
    delimiter: char,
    characters: Peekable<Chars<'t>>,
    record: Vec<String>,
    field: String,
    /// Whether what is read stands in quotes.
    quoted: bool,
    /// Whether the field has had quotes: then it is there, even if it is empty.
    has_quotes: bool,
}

impl Iterator for Records<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        while let Some(character) = self.characters.next() {
            let next = self.characters.peek().copied();
            match character {
                // A backslash escapes itself, a quote and the delimiter. Before anything else it is left out.
                '\\' if next.is_some_and(|next| next == '\\' || next == '"' || next == self.delimiter) => {
                    self.field.extend(self.characters.next());
                }
                '\\' => {}
                '"' if self.quoted && next == Some('"') => self.field.extend(self.characters.next()),
                '"' if self.quoted => self.quoted = false,
                '"' if self.field.is_empty() => {
                    (self.quoted, self.has_quotes) = (true, true);
                }
                '\r' if !self.quoted && next == Some('\n') => {}
                '\n' if !self.quoted => {
                    if let Some(record) = self.end_record() {
                        return Some(record);
                    }
                }
                character if character == self.delimiter && !self.quoted => self.end_field(),
                character => self.field.push(character),
            }
        }
        self.end_record()
    }
}

impl Records<'_> {
    fn end_field(&mut self) {
        self.record.push(std::mem::take(&mut self.field));
        self.has_quotes = false;
    }

    /// The record, unless there is nothing of one.
    fn end_record(&mut self) -> Option<Vec<String>> {
        if self.record.is_empty() && self.field.is_empty() && !self.has_quotes {
            return None;
        }
        self.end_field();
        Some(std::mem::take(&mut self.record))
    }
}
