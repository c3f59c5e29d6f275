//! Findings of member accounts: the response acts in the member, and a role of the same name in the home account is left
//! alone. If the responder cannot reach the account, people are told.

use crate::account::Account;
use crate::event::{about, about_role, sample_of, set};
use crate::run::Run;
use crate::world::World;
use contract::kinds::role_containment::deny_all;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::Result;
use tests::responses::{
    CREDENTIAL_EXFILTRATION, IAM_ACTIVITY, IAM_POLICY_REMEDIATION, PERMISSIONS_BOUNDARY, response,
};

const HOME: &str = "123456789012";
const MEMBER: &str = "210987654321";
/// A member that the settings name, and that has no response role.
const CLOSED: &str = "333344445555";
const STRANGER: &str = "999988887777";
const EXTERNAL_ID: &str = "f1d0c2b3a4958677-of-tests";

/// A home account in which an event is true, with a member.
async fn start(test: &str, event: &Value) -> Result<World> {
    let world = World::start_with(test, event, |options| {
        options.environment = vec![
            ("MEMBER_ACCOUNTS".to_owned(), format!("{MEMBER},{CLOSED}")),
            ("MEMBER_EXTERNAL_ID".to_owned(), EXTERNAL_ID.to_owned()),
        ];
    })
    .await?;
    world.aws.join(MEMBER, EXTERNAL_ID).await?;
    Ok(world)
}

/// A finding about a role of this name in another account, seen in another region.
fn elsewhere(account: &str, role: &str) -> Result<Value> {
    let mut event = about_role(role, "AROAOFANOTHERACCOUNT1")?;
    let arn = format!("arn:aws:guardduty:eu-west-1:{account}:detector/12abc34d/finding/elsewhere-{role}");
    for (pointer, value) in [
        ("/account", account),
        ("/region", "eu-west-1"),
        ("/detail/accountId", account),
        ("/detail/region", "eu-west-1"),
        ("/detail/id", &format!("elsewhere-{role}")),
        ("/detail/arn", &arn),
        ("/id", &format!("event-elsewhere-{account}")),
    ] {
        set(&mut event, pointer, json!(value))?;
    }
    Ok(event)
}

async fn account(world: &World, account: &str) -> Result<Account> {
    Ok(Account(world.aws.other_account(account).await?))
}

/// The calls of IAM and EC2, as role and action, with those of the response role as `task@member`.
async fn looked(world: &World) -> Result<BTreeSet<String>> {
    let calls = world.aws.calls().await?;
    let text =
        |call: &Value, name: &str| call.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let there = calls.iter().filter(|call| ["iam", "ec2"].contains(&text(call, "service").as_str()));
    let callers = there.map(|call| match text(call, "session") {
        session if session.is_empty() => text(call, "caller"),
        session => format!("{session}@member"),
    });
    Ok(callers.filter(|caller| caller != "administrator").collect())
}

/// The steps of the kind of a response, in the member account.
fn steps_of(name: &str) -> Result<BTreeSet<String>> {
    let kind = response(name)?.workflow.kind.as_deref();
    let steps = contract::declarations().into_iter().filter(|task| task.kind.is_some() && task.kind == kind);
    Ok(steps.map(|task| format!("{}@member", task.name)).collect())
}

/// Checks that an undo put everything back, and that no task looked at IAM of the home account.
async fn is_back(world: &World, response: &str, home: &Account, member: &Account) -> Result<()> {
    assert_eq!(account(world, MEMBER).await?.roles(), member.roles(), "exactly as before");
    assert_eq!(world.account().await?.roles(), home.roles());
    assert_eq!(looked(world).await?, steps_of(response)?, "no task looked at IAM of the home account");
    Ok(())
}

