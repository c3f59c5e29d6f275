//! The output of the demonstration. It has colours only on a terminal.

use std::io::{IsTerminal, Write};

fn paint(code: &str, text: &str) -> String {
    if std::io::stdout().is_terminal() { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
}

pub(super) fn line(text: &str) {
    // A closed pipe is the reader's business.
    let _ = writeln!(std::io::stdout(), "{text}");
}

pub(super) fn title(text: &str) {
    line(&paint("1", text));
}

pub(super) fn step(text: &str) {
    line(&format!("\n{} {}", paint("36", "==>"), paint("1", text)));
}

pub(super) fn fact(name: &str, value: &str) {
    line(&format!("  {name:<22} {value}"));
}

pub(super) fn good(name: &str, value: &str) {
    line(&format!("  {name:<22} {}", paint("32", value)));
}

pub(super) fn bad(name: &str, value: &str) {
    line(&format!("  {name:<22} {}", paint("31", value)));
}

pub(super) fn command(command: &str, what: &str) {
    line(&format!("  {command}"));
    line(&format!("      {}", paint("2", what)));
}
