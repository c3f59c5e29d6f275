//! boto3 against an engine: paginators, typed exceptions, and every answer held against botocore's model.

use crate::toy::Toy;
use std::time::Duration;
use tests::{Result, Trouble, repository};

/// How long all of it may take.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::test]
async fn boto3_finds_what_its_models_say() -> Result<()> {
    let toy = Toy::start("sdk", &[]).await?;
    let output = toy
        .command("python")
        .args(["-m", "unittest", "--verbose", "test_boto3"])
        .env("PYTHONPATH", repository().join("tests/clients"))
        .output();
    let output = tokio::time::timeout(PATIENCE, output).await.map_err(|_| {
        Trouble(format!("boto3 still waits after {} s: mail never came", PATIENCE.as_secs()))
    })??;
    let text = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Ok(());
    }
    eprintln!("{text}");
    Err(Trouble("boto3 is not content, see above".to_owned()))
}
