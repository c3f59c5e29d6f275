//! Security Hub takes findings in minutes after GuardDuty sent them. The response does not wait for it.

use crate::event::about;
use crate::world::World;
use tests::Result;

/// As long as a test runs.
const FOR_GOOD: u64 = 1_000_000;

#[tokio::test]
async fn neither_containment_nor_undo_waits_for_security_hub() -> Result<()> {
    let (soon, late) = (about("soon-known")?, about("late-known")?);
    let world = World::start("hub-lag", &soon).await?;
    let soon_arn = world.seeded.finding_arn.clone();
    let late_arn = world.aws.seed(&late).await?.finding_arn;

    // It is not there for the first look-up, and is there when the role is contained.
    world.aws.lag(&soon_arn, 1).await?;
    let run = world.respond(&soon).await?;
    assert_eq!(run.visit("Write the context to the finding")?.errors.len(), 1, "it was not known at first");
    let (account, case) = (world.account().await?, run.case()?);
    assert_eq!(account.containments("soon-known").len(), 1);
    assert_eq!(account.finding(&soon_arn)["workflow"], "NOTIFIED");
    assert_eq!(account.finding(&soon_arn)["userDefinedFields"]["redress:case"], case, "written late");
    assert!(run.visit("Write the context late")?.exited.is_some());
    assert_eq!(world.undo(&run).await?.end(), "Restored");

    // It does not come at all: the role is contained, people know, and the undo is on offer.
    world.aws.lag(&late_arn, FOR_GOOD).await?;
    let arn = world.begin(&late).await?;
    let run = crate::patience::until("the undo is on offer", async || {
        let run = world.look(&arn).await?;
        Ok(run.asks("undo").is_ok().then_some(run))
    })
    .await?;
    let (account, case) = (world.account().await?, run.case()?);
    assert_eq!(account.containments("late-known").len(), 1);
    assert_eq!(account.told(&case), ["Found", "Contained", "Undo on offer"]);
    assert_eq!(account.finding(&late_arn)["workflow"], "NEW", "status only for what was written");
    assert!(run.visit("Set the workflow status")?.exited.is_none(), "it is tried again, later");

    // The undo does not wait for it either.
    world.command(0, &["undo", &run.asks("undo")?, "--reason", "it was the nightly export"]).await?;
    world.until_in(&arn, "It is put back", 1).await?;
    let (account, run) = (world.account().await?, world.look(&arn).await?);
    assert!(account.containments("late-known").is_empty());
    assert_eq!(account.told(&case), ["Found", "Contained", "Undo on offer", "Restored"]);
    assert!(run.visit("Set the workflow status")?.exited.is_none(), "it is still tried again, later");
    Ok(())
}
