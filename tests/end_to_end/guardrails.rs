//! Guardrails: always checked on the live role, at the last moment, and always for a person to decide.

use crate::event::{about, about_role, sample, set};
use crate::run::Run;
use crate::world::World;
use serde_json::{Value, json};
use tests::{Result, Trouble};

/// Creates a role at a path. Returns an event about it.
async fn role_at(world: &World, path: &str, name: &str) -> Result<Value> {
    let trust = json!({ "Version": "2012-10-17", "Statement": [] }).to_string();
    let parameters = [("RoleName", name), ("Path", path), ("AssumeRolePolicyDocument", &trust)];
    let answer = world.aws.iam("CreateRole", &parameters).await?;
    let id = answer.split_once("<RoleId>").and_then(|(_, rest)| rest.split_once("</RoleId>"));
    let (id, _) = id.ok_or_else(|| Trouble(format!("IAM names no id: {answer}")))?;
    let event = about_role(name, id)?;
    world.aws.seed(&event).await?;
    Ok(event)
}

/// Sends an event that must not change the role. Returns its run.
async fn untouched(world: &World, event: &Value, role: &str) -> Result<Run> {
    let before = world.aws.iam("ListRolePolicies", &[("RoleName", role)]).await?;
    let roles = world.account().await?;
    let run = world.respond(event).await?;
    assert_eq!(world.account().await?.roles(), roles.roles(), "{role}");
    assert_eq!(world.aws.iam("ListRolePolicies", &[("RoleName", role)]).await?, before, "{role}");
    Ok(run)
}

/// Checks that the case was handed over, and that the message names the guardrail.
async fn handed_over(world: &World, run: &Run, guardrail: &str) -> Result<()> {
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Handed to people"), "{guardrail}");
    let (account, case) = (world.account().await?, run.case()?);
    assert_eq!(account.told(&case), ["Found", "Yours now"], "{guardrail}");
    let body = account.body(&case, "Yours now");
    assert!(body.contains(&format!("{guardrail}:")), "{guardrail}: {body}");
    assert_eq!(account.record(&format!("finding#{case}"), "case")["status"], "HandedOver", "{guardrail}");
    Ok(())
}

#[tokio::test]
async fn roles_that_no_response_may_change_are_handed_to_people() -> Result<()> {
    let world = World::start("guardrails-hand-over", &sample("outside")?).await?;
    for (path, name, guardrail) in [
        ("/aws-service-role/autoscaling.amazonaws.com/", "AWSServiceRoleForAutoScaling", "service-linked"),
        ("/aws-reserved/sso.amazonaws.com/", "AWSReservedSSO_Admin_0123456789abcdef", "identity-center"),
        ("/redress/", "redress-of-our-own", "responder"),
    ] {
        let event = role_at(&world, path, name).await?;
        let run = untouched(&world, &event, name).await?;
        handed_over(&world, &run, guardrail).await?;
    }

    // A role of that name is there, and it is not the one of the finding.
    world.seed(&about("made-again")?).await?;
    let event = about_role("made-again", "AROAEXAMPLEANOTHERONE")?;
    let run = untouched(&world, &event, "made-again").await?;
    handed_over(&world, &run, "no-plan").await?;

    let gone = about("deleted-since")?;
    world.seed(&gone).await?;
    world.delete_role("deleted-since").await?;
    let before = world.account().await?;
    let run = world.respond(&gone).await?;
    handed_over(&world, &run, "no-plan").await?;
    assert_eq!(world.account().await?.roles(), before.roles());

    // The role is there, with the id of the finding; but the finding is about another account.
    let mut event = about("in-another-account")?;
    world.seed(&event).await?;
    set(&mut event, "/detail/accountId", json!("210987654321"))?;
    let run = untouched(&world, &event, "in-another-account").await?;
    handed_over(&world, &run, "no-plan").await
}

#[tokio::test]
async fn principals_that_are_not_roles_are_handed_to_people() -> Result<()> {
    let world = World::start("guardrails-principals", &sample("outside")?).await?;
    for name in ["iam-user", "root", "no-resource"] {
        let event = sample(name)?;
        world.aws.seed(&event).await?;
        let before = world.account().await?;
        let run = world.respond(&event).await?;
        handed_over(&world, &run, "no-plan").await?;
        assert_eq!(world.account().await?.roles(), before.roles(), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn protected_roles_need_a_person_and_tags_exempt_nothing() -> Result<()> {
    let world = World::start("guardrails-ask", &sample("outside")?).await?;
    for (event, name) in [
        (role_at(&world, "/break-glass/", "emergency").await?, "emergency"),
        (role_at(&world, "/", "OrganizationAccountAccessRole").await?, "OrganizationAccountAccessRole"),
    ] {
        let run = untouched(&world, &event, name).await?;
        let question = run.asks("change")?;
        let body = world.account().await?.body(&run.case()?, "Your decision");
        assert!(body.contains("protected:"), "{name}: {body}");
        world.command(0, &["deny", &question, "--reason", "leave it", "--by", "ada@example.com"]).await?;
        assert_eq!(world.follow(&run.arn).await?.end(), "Denied", "{name}");
        assert_eq!(world.account().await?.containments(name), Vec::<String>::new());
    }

    // The role may have tagged itself: people read the tag, and it is contained all the same.
    let event = about("tagged")?;
    world.seed(&event).await?;
    let tags = [("redress:exempt-until", "2999-12-31"), ("redress:exempt-reason", "a red team at work")];
    tag(&world, "tagged", &tags).await?;
    let run = world.respond(&event).await?;
    run.asks("undo")?;
    assert_eq!(world.account().await?.containments("tagged").len(), 1);
    let noted = "redress:exempt-reason = a red team at work (it decides nothing";
    let messages = world.account().await?.messages();
    assert!(messages.iter().any(|(_, body)| body.contains(noted)), "{messages:?}");
    Ok(())
}

async fn tag(world: &World, role: &str, tags: &[(&str, &str)]) -> Result<()> {
    for (key, value) in tags {
        let parameters = [("RoleName", role), ("Tags.member.1.Key", key), ("Tags.member.1.Value", value)];
        world.aws.iam("TagRole", &parameters).await?;
    }
    Ok(())
}

#[tokio::test]
async fn the_breaker_stops_a_run_of_containments() -> Result<()> {
    // The tests' engine lets five roles be contained in an hour.
    let first = about("broken-1")?;
    let world = World::start("guardrails-breaker", &first).await?;
    for n in 1..=5 {
        let event = about(&format!("broken-{n}"))?;
        world.seed(&event).await?;
        world.respond(&event).await?.asks("undo")?;
    }
    let event = about("broken-6")?;
    world.seed(&event).await?;
    let run = untouched(&world, &event, "broken-6").await?;
    run.asks("change")?;
    let body = world.account().await?.body(&run.case()?, "Your decision");
    assert!(body.contains("breaker:"), "{body}");
    Ok(())
}
