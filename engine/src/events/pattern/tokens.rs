//! JSON as EventBridge's own parser reads a pattern: token by token, with its words for what is no JSON, and with the
//! place that it has come to. A tree would have lost doubled keys and the places.
//!
//! Source: recorded answers of `TestEventPattern`; the words and the places are those of Jackson, which it reads with.

use super::InvalidPattern;

pub(super) type Read<T> = Result<T, InvalidPattern>;

/// How deep objects and arrays may lie in each other.
const MOST_LEVELS: usize = 500;

/// How many characters of a pattern an error quotes.
const MOST_QUOTED: usize = 500;

const VALUES: &str = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    ObjectStart,
    ObjectEnd,
    ArrayStart,
    ArrayEnd,
    /// The name of a field. Its value has been begun.
    Field(String),
    /// A string, of which only the quotation mark has been read (`Tokens::text` reads on).
    Text,
    Number(String),
    True,
    False,
    Null,
    /// There is nothing more.
    End,
}

pub(super) struct Tokens<'t> {
    text: &'t str,
    at: usize,
    /// The objects and arrays that are open: whether it is an object, where it began, and whether it has something in it.
    open: Vec<(bool, usize, bool)>,
    /// The value of the field whose name was read last.
    pending: Option<Token>,
    in_string: bool,
}

