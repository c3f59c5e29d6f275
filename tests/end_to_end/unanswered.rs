//! Findings that no other response answers: people are told, the context is written back, and nothing is changed.

use crate::event::sample_of;
use crate::world::World;
use serde_json::Value;
use tests::Result;
use tests::responses::UNANSWERED_FINDING;

#[tokio::test]
async fn a_severe_finding_without_a_response_is_told_and_handed_over() -> Result<()> {
    let event = sample_of(UNANSWERED_FINDING, "mining-instance")?;
    let world = World::start("unanswered", &event).await?;
    let (before, finding) = (world.account().await?, world.seeded.finding_arn.as_str());
    let run = world.respond(&event).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Handed to people"));
    assert_eq!(run.errors(), Vec::<&Value>::new());
    let (after, case) = (world.account().await?, run.case()?);
    for part in ["roles", "users", "groups", "policies"] {
        assert_eq!(after.0.get(part), before.0.get(part), "{part}");
    }
    assert_eq!(after.told(&case), ["Yours now"], "one message, with everything");
    let body = after.body(&case, "Yours now");
    let instance = event.pointer("/detail/resource/instanceDetails/instanceId").and_then(Value::as_str);
    for part in [instance.unwrap_or("no instance"), "CryptoCurrency:EC2/BitcoinTool"] {
        assert!(body.contains(part), "the message does not have {part}: {body}");
    }
    assert!(after.note(finding).contains(&case), "{}", after.note(finding));
    assert_eq!(after.finding(finding)["workflow"], "NEW", "nothing was done about it");
    assert_eq!(after.record(&format!("finding#{case}"), "case")["status"], "HandedOver");

    let again = world.respond(&event).await?;
    assert_eq!(again.end(), "Already handled", "a repeated event joins the case");
    assert_eq!(world.account().await?.messages(), after.messages());
    Ok(())
}

#[tokio::test]
async fn sample_findings_and_those_of_other_responses_start_nothing_here() -> Result<()> {
    let event = sample_of(UNANSWERED_FINDING, "sample")?;
    let world = World::start("unanswered-ignored", &event).await?;
    let before = world.account().await?;
    assert_eq!(world.respond(&event).await?.end(), "Ignored");
    assert_eq!(world.account().await?, before, "nothing is written, and nobody is told");
    let low = sample_of(UNANSWERED_FINDING, "ignored-low-severity")?;
    assert_eq!(world.send(&low).await?, Vec::<String>::new());
    Ok(())
}
