use super::*;
use crate::approvals::people::Person;
use crate::messages::samples::finding;
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

fn user(number: usize) -> Value {
    json!({ "type": "IAMUser", "name": format!("arn:aws:iam::123456789012:user/user-{number}") })
}

#[test]
fn each_identity_is_kept_once_however_often_it_acts() {
    let found =
        actors([sso("ada", "192.0.2.1"), sso("ada", "192.0.2.2"), session("x"), sso("grace", "192.0.2.1")]);
    assert_eq!(found.known.len(), 3);
    assert!(!found.incomplete && found.known.iter().all(|actor| actor.ip.is_none()));
}

/// An actor whose session has this name.
type Named<'a> = &'a dyn Fn(&str) -> Value;

fn barred(found: &Actors, acts: Acts) -> Vec<String> {
    found.barred(acts, &finding(), None)
}

/// Names that a caller chose must not use up the places of other identities, whatever the role is called.
#[test]
fn a_flood_of_names_hides_nobody_and_bars_no_others() {
    let sso = |name: &str| sso(name, "192.0.2.1");
    let named =
        |name: &str| json!({ "type": "AssumedRole", "name": "batch", "roleId": "AROAX", "session": name });
    let token = |name: &str| json!({ "type": "FederatedUser", "name": format!("arn:aws:sts::123456789012:federated-user/{name}") });
    let of_role = |role: &str| format!("arn:aws:sts::123456789012:assumed-role/{role}/*");
    let cases: [(Named<'_>, Option<String>); 4] = [
        (&session, Some(of_role("deploy"))),
        (&named, Some(of_role("batch"))),
        (&token, Some("arn:aws:sts::123456789012:federated-user/*".to_owned())),
        (&sso, None),
    ];
    for (of, whole) in cases {
        let flood = (0..200).map(|number| of(&format!("s-{number}")));
        let found =
            actors(flood.chain([of("erin"), session("x"), json!({ "type": "IAMUser", "name": "judy" })]));
        for acts in [Acts::Change, Acts::Undo] {
            let barred = barred(&found, acts);
            for name in ["erin", "s-199", "judy"] {
                assert!(Person::named(name).is_one_of(&barred), "{name} {:?}", found.known);
            }
            assert!(!Person::named("grace").is_one_of(&barred));
            assert!(whole.iter().all(|whole| barred.contains(whole)), "{whole:?}: {barred:?}");
        }
    }
    // A role that only has a name like one of Identity Center: its other sessions are barred as well.
    let role = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_0123456789abcdef";
    let barred = barred(&actors((0..200).map(|number| sso(&format!("s-{number}")))), Acts::Undo);
    for (name, is_real, is_barred) in [("s-199", true, true), ("grace", true, false), ("grace", false, true)]
    {
        let person = Person::of_arn(&format!("{role}/{name}"), is_real);
        assert_eq!(person.is_one_of(&barred), is_barred, "{name} {is_real}");
    }
}

/// The person behind a session whose own name is kept no more.
#[test]
fn the_source_identity_of_a_late_session_is_barred() {
    let late = json!({ "type": "AssumedRole", "name": "batch", "session": "late", "sourceIdentity": "ada@example.com" });
    let found = actors(
        (0..50)
            .map(|number| session(&format!("s-{number}")))
            .chain((0..50).map(
                |number| json!({ "type": "AssumedRole", "name": "batch", "session": format!("s-{number}") }),
            ))
            .chain([late]),
    );
    for acts in [Acts::Change, Acts::Undo] {
        assert!(Person::named("Ada@example.com").is_one_of(&barred(&found, acts)));
    }
}

/// A session of Identity Center whose name cannot be read may be anybody's.
#[test]
fn an_unreadable_name_is_not_lost_in_a_flood() {
    let found =
        actors((0..50).map(|number| sso(&format!("s-{number}"), "")).chain([sso("?", ""), sso("!", "")]));
    let role = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_0123456789abcdef";
    let grace = Person::of_arn(&format!("{role}/grace"), true);
    assert!(grace.is_one_of(&barred(&found, Acts::Change)));
}

#[test]
fn more_names_than_are_kept_bar_everybody() {
    let found = actors((0..=NAMES + KEPT_OF_A_ROLE).map(|number| session(&format!("s-{number}"))));
    assert!(barred(&found, Acts::Undo).contains(&EVERYBODY.to_owned()));
}

/// With more identities than are kept nobody can be told from them.
#[test]
fn more_identities_than_are_kept_bar_everybody_until_the_case_comes_back() {
    let mut found = actors((0..=KEPT).map(user));
    assert!(found.incomplete);
    let mut other = Actors::default();
    other.join(&found);
    assert!(other.incomplete);
    found.make_room();
    assert_eq!((found.incomplete, found.known.len()), (false, KEPT / 2));
    let last: Actor = serde_json::from_value(user(KEPT - 1)).unwrap();
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
