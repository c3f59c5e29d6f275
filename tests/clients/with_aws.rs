//! What the engine does with an AWS that has queues, topics, runbooks and logs, as transcripts of the AWS CLI: targets of
//! rules, calls of states, and logs.

use crate::toy::Toy;
use crate::transcript::play;
use serde_json::json;
use tests::{LocalAws, Result};

const ACCOUNT: &str = "123456789012";

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
