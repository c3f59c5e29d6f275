//! Transcripts: command lines and what they print, in `transcripts/`. `make golden` writes what they print anew.
//!
//! A line `$ ...` is for the shell, lines `# ...` say what it is about, everything else is what was printed. Times,
//! UUIDs, task tokens and the port of the engine are never the same twice, and stand as `<time>` and the like.

use crate::toy::Toy;
use ::tests::{Result, Trouble, golden, repository};
use std::fmt::Write;
use std::time::Duration;

/// How long a command may take. One that waits for mail which never comes ends like this.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the commands of a transcript, one after another, and compares what they print.
pub(crate) async fn play(name: &str, toy: &Toy) -> Result<()> {
    let path = format!("tests/clients/transcripts/{name}.txt");
    let expected = std::fs::read_to_string(repository().join(&path))
        .map_err(|error| Trouble(format!("`{path}` cannot be read: {error}")))?;
    let mut found = String::new();
    for step in steps(&expected) {
        match step {
            Step::Comment(line) => writeln!(found, "{line}"),
            Step::Command(command) => {
                let printed = normal(&run(toy, command).await?, toy.endpoint());
                writeln!(found, "$ {command}\n{printed}")
            }
        }
        .map_err(|error| Trouble(error.to_string()))?;
    }
    let found = found.trim_end().to_owned() + "\n";
    golden(&path, &found)
}

/// What a transcript has that does not come from the commands.
enum Step<'t> {
    Comment(&'t str),
    Command(&'t str),
}

/// A command goes on in the next line where its line ends with a backslash.
fn steps(transcript: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = transcript;
    while !rest.is_empty() {
        let mut end = line_end(rest, 0);
        if rest.starts_with("$ ") {
            while rest.get(..end).is_some_and(|command| command.ends_with('\\')) {
                end = line_end(rest, end + 1);
            }
            steps.push(Step::Command(rest.get(2..end).unwrap_or_default()));
        } else if rest.starts_with("# ") {
            steps.push(Step::Comment(rest.get(..end).unwrap_or_default()));
        }
        rest = rest.get(end + 1..).unwrap_or_default();
    }
    steps
}

fn line_end(text: &str, from: usize) -> usize {
    text.get(from..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| from + at)
}

/// What a command prints, then how it ended if it did not end well.
async fn run(toy: &Toy, command: &str) -> Result<String> {
    let output = toy.command("/bin/sh").args(["-c", command]).output();
    let output = tokio::time::timeout(PATIENCE, output)
        .await
        .map_err(|_| Trouble(format!("`{command}` took longer than {} s", PATIENCE.as_secs())))??;
    let mut text = String::new();
    for part in [&output.stdout, &output.stderr] {
        let part = String::from_utf8_lossy(part);
        let part = part.trim();
        if !part.is_empty() {
            text.push_str(part);
            text.push('\n');
        }
    }
    if let Some(code @ 1..) = output.status.code() {
        text.push_str(&format!("[exit {code}]\n"));
    }
    Ok(text)
}

/// Puts a name in the place of what is never the same twice.
fn normal(text: &str, endpoint: &str) -> String {
    let mut normal = String::new();
    let text = text.replace(endpoint, "<endpoint>");
    let mut rest = text.as_str();
    let mut in_word = false;
    while let Some(next) = rest.chars().next() {
        let found = if in_word { None } else { volatile(rest) };
        let length = match found {
            Some((name, length)) => {
                normal.push_str(name);
                length
            }
            None => {
                normal.push(next);
                next.len_utf8()
            }
        };
        in_word = found.is_none() && next.is_ascii_alphanumeric();
        rest = rest.get(length..).unwrap_or_default();
    }
    normal
}

/// What stands at the beginning of a text and is never the same twice, and how long it is.
fn volatile(text: &str) -> Option<(&'static str, usize)> {
    if fits(text, "0000-00-00T00:00:00") {
        let (seconds, rest) = (19, text.get(19..)?);
        let fraction = rest.strip_prefix('.').map_or(0, |rest| 1 + run_of(rest, |c| c.is_ascii_digit()));
        let rest = rest.get(fraction..)?;
        let zone = if fits(rest, "+00:00") { 6 } else { usize::from(rest.starts_with('Z')) };
        return Some(("<time>", seconds + fraction + zone));
    }
    match run_of(text, |c| c.is_ascii_hexdigit()) {
        64 => Some(("<token>", 64)),
        8 if fits(text, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh") => Some(("<uuid>", 36)),
        _ => None,
    }
}

/// Whether a text begins as a mask says: `0` is a digit, `h` a hexadecimal one.
fn fits(text: &str, mask: &str) -> bool {
    let fits = |(c, mask): (char, char)| match mask {
        '0' => c.is_ascii_digit(),
        'h' => c.is_ascii_hexdigit(),
        other => c == other,
    };
    text.len() >= mask.len() && text.chars().zip(mask.chars()).all(fits)
}

fn run_of(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.chars().take_while(|c| is(*c)).count()
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn only_what_changes_is_replaced() {
        let text = "2026-11-22T04:01:09.123000+00:00 2026-11-22T04:01:09Z 5c1f3c52-0a1b-4c2d-8e3f-001122334455 \
                    http://127.0.0.1:4711/ 2026-11-22 deadbeef 5c1f3c52-0a1b";
        assert_eq!(
            normal(text, "http://127.0.0.1:4711"),
            "<time> <time> <uuid> <endpoint>/ 2026-11-22 deadbeef 5c1f3c52-0a1b"
        );
    }
}
