use crate::{Result, Trouble, repository};

/// Compares a text with a golden file of the repository. With `GOLDEN=1`, which `make golden` sets, it writes the file.
pub fn golden(file: &str, found: &str) -> Result<()> {
    let path = repository().join(file);
    if std::env::var_os("GOLDEN").is_some() {
        return Ok(std::fs::write(path, found)?);
    }
    let expected = std::fs::read_to_string(&path).map_err(|error| Trouble(format!("`{file}`: {error}")))?;
    let Some(difference) = difference(&expected, found) else { return Ok(()) };
    // As part of the error it would be printed on one line.
    eprintln!("`{file}` differs {difference}\nThe whole text is now:\n{found}");
    Err(Trouble(format!("`{file}` differs, see above; if it should, run `make golden` and read the diff")))
}

/// The first line that differs.
fn difference(expected: &str, found: &str) -> Option<String> {
    if expected == found {
        return None;
    }
    let lines = |text: &str| text.split('\n').map(str::to_owned).collect::<Vec<_>>();
    let (expected, found) = (lines(expected), lines(found));
    let at = (0..expected.len().max(found.len())).find(|n| expected.get(*n) != found.get(*n))?;
    let line = |lines: &[String]| lines.get(at).map_or("(no line)", String::as_str).to_owned();
    Some(format!("in line {}\n  expected: {}\n  found:    {}", at + 1, line(&expected), line(&found)))
}

#[test]
fn the_first_line_that_differs_is_shown() {
    assert_eq!(difference("a\nb\n", "a\nb\n"), None);
    let shown = difference("a\nb\n", "a\nc\n").unwrap_or_default();
    assert_eq!(shown, "in line 2\n  expected: b\n  found:    c");
    let shown = difference("a", "a\nb").unwrap_or_default();
    assert_eq!(shown, "in line 2\n  expected: (no line)\n  found:    b");
}
