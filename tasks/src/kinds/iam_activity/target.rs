//! Reads what a call of IAM was about from its parameters.

use super::super::resource;
use crate::events::Event;
use crate::names::{self, IamArn};
use crate::text;
use contract::kinds::IamActivity;
use contract::kinds::iam_activity::Target;
use contract::{IamPrincipal, PrincipalKind, Source};

/// The calls that give a user something to sign in with, and what that is.
const CREDENTIALS: &[(&str, &str)] = &[
    ("CreateAccessKey", "access key"),
    ("UpdateAccessKey", "access key"),
    ("CreateLoginProfile", "password"),
    ("UpdateLoginProfile", "password"),
    ("CreateServiceSpecificCredential", "service-specific credential"),
    ("ResetServiceSpecificCredential", "service-specific credential"),
    ("UpdateServiceSpecificCredential", "service-specific credential"),
    ("UploadSSHPublicKey", "SSH key"),
    ("UploadSigningCertificate", "signing certificate"),
    ("EnableMFADevice", "MFA device"),
    ("DeactivateMFADevice", "MFA device"),
];

/// Where the calls about identity providers name them.
const PROVIDERS: &[&str] = &[
    "/requestParameters/openIDConnectProviderArn",
    "/requestParameters/sAMLProviderArn",
    "/responseElements/openIDConnectProviderArn",
    "/responseElements/sAMLProviderArn",
    "/requestParameters/url",
    "/requestParameters/name",
];

/// The path of the roles with which Identity Center works in an account. IAM lets nobody else create a role there.
const IDENTITY_CENTER: &str = "/aws-service-role/sso.amazonaws.com/";

const LONGEST: usize = 256;

pub(super) fn read(event: &Event<'_>) -> contract::Target<Target> {
    let call = event.text("/eventName").unwrap_or_default();
    let is_iam =
        event.source == Source::CloudTrail && event.text("/eventSource") == Some("iam.amazonaws.com");
    if !is_iam {
        return other("something that is no call of IAM", "only CloudTrail reports calls of IAM");
    }
    match of_call(call, event) {
        Some(target) => resource::<IamActivity>(target),
        None => {
            let what = format!("the call {}", text::line(call, 100));
            other(&what, "the parameters of the call do not identify what it changed")
        }
    }
}

fn of_call(call: &str, event: &Event<'_>) -> Option<Target> {
    let asked = |name: &str| event.text(&format!("/requestParameters/{name}"));
    if let Some((_, what)) = CREDENTIALS.iter().find(|(of, _)| *of == call) {
        return credential(what, event);
    }
    if call.contains("OpenIDConnectProvider") || call.contains("SAMLProvider") {
        let name = PROVIDERS.iter().find_map(|pointer| event.text(pointer))?;
        let issuer = event.text("/userIdentity/sessionContext/sessionIssuer/arn").and_then(IamArn::read);
        let by_identity_center =
            issuer.is_some_and(|arn| arn.kind == "role" && arn.path.starts_with(IDENTITY_CENTER));
        return Some(Target::Provider { name: text::cut(name, LONGEST), by_identity_center });
    }
    match call {
        "AddUserToGroup" | "RemoveUserFromGroup" => {
            let named = |name: &str| asked(name).filter(|name| names::is_name(name)).map(str::to_owned);
            let (user, group) = (named("userName")?, named("groupName")?);
            Some(Target::Membership { user, group, removed: call == "RemoveUserFromGroup" })
        }
        _ => {
            let principal = principal(call, asked)?;
            if call.ends_with("PermissionsBoundary") {
                let boundary = asked("permissionsBoundary").map(|arn| text::cut(arn, LONGEST));
                return Some(Target::Boundary { principal, boundary });
            }
            if call.starts_with("Delete") {
                let policy = asked("policyName").filter(|name| names::is_name(name))?.to_owned();
                return Some(Target::Deleted { principal, policy });
            }
            let managed = |arn: &&str| names::is_managed_policy(arn, event.account);
            let policy_arn = asked("policyArn").filter(managed)?.to_owned();
            call.starts_with("Detach").then_some(Target::Detached { principal, policy_arn })
        }
    }
}

/// The owner is the user in the parameters, or else the caller. The root user can have keys without a name.
fn credential(what: &str, event: &Event<'_>) -> Option<Target> {
    let what = what.to_owned();
    let caller =
        event.text("/userIdentity/userName").filter(|_| event.text("/userIdentity/type") == Some("IAMUser"));
    let named = ["/requestParameters/userName", "/responseElements/accessKey/userName"];
    let named = named.iter().find_map(|pointer| event.text(pointer));
    if named.is_none() && event.text("/userIdentity/type") == Some("Root") {
        return Some(Target::Credential { what, user: None, own: true });
    }
    let user = named.or(caller).filter(|name| names::is_name(name))?;
    // Names of users are unique in their account, whatever their case.
    let is_own = |caller: &str| caller.eq_ignore_ascii_case(user);
    let in_account = event.text("/userIdentity/accountId") == Some(event.account);
    let own = in_account && caller.is_some_and(is_own);
    Some(Target::Credential { what, user: Some(user.to_owned()), own })
}

/// The principal that a call is about. The name of the call contains its type.
fn principal<'a>(call: &str, asked: impl Fn(&str) -> Option<&'a str>) -> Option<IamPrincipal> {
    let kinds =
        [("Role", PrincipalKind::Role), ("User", PrincipalKind::User), ("Group", PrincipalKind::Group)];
    let (_, kind) = kinds.into_iter().find(|(word, _)| call.contains(word))?;
    names::principal(kind, asked(&format!("{}Name", kind.word()))?)
}

fn other(what: &str, why: &str) -> contract::Target<Target> {
    contract::Target::Other { what: what.to_owned(), why: why.to_owned() }
}

/// A noun phrase for people.
pub(super) fn what(target: &Target) -> String {
    match target {
        Target::Membership { user, group, removed: false } => format!("the user {user} in the group {group}"),
        Target::Membership { user, group, removed: true } => {
            format!("the user {user}, no longer in the group {group}")
        }
        Target::Credential { what, user: Some(user), .. } => format!("the {what} of the user {user}"),
        Target::Credential { what, user: None, .. } => format!("the {what} of the root user"),
        Target::Provider { name, .. } => format!("the identity provider {}", text::line(name, 128)),
        Target::Boundary { principal, .. } => format!("the permissions boundary of {}", principal.words()),
        Target::Deleted { principal, policy } => {
            format!("the deleted inline policy {policy} of {}", principal.words())
        }
        Target::Detached { principal, policy_arn } => {
            let name = policy_arn.split_once(":policy/").map_or(policy_arn.as_str(), |(_, name)| name);
            format!("the policy {name}, detached from {}", principal.words())
        }
    }
}
