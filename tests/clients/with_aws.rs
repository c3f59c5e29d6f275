//! What the engine does with an AWS behind it: targets of rules, calls of states and logs, as transcripts of the AWS CLI, and
//! in boto3's tests distributed Maps over S3, calls in the name of other roles, and HTTP.

use crate::toy::Toy;
use crate::transcript::play;
use serde_json::json;
use std::time::Duration;
use tests::{LocalAws, Result, Trouble, repository};

/// The account that the engine and local AWS play.
pub(crate) const ACCOUNT: &str = "123456789012";

/// How long a program may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where nobody answers.
const NOWHERE: &str = "http://127.0.0.1:1";

#[tokio::test]
async fn rules_are_made_changed_and_asked() -> Result<()> {
    play("rules", &Toy::start("rules", &[]).await?).await
}

#[tokio::test]
async fn each_kind_of_target_gets_its_event() -> Result<()> {
    let aws = LocalAws::start(ACCOUNT).await?;
    play("targets", &Toy::start("targets", &["--aws-endpoint", aws.endpoint()]).await?).await
}

#[tokio::test]
async fn what_cannot_be_delivered_goes_to_the_dead_letter_queue() -> Result<()> {
    let aws = LocalAws::start(ACCOUNT).await?;
    // One that stays: SNS does not work.
    aws.faults(&json!([{ "service": "sns", "action": "Publish", "code": "InternalError", "status": 500, "times": -1 }]))
        .await?;
    play("dead-letters", &Toy::start("dead-letters", &["--aws-endpoint", aws.endpoint()]).await?).await
}

/// The engine is killed while it cannot reach a target, and started again where it can.
#[tokio::test]
async fn rules_and_what_they_owe_outlive_a_kill() -> Result<()> {
    let aws = LocalAws::start(ACCOUNT).await?;
    let toy = Toy::start("rules-killed", &["--aws-endpoint", NOWHERE]).await?;
    let toy = toy.with("LOCAL_AWS", aws.endpoint());
    play("rules-before-a-kill", &toy).await?;
    let toy = toy.killed(&["--aws-endpoint", aws.endpoint()]).await?;
    play("rules-after-a-kill", &toy).await
}

#[tokio::test]
async fn schedules_are_followed_on_virtual_time() -> Result<()> {
    play("schedules", &Toy::start("schedules", &["--clock", "virtual"]).await?).await
}

#[tokio::test]
async fn calls_of_the_sdk_wait_for_answers_and_name_their_errors() -> Result<()> {
    let aws = LocalAws::start(ACCOUNT).await?;
    play("calls", &Toy::start("calls", &["--aws-endpoint", aws.endpoint()]).await?).await
}

#[tokio::test]
async fn logs_reach_cloudwatch() -> Result<()> {
    let aws = LocalAws::start(ACCOUNT).await?;
    play("logs", &Toy::start("logs", &["--aws-endpoint", aws.endpoint()]).await?).await
}

#[tokio::test]
async fn a_distributed_map_reads_and_writes_s3() -> Result<()> {
    content("maps", "test_maps").await
}

#[tokio::test]
async fn a_call_is_made_in_the_name_of_its_role() -> Result<()> {
    content("credentials", "test_credentials").await
}

#[tokio::test]
async fn a_trace_shows_what_went_over_the_wire() -> Result<()> {
    content("http", "test_http").await
}

/// Runs the tests of a Python program against an engine of their own.
async fn content(name: &str, program: &str) -> Result<()> {
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
