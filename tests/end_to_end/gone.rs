//! A danger that was taken back before CloudTrail had reported it.

use crate::event::sample_of;
use crate::world::World;
use tests::Result;
use tests::responses::IAM_POLICY_REMEDIATION as RESPONSE;

#[tokio::test]
async fn a_danger_that_was_taken_back_at_once_is_told() -> Result<()> {
    let admin = ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess");
    let attached = sample_of(RESPONSE, "attach-user-policy")?;
    let user = attached.pointer("/detail/requestParameters/userName").and_then(|name| name.as_str());
    let user = user.unwrap_or_default().to_owned();
    let put = sample_of(RESPONSE, "put-role-policy")?;
    let world = World::start("gone", &attached).await?;
    world.aws.iam("DetachUserPolicy", &[("UserName", &user), admin]).await?;
    let role = [("RoleName", "report-builder"), ("PolicyName", "everything")];
    // The role may have no such policy in this account, and needs none.
    let _ = world.aws.iam("DeleteRolePolicy", &role).await;
    for event in [&attached, &put] {
        let before = world.account().await?;
        let run = world.respond(event).await?;
        assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Handed to people"), "{:?}", run.errors());
        let after = world.account().await?;
        for part in ["roles", "users", "policies"] {
            assert_eq!(after.0.get(part), before.0.get(part), "nothing is changed");
        }
        let body = after.body(&run.case()?, "Yours now");
        assert!(body.contains("Not any more: Critical: "), "{body}");
    }
    Ok(())
}
