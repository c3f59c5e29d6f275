//! What is wrong with a text that should be JSON, in the words of Jackson, AWS's parser.
//!
//! Source: the messages that AWS was seen to answer (`Unrecognized token 'not': was expecting (JSON String, ...)`,
//! `Unexpected character (''' (code 39)): was expecting double-quote to start field name`), and for the others Jackson's
//! own words, as `ReaderBasedJsonParser` has them.

use serde_json::Value;
use std::iter::Peekable;
use std::str::Chars;

/// The values that there can be, as Jackson lists them.
const VALUES: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

/// How much of a text is said again where a place in it is named, and how much of a token.
const MOST_SOURCE: usize = 500;
const MOST_TOKEN: usize = 256;

/// Says what is wrong, if anything is.
pub(crate) fn of(text: &str) -> Option<String> {
    let error = serde_json::from_str::<Value>(text).err()?;
    let mut reader = Reader { text, rest: text.chars().peekable(), line: 1, column: 0, open: Vec::new() };
    // What Jackson can read and we cannot is said in our own parser's words.
    Some(reader.document().err().unwrap_or_else(|| error.to_string()))
}

/// An object or an array that is not closed yet, and where it begins.
#[derive(Clone, Copy)]
struct Open {
    is_object: bool,
    /// Whether nothing was in it so far.
    is_empty: bool,
    line: usize,
    column: usize,
}

impl Open {
    fn name(self) -> &'static str {
        if self.is_object { "Object" } else { "Array" }
    }

    fn end(self) -> char {
        if self.is_object { '}' } else { ']' }
    }
}

struct Reader<'t> {
    text: &'t str,
    rest: Peekable<Chars<'t>>,
    line: usize,
    /// The column of the character that was read last, from 1.
    column: usize,
    open: Vec<Open>,
}

type Read<T = ()> = Result<T, String>;