impl<'t> Tokens<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, at: 0, open: Vec::new(), pending: None, in_string: false }
    }

    /// An error at the place that was come to.
    pub(super) fn fault<T>(&self, reason: impl Into<String>) -> Read<T> {
        self.fault_at(reason, self.at)
    }

    fn fault_at<T>(&self, reason: impl Into<String>, at: usize) -> Read<T> {
        Err(InvalidPattern { reason: format!("{}\n at {}", reason.into(), self.place(at)) })
    }

    fn place(&self, at: usize) -> String {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().encode_utf16().count() + 1;
        let (quoted, rest) = match self.text.char_indices().nth(MOST_QUOTED) {
            Some((end, _)) => self.text.split_at(end),
            None => (self.text, ""),
        };
        let cut = match rest.chars().count() {
            0 => String::new(),
            more => format!("[truncated {more} chars]"),
        };
        format!("[Source: (String)\"{quoted}\"{cut}; line: {line}, column: {column}]")
    }

    pub(super) fn next(&mut self) -> Read<Token> {
        if let Some(token) = self.pending.take() {
            return Ok(token);
        }
        if self.in_string {
            self.text()?;
        }
        self.skip_space();
        let Some(&(is_object, began, has_items)) = self.open.last() else {
            return if self.peek().is_none() { Ok(Token::End) } else { self.value() };
        };
        let Some(mut letter) = self.peek() else { return self.cut_off(is_object, began) };
        if matches!(letter, '}' | ']') {
            return self.close(letter, is_object, began);
        }
        if has_items {
            if letter != ',' {
                let what = if is_object { "Object" } else { "Array" };
                return self.unexpected(letter, &format!("was expecting comma to separate {what} entries"));
            }
            self.at += 1;
            self.skip_space();
            match self.peek() {
                None => return self.cut_off(is_object, began),
                Some(after) => letter = after,
            }
        }
        if let Some(level) = self.open.last_mut() {
            level.2 = true;
        }
        if !is_object {
            return self.value();
        }
        if letter != '"' {
            return self.unexpected(letter, "was expecting double-quote to start field name");
        }
        self.at += 1;
        self.in_string = true;
        let name = self.text()?;
        self.skip_space();
        match self.peek() {
            Some(':') => self.at += 1,
            Some(other) => {
                return self.unexpected(other, "was expecting a colon to separate field name and value");
            }
            None => return self.cut_off(is_object, began),
        }
        self.skip_space();
        if self.peek().is_none() {
            return self.cut_off(is_object, began);
        }
        self.pending = Some(self.value()?);
        Ok(Token::Field(name))
    }

    /// The string whose quotation mark was read.
    pub(super) fn text(&mut self) -> Read<String> {
        let mut text = String::new();
        if !std::mem::take(&mut self.in_string) {
            return Ok(text);
        }
        loop {
            let Some(letter) = self.peek() else {
                return self.fault("Unexpected end-of-input: was expecting closing quote for a string value");
            };
            self.at += letter.len_utf8();
            match letter {
                '"' => return Ok(text),
                '\\' => text.push(self.escape()?),
                control if u32::from(control) < 0x20 => {
                    return self.fault(format!(
                        "Illegal unquoted character ((CTRL-CHAR, code {})): has to be escaped using backslash to be included in string value",
                        u32::from(control)
                    ));
                }
                other => text.push(other),
            }
        }
    }

    fn escape(&mut self) -> Read<char> {
        let Some(letter) = self.peek() else {
            return self.fault("Unexpected end-of-input in character escape sequence");
        };
        self.at += letter.len_utf8();
        Ok(match letter {
            '"' | '\\' | '/' => letter,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let high = self.hex()?;
                let low = if (0xD800..0xDC00).contains(&high)
                    && self.text.get(self.at..).is_some_and(|rest| rest.starts_with("\\u"))
                {
                    self.at += 2;
                    Some(self.hex()?)
                } else {
                    None
                };
                // Half of a pair stands for nothing that a pattern or an event could hold.
                char::decode_utf16([high].into_iter().chain(low))
                    .next()
                    .and_then(Result::ok)
                    .unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            other => {
                return self
                    .fault(format!("Unrecognized character escape '{other}' (code {})", u32::from(other)));
            }
        })
    }

    fn hex(&mut self) -> Read<u16> {
        let digits = self.text.get(self.at..self.at + 4);
        let number = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        match number {
            Some(number) => {
                self.at += 4;
                Ok(number)
            }
            None => self.fault("expected a hex-digit for character escape sequence"),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(' ' | '\n' | '\r' | '\t')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Read<Token> {
        let Some(letter) = self.peek() else { return Ok(Token::End) };
        match letter {
            '{' | '[' => {
                if self.open.len() >= MOST_LEVELS {
                    return self.fault(format!(
                        "Document nesting depth ({}) exceeds the maximum allowed ({MOST_LEVELS})",
                        MOST_LEVELS + 1
                    ));
                }
                self.open.push((letter == '{', self.at, false));
                self.at += 1;
                Ok(if letter == '{' { Token::ObjectStart } else { Token::ArrayStart })
            }
            '"' => {
                self.at += 1;
                self.in_string = true;
                Ok(Token::Text)
            }
            '-' | '0'..='9' => self.number(),
            other if other.is_alphabetic() || other == '_' || other == '$' => self.word(),
            other => self.unexpected(other, &format!("expected a valid value {VALUES}")),
        }
    }

    fn word(&mut self) -> Read<Token> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest
            .find(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '$'))
            .unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or_default();
        self.at += length;
        match word {
            "true" => Ok(Token::True),
            "false" => Ok(Token::False),
            "null" => Ok(Token::Null),
            other => self.fault(format!("Unrecognized token '{other}': was expecting {VALUES}")),
        }
    }

    fn number(&mut self) -> Read<Token> {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length = rest
            .find(|letter: char| !(letter.is_ascii_digit() || matches!(letter, '-' | '+' | '.' | 'e' | 'E')))
            .unwrap_or(rest.len());
        let number = rest.get(..length).unwrap_or_default();
        if serde_json::from_str::<serde_json::Number>(number).is_err() {
            let digits = number.trim_start_matches('-');
            if digits.len() > 1 && digits.starts_with('0') {
                return self.fault("Invalid numeric value: Leading zeroes not allowed");
            }
            return self.fault(format!("Invalid numeric value: `{number}` is not a number"));
        }
        self.at += length;
        Ok(Token::Number(number.to_owned()))
    }

    fn close(&mut self, letter: char, is_object: bool, began: usize) -> Read<Token> {
        let wanted = if is_object { '}' } else { ']' };
        if letter != wanted {
            let what = if is_object { "Object" } else { "Array" };
            let started = self.place(began);
            return self.fault(format!(
                "Unexpected close marker '{letter}': expected '{wanted}' (for {what} starting at {started})"
            ));
        }
        self.at += 1;
        self.open.pop();
        Ok(if is_object { Token::ObjectEnd } else { Token::ArrayEnd })
    }

    fn unexpected<T>(&self, letter: char, expected: &str) -> Read<T> {
        self.fault(format!("Unexpected character ('{letter}' (code {})): {expected}", u32::from(letter)))
    }

    fn cut_off<T>(&self, is_object: bool, began: usize) -> Read<T> {
        let what = if is_object { "Object" } else { "Array" };
        self.fault(format!(
            "Unexpected end-of-input: expected close marker for {what} (start marker at {})",
            self.place(began)
        ))
    }
}
