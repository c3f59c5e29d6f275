//! The tasks run with what the manifest grants them, and need no more.

use crate::event::{sample, sample_of};
use crate::world::World;
use contract::deny_all;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tests::{Result, Session};

/// What the manifest allows each task, by the name of its role.
fn granted() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let manifest = serde_json::to_value(contract::manifest())?;
    let texts = |value: &Value, name: &str| -> BTreeSet<String> {
        let items = value.get(name).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mut granted = BTreeMap::new();
    for task in manifest.as_array().into_iter().flatten() {
        let name = task.get("name").and_then(Value::as_str).unwrap_or_default();
        let statements = task.get("iam").and_then(Value::as_array).into_iter().flatten();
        let allows = statements.filter(|statement| statement.get("effect") == Some(&Value::from("Allow")));
        granted.insert(format!("redress-{name}"), allows.flat_map(|allow| texts(allow, "actions")).collect());
    }
    Ok(granted)
}

#[tokio::test]
async fn every_call_is_one_that_the_manifest_grants() -> Result<()> {
    let event = sample("outside")?;
    let world =
        World::start_with("least-privilege", &event, |options| options.mode = "approve".to_owned()).await?;
    let asked = world.respond(&event).await?;
    world.command(0, &["approve", &asked.asks("contain")?, "--reason", "seen it"]).await?;
    let run = world.follow(&asked.arn).await?;
    let run = world.undo(&run).await?;
    assert_eq!(run.end(), "Restored");
    assert_eq!(run.errors(), Vec::<&Value>::new(), "no task was denied anything");

    let event = sample_of("iam-policy-remediation", "create-policy-version")?;
    world.aws.seed(&event).await?;
    let asked = world.respond(&event).await?;
    world.command(0, &["approve", &asked.asks("remediate")?, "--reason", "seen it"]).await?;
    let run = world.undo(&world.follow(&asked.arn).await?).await?;
    assert_eq!(run.end(), "Restored");
    assert_eq!(run.errors(), Vec::<&Value>::new(), "no task was denied anything");

    let (granted, mut seen) = (granted()?, BTreeSet::new());
    for call in world.aws.calls().await? {
        let text = |name: &str| call.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (caller, action) = (text("caller"), format!("{}:{}", text("service"), text("action")));
        let allowed = granted.get(&caller).is_some_and(|allowed| allowed.contains(&action));
        assert!(allowed, "`{caller}` called `{action}`, which the manifest does not grant it");
        seen.insert(caller);
    }
    assert_eq!(seen, granted.into_keys().collect(), "every task had something to do");
    Ok(())
}

#[tokio::test]
async fn what_the_manifest_does_not_grant_is_denied() -> Result<()> {
    let world = World::start("least-privilege-denied", &sample("outside")?).await?;
    let endpoint = world.aws.endpoint();
    // Not the sessions of the tasks: what those call is compared with the roles that are deployed.
    let session = async |task: &str| {
        let role_arn = format!("arn:aws:iam::123456789012:role/redress/redress-{task}");
        Session::administrator().assume(endpoint, &role_arn, "test").await
    };
    let role = &world.role()?.name;
    let before = world.account().await?;
    let document = deny_all("0123456789ab").to_string();
    let may = ["contain-role", "remediate-policy", "restore-policy"];
    for task in contract::manifest().iter().map(|task| task.name).filter(|task| !may.contains(task)) {
        let parameters =
            [("RoleName", role.as_str()), ("PolicyName", "redress-test"), ("PolicyDocument", &document)];
        let answer = session(task).await?.iam(endpoint, "PutRolePolicy", &parameters).await?;
        assert!(answer.is_err_and(|why| why.contains("not authorized")), "`{task}` may change a role");
    }
    // Those that may change a role may not change the responder itself.
    for (task, own) in
        may.iter().flat_map(|task| [(task, "redress-contain-role"), (task, "redress-restore-role")])
    {
        let parameters = [("RoleName", own), ("PolicyName", "redress-test"), ("PolicyDocument", &document)];
        let answer = session(task).await?.iam(endpoint, "PutRolePolicy", &parameters).await?;
        assert!(answer.is_err_and(|why| why.contains("explicit deny")), "`{task}` may change `{own}`");
    }
    assert_eq!(world.account().await?.roles(), before.roles());
    Ok(())
}
