//! Calls of IAM that no response puts right: people are told of those that matter, and nothing is changed.

use crate::event::{by_role, sample_of, set};
use crate::world::World;
use serde_json::{Value, json};
use tests::responses::{CREDENTIAL_EXFILTRATION, IAM_ACTIVITY, IAM_POLICY_REMEDIATION};
use tests::{ACTING_ROLE, Result, Trouble};

/// The sample events, and a part of the message; nobody is told of those without one.
const EVENTS: &[(&str, Option<&str>)] = &[
    ("create-access-key", Some("the access key of the user dana")),
    ("create-access-key-for-oneself", None),
    ("update-access-key", Some("the access key of the user dana")),
    ("create-login-profile", Some("the password of the user dana")),
    ("add-user-to-group", Some("It is in the policy run-anything.")),
    ("add-user-to-harmless-group", None),
    ("create-oidc-provider", Some("idp[.]example[.]com")),
    ("update-saml-provider", Some("saml-provider/corporate")),
    ("detach-role-policy", Some("denied something")),
    ("delete-user-policy", Some("not known any more")),
];

#[tokio::test]
async fn people_are_told_of_calls_that_give_a_way_in_or_take_a_denial_away() -> Result<()> {
    let mut world: Option<World> = None;
    for (name, told) in EVENTS {
        let event = sample_of(IAM_ACTIVITY, name)?;
        let world = match &mut world {
            Some(world) => world,
            none => none.insert(World::start("iam-activity", &event).await?),
        };
        let before = world.account().await?;
        let run = world.respond(&event).await?;
        let after = world.account().await?;
        for part in ["roles", "users", "groups", "policies"] {
            assert_eq!(after.0.get(part), before.0.get(part), "{name}: {part}");
        }
        let new: Vec<_> = after.messages().into_iter().skip(before.messages().len()).collect();
        match told {
            None => {
                assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Nothing to do"), "{name}");
                assert_eq!(new, [], "{name}: nobody needs to know");
            }
            Some(part) => {
                assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Handed to people"), "{name}");
                let [(subject, body)] = new.as_slice() else { panic!("{name}: one message, not {new:?}") };
                assert!(subject.contains("Yours now") && body.contains(part), "{name}: {subject}\n{body}");
            }
        }
        assert_eq!(run.errors(), Vec::<&Value>::new(), "{name}");
    }
    let Some(world) = world else { return Ok(()) };
    let event = sample_of(IAM_ACTIVITY, "delete-user-policy")?;
    let run = world.respond(&by_role(&event, ACTING_ROLE)?).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Ignored"), "its own changes are no findings");
    Ok(())
}

/// Each press of a custom action is a case of its own, whatever became of the finding before.
#[tokio::test]
async fn a_custom_action_is_answered_each_time_that_a_person_chooses_it() -> Result<()> {
    let event = sample_of(CREDENTIAL_EXFILTRATION, "custom-action")?;
    let world = World::start("custom-action", &event).await?;
    let run = world.respond(&event).await?;
    let containments = world.account().await?.containments("web-frontend");
    assert_eq!(containments.len(), 1, "{:?}", run.states());
    let released = world.undo(&run).await?;
    assert_eq!((released.status.as_str(), released.end()), ("SUCCEEDED", "Restored"));
    let again = world.respond(&event).await?;
    again
        .asks("change")
        .map_err(|why| Trouble(format!("a person took it back, so a person is asked: {why}")))?;
    assert_eq!(world.account().await?.containments("web-frontend").len(), 0);
    let mut other = event;
    set(&mut other, "/detail/actionName", json!("Send to tickets"))?;
    let before = world.account().await?;
    let run = world.respond(&other).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Handed to people"));
    let after = world.account().await?;
    assert_eq!(after.roles(), before.roles());
    assert!(after.body(&run.case()?, "Yours now").contains("does not ask for a change"));
    Ok(())
}

/// Security Hub sends a finding in both formats, in any order.
#[tokio::test]
async fn a_finding_in_two_formats_is_one_case() -> Result<()> {
    let new = sample_of(IAM_POLICY_REMEDIATION, "security-hub-v2")?;
    let mut old = sample_of(IAM_POLICY_REMEDIATION, "security-hub-failed")?;
    let id = new.pointer("/detail/findings/0/finding_info/uid").cloned().unwrap_or_default();
    set(&mut old, "/detail/findings/0/Id", id)?;
    for (name, first, second) in [("new", &new, &old), ("old", &old, &new)] {
        let world = World::start(&format!("two-formats-{name}"), first).await?;
        world.respond(first).await?.asks("undo")?;
        let changed = world.account().await?;
        assert_eq!(world.respond(second).await?.end(), "Already handled", "{name} first");
        let after = world.account().await?;
        assert_eq!(
            (after.0.get("policies"), after.messages()),
            (changed.0.get("policies"), changed.messages())
        );
        assert_eq!(after.finding(&world.seeded.finding_arn)["workflow"], "NOTIFIED", "{name} first");
    }
    Ok(())
}
