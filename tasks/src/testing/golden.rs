//! Golden files: texts that a person can read, with which tests compare what they made.

use std::path::Path;

/// Compares a text with a file of the package; the name is its path. With `GOLDEN=1` the file is written first: read the
/// difference before you commit it.
#[track_caller]
pub(crate) fn golden(name: &str, text: &str) {
    // Cargo runs the tests of a package in its folder.
    let file = Path::new(name);
    if std::env::var_os("GOLDEN").is_some() {
        std::fs::write(file, text).unwrap();
    }
    let written = std::fs::read_to_string(file).unwrap_or_default();
    if written != text {
        let diff = similar::TextDiff::from_lines(written.as_str(), text)
            .unified_diff()
            .header(name, "made")
            .to_string();
        panic!("`{name}` differs; if that is meant, run `make golden` and read the difference\n{diff}");
    }
}
