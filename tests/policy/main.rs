//! Compares the policy analyser with two others. `tests/policy/agreement.md` lists their disagreements.

use std::process::Command;
use tests::{Result, Trouble, binary, repository};

#[test]
fn the_analyser_agrees_with_others_as_the_page_says() -> Result<()> {
    let python = repository().join("target/venv/bin/python");
    let dangers = binary("examples/dangers")
        .map_err(|Trouble(why)| Trouble(format!("{why}, as in `cargo build --workspace --examples`")))?;
    let mut compare = Command::new(python);
    let output =
        compare.arg("tests/policy/differential.py").arg(dangers).current_dir(repository()).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(Trouble(String::from_utf8_lossy(&output.stderr).into_owned()))
}