#[tokio::test]
async fn a_role_of_a_member_is_contained_and_released_there() -> Result<()> {
    let event = about("shared-name")?;
    let world = start("member-role", &event).await?;
    let at_home = world.role()?;
    let finding = elsewhere(MEMBER, "shared-name")?;
    let seeded = world.aws.seed_member(&finding).await?;
    let leaked = seeded.role.clone().ok_or_else(|| tests::Trouble("there is no role".to_owned()))?;
    assert_eq!((leaked.name.as_str(), at_home.name.as_str()), ("shared-name", "shared-name"));
    assert_ne!(leaked.id, at_home.id);
    let (home, member) = (world.account().await?, account(&world, MEMBER).await?);

    let run = world.respond(&finding).await?;
    let case = run.case()?;
    let mut expected = member.inline("shared-name");
    expected.insert(format!("redress-contain-{case}"), deny_all(&case));
    assert_eq!(account(&world, MEMBER).await?.inline("shared-name"), expected);
    let after = world.account().await?;
    assert_eq!(after.roles(), home.roles(), "nothing changed in the home account");
    let refusal = leaked.session.list_buckets(world.aws.endpoint()).await?.unwrap_err();
    assert!(refusal.contains("explicit deny"), "{refusal}");
    assert_eq!(at_home.session.list_buckets(world.aws.endpoint()).await?, Ok(()));

    assert_eq!(after.told(&case), ["Found", "Contained", "Undo on offer"]);
    let body = after.body(&case, "Found");
    for part in ["210987654321 in eu-west-1", "arn:aws:iam::210987654321:role/shared-name", "running"] {
        assert!(body.contains(part), "the message does not say {part}: {body}");
    }
    assert_eq!(after.record(&format!("finding#{case}"), "case")["account"], MEMBER);
    let before = after.record(&format!("before#role-containment#{case}"), "before");
    assert_eq!(before["was"]["roleArn"], "arn:aws:iam::210987654321:role/shared-name");
    assert_eq!(after.finding(&seeded.finding_arn)["workflow"], "NOTIFIED");

    let run = world.undo(&run).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Restored"), "{:?}", run.errors());
    assert_eq!(account(&world, MEMBER).await?.roles(), member.roles(), "exactly as before");
    assert_eq!(world.account().await?.roles(), home.roles());
    let mut expected = steps_of(CREDENTIAL_EXFILTRATION)?;
    expected.insert("shared-name".to_owned());
    let mut looked = looked(&world).await?;
    looked.insert("shared-name".to_owned());
    assert_eq!(looked, expected, "no task looked at IAM or EC2 of the home account");

    let mut places = vec![format!("{:?} {:?}", world.account().await?.messages(), run)];
    for file in
        ["engine.log", "state/logs/role-containment-change.log", "state/logs/role-containment-look.log"]
    {
        places.push(std::fs::read_to_string(world.folder.join(file))?);
    }
    assert!(
        places.iter().all(|text| !text.is_empty() && !text.contains(EXTERNAL_ID)),
        "the external id is told"
    );
    Ok(())
}

/// The run ended with people, who were told why, and nothing was changed.
async fn with_people(world: &World, event: &Value, guardrail: &str, why: &[&str]) -> Result<Run> {
    let home = world.account().await?;
    let run = world.respond(event).await?;
    assert_eq!(run.end(), "Handed to people", "{:?}", run.errors());
    assert_eq!(run.errors(), Vec::<&Value>::new());
    let case = run.case()?;
    let after = world.account().await?;
    let body = after.body(&case, "Yours now");
    for part in why.iter().chain(&[guardrail]) {
        assert!(body.contains(part), "people are not told {part}: {body}");
    }
    assert_eq!(after.roles(), home.roles());
    Ok(run)
}

#[tokio::test]
async fn an_account_that_the_responder_does_not_get_into_is_left_to_people() -> Result<()> {
    let world = start("member-strangers", &about("shared-name")?).await?;
    for (account_id, guardrail, why) in [
        (STRANGER, "no-plan", "It is in the account 999988887777, and this responder acts in 123456789012"),
        (
            CLOSED,
            "no-plan",
            "the responder cannot assume 'arn:aws:iam::333344445555:role/redress/redress-response'",
        ),
    ] {
        let event = elsewhere(account_id, "shared-name")?;
        world.aws.seed_member(&event).await?;
        let before = account(&world, account_id).await?;
        with_people(&world, &event, guardrail, &[why, account_id]).await?;
        assert_eq!(account(&world, account_id).await?, before);
    }
    assert_eq!(looked(&world).await?, BTreeSet::new(), "nobody looked at a role of the same name instead");
    // A response role that asks for another external id lets nobody in either.
    world.aws.join(CLOSED, "another-external-id-of-tests").await?;
    let event = elsewhere(CLOSED, "another-name")?;
    world.aws.seed_member(&event).await?;
    with_people(&world, &event, "no-plan", &["AccessDenied"]).await.map(|_| ())
}

