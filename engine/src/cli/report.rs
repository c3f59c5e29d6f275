//! What a command prints: text for people, or JSON. Colours only on a terminal.

use serde::Serialize;
use std::fmt::Display;
use std::io::{IsTerminal, Write};

/// Where a command prints to.
pub(super) struct Report {
    json: bool,
    colour: bool,
}

/// All that `paint` writes for a terminal to obey.
const COLOURS: [&str; 6] = ["\u{1b}[32m", "\u{1b}[31m", "\u{1b}[33m", "\u{1b}[2m", "\u{1b}[1m", "\u{1b}[0m"];

/// Control characters, and those that turn the direction of what follows.
fn is_obeyed(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A colour that means something.
#[derive(Debug, Clone, Copy)]
pub(super) enum Tone {
    Good,
    Bad,
    Warn,
    Dim,
    Bold,
}

impl Report {
    pub(super) fn new(json: bool) -> Self {
        let colour = !json && std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
        Self { json, colour }
    }

    /// Whether JSON is wanted.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Prints a line, unless JSON is wanted. A closed pipe is the reader's business.
    pub(super) fn line(&self, text: impl Display) {
        if !self.json {
            let _ = writeln!(std::io::stdout(), "{}", self.harmless(&text.to_string()));
        }
    }

    /// A line without anything that a terminal obeys, but our own colours: names, errors and outputs of a run may be
    /// written by an attacker, who must neither hide nor forge a line.
    pub(super) fn harmless(&self, line: &str) -> String {
        let mut harmless = String::new();
        let mut rest = line;
        while let Some(next) = rest.chars().next() {
            let ours =
                self.colour.then(|| COLOURS.iter().find(|colour| rest.starts_with(**colour))).flatten();
            let length = ours.map_or(next.len_utf8(), |colour| colour.len());
            match ours {
                Some(colour) => harmless.push_str(colour),
                None if is_obeyed(next) => harmless.extend(next.escape_default()),
                None => harmless.push(next),
            }
            rest = rest.get(length..).unwrap_or_default();
        }
        harmless
    }

    /// Prints a value as JSON, if JSON is wanted.
    pub(super) fn value(&self, value: &impl Serialize) {
        if self.json
            && let Ok(text) = serde_json::to_string_pretty(value)
        {
            let _ = writeln!(std::io::stdout(), "{text}");
        }
    }

    /// Prints a value as JSON on one line, if JSON is wanted: for a program that reads it as it comes.
    pub(super) fn value_line(&self, value: &impl Serialize) {
        if self.json
            && let Ok(text) = serde_json::to_string(value)
        {
            let _ = writeln!(std::io::stdout(), "{text}");
        }
    }

    /// Prints a warning to standard error.
    pub(super) fn warn(&self, text: impl Display) {
        let _ = writeln!(std::io::stderr(), "redress: {text}");
    }

    /// Says on a terminal what takes so long.
    pub(super) fn progress(&self, text: &str) {
        if !self.json && std::io::stderr().is_terminal() {
            let _ = writeln!(std::io::stderr(), "{text} ...");
        }
    }

    /// Prints an error to standard error.
    pub(super) fn error(&self, error: &dyn std::error::Error) {
        if self.json {
            let _ = writeln!(std::io::stdout(), "{}", serde_json::json!({ "error": error.to_string() }));
        } else {
            let _ = writeln!(std::io::stderr(), "redress: {error}");
        }
    }

    /// A text in a colour, on a terminal.
    pub(super) fn paint(&self, tone: Tone, text: impl Display) -> String {
        if !self.colour {
            return text.to_string();
        }
        let code = match tone {
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Warn => "33",
            Tone::Dim => "2",
            Tone::Bold => "1",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }
}
