//! The AWS CLI against an engine, as transcripts that a person can read and type.

use crate::toy::Toy;
use crate::transcript::play;
use crate::with_aws::ACCOUNT;
use tests::responses::CREDENTIAL_EXFILTRATION;
use tests::{LocalAws, Result, Seeded, repository};

#[tokio::test]
async fn state_machines_are_made_changed_and_deleted() -> Result<()> {
    play("machines", &Toy::start("machines", &[]).await?).await
}

#[tokio::test]
async fn definitions_are_validated() -> Result<()> {
    play("validation", &Toy::start("validation", &[]).await?).await
}

#[tokio::test]
async fn executions_are_started_listed_and_stopped() -> Result<()> {
    play("executions", &Toy::start("executions", &[]).await?).await
}

#[tokio::test]
async fn histories_are_read_in_pages_and_in_both_directions() -> Result<()> {
    play("histories", &Toy::start("histories", &[]).await?).await
}

#[tokio::test]
async fn task_tokens_are_answered_once() -> Result<()> {
    play("tokens", &Toy::start("tokens", &[]).await?).await
}

#[tokio::test]
async fn versions_are_published_and_aliases_lead_to_them() -> Result<()> {
    play("versions", &Toy::start("versions", &[]).await?).await
}

#[tokio::test]
async fn workers_take_tasks_and_executions_are_redriven() -> Result<()> {
    play("activities", &Toy::start("activities", &[]).await?).await
}

#[tokio::test]
async fn map_runs_are_followed_and_changed() -> Result<()> {
    play("map-runs", &Toy::start("map-runs", &[]).await?).await
}

#[tokio::test]
async fn express_executions_and_single_states_are_tried() -> Result<()> {
    play("trials", &Toy::start("trials", &[]).await?).await
}

#[tokio::test]
async fn events_are_put_and_rules_are_looked_at() -> Result<()> {
    play("events", &Toy::start("events", &[]).await?).await
}

#[tokio::test]
async fn functions_are_listed_and_invoked() -> Result<()> {
    play("functions", &Toy::start("functions", &[]).await?).await
}

#[tokio::test]
async fn other_services_need_an_aws_endpoint() -> Result<()> {
    play("alone", &Toy::start("alone", &[]).await?).await
}

#[tokio::test]
async fn other_services_are_asked_at_the_aws_endpoint() -> Result<()> {
    let (aws, seeded) = local_aws().await?;
    let arguments =
        ["--aws-endpoint", aws.endpoint(), "--account", &seeded.account, "--region", &seeded.region];
    play("forwarded", &Toy::start("forwarded", &arguments).await?).await
}

#[tokio::test]
async fn tasks_answer_as_functions_with_and_without_aws() -> Result<()> {
    play("tasks-alone", &Toy::start_with_tasks("tasks-alone", &[]).await?).await?;
    let (aws, seeded) = local_aws().await?;
    let arguments =
        ["--aws-endpoint", aws.endpoint(), "--account", &seeded.account, "--region", &seeded.region];
    play("tasks", &Toy::start_with_tasks("tasks", &arguments).await?).await
}

async fn local_aws() -> Result<(LocalAws, Seeded)> {
    let aws = LocalAws::start(ACCOUNT).await?;
    let file = repository().join(format!("statemachines/{CREDENTIAL_EXFILTRATION}/events/outside.json"));
    let seeded = aws.seed(&serde_json::from_str(&std::fs::read_to_string(file)?)?).await?;
    Ok((aws, seeded))
}
