//! An engine with local AWS behind it: distributed Maps over S3, and calls in the name of other roles.

use crate::toy::Toy;
use std::time::Duration;
use tests::{LocalAws, Result, Trouble, repository};

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// The account that the engine and local AWS play.
const ACCOUNT: &str = "123456789012";

#[tokio::test]
async fn a_distributed_map_reads_and_writes_s3() -> Result<()> {
    run("maps", "test_maps").await
}

#[tokio::test]
async fn a_call_is_made_in_the_name_of_its_role() -> Result<()> {
    run("credentials", "test_credentials").await
}

/// Runs a program's tests against an engine of their own.
async fn run(name: &str, program: &str) -> Result<()> {
    let aws = LocalAws::start(ACCOUNT).await?;
    let toy = Toy::start(name, &["--aws-endpoint", aws.endpoint(), "--account", ACCOUNT]).await?;
    let output = toy
        .command("python")
        .args(["-m", "unittest", "--verbose", program])
        .env("PYTHONPATH", repository().join("tests/clients"))
        .env("LOCAL_AWS", aws.endpoint())
        .output();
    let output = tokio::time::timeout(PATIENCE, output)
        .await
        .map_err(|_| Trouble(format!("`{program}` still waits after {} s", PATIENCE.as_secs())))??;
    if output.status.success() {
        return Ok(());
    }
    eprintln!("{}", String::from_utf8_lossy(&output.stderr));
    Err(Trouble(format!("`{program}` is not content, see above")))
}
