use super::*;
use crate::approvals::people::Person;
use crate::messages::samples::{contained, finding, looked};
use contract::kinds::{iam_policy, permissions_boundary, role_containment};
use contract::{IamPrincipal, PrincipalKind};
use serde_json::json;

fn change() -> Question {
    Question::Change { reasons: vec![] }
}

fn undo() -> Question {
    Question::Undo { recorded: Box::new(contained()) }
}

/// The stolen sessions of a contained role may not take it back.
#[test]
fn an_undo_is_barred_to_a_role_that_acted_and_is_the_target() {
    let undo = undo();
    let role = |name: &str| Target::Resource {
        what: "it".to_owned(),
        resource: json!({ "roleName": name, "roleId": "AROAX" }),
    };
    let actor: Actor =
        serde_json::from_value(json!({ "type": "AssumedRole", "name": "web-frontend" })).unwrap();
    for (target, expected) in [("web-frontend", vec![OF_WEB]), ("batch", vec![])] {
        let finding = Finding { target: role(target), actor: Some(actor.clone()), ..finding() };
        assert_eq!(suspects(&undo, &finding, None, &[]), expected, "{target}");
    }
}

const OF_WEB: &str = "arn:aws:sts::123456789012:assumed-role/web-frontend/*";

fn by(actor: Value) -> Vec<String> {
    suspects_of(&change(), actor)
}

fn suspects_of(question: &Question, actor: Value) -> Vec<String> {
    let other = Target::Other { what: "a bucket".to_owned(), why: "it is none".to_owned() };
    let actor = serde_json::from_value(actor).unwrap();
    suspects(question, &Finding { target: other, actor: Some(actor), ..finding() }, None, &[])
}

/// Nobody has the response put their own change back. Colleagues who share a role with the actor may.
#[test]
fn an_undo_is_barred_to_the_person_who_acted_and_not_to_the_whole_role() {
    let of_role = |role: &str, name: &str| format!("arn:aws:sts::123456789012:assumed-role/{role}/{name}");
    let session = |role: &str, name: &str| Person::of_arn(&of_role(role, name), false);
    let sso = |set: &str, name: &str| {
        Person::of_arn(&of_role(&format!("AWSReservedSSO_{set}_0123456789abcdef"), name), true)
    };
    let user = |path: &str| Person::of_arn(&format!("arn:aws:iam::123456789012:user/{path}"), false);
    let erin = "erin@example.com";
    let everywhere = || vec![sso("admin", erin), sso("reader", erin), subject(erin, &[])];
    let colleagues =
        || vec![session("admin", "ada"), sso("admin", "ada@example.com"), subject("ada", &[]), user("ada")];
    let root = "arn:aws:iam::123456789012:root";
    let federated = "arn:aws:sts::123456789012:federated-user/erin";
    let cases = [
        (
            json!({ "type": "AssumedRole", "name": of_role("AWSReservedSSO_admin_0123456789abcdef", erin) }),
            everywhere(),
        ),
        (
            json!({ "type": "AssumedRole", "name": of_role("admin", erin), "roleId": "AROAX" }),
            [everywhere(), vec![session("admin", erin)]].concat(),
        ),
        (
            json!({ "type": "AssumedRole", "name": "admin", "roleId": "AROAX", "session": erin }),
            [everywhere(), vec![session("admin", erin)]].concat(),
        ),
        (
            json!({ "type": "AssumedRole", "name": of_role("admin", "x"), "sourceIdentity": erin }),
            [everywhere(), vec![session("admin", "x")]].concat(),
        ),
        (
            json!({ "type": "IAMUser", "name": "arn:aws:iam::123456789012:user/teams/erin" }),
            vec![user("teams/erin"), subject("erin", &[])],
        ),
        (
            json!({ "type": "IAMUser", "name": "erin" }),
            vec![user("erin"), user("teams/erin"), subject("erin", &[])],
        ),
        (json!({ "type": "Root", "name": root }), vec![Person::of_arn(root, false)]),
        (json!({ "type": "Root", "name": "" }), vec![Person::of_arn(root, false)]),
        (json!({ "type": "FederatedUser", "name": federated }), vec![Person::of_arn(federated, false)]),
    ];
    for (actor, barred) in cases {
        let patterns = suspects_of(&undo(), actor.clone());
        for person in barred {
            assert!(person.is_one_of(&patterns), "{actor}: {person:?} by {patterns:?}");
        }
        for person in colleagues() {
            assert!(!person.is_one_of(&patterns), "{actor}: {person:?} by {patterns:?}");
        }
    }
    for unnamed in [
        json!({ "type": "AssumedRole", "name": "admin" }),
        json!({ "type": "x", "name": "arn:aws:iam::123456789012:role/admin" }),
    ] {
        assert_eq!(suspects_of(&undo(), unnamed), Vec::<String>::new());
    }
}

