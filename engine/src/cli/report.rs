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

/// Whether a character is not shown, or changes how others are shown: control characters, those that turn the direction
/// of writing, and those without a width. The tasks clean text with the same set.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
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

    /// The line with hidden characters escaped, except for our own colours: names, errors and outputs of a run may be
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
                None if is_hidden(next) => harmless.extend(next.escape_default()),
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The cases are those of the tasks, which clean what they put into documents in the same way.
    #[test]
    fn hostile_text_is_escaped_as_the_tasks_escape_it() {
        let file: serde_json::Value =
            serde_json::from_str(include_str!("../../../tests/cases/hostile-text.json")).unwrap();
        let cases = file["cases"].as_array().unwrap();
        assert!(!cases.is_empty());
        let report = Report::new(true);
        for case in cases {
            let (text, escaped) = (case["text"].as_str().unwrap(), case["escaped"].as_str().unwrap());
            assert_eq!(report.harmless(text), escaped, "{text:?}");
        }
    }

    #[test]
    fn only_our_own_colours_reach_a_terminal() {
        let report = Report { json: false, colour: true };
        let painted = report.paint(Tone::Bad, "FAILED \u{1b}[7m\u{202e}");
        assert_eq!(report.harmless(&painted), "\u{1b}[31mFAILED \\u{1b}[7m\\u{202e}\u{1b}[0m");
    }
}
