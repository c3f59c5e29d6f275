//! The tasks run with the permissions that the manifest grants them, and need no more.

use crate::event::{sample, sample_of};
use crate::world::World;
use contract::kinds::role_containment::deny_all;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tests::responses::{CREDENTIAL_EXFILTRATION, IAM_POLICY_REMEDIATION, response};
use tests::{Result, Session, manifest};

/// The actions that the manifest allows each function, by the name of its role.
fn granted() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let entries = manifest()?.into_iter().map(|entry| {
        let actions = entry.allowed().into_iter().map(str::to_owned).collect();
        (format!("redress-{}", entry.name), actions)
    });
    Ok(entries.collect())
}

/// The roles of the functions of a kind, and of those that every kind needs.
fn roles_of(names: &[&str]) -> Result<BTreeSet<String>> {
    let mut kinds = BTreeSet::from([None]);
    for name in names {
        kinds.insert(response(name)?.workflow.kind.as_deref());
    }
    let of_kinds = contract::declarations().into_iter().filter(|task| kinds.contains(&task.kind));
    Ok(of_kinds.map(|task| format!("redress-{}", task.name)).collect())
}

#[tokio::test]
async fn the_manifest_grants_every_call() -> Result<()> {
    let event = sample("outside")?;
    let world =
        World::start_with("least-privilege", &event, |options| options.mode = "approve".to_owned()).await?;
    let asked = world.respond(&event).await?;
    world.command(0, &["approve", &asked.asks("change")?, "--reason", "seen it"]).await?;
    let run = world.follow(&asked.arn).await?;
    let run = world.undo(&run).await?;
    assert_eq!(run.end(), "Restored");
    assert_eq!(run.errors(), Vec::<&Value>::new(), "no task was denied anything");

    let event = sample_of(IAM_POLICY_REMEDIATION, "create-policy-version")?;
    world.aws.seed(&event).await?;
    let asked = world.respond(&event).await?;
    world.command(0, &["approve", &asked.asks("change")?, "--reason", "seen it"]).await?;
    let run = world.undo(&world.follow(&asked.arn).await?).await?;
    assert_eq!(run.end(), "Restored");
    assert_eq!(run.errors(), Vec::<&Value>::new(), "no task was denied anything");

    let (granted, mut seen) = (granted()?, BTreeSet::new());
    for call in world.aws.calls().await? {
        let text = |name: &str| call.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (caller, action) = (text("caller"), format!("{}:{}", text("service"), text("action")));
        let allowed = granted.get(&caller).is_some_and(|allowed| allowed.contains(&action));
        assert!(allowed, "`{caller}` called `{action}`, which the manifest does not grant");
        seen.insert(caller);
    }
    let expected = roles_of(&[CREDENTIAL_EXFILTRATION, IAM_POLICY_REMEDIATION])?;
    assert_eq!(seen, expected, "every task called something");
    Ok(())
}

#[tokio::test]
async fn actions_that_the_manifest_does_not_grant_are_denied() -> Result<()> {
    let world = World::start("least-privilege-denied", &sample("outside")?).await?;
    let endpoint = world.aws.endpoint();
    // Not the sessions of the tasks: their calls are compared with the roles of a deployment.
    let session = async |task: &str| {
        let role_arn = format!("arn:aws:iam::123456789012:role/redress/redress-{task}");
        Session::administrator().assume(endpoint, &role_arn, "test").await
    };
    let role = &world.role()?.name;
    let before = world.account().await?;
    let document = deny_all("0123456789ab").to_string();
    let action = "iam:PutRolePolicy";
    let (may, may_not): (Vec<_>, Vec<_>) =
        manifest()?.into_iter().partition(|entry| entry.allowed().contains(action));
    assert!(!may.is_empty(), "some task changes roles");
    for task in may_not.iter().map(|entry| &entry.name) {
        let parameters =
            [("RoleName", role.as_str()), ("PolicyName", "redress-test"), ("PolicyDocument", &document)];
        let answer = session(task).await?.iam(endpoint, "PutRolePolicy", &parameters).await?;
        assert!(answer.is_err_and(|why| why.contains("not authorized")), "`{task}` may change a role");
    }
    // Those that may change a role may not change the responder itself.
    for (task, own) in may.iter().map(|entry| &entry.name).flat_map(|task| {
        [(task, "redress-role-containment-change"), (task, "redress-role-containment-restore")]
    }) {
        let parameters = [("RoleName", own), ("PolicyName", "redress-test"), ("PolicyDocument", &document)];
        let answer = session(task).await?.iam(endpoint, "PutRolePolicy", &parameters).await?;
        assert!(answer.is_err_and(|why| why.contains("explicit deny")), "`{task}` may change `{own}`");
    }
    assert_eq!(world.account().await?.roles(), before.roles());
    Ok(())
}
