//! Finds out whether a call matters: what a group allows, and whether a policy that was taken away denied anything.

use super::super::{StepProfile, Subject};
use crate::aws::reach::{Account, Reach};
use crate::aws::{policy as managed, principal};
use crate::policy::document::Effect;
use crate::policy::{self, Document, Known};
use crate::runtime::permissions::{
    ANY_GROUP, ANY_POLICY, ANY_ROLE, ANY_USER, MEMBER_SETTINGS, REACH_MEMBERS, Statement,
};
use crate::text;
use aws_sdk_iam::Client;
use contract::kinds::IamActivity;
use contract::kinds::iam_activity::Target;
use contract::steps::look::NoChange;
use contract::{Fault, IamPrincipal, Looked, Plan, PrincipalKind};

/// How many dangers are listed.
const LISTED: usize = 12;

/// How the names of the policies begin with which Redress contains a role.
const CONTAINMENT: &str = "redress-contain-";

pub(super) const LOOK: StepProfile = StepProfile {
    summary: "Finds out whether a call of IAM gives somebody a way in, or takes a denial away.",
    iam: &[
        Statement::allow(
            &["iam:GetGroup", "iam:ListGroupPolicies", "iam:GetGroupPolicy", "iam:ListAttachedGroupPolicies"],
            ANY_GROUP,
            "Reads what the members of a group may do.",
        ),
        Statement::allow(
            &["iam:GetPolicy", "iam:GetPolicyVersion"],
            ANY_POLICY,
            "Reads the document of a policy that was detached, or that a group has.",
        ),
        Statement::allow(&["iam:GetRole"], ANY_ROLE, "Checks that the role is still there."),
        Statement::allow(&["iam:GetUser"], ANY_USER, "Checks that the user is still there."),
        REACH_MEMBERS,
    ],
    environment: &[],
    settings: MEMBER_SETTINGS,
};

type Result<T> = std::result::Result<T, Fault>;

/// The dangers for people, and what to do about them.
struct Verdict {
    dangers: Vec<String>,
    plan: Plan<NoChange>,
}

fn nothing(why: impl Into<String>) -> Verdict {
    Verdict { dangers: vec![], plan: Plan::Nothing { why: why.into() } }
}

fn for_people(why: impl Into<String>) -> Verdict {
    Verdict { dangers: vec![], plan: Plan::ForPeople { why: why.into() } }
}

pub(super) async fn look(
    subject: &Subject<'_, IamActivity>,
    target: &Target,
) -> Result<Looked<Target, NoChange>> {
    let account = match subject.aws.reach(&subject.finding.account, subject.case_id).await? {
        Reach::In(account) => account,
        Reach::Out(out) => return Ok(subject.for_people(out.words())),
    };
    let now = subject.aws.timestamp().as_second();
    let Verdict { dangers, plan } = judge(target, &account, now).await?;
    Ok(Looked { dangers, ..subject.looked(plan) })
}

async fn judge(target: &Target, account: &Account, now: i64) -> Result<Verdict> {
    let iam = &account.iam();
    let known = || Known { account: account.id().to_owned(), now, ..Known::default() };
    Ok(match target {
        Target::Membership { group, removed: false, .. } => joined(iam, group, known()).await?,
        Target::Membership { group, removed: true, .. } => left(iam, group).await?,
        Target::Credential { user: Some(_), own: true, .. } => nothing("The user did it for itself."),
        Target::Credential { what, user: None, .. } => for_people(format!(
            "The root user has a new {what}: nothing can limit it. Delete it, and use IAM Identity Center or a role."
        )),
        Target::Credential { what, user: Some(user), .. } => for_people(format!(
            "Somebody else made or changed the {what} of the user {user}, and may know it: make sure that it was agreed."
        )),
        Target::Provider { by_identity_center: true, .. } => {
            nothing("IAM Identity Center keeps a provider of its own in each account.")
        }
        Target::Provider { .. } => for_people(
            "Whoever controls an identity provider decides who may use the roles that trust it: make sure that it was agreed.",
        ),
        Target::Boundary { principal, boundary } => match principal::get(iam, principal).await? {
            None => for_people(format!(
                "There is no {} {} any more, and until then it had {}: look at what it did.",
                principal.kind.word(),
                principal.name,
                if boundary.is_some() { "another permissions boundary" } else { "no permissions boundary" }
            )),
            Some(_) => for_people(match boundary {
                Some(arn) => format!(
                    "The permissions boundary of {} is `{}` now: it decides what the principal may do at most.",
                    principal.words(),
                    text::line(arn, 256)
                ),
                None => format!("Nothing limits any more what policies of {} allow.", principal.words()),
            }),
        },
        Target::Deleted { principal, policy } => match principal::get(iam, principal).await? {
            // Everything that a principal has is deleted before the principal itself.
            None if !policy.starts_with(CONTAINMENT) => gone(principal),
            None => for_people(format!(
                "The policy with which Redress contained {} was deleted, and then the principal as well.",
                principal.words()
            )),
            Some(_) => for_people(deleted(principal, policy)),
        },
        Target::Detached { principal, policy_arn } => match principal::get(iam, principal).await? {
            // What is deleted with its policies is nobody's concern, unless a policy that is still there denied something.
            None if managed::get(iam, policy_arn).await?.is_none() => gone(principal),
            None | Some(_) => detached(iam, policy_arn).await?,
        },
    })
}

