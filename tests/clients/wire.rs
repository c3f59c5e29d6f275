//! What the engine sends to AWS and reads of its answers, against botocore and moto: `wire/` says how.

use crate::toy::Toy;
use std::process::Stdio;
use std::time::Duration;
use tests::{Result, Trouble, repository};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(600);

#[tokio::test]
async fn calls_to_aws_are_those_of_botocore() -> Result<()> {
    let mut recorder = Command::new(repository().join("target/venv/bin/python"))
        .arg(repository().join("tests/clients/wire"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let missing = || Trouble("the recorder has no standard input and output".to_owned());
    let mut input = recorder.stdin.take().ok_or_else(missing)?;
    let mut output = BufReader::new(recorder.stdout.take().ok_or_else(missing)?);
    let mut endpoint = String::new();
    output.read_line(&mut endpoint).await?;
    let toy = Toy::start("wire", &["--aws-endpoint", endpoint.trim()]).await?;
    input.write_all(format!("{}\n", toy.endpoint()).as_bytes()).await?;
    let mut said = String::new();
    let ended = async {
        output.read_to_string(&mut said).await?;
        recorder.wait().await
    };
    let ended = tokio::time::timeout(PATIENCE, ended).await;
    let ended = ended.map_err(|_| Trouble(format!("it takes longer than {} s", PATIENCE.as_secs())))??;
    // The last line is the count: `cargo test -- --nocapture` shows it.
    println!("{}", said.lines().last().unwrap_or_default());
    if ended.success() {
        return Ok(());
    }
    eprintln!("{said}");
    Err(Trouble(
        "calls differ from botocore's, see above; `tests/clients/wire/` says how to try one".to_owned(),
    ))
}
