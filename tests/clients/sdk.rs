//! boto3 against an engine: paginators, typed exceptions, and every answer held against botocore's model.

use crate::toy::Toy;
use tests::{Result, Trouble, repository};

#[tokio::test]
async fn boto3_finds_what_its_models_say() -> Result<()> {
    let toy = Toy::start("sdk", &[]).await?;
    let output = toy
        .command("python")
        .args(["-m", "unittest", "--verbose", "test_boto3"])
        .env("PYTHONPATH", repository().join("tests/clients"))
        .output()
        .await?;
    let text = String::from_utf8_lossy(&output.stderr);
    if output.status.success() { Ok(()) } else { Err(Trouble(format!("boto3 is not content:\n{text}"))) }
}
