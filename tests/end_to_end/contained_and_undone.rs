//! The whole way: a role is contained, and is as it was after the undo.

use crate::event::{sample, set};
use crate::world::{BY, ON_RECORD, REASON, World};
use contract::kinds::role_containment::deny_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::Result;

#[tokio::test]
async fn a_leaked_role_is_contained_and_as_it_was_after_the_undo() -> Result<()> {
    let event = sample("outside")?;
    let world = World::start("contained-and-undone", &event).await?;
    let (role, finding) = (world.role()?, world.seeded.finding_arn.as_str());
    let (before, words) = (world.account().await?, world.words(&role.name).await?);
    assert_eq!(
        role.session.list_buckets(world.aws.endpoint()).await?,
        Ok(()),
        "the session works to begin with"
    );

    let run = world.respond(&event).await?;
    let question = run.asks("undo")?;
    let case = run.case()?;
    let contained = world.account().await?;
    let policy = format!("redress-contain-{case}");
    let mut expected = before.inline(&role.name);
    assert!(expected.insert(policy.clone(), deny_all(&case)).is_none());
    assert_eq!(contained.inline(&role.name), expected, "one policy more, and nothing else");
    assert_eq!(contained.roles_changed_since(&before), BTreeSet::from([role.name.clone()]));
    let refusal = role.session.list_buckets(world.aws.endpoint()).await?.unwrap_err();
    assert!(refusal.contains("explicit deny"), "{refusal}");

    assert_eq!(before.finding(finding)["workflow"], "NEW");
    assert_eq!(contained.finding(finding)["workflow"], "NOTIFIED");
    let note = contained.note(finding);
    assert!(note.contains(&case) && note.contains("Verified after"), "{note}");
    let fields = &contained.finding(finding)["userDefinedFields"];
    assert_eq!(fields["redress:case"], case);
    assert_eq!(fields["redress:role-arn"], role.arn);
    assert_eq!(fields["redress:owner"], "storefront@example.com");
    assert_eq!(fields["redress:other-instances"], "2");
    assert_eq!(contained.told(&case), ["Found", "Contained", "Undo on offer"]);
    let offer = contained.body(&case, "Undo on offer");
    assert!(offer.contains(&format!("redress undo {question} --reason")), "{offer}");
    let opened = contained.record(&format!("finding#{case}"), "case");
    assert_eq!((&opened["status"], &opened["execution"]), (&json!("Open"), &json!(run.arn)));

    let run = world.undo(&run).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Restored"));
    let restored = world.account().await?;
    assert_eq!(
        world.words(&role.name).await?,
        words,
        "IAM says of the role what it said before, to the letter"
    );
    assert_eq!(restored.roles(), before.roles());
    assert_eq!(role.session.list_buckets(world.aws.endpoint()).await?, Ok(()), "the session works again");
    assert_eq!(run.errors(), Vec::<&Value>::new());

    let closed = restored.record(&format!("finding#{case}"), "case");
    assert_eq!(closed["status"], "Restored");
    assert!(closed["closedAt"].is_string(), "{closed}");
    let answer = &restored.record(&format!("question#{case}"), "undo")["answer"];
    assert_eq!(
        (&answer["decision"], &answer["by"], &answer["reason"]),
        (&json!("undo"), &json!(ON_RECORD), &json!(REASON))
    );
    assert!(answer["at"].is_string(), "{answer}");
    let recorded = &run.visit("It is put back")?.output;
    assert_eq!((&recorded["by"], &recorded["reason"]), (&json!(ON_RECORD), &json!(REASON)));
    assert_eq!(restored.told(&case), ["Found", "Contained", "Undo on offer", "Restored"]);
    // A message makes no link of a domain.
    let body = restored.body(&case, "Restored").replace("[.]", ".");
    for text in [restored.note(finding), &body] {
        assert!(text.contains(BY) && text.contains(REASON), "{text}");
    }

    let late = world.command(1, &["undo", &question, "--reason", "once more"]).await?;
    assert!(late.stdout.starts_with(&format!("already decided: undo by {ON_RECORD}")), "{late:?}");
    assert_eq!(world.account().await?, restored, "a second answer changes nothing");
    Ok(())
}

#[tokio::test]
async fn an_engine_works_where_the_finding_is() -> Result<()> {
    let text = sample("outside")?.to_string();
    let text = text.replace("us-east-1", "us-gov-west-1").replace("arn:aws:", "arn:aws-us-gov:");
    let mut event: Value = serde_json::from_str(&text)?;
    set(&mut event, "/detail/partition", json!("aws-us-gov"))?;
    let world = World::start("in-another-region", &event).await?;
    let (role, before) = (world.role()?, world.account().await?);
    assert!(role.arn.starts_with("arn:aws-us-gov:iam:"), "{}", role.arn);
    let run = world.respond(&event).await?;
    assert!(run.arn.starts_with("arn:aws-us-gov:states:us-gov-west-1:"), "{}", run.arn);
    let contained = world.account().await?;
    assert_eq!(contained.containments(&role.name).len(), 1);
    assert_eq!(contained.finding(&world.seeded.finding_arn)["workflow"], "NOTIFIED");
    assert!(role.session.list_buckets(world.aws.endpoint()).await?.is_err());
    assert_eq!(world.undo(&run).await?.end(), "Restored");
    assert_eq!(world.account().await?.roles(), before.roles());
    Ok(())
}