#[tokio::test]
async fn a_policy_of_a_member_is_put_right_and_put_back_there() -> Result<()> {
    let at_home = sample_of(IAM_POLICY_REMEDIATION, "put-role-policy")?;
    let world = start("member-policy", &at_home).await?;
    let mut event: Value = serde_json::from_str(&at_home.to_string().replace(HOME, MEMBER))?;
    set(&mut event, "/detail/eventID", json!("5b0c1d2e-3f40-4a51-8b62-0000000000ff"))?;
    set(&mut event, "/id", json!("event-of-a-member"))?;
    world.aws.seed_member(&event).await?;
    let (home, member) = (world.account().await?, account(&world, MEMBER).await?);
    assert!(member.inline("report-builder").contains_key("everything"));

    let run = world.respond(&event).await?;
    let case = run.case()?;
    let after = world.account().await?;
    assert_eq!(account(&world, MEMBER).await?.inline("report-builder").get("everything"), None);
    assert_eq!(after.roles(), home.roles(), "nothing changed in the home account");
    assert_eq!(after.record(&format!("before#iam-policy#{case}"), "before")["account"], MEMBER);

    let run = world.undo(&run).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Restored"), "{:?}", run.errors());
    is_back(&world, IAM_POLICY_REMEDIATION, &home, &member).await
}

#[tokio::test]
async fn a_boundary_of_a_member_is_put_back_there_and_taken_off() -> Result<()> {
    let at_home = sample_of(PERMISSIONS_BOUNDARY, "delete-role-boundary")?;
    let world = start("member-boundary", &at_home).await?;
    let mut event: Value = serde_json::from_str(&at_home.to_string().replace(HOME, MEMBER))?;
    set(&mut event, "/detail/eventID", json!("5b0c1d2e-3f40-4a51-8b62-0000000000fe"))?;
    set(&mut event, "/id", json!("event-of-a-member"))?;
    world.aws.seed_member(&event).await?;
    let (home, member) = (world.account().await?, account(&world, MEMBER).await?);

    let asked = world.respond(&event).await?;
    let question = asked.asks("change")?;
    assert_eq!(account(&world, MEMBER).await?.roles(), member.roles(), "nothing changes before the approval");
    world.command(0, &["approve", &question, "--reason", "seen it"]).await?;
    let run = world.follow(&asked.arn).await?;
    run.asks("undo")?;
    let required = format!("arn:aws:iam::{MEMBER}:policy/developer-boundary");
    assert_eq!(account(&world, MEMBER).await?.0["roles"]["build-runner"]["boundary"], required);
    assert_eq!(world.account().await?.roles(), home.roles(), "nothing changed in the home account");

    let run = world.undo(&run).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Restored"), "{:?}", run.errors());
    is_back(&world, PERMISSIONS_BOUNDARY, &home, &member).await
}

#[tokio::test]
async fn a_group_of_a_member_is_read_there_and_people_are_told() -> Result<()> {
    let at_home = sample_of(IAM_ACTIVITY, "add-user-to-harmless-group")?;
    let world = start("member-activity", &at_home).await?;
    let event = sample_of(IAM_ACTIVITY, "add-user-to-group")?.to_string().replace(HOME, MEMBER);
    let event: Value = serde_json::from_str(&event)?;
    world.aws.seed_member(&event).await?;
    let run = world.respond(&event).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Handed to people"), "{:?}", run.errors());
    let body = world.account().await?.body(&run.case()?, "Yours now");
    assert!(body.contains("It is in the policy run-anything.") && body.contains(MEMBER), "{body}");
    assert_eq!(looked(&world).await?, steps_of(IAM_ACTIVITY)?, "no task looked at IAM of the home account");
    Ok(())
}

#[tokio::test]
async fn a_policy_that_config_names_by_its_id_is_looked_up_in_its_member() -> Result<()> {
    let world = start("member-config", &about("shared-name")?).await?;
    let event = sample_of(IAM_POLICY_REMEDIATION, "config-admin-access")?.to_string().replace(HOME, MEMBER);
    let event: Value = serde_json::from_str(&event)?;
    world.aws.seed_member(&event).await?;
    let home = world.account().await?;
    let member = account(&world, MEMBER).await?;
    let run = world.respond(&event).await?;
    run.asks("undo")?;
    assert_ne!(account(&world, MEMBER).await?.0["policies"], member.0["policies"]);
    assert_eq!(world.account().await?.0["policies"], home.0["policies"]);
    assert!(looked(&world).await?.contains("iam-policy-look@member"));
    Ok(())
}