fn subject(sub: &str, more: &[(&str, &str)]) -> Person {
    let claims = more.iter().copied().chain([("sub", sub)]);
    let claims = claims.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    Person::of_claims(&claims, "sub", "").unwrap()
}

/// The actor, the whole role behind its session, and the person behind it, in every permission set and on the page.
#[test]
fn whoever_caused_the_event_never_decides() {
    let session = |account: &str, role: &str, name: &str| {
        Person::of_arn(&format!("arn:aws:sts::{account}:assumed-role/{role}/{name}"), true)
    };
    let sso = |set: &str, name: &str| {
        session("123456789012", &format!("AWSReservedSSO_{set}_0123456789abcdef"), name)
    };
    let user = |path: &str| Person::of_arn(&format!("arn:aws:iam::123456789012:user/{path}"), false);
    let claim = |name: &str| subject("00u1", &[("preferred_username", name)]);
    let email = |name: &str| subject("00u1", &[("email", name), ("email_verified", "true")]);
    let erin = "erin@example.com";
    let erin_everywhere = || {
        vec![
            sso("admin", erin),
            sso("reader", "Erin@Example.com"),
            email("ERIN@example.com"),
            claim(erin),
            subject(erin, &[]),
        ]
    };
    let somebody_else =
        || vec![sso("admin", "ada@example.com"), email("ada@example.com"), user("ada"), subject("00u2", &[])];
    let of_sso =
        "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_0123456789abcdef/erin@example.com";
    let web = || {
        vec![
            session("123456789012", "web-frontend", "x"),
            session("123456789012", "web-frontend", "i-0a1b2c3d4e5f60718"),
        ]
    };
    let cases = [
        (
            json!({ "type": "AssumedRole", "name": of_sso, "roleId": "AROAX", "session": erin }),
            erin_everywhere(),
        ),
        (
            json!({ "type": "AssumedRole", "name": "arn:aws:sts::123456789012:assumed-role/web-frontend/erin@example.com" }),
            [web(), erin_everywhere()].concat(),
        ),
        (json!({ "type": "AssumedRole", "name": "web-frontend", "roleId": "AROAX" }), web()),
        (
            json!({ "type": "AssumedRole", "name": "web-frontend", "roleId": "AROAX", "session": erin }),
            [web(), erin_everywhere()].concat(),
        ),
        (
            json!({ "type": "AssumedRole", "name": "web-frontend", "roleId": "AROAX", "sourceIdentity": erin }),
            [web(), erin_everywhere()].concat(),
        ),
        (json!({ "type": "x", "name": "arn:aws:iam::123456789012:role/a/web-frontend" }), web()),
        (
            json!({ "type": "AssumedRole", "name": "arn:aws:sts::999999999999:assumed-role/web/i-1" }),
            vec![session("999999999999", "web", "y")],
        ),
        (
            json!({ "type": "IAMUser", "name": "arn:aws:iam::123456789012:user/teams/erin" }),
            vec![user("teams/erin"), claim("erin"), sso("admin", "erin")],
        ),
        (json!({ "type": "IAMUser", "name": "erin" }), vec![user("erin"), user("teams/erin"), claim("erin")]),
        (
            json!({ "type": "Root", "name": "arn:aws:iam::123456789012:root" }),
            vec![Person::of_arn("arn:aws:iam::123456789012:root", false)],
        ),
        (
            json!({ "type": "Root", "name": "" }),
            vec![Person::of_arn("arn:aws:iam::123456789012:root", false)],
        ),
        (
            json!({ "type": "FederatedUser", "name": "arn:aws:sts::123456789012:federated-user/erin" }),
            vec![Person::of_arn("arn:aws:sts::123456789012:federated-user/erin", false), claim("erin")],
        ),
        // A name that is a pattern would match people who have nothing to do with it.
        (json!({ "type": "AssumedRole", "name": "*" }), vec![]),
        (
            json!({ "type": "AssumedRole", "name": "web-frontend", "session": "*", "sourceIdentity": "*@example.com" }),
            web(),
        ),
        (json!({ "type": "AssumedRole", "name": "arn:aws:sts::*:assumed-role/*/*" }), vec![]),
        (json!({ "type": "AssumedRole", "name": "arn:aws:sts::123456789012:assumed-role/*/*" }), vec![]),
        (json!({ "type": "IAMUser", "name": "arn:aws:iam::123456789012:user/*" }), vec![]),
        (json!({ "type": "FederatedUser", "name": "arn:aws:sts::123456789012:federated-user/*" }), vec![]),
    ];
    for (actor, barred) in cases {
        let patterns = by(actor.clone());
        for person in barred {
            assert!(person.is_one_of(&patterns), "{actor}: {person:?} by {patterns:?}");
        }
        for person in somebody_else() {
            assert!(!person.is_one_of(&patterns), "{actor}: {person:?} by {patterns:?}");
        }
    }
}