impl Reader<'_> {
    /// Reads all of it. It ends with what is wrong, or without a word where nothing is.
    fn document(&mut self) -> Read {
        self.value()?;
        while let Some(open) = self.open.last().copied() {
            let Some(c) = self.next_token()? else {
                let (name, start) = (open.name(), self.place(open.line, open.column));
                return Err(format!(
                    "Unexpected end-of-input: expected close marker for {name} (start marker at {start})"
                ));
            };
            match c {
                '}' | ']' => self.close(c)?,
                ',' if !open.is_empty => {
                    let c = self.next_token()?.ok_or_else(|| self.end_within())?;
                    self.entry(c)?;
                }
                _ if open.is_empty => self.entry(c)?,
                _ => {
                    let name = open.name();
                    return Err(unexpected(c, &format!("was expecting comma to separate {name} entries")));
                }
            }
        }
        match self.next_token()? {
            Some(c) => {
                self.value_from(c)?;
                Err(unexpected(c, &format!("expected a valid value {VALUES}")))
            }
            None => Ok(()),
        }
    }

    /// A value. Of an object and of an array that is where it opens; what is inside of it comes next.
    fn value(&mut self) -> Read {
        match self.next_token()? {
            Some(c) => self.value_from(c),
            None if self.open.is_empty() => Err("No content to map due to end-of-input".to_owned()),
            None => Err(self.end_within()),
        }
    }

    fn value_from(&mut self, c: char) -> Read {
        match c {
            '"' => self.string("string value", ": was expecting closing quote for a string value"),
            '{' | '[' => {
                let (line, column) = (self.line, self.column);
                self.open.push(Open { is_object: c == '{', is_empty: true, line, column });
                Ok(())
            }
            '}' | ']' if self.open.is_empty() => self.close(c),
            '}' => Err(unexpected(c, "expected a value")),
            '-' => match self.next() {
                Some(c) if c.is_ascii_digit() => self.number(c),
                Some(c) => {
                    Err(no_number(c, "expected digit (0-9) to follow minus sign, for valid numeric value"))
                }
                None => Err("Unexpected end-of-input: No digit following minus sign".to_owned()),
            },
            c if c.is_ascii_digit() => self.number(c),
            c if is_part_of_token(c) => self.token(c),
            c => Err(unexpected(c, &format!("expected a valid value {VALUES}"))),
        }
    }

    /// A member of an object or an item of an array, from its first character on.
    fn entry(&mut self, c: char) -> Read {
        let Some(open) = self.open.last_mut() else { return self.value_from(c) };
        open.is_empty = false;
        if !open.is_object {
            return self.value_from(c);
        }
        if c != '"' {
            return Err(unexpected(c, "was expecting double-quote to start field name"));
        }
        self.string("name", " in field name")?;
        match self.next_token()? {
            Some(':') => self.value(),
            Some(c) => Err(unexpected(c, "was expecting a colon to separate field name and value")),
            None => Err(self.end_within()),
        }
    }

    fn close(&mut self, c: char) -> Read {
        match self.open.pop() {
            Some(open) if open.end() == c => Ok(()),
            Some(open) => Err(format!(
                "Unexpected close marker '{c}': expected '{}' (for {} starting at {})",
                open.end(),
                open.name(),
                self.place(open.line, open.column)
            )),
            None => Err(format!(
                "Unexpected close marker '{c}': expected '{}' (for root starting at {})",
                if c == '}' { ']' } else { '}' },
                self.place(1, 0)
            )),
        }
    }

    fn string(&mut self, what: &str, end: &str) -> Read {
        loop {
            match self.next() {
                None => return Err(format!("Unexpected end-of-input{end}")),
                Some('"') => return Ok(()),
                Some('\\') => self.escape()?,
                Some(c) if c < ' ' => {
                    return Err(format!(
                        "Illegal unquoted character ({}): has to be escaped using backslash to be included in {what}",
                        shown(c)
                    ));
                }
                Some(_) => {}
            }
        }
    }

    fn escape(&mut self) -> Read {
        let end = || "Unexpected end-of-input in character escape sequence".to_owned();
        match self.next().ok_or_else(end)? {
            'b' | 't' | 'n' | 'f' | 'r' | '"' | '/' | '\\' => Ok(()),
            'u' => {
                for _ in 0..4 {
                    let c = self.next().ok_or_else(end)?;
                    if !c.is_ascii_hexdigit() {
                        return Err(unexpected(c, "expected a hex-digit for character escape sequence"));
                    }
                }
                Ok(())
            }
            c => Err(format!("Unrecognized character escape {}", shown(c))),
        }
    }

    /// A number, from its first digit on.
    fn number(&mut self, first: char) -> Read {
        if first == '0' && self.rest.peek().is_some_and(char::is_ascii_digit) {
            return Err("Invalid numeric value: Leading zeroes not allowed".to_owned());
        }
        self.digits();
        if self.rest.next_if_eq(&'.').is_some() {
            self.column += 1;
            let follows = self.rest.peek().copied().unwrap_or('\0');
            if !follows.is_ascii_digit() {
                return Err(no_number(follows, "Decimal point not followed by a digit"));
            }
            self.digits();
        }
        if self.rest.next_if(|c| matches!(c, 'e' | 'E')).is_some() {
            self.column += 1;
            if self.rest.next_if(|c| matches!(c, '+' | '-')).is_some() {
                self.column += 1;
            }
            let follows = self.rest.peek().copied().unwrap_or('\0');
            if !follows.is_ascii_digit() {
                return Err(no_number(follows, "Exponent indicator not followed by a digit"));
            }
            self.digits();
        }
        match self.rest.peek() {
            Some(c) if self.open.is_empty() && !is_blank(*c) => {
                Err(unexpected(*c, "Expected space separating root-level values"))
            }
            _ => Ok(()),
        }
    }

    fn digits(&mut self) {
        while self.rest.next_if(char::is_ascii_digit).is_some() {
            self.column += 1;
        }
    }

    /// `true`, `false`, `null`, or what stands in their place.
    fn token(&mut self, first: char) -> Read {
        let mut token = String::from(first);
        while let Some(c) = self.rest.next_if(|c| is_part_of_token(*c) || c.is_ascii_digit()) {
            token.push(c);
            self.column += 1;
        }
        if matches!(token.as_str(), "true" | "false" | "null") {
            return Ok(());
        }
        if matches!(token.as_str(), "NaN" | "Infinity") {
            return Err(format!(
                "Non-standard token '{token}': enable JsonParser.Feature.ALLOW_NON_NUMERIC_NUMBERS to allow"
            ));
        }
        if let Some((end, _)) = token.char_indices().nth(MOST_TOKEN) {
            token.truncate(end);
            token.push_str("...");
        }
        Err(format!("Unrecognized token '{token}': was expecting {VALUES}"))
    }

    /// The next character that is not white space.
    fn next_token(&mut self) -> Read<Option<char>> {
        loop {
            match self.next() {
                Some(c) if is_blank(c) => {}
                Some('/') => {
                    let why = "maybe a (non-standard) comment? (not recognized as one since Feature 'ALLOW_COMMENTS' not enabled for parser)";
                    return Err(unexpected('/', why));
                }
                Some(c) if c < ' ' => {
                    return Err(format!(
                        r"Illegal character ({}): only regular white space (\r, \n, \t) is allowed between tokens",
                        shown(c)
                    ));
                }
                other => return Ok(other),
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' || c == '\r' && self.rest.peek() != Some(&'\n') {
            self.line += 1;
            self.column = 0;
        } else {
            self.column += c.len_utf16();
        }
        Some(c)
    }

    fn end_within(&self) -> String {
        let name = self.open.last().map_or("root", |open| open.name());
        format!("Unexpected end-of-input within/between {name} entries")
    }

    fn place(&self, line: usize, column: usize) -> String {
        let shown: String = self.text.chars().take(MOST_SOURCE).collect();
        let left = self.text.chars().count().saturating_sub(MOST_SOURCE);
        let left = if left == 0 { String::new() } else { format!("[truncated {left} chars]") };
        format!("[Source: (String)\"{shown}\"{left}; line: {line}, column: {column}]")
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

fn is_part_of_token(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '$'
}

fn unexpected(c: char, why: &str) -> String {
    format!("Unexpected character ({}): {why}", shown(c))
}

fn no_number(c: char, why: &str) -> String {
    format!("Unexpected character ({}) in numeric value: {why}", shown(c))
}

/// A character as Jackson shows it.
fn shown(c: char) -> String {
    let code = u32::from(c);
    match code {
        _ if c.is_control() => format!("(CTRL-CHAR, code {code})"),
        0x100.. => format!("'{c}' (code {code} / 0x{code:x})"),
        _ => format!("'{c}' (code {code})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each case is a text and what is wrong with it; nothing where it can be read.
    #[test]
    fn errors_are_in_the_words_of_aws() {
        let cases: Vec<(String, Option<String>)> =
            serde_json::from_str(include_str!("parse_error.json")).unwrap();
        assert!(cases.len() > 30, "the cases are missing");
        for (text, why) in cases {
            assert_eq!(of(&text), why, "{text}");
        }
    }

    #[test]
    fn long_texts_are_not_said_again_whole() {
        let why = of(&format!("[\"{}\"", "x".repeat(600))).unwrap();
        assert!(why.ends_with("x\"[truncated 103 chars]; line: 1, column: 1])"), "{why}");
        assert_eq!(of(&"x".repeat(300)).unwrap().matches('x').count(), 256 + 1, "one is in `expecting`");
    }

    #[test]
    fn deep_texts_are_read() {
        assert!(of(&"[".repeat(100_000)).is_some());
        assert!(of(&"{\"a\":".repeat(100_000)).is_some());
    }

    proptest::proptest! {
        #[test]
        fn whatever_our_parser_takes_is_fine(text in r#"[\[\]{}",:0-9.eE+\-truefalsn\\ \n/ä]{0,12}"#) {
            assert_eq!(of(&text).is_none(), serde_json::from_str::<Value>(&text).is_ok());
        }
    }
}
