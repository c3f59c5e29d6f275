//! EventBridge delivers at least once, and GuardDuty repeats itself: a finding has one response.

use crate::event::{about, again, sample};
use crate::world::World;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::responses::CREDENTIAL_EXFILTRATION;
use tests::{Result, Trouble};

/// Starts the workflow with an input, as EventBridge does when it delivers once more.
async fn deliver(world: &World, run: &str, name: &str, input: &str) -> Result<String> {
    let client = world.engine.client().await?;
    let about = client.states("DescribeExecution", &json!({ "executionArn": run })).await?;
    let request = json!({ "stateMachineArn": about.get("stateMachineArn"), "name": name, "input": input });
    let started = client.states("StartExecution", &request).await?;
    let arn = started.get("executionArn").and_then(Value::as_str).map(str::to_owned);
    arn.ok_or_else(|| Trouble(format!("this is no execution: {started}")))
}

/// The input of a run.
async fn input(world: &World, run: &str) -> Result<String> {
    let client = world.engine.client().await?;
    let about = client.states("DescribeExecution", &json!({ "executionArn": run })).await?;
    Ok(about.get("input").and_then(Value::as_str).unwrap_or_default().to_owned())
}

#[tokio::test]
async fn a_repeated_finding_joins_the_case_that_is_open() -> Result<()> {
    let event = sample("outside")?;
    let world = World::start("repeated", &event).await?;
    let first = world.respond(&event).await?;
    let case = first.case()?;
    let contained = world.account().await?;

    let same_delivery =
        deliver(&world, &first.arn, "delivered-twice", &input(&world, &first.arn).await?).await?;
    assert_eq!(world.follow(&same_delivery).await?.end(), "Already handled");
    assert_eq!(world.respond(&event).await?.end(), "Already handled");
    let later = again(&event, 2, "2026-01-01T18:00:00.000Z")?;
    assert_eq!(world.respond(&later).await?.end(), "Already handled");
    let after = world.account().await?;
    assert_eq!(after.roles(), contained.roles());
    assert_eq!(after.messages(), contained.messages(), "people hear of it once");
    let opened = after.record(&format!("finding#{case}"), "case");
    assert_eq!(opened["occurrences"], 3, "the delivery that came twice counts once: {opened}");
    assert_eq!(opened["execution"], first.arn);
    assert_eq!(world.count("PutRolePolicy").await?, 1);

    let role = &world.role()?.name;
    assert_eq!(world.undo(&first).await?.end(), "Restored");
    let copy = again(&event, 3, "2026-01-01T18:00:00.000Z")?;
    assert_eq!(world.respond(&copy).await?.end(), "Already handled", "older than the undo");
    assert_eq!(world.account().await?.containments(role), Vec::<String>::new());
    let back = again(&event, 4, "2999-01-01T00:00:00.000Z")?;
    let asked = world.respond(&back).await?;
    asked.asks("change")?;
    let after = world.account().await?;
    assert_eq!(after.containments(role), Vec::<String>::new(), "a person's undo holds");
    let body = after.body(&format!("{case}-2"), "Your decision");
    assert!(body.contains("taken-back:"), "{body}");
    Ok(())
}

/// Two findings about one role at the same moment: one case, one change, one question, one place in the count.
#[tokio::test]
async fn two_findings_about_one_role_are_one_case() -> Result<()> {
    let outside = about("twice-reported")?;
    let world = World::start("subject", &outside).await?;
    let mut other = outside.clone();
    for (pointer, value) in [
        ("/id", "event-of-another-finding"),
        ("/detail/id", "another-finding"),
        ("/detail/type", "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.InsideAWS"),
    ] {
        crate::event::set(&mut other, pointer, json!(value))?;
    }
    let (first, second) = tokio::try_join!(world.begin(&outside), world.begin(&other))?;
    let mut ends = Vec::new();
    for arn in [&first, &second] {
        let run = world.follow(arn).await?;
        ends.push(if run.asks("undo").is_ok() { "contains".to_owned() } else { run.end().to_owned() });
    }
    ends.sort();
    assert_eq!(ends, ["Already handled", "contains"]);
    let after = world.account().await?;
    assert_eq!(after.containments("twice-reported").len(), 1);
    assert_eq!(world.count("PutRolePolicy").await?, 1);
    let counted = after.record("breaker#role-containment", "hour");
    assert_eq!(counted["changes"].as_object().map(serde_json::Map::len), Some(1), "{counted}");
    Ok(())
}

#[tokio::test]
async fn deliveries_at_the_same_moment_contain_once() -> Result<()> {
    let event = about("raced-role")?;
    let world = World::start("raced", &event).await?;
    // All functions are warm, so that the deliveries meet at the case table.
    let warm = about("warm-role")?;
    world.seed(&warm).await?;
    let warm = world.respond(&warm).await?;
    let mut request: Value = serde_json::from_str(&input(&world, &warm.arn).await?)?;
    crate::event::set(&mut request, "/event", event.clone())?;
    let text = request.to_string();
    let puts = world.count("PutRolePolicy").await?;

    let (sent, also_sent, one, two, three) = tokio::try_join!(
        world.begin(&event),
        world.begin(&event),
        deliver(&world, &warm.arn, "at-once-1", &text),
        deliver(&world, &warm.arn, "at-once-2", &text),
        deliver(&world, &warm.arn, "at-once-3", &text),
    )?;
    let mut ends = Vec::new();
    for arn in [&sent, &also_sent, &one, &two, &three] {
        let run = world.follow(arn).await?;
        ends.push(if run.asks("undo").is_ok() { "contains".to_owned() } else { run.end().to_owned() });
    }
    ends.sort();
    let (handled, contains) = ("Already handled", "contains");
    assert_eq!(ends, [handled, handled, handled, handled, contains]);
    assert_eq!(world.count("PutRolePolicy").await? - puts, 1);
    assert_eq!(world.account().await?.containments("raced-role").len(), 1);
    Ok(())
}

#[tokio::test]
async fn samples_and_archived_findings_are_ignored() -> Result<()> {
    let world = World::start("ignored", &sample("outside")?).await?;
    let before = world.account().await?;
    for name in ["sample", "archived"] {
        let event = sample(name)?;
        world.aws.seed(&event).await?;
        let seeded = world.account().await?;
        let run = world.respond(&event).await?;
        assert_eq!(run.end(), "Ignored", "{name}");
        let after = world.account().await?;
        assert_eq!(after, seeded, "{name}: nothing is written, nobody is told");
    }
    for name in ["ignored-other-finding", "ignored-other-source"] {
        let mut runs = world.send(&sample(name)?).await?;
        // Another response may match it.
        runs.retain(|arn| arn.contains(&format!(":{CREDENTIAL_EXFILTRATION}:")));
        assert_eq!(runs, Vec::<String>::new(), "{name}: no rule of this response matches it");
    }
    let changed: BTreeSet<String> = world.account().await?.roles_changed_since(&before);
    assert!(changed.iter().all(|role| before.roles()[role].is_null()), "{changed:?}");
    Ok(())
}