/// An event does not say whether a role is one of Identity Center. If it only has such a name, no other session of it decides.
#[test]
fn another_session_of_a_role_with_the_name_of_identity_center_does_not_decide() {
    let role = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_a_0123456789abcdef";
    let actor = json!({ "type": "AssumedRole", "name": format!("{role}/erin"), "session": "erin" });
    for question in [change(), undo()] {
        let patterns = suspects_of(&question, actor.clone());
        let other = |is_real| Person::of_arn(&format!("{role}/ada"), is_real);
        assert!(other(false).is_one_of(&patterns), "{patterns:?}");
        assert!(!other(true).is_one_of(&patterns), "{patterns:?}");
    }
}

/// A role of Identity Center belongs to everybody with the permission set, so the name of a session that cannot be read
/// bars all of them.
#[test]
fn an_unreadable_session_bars_the_whole_role() {
    let role = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_a";
    let patterns = by(json!({ "type": "AssumedRole", "name": format!("{role}/*") }));
    assert_eq!(patterns, [format!("{role}/*")]);
}

#[test]
fn the_target_never_decides() {
    let principal = |kind| IamPrincipal { kind, name: "web-frontend".to_owned() };
    let inline = |kind| iam_policy::Target::Inline { principal: principal(kind), policy: "p".to_owned() };
    let users =
        vec!["arn:aws:iam::123456789012:user/*/web-frontend", "arn:aws:iam::123456789012:user/web-frontend"];
    let role = role_containment::Target {
        role_name: "web-frontend".to_owned(),
        role_id: "AROAX".to_owned(),
        instance_id: None,
    };
    let cases = [
        (json!(role), vec![OF_WEB]),
        (json!(permissions_boundary::Target { principal: principal(PrincipalKind::Role) }), vec![OF_WEB]),
        (json!(permissions_boundary::Target { principal: principal(PrincipalKind::User) }), users.clone()),
        (json!(inline(PrincipalKind::Role)), vec![OF_WEB]),
        (json!(inline(PrincipalKind::User)), users),
        (json!(inline(PrincipalKind::Group)), vec![]),
        (json!(iam_policy::Target::Trust { role: "web-frontend".to_owned() }), vec![OF_WEB]),
        (json!({ "kind": "Role", "name": "*" }), vec![]),
    ];
    for (resource, expected) in cases {
        let target = Target::Resource { what: "it".to_owned(), resource };
        let of_finding = Finding { target: target.clone(), actor: None, ..finding() };
        assert_eq!(suspects(&change(), &of_finding, None, &[]), expected, "{target:?}");
        let other = Target::Other { what: "x".to_owned(), why: "y".to_owned() };
        let unresolved = Finding { target: other, actor: None, ..finding() };
        assert_eq!(suspects(&change(), &unresolved, Some(&Looked { target, ..looked() }), &[]), expected);
    }
}
