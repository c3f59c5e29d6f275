//! The modes.

use crate::event::{about, sample};
use crate::world::World;
use tests::Result;

/// The calls that change a role begin with one of these.
const CHANGES: &[&str] = &["Put", "Delete", "Attach", "Detach", "Update", "Tag", "Untag", "Create"];

/// The changes of IAM by tasks, with the task.
async fn changes(world: &World) -> Result<Vec<String>> {
    let text = |call: &serde_json::Value, name: &str| {
        call.get(name).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
    };
    let calls = world.aws.calls().await?;
    let of_iam = calls.iter().filter(|call| text(call, "service") == "iam");
    let changing = of_iam.filter(|call| CHANGES.iter().any(|word| text(call, "action").starts_with(word)));
    Ok(changing.map(|call| format!("{} {}", text(call, "caller"), text(call, "action"))).collect())
}

#[tokio::test]
async fn enrich_only_looks_and_tells() -> Result<()> {
    let event = sample("outside")?;
    let world = World::start_with("enrich", &event, |options| options.mode = "enrich".to_owned()).await?;
    let before = world.account().await?;
    let run = world.respond(&event).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Enriched"));
    let after = world.account().await?;
    assert_eq!(after.roles(), before.roles());
    assert_eq!(changes(&world).await?, Vec::<String>::new());
    assert_eq!(after.told(&run.case()?), ["Found"]);
    assert_eq!(after.finding(&world.seeded.finding_arn)["workflow"], "NEW", "nothing was done about it");
    assert!(after.note(&world.seeded.finding_arn).contains(", mode enrich: "));
    Ok(())
}

#[tokio::test]
async fn plan_says_what_would_change() -> Result<()> {
    let event = sample("outside")?;
    let world = World::start_with("plan", &event, |options| options.mode = "plan".to_owned()).await?;
    let before = world.account().await?;
    let run = world.respond(&event).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Planned"));
    let (after, case) = (world.account().await?, run.case()?);
    assert_eq!(after.roles(), before.roles());
    assert_eq!(changes(&world).await?, Vec::<String>::new());
    assert_eq!(after.told(&case).len(), 2, "{:?}", after.told(&case));
    let plan = after.messages().pop().unwrap_or_default().1;
    assert!(plan.contains("An inline policy that denies everything would be put on the role."), "{plan}");
    assert!(plan.contains("Nothing was changed."), "{plan}");
    Ok(())
}

#[tokio::test]
async fn approve_waits_for_a_person_and_hears_the_first() -> Result<()> {
    let (yes, no) = (about("approved-role")?, about("denied-role")?);
    let world = World::start_with("approve", &yes, |options| options.mode = "approve".to_owned()).await?;
    world.seed(&no).await?;
    let before = world.account().await?;

    let asked = world.respond(&yes).await?;
    let question = asked.asks("change")?;
    assert_eq!(world.account().await?.roles(), before.roles(), "nothing changes before somebody said so");
    world.command(2, &["approve", &question]).await?;
    world.command(2, &["approve", &question, "--reason", "  "]).await?;
    world.command(3, &["undo", &question, "--reason", "this is no undo"]).await?;
    world.command(3, &["approve", &"0".repeat(32), "--reason", "there is no such question"]).await?;
    assert_eq!(world.account().await?.roles(), before.roles(), "none of these is an answer");
    world.command(0, &["approve", &question, "--reason", "seen it", "--by", "ada@example.com"]).await?;
    let run = world.follow(&asked.arn).await?;
    run.asks("undo")?;
    assert_eq!(world.account().await?.containments("approved-role").len(), 1);
    for late in ["deny", "approve"] {
        let told = world.command(1, &[late, &question, "--reason", "too late"]).await?.stdout;
        assert!(told.starts_with("already decided: approve by local:ada@example.com"), "{told}");
    }
    assert_eq!(world.account().await?.containments("approved-role").len(), 1);

    let asked = world.respond(&no).await?;
    let question = asked.asks("change")?;
    world.command(0, &["deny", &question, "--reason", "a known egress", "--by", "ada@example.com"]).await?;
    let run = world.follow(&asked.arn).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Denied"));
    let (after, case) = (world.account().await?, run.case()?);
    assert_eq!(after.inline("denied-role"), before.inline("denied-role"));
    assert_eq!(after.told(&case), ["Found", "Your decision", "Not changed"]);
    assert!(after.body(&case, "Not changed").contains("a known egress"));
    let told = world.command(1, &["approve", &question, "--reason", "after all", "--json"]).await?.json()?;
    assert_eq!((&told["outcome"], &told["by"]), (&"AlreadyDecided".into(), &"local:ada@example.com".into()));
    assert_eq!(world.account().await?.roles(), after.roles());
    Ok(())
}
