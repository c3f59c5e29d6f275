use super::*;
use crate::testing::accounts::{ADMIN, POLICY, SAFE, account, who};
use crate::testing::steps::Steps;
use crate::testing::{MEMBER, Wire, finding_about, sample};
use contract::{IamPrincipal, Plan, PrincipalKind, Source};
use serde_json::{Value, json};

const DENY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;

/// A document that cannot be judged.
const UNCLEAR: &str = r#"{"Statement":[{"Effect":"Perhaps"}]}"#;

fn read(detail: &Value) -> contract::Target<Target> {
    IamActivity::target(&Event { source: Source::CloudTrail, account: "123456789012", detail })
}

fn call(name: &str, parameters: Value) -> Value {
    json!({
        "eventSource": "iam.amazonaws.com", "eventName": name, "requestParameters": parameters,
        "userIdentity": { "type": "IAMUser", "userName": "erin", "accountId": "123456789012" },
    })
}

fn target(detail: &Value) -> Option<Target> {
    match read(detail) {
        contract::Target::Resource { resource, .. } => Some(resource),
        contract::Target::Other { .. } => None,
    }
}

fn dana(kind: PrincipalKind) -> IamPrincipal {
    IamPrincipal { kind, name: "dana".to_owned() }
}

#[test]
fn a_credential_is_its_owners_or_somebody_elses() {
    let of = |detail: &Value| match target(detail) {
        Some(Target::Credential { user, own, .. }) => Some((user, own)),
        other => panic!("{other:?}"),
    };
    let named = |name: &str| Some(name.to_owned());
    for call_name in [
        "CreateAccessKey",
        "UpdateAccessKey",
        "CreateLoginProfile",
        "UpdateLoginProfile",
        "CreateServiceSpecificCredential",
        "UploadSSHPublicKey",
        "UploadSigningCertificate",
        "EnableMFADevice",
        "DeactivateMFADevice",
    ] {
        let call = |parameters| call(call_name, parameters);
        assert_eq!(of(&call(json!({ "userName": "dana" }))), Some((named("dana"), false)), "{call_name}");
        assert_eq!(of(&call(json!({ "userName": "Erin" }))), Some((named("Erin"), true)), "{call_name}");
        assert_eq!(of(&call(Value::Null)), Some((named("erin"), true)), "{call_name}");
    }
    let mut by_role = call("CreateAccessKey", json!({ "userName": "erin" }));
    by_role["userIdentity"] = json!({ "type": "AssumedRole", "userName": "erin" });
    assert_eq!(of(&by_role), Some((named("erin"), false)), "a session can have any name");
    let mut elsewhere = call("CreateAccessKey", json!({ "userName": "erin" }));
    elsewhere["userIdentity"]["accountId"] = json!(MEMBER);
    assert_eq!(of(&elsewhere), Some((named("erin"), false)), "a user of another account is another one");
    let mut root = call("CreateAccessKey", Value::Null);
    root["userIdentity"] = json!({ "type": "Root", "accountId": "123456789012" });
    assert_eq!(of(&root), Some((None, true)));
    root["requestParameters"] = json!({ "userName": "dana" });
    assert_eq!(of(&root), Some((named("dana"), false)));
}