fn gone(principal: &IamPrincipal) -> Verdict {
    nothing(format!("There is no {} {} any more.", principal.kind.word(), principal.name))
}

/// The event has the name of a deleted policy alone, and IAM keeps no copy.
fn deleted(principal: &IamPrincipal, policy: &str) -> String {
    let who = principal.words();
    if policy.starts_with(CONTAINMENT) {
        return format!(
            "The policy with which Redress contained {who} was deleted, and not by Redress: its sessions work again."
        );
    }
    format!(
        "What the policy said is not known any more. If it denied something, {who} may do that now: look at who deleted it, and why."
    )
}

/// A managed policy that was detached matters if it denied something.
async fn detached(iam: &Client, arn: &str) -> Result<Verdict> {
    Ok(match document(iam, arn).await? {
        None => for_people(
            "The policy was deleted as well, so what it said is not known any more. If it denied something, that is allowed now.",
        ),
        Some(text) => match denies(&text) {
            Ok(false) => nothing("The policy denied nothing."),
            Ok(true) => for_people("The policy denied something that may be allowed now."),
            Err(why) => for_people(why),
        },
    })
}

/// Somebody who joined a group has its policies.
async fn joined(iam: &Client, group: &str, known: Known) -> Result<Verdict> {
    let Some(policies) = policies(iam, group).await? else { return Ok(no_group(group, "allowed")) };
    let (mut dangers, mut unread) = (Vec::new(), Vec::new());
    for (name, text) in policies {
        let document = Document::parse(&text).map_err(|malformed| malformed.to_string());
        let judged =
            document.and_then(|document| policy::identity(&document, &known).map_err(|why| why.to_string()));
        match judged {
            Ok(found) => {
                dangers.extend(found.iter().map(|danger| {
                    format!("{:?}: {} It is in the policy {name}.", danger.severity, danger.why)
                }))
            }
            Err(why) => unread.push(cannot_be_judged(&name, &why)),
        }
    }
    let more = dangers.len().saturating_sub(LISTED);
    let mut listed: Vec<String> = dangers.iter().take(LISTED).map(|danger| text::line(danger, 480)).collect();
    listed.extend((more > 0).then(|| format!("And {more} more.")));
    if !listed.is_empty() {
        listed.append(&mut unread);
    }
    Ok(match (listed.is_empty(), unread.is_empty()) {
        (true, true) => nothing("The policies of the group allow nothing dangerous."),
        (true, false) => for_people(unread.join(" ")),
        (false, _) => Verdict {
            dangers: listed,
            ..for_people(
                "The user has the dangerous permissions of the group now: make sure that it was agreed.",
            )
        },
    })
}

/// Somebody who left a group is not denied any more what it denied.
async fn left(iam: &Client, group: &str) -> Result<Verdict> {
    let Some(policies) = policies(iam, group).await? else { return Ok(no_group(group, "denied")) };
    for (_, text) in policies {
        match denies(&text) {
            Ok(false) => {}
            Ok(true) => {
                return Ok(for_people("The group denied something to the user that may be allowed now."));
            }
            Err(why) => return Ok(for_people(why)),
        }
    }
    Ok(nothing("The policies of the group denied nothing."))
}

/// A group that was deleted meanwhile takes the knowledge of its policies with it, and not what happened before.
fn no_group(group: &str, what: &str) -> Verdict {
    for_people(format!(
        "There is no group {group} any more, so what it {what} is not known: look at who deleted it."
    ))
}

fn denies(text: &str) -> std::result::Result<bool, String> {
    let document = Document::parse(text).map_err(|malformed| cannot_be_judged("", &malformed.to_string()))?;
    Ok(document.statements().iter().any(|statement| statement.effect == Effect::Deny))
}

fn cannot_be_judged(name: &str, why: &str) -> String {
    text::line(&format!("The policy {name} cannot be judged: {}.", text::escape(why)), 300)
}

/// The policies of a group, with their names and documents, if there is such a group.
async fn policies(iam: &Client, group: &str) -> Result<Option<Vec<(String, String)>>> {
    let who = IamPrincipal { kind: PrincipalKind::Group, name: group.to_owned() };
    if principal::get(iam, &who).await?.is_none() {
        return Ok(None);
    }
    let mut policies = Vec::new();
    for name in principal::inline_names(iam, &who).await? {
        let document = principal::inline(iam, &who, &name).await?;
        policies.extend(document.map(|text| (name, text)));
    }
    for arn in principal::attached(iam, &who).await? {
        let document = document(iam, &arn).await?;
        policies.extend(document.map(|text| (arn, text)));
    }
    Ok(Some(policies))
}

/// The document of a managed policy's default version.
async fn document(iam: &Client, arn: &str) -> Result<Option<String>> {
    let Some(found) = managed::get(iam, arn).await? else { return Ok(None) };
    managed::version(iam, arn, found.default_version_id.as_deref().unwrap_or_default()).await
}
