//! A required permissions boundary that was removed or replaced is put back after a person has approved it, whatever the
//! mode, and taken off again by the undo.

use crate::account::Account;
use crate::event::{by_role, sample_of, set};
use crate::world::World;
use serde_json::{Value, json};
use tests::responses::PERMISSIONS_BOUNDARY;
use tests::{ACTING_ROLE, Result};

const REQUIRED: &str = "arn:aws:iam::123456789012:policy/developer-boundary";
const LOOSE: &str = "arn:aws:iam::aws:policy/AdministratorAccess";

/// The boundary of a principal, such as `roles/web`.
fn boundary(account: &Account, principal: &str) -> Value {
    account.0.pointer(&format!("/{principal}/boundary")).cloned().unwrap_or_default()
}

/// Roles, users, groups and policies.
fn iam(account: &Account) -> Value {
    let part = |name: &str| account.0.get(name).cloned().unwrap_or_default();
    json!([part("roles"), part("users"), part("groups"), part("policies")])
}

#[tokio::test]
async fn a_boundary_is_put_back_after_approval_and_taken_off_by_the_undo() -> Result<()> {
    for (event, principal, was) in [
        ("delete-role-boundary", "roles/build-runner", Value::Null),
        ("put-role-boundary", "roles/deploy-runner", json!(LOOSE)),
        ("delete-user-boundary", "users/dana", Value::Null),
        ("put-user-boundary", "users/frank", json!(LOOSE)),
    ] {
        let name = event;
        let event = sample_of(PERMISSIONS_BOUNDARY, event)?;
        let world = World::start(&format!("boundary-{name}"), &event).await?;
        let before = world.account().await?;
        assert_eq!(boundary(&before, principal), was, "{name}");

        let asked = world.respond(&event).await?;
        let (question, case) = (asked.asks("change")?, asked.case()?);
        let shown = world.account().await?;
        assert_eq!(
            iam(&shown),
            iam(&before),
            "{name}: nothing changes before the approval, in mode auto as well"
        );
        let body = shown.body(&case, "Your decision");
        assert!(body.contains("may-stop-work:") && body.contains(REQUIRED), "{name}: {body}");

        world.command(0, &["approve", &question, "--reason", "seen it"]).await?;
        let run = world.follow(&asked.arn).await?;
        run.asks("undo")?;
        let changed = world.account().await?;
        assert_eq!(boundary(&changed, principal), REQUIRED, "{name}");

        let run = world.undo(&run).await?;
        assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Restored"), "{name}: {:?}", run.errors());
        assert_eq!(run.errors(), Vec::<&Value>::new(), "{name}: no task failed");
        let restored = world.account().await?;
        assert_eq!(iam(&restored), iam(&before), "{name}: exactly as before");
        let told = restored.told(&case);
        let ends = (told.first().map(String::as_str), told.last().map(String::as_str));
        assert_eq!(ends, (Some("Found"), Some("Restored")), "{name}: {told:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_principal_without_a_required_boundary_is_handed_to_people() -> Result<()> {
    let mut event = sample_of(PERMISSIONS_BOUNDARY, "delete-role-boundary")?;
    set(&mut event, "/detail/requestParameters/roleName", json!("web"))?;
    let world = World::start("boundary-not-required", &event).await?;
    let before = world.account().await?;
    let run = world.respond(&event).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Handed to people"));
    let (after, case) = (world.account().await?, run.case()?);
    assert_eq!(iam(&after), iam(&before));
    assert_eq!(after.told(&case), ["Found", "Yours now"]);
    let body = after.body(&case, "Yours now");
    assert!(body.contains("REQUIRED_BOUNDARIES") && body.contains("the role web"), "{body}");
    Ok(())
}

#[tokio::test]
async fn a_boundary_that_is_back_in_place_is_told_and_left_alone() -> Result<()> {
    let event = sample_of(PERMISSIONS_BOUNDARY, "delete-role-boundary")?;
    let world = World::start("boundary-in-place", &event).await?;
    let parameters = [("RoleName", "build-runner"), ("PermissionsBoundary", REQUIRED)];
    world.aws.iam("PutRolePermissionsBoundary", &parameters).await?;
    let before = world.account().await?;
    let run = world.respond(&event).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Handed to people"));
    let after = world.account().await?;
    assert_eq!(iam(&after), iam(&before), "nothing is changed");
    let body = after.body(&run.case()?, "Yours now");
    assert!(body.contains("Not any more: The role build-runner had no permissions boundary."), "{body}");
    let run = world.respond(&by_role(&event, ACTING_ROLE)?).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Ignored"), "its own changes are no findings");
    Ok(())
}
