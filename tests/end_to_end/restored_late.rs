//! A containment that is taken back after its undo is not on offer any more: asked about and recorded like within the window.

use crate::event::about;
use crate::patience::until;
use crate::world::{BY, ON_RECORD, REASON, World};
use serde_json::{Value, json};
use tests::Result;

const WHY: &str = "the incident is closed";

#[tokio::test]
async fn a_containment_is_taken_back_after_its_window() -> Result<()> {
    let event = about("late-role")?;
    let world = World::start("restored-late", &event).await?;
    let before = world.account().await?;
    let run = world.respond(&event).await?;
    let (case, id) = (run.case()?, run.asks("undo")?);
    let restore = async |code: i32, case: &str| {
        world.command(code, &["restore", case, "--reason", WHY, "--by", "ada@example.com", "--json"]).await
    };

    // As long as the undo is on offer, that is what is answered.
    let refused = restore(3, &case).await?;
    assert!(refused.stdout.contains("its undo is on offer"), "{refused:?}");
    world.command(0, &["deny", &id, "--reason", "it stays", "--by", BY]).await?;
    until("the case is closed", async || {
        let account = world.account().await?;
        let status = account.record(&format!("finding#{case}"), "case")["status"].clone();
        Ok((status == "Changed").then_some(()))
    })
    .await?;
    let contained = world.account().await?;
    assert_eq!(contained.containments("late-role").len(), 1);
    let nobody = restore(3, "000000000000").await?;
    assert!(nobody.stdout.contains("there is no such case"), "{nobody:?}");

    let asked: Value = restore(0, &case).await?.json()?;
    assert_eq!((&asked["outcome"], &asked["caseId"]), (&json!("Asked"), &json!(case)));
    let (machine, _) = run.arn.rsplit_once(':').unwrap_or_default();
    let arn = format!("{machine}:{}", asked["run"].as_str().unwrap_or_default());
    let late = world.follow(&arn).await?;
    late.asks("undo")?;
    let offered = world.account().await?;
    assert_eq!(offered.containments("late-role").len(), 1, "asking takes nothing back");
    let offers: Vec<_> =
        offered.messages().into_iter().filter(|(what, _)| what.contains("Undo on offer")).collect();
    let told = &offers.last().ok_or(tests::Trouble("nobody is told".to_owned()))?.1;
    assert!(told.contains("local:ada@example") && told.contains(WHY), "people read who asks: {told}");
    let case_record = offered.record(&format!("finding#{case}"), "case");
    assert_eq!((&case_record["status"], &case_record["execution"]), (&json!("Open"), &json!(arn)));

    let late = world.undo(&late).await?;
    assert_eq!((late.status.as_str(), late.end()), ("SUCCEEDED", "Restored"));
    let restored = world.account().await?;
    assert_eq!(restored.roles(), before.roles());
    assert_eq!(restored.record(&format!("finding#{case}"), "case")["status"], "Restored");
    let question = restored.record(&format!("question#{case}"), "undo");
    assert_eq!(
        (&question["answer"]["by"], &question["answer"]["reason"]),
        (&json!(ON_RECORD), &json!(REASON))
    );
    assert_eq!(question["requested"]["reason"], WHY);

    let again = restore(3, &case).await?;
    assert!(again.stdout.contains("taken back already"), "{again:?}");
    assert_eq!(world.account().await?.roles(), before.roles());
    Ok(())
}
