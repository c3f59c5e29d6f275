use super::*;

fn subject(name: &str) -> Person {
    claims(&[("sub", name)], "sub", "").unwrap()
}

fn claims(claims: &[(&str, &str)], name: &str, session: &str) -> Option<Person> {
    let claims = claims.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Person::of_claims(&claims, name, session)
}

fn session(role: &str, name: &str) -> Person {
    Person::of_arn(&format!("arn:aws:sts::123456789012:assumed-role/{role}/{name}"), false)
}

fn identity_center(set: &str, user: &str) -> Person {
    let role = format!("AWSReservedSSO_{set}_0123456789abcdef");
    Person::of_arn(&format!("arn:aws:sts::123456789012:assumed-role/{role}/{user}"), true)
}

/// A session of a role that only has the name of one of Identity Center.
fn forged(set: &str, user: &str) -> Person {
    session(&format!("AWSReservedSSO_{set}_0123456789abcdef"), user)
}

fn user(name: &str) -> Person {
    Person::of_arn(&format!("arn:aws:iam::123456789012:user/{name}"), false)
}

#[test]
fn one_person_has_one_voice() {
    let on_page = |sub: &str, mail: &str| {
        claims(&[("sub", sub), ("email", mail), ("email_verified", "true")], "sub", "email").unwrap()
    };
    let (ada, grace) = ("ada@example.com", "grace@example.com");
    let one_voice = [
        (subject(ada), subject("Ada@Example.com")),
        // One person in two permission sets, or on the page and on the command line.
        (identity_center("admin", ada), identity_center("reader", "ADA@example.com")),
        (on_page("00u1", ada), identity_center("admin", ada)),
        (on_page("00u1", ada), on_page("00u2", ada)),
        // The issuer does not say whose session of Identity Center it is.
        (subject("00u1"), identity_center("admin", ada)),
        // Somebody who may assume roles chooses the names of the sessions, and may have several roles.
        (session("admin", "ada"), session("admin", "grace")),
        (session("admin", "ada"), session("deploy", "grace")),
        (session("admin", "ada"), identity_center("admin", grace)),
        (session("admin", "ada"), user("grace")),
        (session("admin", "ada"), subject(grace)),
        (user("ada"), identity_center("admin", grace)),
        (user("ada"), subject(grace)),
        (Person::of_arn("arn:aws:iam::123456789012:root", false), user("grace")),
        // A role that only has a name like one of Identity Center.
        (forged("admin", ada), forged("admin", grace)),
        (forged("admin", ada), identity_center("admin", grace)),
        (forged("admin", ada), subject(grace)),
        (session("x-AWSReservedSSO_admin", "ada"), session("x-AWSReservedSSO_admin", "grace")),
    ];
    for (one, other) in one_voice {
        assert!(!one.is_another_person(&other), "{one:?} {other:?}");
        assert!(!other.is_another_person(&one), "{other:?} {one:?}");
    }
    let two_voices = [
        (subject(ada), subject(grace)),
        (identity_center("admin", ada), identity_center("admin", grace)),
        (identity_center("admin", ada), identity_center("reader", grace)),
        (on_page("00u1", ada), identity_center("admin", grace)),
        (user("ada"), user("teams/grace")),
    ];
    for (one, other) in two_voices {
        assert!(one.is_another_person(&other), "{one:?} {other:?}");
        assert!(other.is_another_person(&one), "{other:?} {one:?}");
    }
}

#[test]
fn an_email_counts_only_if_the_issuer_verified_it() {
    let of = |verified: &str| {
        claims(
            &[("sub", "00u1"), ("email", "ada@example.com"), ("email_verified", verified)],
            "email",
            "email",
        )
    };
    assert_eq!(of("true").map(|person| person.name().to_owned()).as_deref(), Some("ada@example.com"));
    assert_eq!(of("false"), None);
    let session = claims(&[("sub", "00u1"), ("email", "ada@example.com")], "sub", "email").unwrap();
    assert_eq!(&session.identity, &Identity::Subject { subject: "00u1".to_owned(), session: None });
}

