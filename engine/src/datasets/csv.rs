//! Fields between delimiters, as Step Functions reads them. Its rules for quotes and backslashes are its own.
//!
//! Source: Step Functions developer guide, "ItemReader (Map)", the rules for text delimited files.

use serde_json::{Map, Value};

/// The records of a text. Lines with nothing on them are none.
pub(super) fn records(text: &str, delimiter: char) -> Vec<Vec<String>> {
    let mut reader = Reader { delimiter, ..Reader::default() };
    let mut characters = text.trim_start_matches('\u{feff}').chars().peekable();
    while let Some(character) = characters.next() {
        let next = characters.peek().copied();
        match character {
            // A backslash escapes itself, a quote and the delimiter. Before anything else it is left out.
            '\\' if next.is_some_and(|next| next == '\\' || next == '"' || next == delimiter) => {
                reader.field.extend(characters.next());
            }
            '\\' => {}
            '"' if reader.quoted && next == Some('"') => reader.field.extend(characters.next()),
            '"' if reader.quoted => reader.quoted = false,
            '"' if reader.field.is_empty() => {
                (reader.quoted, reader.has_quotes) = (true, true);
            }
            '\r' if !reader.quoted && next == Some('\n') => {}
            '\n' if !reader.quoted => reader.end_record(),
            character if character == reader.delimiter && !reader.quoted => reader.end_field(),
            character => reader.field.push(character),
        }
    }
    reader.end_record();
    reader.records
}

/// A record with the names of its fields. What it lacks is an empty text, and what has no name is left out.
pub(super) fn item(names: &[String], record: Vec<String>) -> Value {
    let fields = record.into_iter().map(Value::from).chain(std::iter::repeat_with(|| Value::from("")));
    Value::Object(names.iter().cloned().zip(fields).collect::<Map<_, _>>())
}

#[derive(Default)]
struct Reader {
    delimiter: char,
    records: Vec<Vec<String>>,
    record: Vec<String>,
    field: String,
    /// Whether what is read stands in quotes.
    quoted: bool,
    /// Whether the field has had quotes: then it is there, even if it is empty.
    has_quotes: bool,
}

impl Reader {
    fn end_field(&mut self) {
        self.record.push(std::mem::take(&mut self.field));
        self.has_quotes = false;
    }

    fn end_record(&mut self) {
        if self.record.is_empty() && self.field.is_empty() && !self.has_quotes {
            return;
        }
        self.end_field();
        self.records.push(std::mem::take(&mut self.record));
    }
}
