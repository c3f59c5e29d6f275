//! A role on which IAM puts no further inline policy is contained in another way, with the permissions of the tasks' own roles.

use crate::event::sample;
use crate::world::World;
use serde_json::Value;
use tests::Result;

const ROLE: &str = "web-frontend";
const DENY_ALL: &str = "arn:aws:iam::aws:policy/AWSDenyAll";

/// A document that leaves no room for another inline policy.
fn long() -> String {
    let sid = "x".repeat(9_900);
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"{sid}","Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}}]}}"#
    )
}

/// The ARNs of the attached policies, and of the boundary.
async fn denials(world: &World) -> Result<(bool, bool)> {
    let account = world.account().await?;
    let role = &account.roles()[ROLE];
    let attached = role["attached"].as_array().is_some_and(|arns| arns.contains(&Value::from(DENY_ALL)));
    Ok((attached, role["boundary"] == DENY_ALL))
}

#[tokio::test]
async fn a_role_with_a_full_quota_is_contained_in_another_way_and_released() -> Result<()> {
    let event = sample("outside")?;
    for (name, full, bounded) in [("inline", false, false), ("both", true, false), ("bounded", true, true)] {
        let world = World::start(&format!("full-role-{name}"), &event).await?;
        let document = long();
        let put = [("RoleName", ROLE), ("PolicyName", "long"), ("PolicyDocument", document.as_str())];
        world.aws.iam("PutRolePolicy", &put).await?;
        if full {
            for n in 0..10 {
                let name = format!("p{n}");
                let arn = format!("arn:aws:iam::123456789012:policy/{name}");
                let small = document.replace(&"x".repeat(9_900), "x");
                world.aws.iam("CreatePolicy", &[("PolicyName", &name), ("PolicyDocument", &small)]).await?;
                // The role may have some already.
                let attach = [("RoleName", ROLE), ("PolicyArn", arn.as_str())];
                let _full = world.aws.iam("AttachRolePolicy", &attach).await;
            }
        }
        if bounded {
            let bound = [("RoleName", ROLE), ("PermissionsBoundary", "arn:aws:iam::123456789012:policy/p0")];
            world.aws.iam("PutRolePermissionsBoundary", &bound).await?;
        }
        let before = world.account().await?;
        let run = world.respond(&event).await?;
        run.asks("undo")?;
        assert_eq!(denials(&world).await?, (!full, full));
        assert_eq!(world.account().await?.containments(ROLE), Vec::<String>::new());
        let messages = world.account().await?.messages();
        assert!(messages.iter().any(|(_, body)| body.contains("AWSDenyAll would be attached to the role")));
        assert!(
            messages
                .iter()
                .any(|(subject, body)| subject.contains("Contained") && body.contains("AWSDenyAll"))
        );
        let released = world.undo(&run).await?;
        assert_eq!((released.status.as_str(), released.end()), ("SUCCEEDED", "Restored"));
        assert_eq!(world.account().await?.roles(), before.roles());
    }
    Ok(())
}
