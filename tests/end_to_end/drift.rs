//! Somebody else changes the role: while IAM settles, or while the undo is on offer.

use crate::event::about;
use crate::world::World;
use serde_json::json;
use tests::Result;

#[tokio::test]
async fn the_undo_takes_away_what_was_put_and_nothing_else() -> Result<()> {
    let event = about("helped-role")?;
    let world = World::start("drift-helped", &event).await?;
    let run = world.respond(&event).await?;
    let (before, case) = (world.account().await?, run.case()?);
    // Somebody is faster than the undo, and puts something of their own.
    let (role, policy) = (("RoleName", "helped-role"), format!("redress-contain-{case}"));
    world.aws.iam("DeleteRolePolicy", &[role, ("PolicyName", &policy)]).await?;
    let own = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Deny", "Action": "s3:*", "Resource": "*" } });
    world
        .aws
        .iam("PutRolePolicy", &[role, ("PolicyName", "by-hand"), ("PolicyDocument", &own.to_string())])
        .await?;
    let run = world.undo(&run).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Restored"));
    let mut expected = before.inline("helped-role");
    expected.remove(&policy);
    expected.insert("by-hand".to_owned(), own);
    assert_eq!(world.account().await?.inline("helped-role"), expected, "theirs stays");
    let output = &run.visit("Put it back")?.output;
    assert_eq!(output["restored"], false);
    assert_eq!(output["changedMeanwhile"], json!(["The inline policy by-hand is new."]));
    Ok(())
}

#[tokio::test]
async fn the_undo_refuses_what_is_not_as_it_was_put() -> Result<()> {
    let (changed, replaced) = (about("changed-role")?, about("replaced-role")?);
    let world = World::start("drift-refused", &changed).await?;
    world.seed(&replaced).await?;

    let run = world.respond(&changed).await?;
    let case = run.case()?;
    let policy = format!("redress-contain-{case}");
    let put = world.account().await?.inline("changed-role").remove(&policy);
    let looser = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Deny", "Action": "s3:*", "Resource": "*" } });
    let parameters =
        [("RoleName", "changed-role"), ("PolicyName", &policy), ("PolicyDocument", &looser.to_string())];
    world.aws.iam("PutRolePolicy", &parameters).await?;
    let drifted = world.account().await?;
    let run = world.undo(&run).await?;
    run.asks("undo")?;
    let after = world.account().await?;
    assert_eq!(after.roles(), drifted.roles(), "what is not ours is left alone");
    let told = ["Found", "Contained", "Undo on offer", "UNDO FAILED", "Undo on offer"];
    assert_eq!(after.told(&case), told, "what was refused stays on offer");
    let told = after.body(&case, "UNDO FAILED");
    assert!(told.contains("Drifted") && told.contains("is not what was put"), "{told}");
    assert!(told.contains("aws iam delete-role-policy"), "people can finish it: {told}");
    assert_eq!(after.record(&format!("finding#{case}"), "case")["status"], "Open");

    // It is refused once more, and people are told once more. Then somebody puts the role right.
    let run = world.undo(&run).await?;
    assert_eq!(world.account().await?.told(&case).iter().filter(|told| *told == "UNDO FAILED").count(), 2);
    let put = put.unwrap_or_default().to_string();
    let parameters = [("RoleName", "changed-role"), ("PolicyName", &policy), ("PolicyDocument", &put)];
    world.aws.iam("PutRolePolicy", &parameters).await?;
    assert_eq!(world.undo(&run).await?.end(), "Restored");

    let run = world.respond(&replaced).await?;
    let case = run.case()?;
    replace_role(&world, "replaced-role", &format!("redress-contain-{case}")).await?;
    let fresh = world.account().await?;
    let run = world.undo(&run).await?;
    run.asks("undo")?;
    let after = world.account().await?;
    assert_eq!(after.roles(), fresh.roles(), "a new role of the same name is another role");
    let body = after.body(&case, "UNDO FAILED");
    assert!(body.contains("it has the policy"), "{body}");
    Ok(())
}

/// Deletes a role and makes another of its name, with a policy that has the name of ours.
async fn replace_role(world: &World, name: &str, policy: &str) -> Result<()> {
    world.aws.iam("DeleteRolePolicy", &[("RoleName", name), ("PolicyName", policy)]).await?;
    world.delete_role(name).await?;
    let role = ("RoleName", name);
    let nobody = json!({ "Version": "2012-10-17", "Statement": [] }).to_string();
    world.aws.iam("CreateRole", &[role, ("AssumeRolePolicyDocument", &nobody)]).await?;
    let document = contract::kinds::role_containment::deny_all("of-somebody-else").to_string();
    let parameters = [role, ("PolicyName", policy), ("PolicyDocument", &document)];
    world.aws.iam("PutRolePolicy", &parameters).await.map(|_| ())
}

#[tokio::test]
async fn a_containment_that_is_taken_off_is_put_again() -> Result<()> {
    let event = about("fought-role")?;
    let world = World::start_with("drift-fought", &event, |options| options.settle_seconds = 2).await?;
    let before = world.account().await?;
    let arn = world.begin(&event).await?;
    world.until_in(&arn, "Let it settle", 1).await?;
    let [policy] = &world.account().await?.containments("fought-role")[..] else {
        return Err(tests::Trouble("the role is not contained once".to_owned()));
    };
    world.aws.iam("DeleteRolePolicy", &[("RoleName", "fought-role"), ("PolicyName", policy)]).await?;
    let run = world.follow(&arn).await?;
    run.asks("undo")?;
    assert_eq!(run.states().iter().filter(|state| **state == "Verify it").count(), 3);
    let (contained, case) = (world.account().await?, run.case()?);
    assert_eq!(contained.containments("fought-role"), [policy.as_str()]);
    assert_eq!(contained.told(&case), ["Found", "Somebody reverts the change", "Contained", "Undo on offer"]);
    let role = world.role()?;
    assert!(role.session.list_buckets(world.aws.endpoint()).await?.is_err());
    assert_eq!(world.undo(&run).await?.end(), "Restored");
    assert_eq!(world.account().await?.roles(), before.roles());
    Ok(())
}

/// Whoever wants the containment gone can wait until nobody looks: somebody looks as long as the undo is on offer. The undo
/// takes back all that was put, also what was put meanwhile.
#[tokio::test]
async fn a_containment_that_is_taken_off_later_is_put_again() -> Result<()> {
    let event = about("stalked-role")?;
    let often = |options: &mut tests::Options| options.set.push("LookSeconds=1".to_owned());
    let world = World::start_with("drift-stalked", &event, often).await?;
    let before = world.account().await?;
    let run = world.respond(&event).await?;
    run.asks("undo")?;
    let [policy] = &world.account().await?.containments("stalked-role")[..] else {
        return Err(tests::Trouble("the role is not contained once".to_owned()));
    };
    world.aws.iam("DeleteRolePolicy", &[("RoleName", "stalked-role"), ("PolicyName", policy)]).await?;
    world.until_in(&run.arn, "Tell people it was made once more", 1).await?;
    // The question has kept its id, and people are told of it once.
    let run = world.undo(&run).await?;
    assert_eq!(run.end(), "Restored");
    let (after, case) = (world.account().await?, run.case()?);
    let told = ["Found", "Contained", "Undo on offer", "Somebody reverts the change", "Restored"];
    assert_eq!(after.told(&case), told);
    assert_eq!(after.roles(), before.roles());
    Ok(())
}