#[test]
fn every_call_of_the_rules_is_read() {
    let membership =
        |removed| Target::Membership { user: "dana".to_owned(), group: "ops".to_owned(), removed };
    let in_group = || json!({ "userName": "dana", "groupName": "ops" });
    let provider = |name: &str| Target::Provider { name: name.to_owned(), by_identity_center: false };
    let mut cases = vec![
        ("AddUserToGroup", in_group(), membership(false)),
        ("RemoveUserFromGroup", in_group(), membership(true)),
        (
            "CreateOpenIDConnectProvider",
            json!({ "url": "https://a.example.com" }),
            provider("https://a.example.com"),
        ),
        ("DeleteOpenIDConnectProvider", json!({ "openIDConnectProviderArn": "arn:x" }), provider("arn:x")),
        (
            "AddClientIDToOpenIDConnectProvider",
            json!({ "openIDConnectProviderArn": "arn:x" }),
            provider("arn:x"),
        ),
        ("CreateSAMLProvider", json!({ "name": "corporate" }), provider("corporate")),
        ("UpdateSAMLProvider", json!({ "sAMLProviderArn": "arn:y" }), provider("arn:y")),
    ];
    for (kind, word) in
        [(PrincipalKind::Role, "Role"), (PrincipalKind::User, "User"), (PrincipalKind::Group, "Group")]
    {
        let named = |more: &str, value: &str| json!({ format!("{}Name", kind.word()): "dana", more: value });
        let (delete, detach) = match word {
            "Role" => ("DeleteRolePolicy", "DetachRolePolicy"),
            "User" => ("DeleteUserPolicy", "DetachUserPolicy"),
            _ => ("DeleteGroupPolicy", "DetachGroupPolicy"),
        };
        let deleted = Target::Deleted { principal: dana(kind), policy: "deny".to_owned() };
        cases.push((delete, named("policyName", "deny"), deleted));
        let detached = Target::Detached { principal: dana(kind), policy_arn: POLICY.to_owned() };
        cases.push((detach, named("policyArn", POLICY), detached));
    }
    let boundary = |kind, boundary: Option<&str>| Target::Boundary {
        principal: dana(kind),
        boundary: boundary.map(str::to_owned),
    };
    let put = json!({ "userName": "dana", "permissionsBoundary": POLICY });
    cases.push(("PutUserPermissionsBoundary", put, boundary(PrincipalKind::User, Some(POLICY))));
    let removed = json!({ "roleName": "dana" });
    cases.push(("DeleteRolePermissionsBoundary", removed, boundary(PrincipalKind::Role, None)));
    for (name, parameters, expected) in cases {
        assert_eq!(target(&call(name, parameters)), Some(expected), "{name}");
    }
    for (name, parameters) in [
        ("AddUserToGroup", json!({ "userName": "dana" })),
        ("AddUserToGroup", json!({ "userName": "dana", "groupName": "a;b" })),
        ("DeleteRolePolicy", json!({ "roleName": "dana" })),
        (
            "DetachRolePolicy",
            json!({ "roleName": "dana", "policyArn": "arn:aws:iam::999988887777:policy/x" }),
        ),
        ("CreateSAMLProvider", Value::Null),
        ("StopLogging", json!({ "name": "trail" })),
        ("CreateAccessKey", json!({ "userName": "$(id)" })),
    ] {
        assert_eq!(target(&call(name, parameters.clone())), None, "{name} {parameters}");
    }
    let mut of_another = call("AddUserToGroup", in_group());
    of_another["eventSource"] = json!("identitystore.amazonaws.com");
    assert_eq!(target(&of_another), None);
}

#[test]
fn the_provider_of_identity_center_is_known_by_the_role_that_made_the_call() {
    let by = |arn: &str| {
        let mut detail = call(
            "UpdateSAMLProvider",
            json!({ "sAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/AWSSSO_0_DO_NOT_DELETE" }),
        );
        detail["userIdentity"]["sessionContext"] = json!({ "sessionIssuer": { "arn": arn } });
        match target(&detail) {
            Some(Target::Provider { by_identity_center, .. }) => by_identity_center,
            other => panic!("{other:?}"),
        }
    };
    assert!(by("arn:aws:iam::123456789012:role/aws-service-role/sso.amazonaws.com/AWSServiceRoleForSSO"));
    for other in [
        "arn:aws:iam::123456789012:role/AWSServiceRoleForSSO",
        "arn:aws:iam::123456789012:role/x/aws-service-role/sso.amazonaws.com/AWSServiceRoleForSSO",
        "arn:aws:iam::123456789012:user/aws-service-role/sso.amazonaws.com/x",
    ] {
        assert!(!by(other), "{other}");
    }
}

/// Looks at a target in the account in memory, in which every principal is called `web`.
async fn look(wire: &Wire, target: Target) -> Looked<Target, NoChange> {
    let finding = finding_about(super::super::resource::<IamActivity>(target));
    Steps::over(wire).look::<IamActivity>(finding).await.unwrap()
}

/// The reason for people, or none if there is nothing to do.
async fn told(wire: &Wire, target: Target) -> Option<String> {
    match look(wire, target).await.plan {
        Plan::ForPeople { why } => Some(why),
        Plan::Nothing { .. } => None,
        Plan::Change(never) => panic!("{never:?}"),
    }
}

fn membership(removed: bool) -> Target {
    Target::Membership { user: "dana".to_owned(), group: "web".to_owned(), removed }
}

/// A wire to an account whose group has these two policies.
fn with_group(inline: &str, attached: Option<&str>) -> Wire {
    let wire = Wire::of(account(1));
    wire.change(|account| {
        let group = account.holder("Group", "web");
        group.inline = [("some".to_owned(), inline.to_owned())].into();
        group.attached = attached.map(str::to_owned).into_iter().collect();
    });
    wire
}

#[tokio::test]
async fn a_group_that_somebody_joins_matters_if_it_is_powerful() {
    assert_eq!(told(&with_group(SAFE, None), membership(false)).await, None);
    for wire in [
        with_group(SAFE, Some(ADMIN)),
        with_group(
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:*","Resource":"*"}}"#,
            None,
        ),
    ] {
        let looked = look(&wire, membership(false)).await;
        assert!(matches!(looked.plan, Plan::ForPeople { .. }), "{looked:?}");
        assert!(looked.dangers[0].starts_with("Critical: "), "{:?}", looked.dangers);
    }
    let why = told(&with_group(UNCLEAR, None), membership(false)).await.unwrap();
    assert!(why.contains("some cannot be judged"), "{why}");
    // A group that was deleted meanwhile may have allowed or denied anything.
    for (removed, word) in [(false, "allowed"), (true, "denied")] {
        let gone = Target::Membership { user: "dana".to_owned(), group: "gone".to_owned(), removed };
        let why = told(&with_group(SAFE, Some(ADMIN)), gone).await.unwrap();
        assert!(why.contains(&format!("what it {word} is not known")), "{why}");
    }
}