/// What somebody could choose does not make anybody an approver.
#[test]
fn an_approver_is_named_by_what_is_proven() {
    let sso = identity_center("admin", "ada@example.com");
    let named = [
        (subject("ada@example.com"), "*@example.com"),
        (subject("local:ada"), "local:*"),
        (subject("00u1"), "*"),
        (sso.clone(), "*@example.com"),
        (sso.clone(), "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_*/ada@example.com"),
        (session("admin", "ada"), "arn:aws:sts::123456789012:assumed-role/admin/*"),
        (session("admin", "ada"), "*"),
        (user("teams/ada"), "arn:aws:iam::123456789012:user/teams/*"),
    ];
    for (person, pattern) in named {
        assert!(person.is_named_by(pattern), "{person:?} {pattern}");
    }
    let not_named = [
        (session("admin", "ada@example.com"), "*@example.com"),
        (session("admin", "ada"), "arn:aws:sts::123456789012:assumed-role/admin/ada"),
        (session("other", "x"), "arn:aws:sts::123456789012:assumed-role/admin/*"),
        (forged("admin", "ada@example.com"), "*@example.com"),
        (
            forged("admin", "ada@example.com"),
            "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_*/ada@example.com",
        ),
        (user("ada@example.com"), "*@example.com"),
        (subject("arn:aws:iam::123456789012:user/ada"), "arn:aws:iam::123456789012:user/ada"),
        (subject("Ada@other.example"), "*@example.com"),
        (sso, "grace@example.com"),
    ];
    for (person, pattern) in not_named {
        assert!(!person.is_named_by(pattern), "{person:?} {pattern}");
    }
}

/// What bars one session of a role that only has a name like one of Identity Center bars all of them.
#[test]
fn a_chosen_name_of_a_session_is_no_way_out() {
    let role = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_0123456789abcdef";
    let erin = "erin@example.com";
    let patterns = [format!("{role}/{erin}")];
    for barred in [identity_center("admin", erin), forged("admin", erin), forged("admin", "x")] {
        assert!(barred.is_one_of(&patterns), "{barred:?} by {patterns:?}");
    }
    let others = [
        identity_center("admin", "x"),
        forged("reader", "x"),
        session("admin", "x"),
        subject("x"),
        user("x"),
    ];
    for other in others {
        assert!(!other.is_one_of(&patterns), "{other:?} by {patterns:?}");
    }
    let person = ["arn:aws:sts::*:assumed-role/AWSReservedSSO_*/erin@example.com".to_owned()];
    assert!(forged("admin", erin).is_one_of(&person) && !forged("admin", "x").is_one_of(&person));
    assert!(forged("admin", erin).is_one_of(&[erin.to_owned()]));
}

#[test]
fn a_setting_is_a_list_of_patterns() {
    assert_eq!(
        patterns(" *@example.com, arn:aws:iam::1:user/ada ,, "),
        ["*@example.com", "arn:aws:iam::1:user/ada"]
    );
    assert_eq!(patterns(""), Vec::<String>::new());
}

/// Nobody approves their own change on a page that knows them by an opaque subject.
#[test]
fn whoever_cannot_be_told_from_a_suspect_does_not_decide() {
    let opaque = "6f1c0f6a-7b8c-4d2e-9f01-23456789abcd";
    let guid = |more: &[(&str, &str)], session: &str| {
        claims(&[&[("sub", opaque)], more].concat(), "sub", session).unwrap()
    };
    let verified = [("email", "ada@example.com"), ("email_verified", "true")];
    let role = "arn:aws:sts::123456789012:assumed-role";
    let of_sso = |user: &str| vec![format!("{role}/AWSReservedSSO_admin_0123456789abcdef/{user}")];
    let (ada, plain) = (of_sso("erin@example.com"), of_sso("erin"));
    let user = vec!["arn:aws:iam::123456789012:user/erin".to_owned(), "erin".to_owned()];
    let instance = vec![format!("{role}/web/*"), "i-0a1b2c3d4e5f60718".to_owned()];
    let everywhere = vec![format!("{role}/AWSReservedSSO_*/i-0a1b2c3d4e5f60718")];
    let cases = [
        (guid(&[], ""), &ada, false),
        (guid(&[], ""), &plain, false),
        (guid(&[], ""), &user, false),
        (guid(&[], ""), &instance, true),
        (guid(&[], ""), &everywhere, true),
        (subject("auth0|5f7c8ec7c33c"), &user, false),
        (subject("110169484474386276334"), &ada, false),
        // An address is not compared with a plain name of a session.
        (guid(&verified, ""), &ada, true),
        (guid(&verified, ""), &plain, false),
        (guid(&verified, ""), &user, true),
        (guid(&[("email", "ada@example.com")], ""), &ada, false),
        (guid(&[("preferred_username", "ada")], ""), &plain, true),
        (guid(&[("username", opaque)], ""), &plain, false),
        (guid(&[("name", "ada")], "name"), &ada, true),
        (subject("ada@example.com"), &ada, true),
        (claims(&[("iss", "redress up"), ("sub", "local:ada")], "sub", "").unwrap(), &ada, true),
        (claims(&[("iss", "https://login.example"), ("sub", "local:ada")], "sub", "").unwrap(), &ada, false),
        (identity_center("admin", "ada"), &ada, true),
        (session("admin", "ada"), &user, true),
    ];
    for (person, not_by, may) in cases {
        let said = may_decide(&person, &[], not_by);
        assert_eq!(said.is_ok(), may, "{person:?} {not_by:?}");
        assert!(may || said.unwrap_err().contains("it cannot be told"));
    }
}
