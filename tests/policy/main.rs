//! The policy analyser beside others: where it disagrees with cloudsplaining and parliament, and how often, stands in
//! `tests/policy/agreement.md`; iam-simulate has to allow every witness, and to deny what is called harmless; and what
//! becomes of the managed policies of AWS stands in `tests/policy/managed.md`.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::Command;
use tests::{Result, Trouble, binary, repository};

#[test]
fn the_analyser_agrees_with_others_as_the_page_says() -> Result<()> {
    succeed(Command::new(python()).arg("tests/policy/differential.py").arg(dangers()?))
}

#[test]
fn the_managed_policies_of_aws_are_treated_as_the_page_says() -> Result<()> {
    succeed(Command::new(python()).arg("tests/policy/managed.py").arg(dangers()?))
}

#[test]
fn every_witness_is_allowed_and_what_is_harmless_is_denied() -> Result<()> {
    if !simulator()? {
        return Ok(());
    }
    let corpus = repository().join("target/managed.jsonl");
    let written = run(Command::new(python()).args(["tests/policy/corpus.py", "--managed"]))?;
    std::fs::write(&corpus, written)?;
    succeed(Command::new("node").arg("tests/policy/simulate.mjs").arg(dangers()?).arg(corpus))
}

#[test]
fn the_service_control_policies_deny_what_they_must_and_let_redress_work() -> Result<()> {
    if simulator()? {
        succeed(Command::new("node").arg("tests/policy/service_control.mjs"))?;
    }
    Ok(())
}

/// Whether the simulator can be asked. Without npm it cannot, and that is said.
fn simulator() -> Result<bool> {
    if Command::new("npm").arg("--version").output().is_err() {
        eprintln!("SKIPPED: this machine has no npm, so iam-simulate was not asked");
        return Ok(false);
    }
    if !repository().join("tests/policy/node_modules").exists() {
        return Err(Trouble("the simulator is not there: run `tests/prepare test`".to_owned()));
    }
    Ok(true)
}

fn python() -> PathBuf {
    repository().join("target/venv/bin/python")
}

fn dangers() -> Result<impl AsRef<OsStr>> {
    binary("examples/dangers")
        .map_err(|Trouble(why)| Trouble(format!("{why}, as in `cargo build --workspace --examples`")))
}

fn succeed(command: &mut Command) -> Result<()> {
    run(command).map(drop)
}

/// What the command writes, where it succeeds.
fn run(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.current_dir(repository()).output()?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(Trouble(String::from_utf8_lossy(&output.stderr).into_owned()))
}