#[tokio::test]
async fn a_denial_that_is_taken_away_matters() {
    for (inline, tells) in [(SAFE, false), (DENY, true), (UNCLEAR, true)] {
        assert_eq!(told(&with_group(inline, None), membership(true)).await.is_some(), tells, "{inline}");
    }
    for kind in [PrincipalKind::Role, PrincipalKind::User, PrincipalKind::Group] {
        let detached = |arn: &str| Target::Detached { principal: who(kind), policy_arn: arn.to_owned() };
        let wire = Wire::of(account(1));
        assert_eq!(told(&wire, detached(ADMIN)).await, None, "it denied nothing");
        wire.change(|account| {
            account.policies.get_mut(POLICY).unwrap().versions.insert(1, DENY.to_owned());
        });
        assert!(told(&wire, detached(POLICY)).await.unwrap().contains("denied something"));
        let deleted = told(&wire, detached("arn:aws:iam::123456789012:policy/gone")).await.unwrap();
        assert!(deleted.contains("was deleted as well"), "{deleted}");
        let inline = |policy: &str| Target::Deleted { principal: who(kind), policy: policy.to_owned() };
        assert!(told(&wire, inline("access")).await.unwrap().contains("not known any more"));
        assert!(told(&wire, inline("redress-contain-4f1b2c")).await.unwrap().contains("Redress contained"));
        let gone = Target::Deleted { principal: dana(kind), policy: "access".to_owned() };
        assert_eq!(told(&wire, gone).await, None, "the principal is gone as well");
        let contained =
            Target::Deleted { principal: dana(kind), policy: "redress-contain-4f1b2c".to_owned() };
        assert!(told(&wire, contained).await.unwrap().contains("and then the principal as well"));
        let of_nobody = |arn: &str| Target::Detached { principal: dana(kind), policy_arn: arn.to_owned() };
        assert!(told(&wire, of_nobody(POLICY)).await.unwrap().contains("denied something"));
        assert_eq!(told(&wire, of_nobody(ADMIN)).await, None, "it denied nothing");
        assert_eq!(told(&wire, of_nobody("arn:aws:iam::123456789012:policy/gone")).await, None);
    }
}

#[tokio::test]
async fn credentials_providers_and_boundaries_are_told() {
    let wire = Wire::of(account(1));
    let key = |user: Option<&str>, own| Target::Credential {
        what: "access key".to_owned(),
        user: user.map(str::to_owned),
        own,
    };
    assert_eq!(told(&wire, key(Some("erin"), true)).await, None);
    assert!(told(&wire, key(Some("dana"), false)).await.unwrap().contains("the user dana"));
    assert!(told(&wire, key(None, true)).await.unwrap().contains("The root user"));
    let provider = |by_identity_center| Target::Provider { name: "idp".to_owned(), by_identity_center };
    assert_eq!(told(&wire, provider(true)).await, None);
    assert!(told(&wire, provider(false)).await.is_some());
    let boundary = |principal, boundary: Option<&str>| Target::Boundary {
        principal,
        boundary: boundary.map(str::to_owned),
    };
    assert!(told(&wire, boundary(who(PrincipalKind::Role), None)).await.unwrap().contains("Nothing limits"));
    assert!(told(&wire, boundary(who(PrincipalKind::User), Some(POLICY))).await.unwrap().contains(POLICY));
    for put in [None, Some(POLICY)] {
        let why = told(&wire, boundary(dana(PrincipalKind::User), put)).await.unwrap();
        assert!(why.contains("There is no user dana any more, and until then it had"), "{why}");
    }
    // An account that is no member is not read.
    let finding = Finding {
        account: MEMBER.to_owned(),
        ..finding_about(super::super::resource::<IamActivity>(membership(false)))
    };
    let calls = wire.actions().len();
    let looked = Steps::over(&wire).look::<IamActivity>(finding).await.unwrap();
    assert!(matches!(looked.plan, Plan::ForPeople { .. }));
    assert_eq!(wire.actions().len(), calls);
}

#[test]
fn the_samples_of_the_response_are_read() {
    for name in ["create-access-key", "add-user-to-group", "create-oidc-provider", "detach-role-policy"] {
        let event = sample("iam-activity", &format!("{name}.json"));
        assert!(target(&event["detail"]).is_some(), "{name}");
    }
}
