use super::*;
use crate::approvals::people::Person;
use crate::messages::samples::finding;
use contract::Question;
use serde_json::{Value, json};

fn actors(all: impl IntoIterator<Item = Value>) -> Actors {
    let mut actors = Actors::default();
    for actor in all {
        let actor: Actor = serde_json::from_value(actor).unwrap();
        actors.add(Some(&actor));
    }
    actors
}

fn sso(user: &str, ip: &str) -> Value {
    let name = format!("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_0123456789abcdef/{user}");
    json!({ "type": "AssumedRole", "name": name, "ip": ip })
}

fn session(name: &str) -> Value {
    let name = format!("arn:aws:sts::123456789012:assumed-role/deploy/{name}");
    json!({ "type": "AssumedRole", "name": name })
}

#[test]
fn each_identity_is_kept_once_however_often_it_acts() {
    let found =
        actors([sso("ada", "192.0.2.1"), sso("ada", "192.0.2.2"), session("x"), sso("grace", "192.0.2.1")]);
    assert_eq!(found.known.len(), 3);
    assert!(!found.incomplete && found.known.iter().all(|actor| actor.ip.is_none()));
}

/// Names that a caller chose must not use up the places of other identities.
#[test]
fn a_flood_of_names_hides_nobody() {
    let flood = (0..500).map(|number| session(&format!("s-{number}")));
    let named = (0..500).map(|number| json!({ "type": "AssumedRole", "name": "batch", "roleId": "AROAX", "session": format!("s-{number}") }));
    let found = actors(flood.chain(named).chain([sso("erin", "192.0.2.1")]));
    assert!(!found.incomplete && found.known.len() == 2 * KEPT_OF_A_ROLE + 1, "{}", found.known.len());
    let question = Question::Change { reasons: Vec::new() };
    let barred = suspects(&question, &finding(), None, &found.known);
    for role in ["deploy", "batch"] {
        let pattern = format!("arn:aws:sts::123456789012:assumed-role/{role}/*");
        assert!(barred.contains(&pattern), "{barred:?}");
    }
    assert!(barred.contains(&"erin".to_owned()), "{barred:?}");
}

/// With more identities than are kept nobody can be told from them.
#[test]
fn more_identities_than_are_kept_bar_everybody_until_the_case_comes_back() {
    let mut found = actors((0..=KEPT).map(|number| sso(&format!("user-{number}"), "192.0.2.1")));
    assert!(found.incomplete);
    let mut other = Actors::default();
    other.join(&found);
    assert!(other.incomplete);
    found.make_room();
    assert_eq!((found.incomplete, found.known.len()), (false, KEPT / 2));
    let last: Actor = serde_json::from_value(sso(&format!("user-{}", KEPT - 1), "192.0.2.1")).unwrap();
    assert!(found.known.contains(&identity(&last)));
    let grace = Person::named("grace@example.com");
    let barring = |not_by: &[&str]| {
        let approval = json!({
            "approvalId": "1", "caseId": "c", "question": { "kind": "Change", "reasons": [] }, "execution": "e",
            "taskToken": "t", "expiresAt": "2026-01-01T13:00:00Z", "told": true, "notBy": not_by,
        });
        let approval: Approval = serde_json::from_value(approval).unwrap();
        may_answer(&approval, &grace)
    };
    assert!(barring(&["erin"]).is_ok());
    assert!(barring(&["erin", EVERYBODY]).unwrap_err().contains("decide and act by hand"));
}
