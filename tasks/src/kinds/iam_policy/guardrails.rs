//! The guardrails of a policy: what the live policy, and the principals that have it, say against changing it.

use super::super::guardrails::{Spoken, ask_first, hand_over, hands_over, missing, of_principal, template};
use super::super::{Memory, StepProfile};
use super::judge::{self, AtStake};
use super::known::{GUARDING, known};
use crate::aws::reach::Account;
use crate::aws::{Aws, policy, principal};
use crate::names::{self, IamArn, matches_any};
use crate::policy::{Stake, asks};
use crate::runtime::permissions::{ANY_GROUP, ANY_POLICY, ANY_ROLE, ANY_USER, REACH_MEMBERS, Statement};
use crate::steps::{COUNTS_CHANGES, GUARDRAIL_SETTINGS, READS_WHAT_WAS_TAKEN_BACK, taken_back};
use aws_sdk_iam::Client;
use aws_sdk_iam::types::PolicyUsageType;
use contract::kinds::IamPolicy;
use contract::kinds::iam_policy::Target;
use contract::{Fault, IamPrincipal, PrincipalKind};
use std::collections::BTreeSet;

/// How many principals may have a policy before a person is asked about the change.
const MANY: usize = 10;

/// How many of the principals under a protected path are read.
const READ: usize = 20;

pub(super) const CHECK_GUARDRAILS: StepProfile = StepProfile {
    summary: "Decides on the live policy whether to change it, to ask first, or to hand over to people.",
    iam: &[
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy"],
            ANY_ROLE,
            "Reads the path and the tags of the role whose policy is to be changed, and whether a person wants that policy.",
        ),
        Statement::allow(
            &["iam:GetUser", "iam:GetUserPolicy"],
            ANY_USER,
            "Reads the path and the tags of the user whose policy is to be changed, and whether a person wants that policy.",
        ),
        Statement::allow(
            &["iam:GetGroup", "iam:GetGroupPolicy"],
            ANY_GROUP,
            "Reads the path of the group whose policy is to be changed, and whether a person wants that policy.",
        ),
        Statement::allow(
            &["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListEntitiesForPolicy"],
            ANY_POLICY,
            "Reads the tags and the document of the policy that is to be changed, and whether somebody protected has it.",
        ),
        COUNTS_CHANGES,
        READS_WHAT_WAS_TAKEN_BACK,
        REACH_MEMBERS,
    ],
    environment: GUARDRAIL_SETTINGS,
    settings: GUARDING,
};

pub(super) async fn check(aws: &Aws, target: &Target, account: &Account) -> Result<Vec<Spoken>, Fault> {
    let iam = &account.iam();
    match target {
        Target::Managed { arn } => of_managed(iam, arn, account, aws).await,
        Target::ManagedId { .. } => Ok(vec![policy_missing(target)]),
        Target::Inline { principal, policy } => {
            let mut spoken = of_holder(iam, principal, account, aws).await?;
            if hands_over(&spoken) {
                return Ok(spoken);
            }
            match principal::inline(iam, principal, policy).await? {
                Some(document) => {
                    let memory = Memory::new(target, Some(&document))?;
                    spoken.extend(taken_back::check::<IamPolicy>(&memory, account, aws).await?);
                }
                None => spoken.push(policy_missing(target)),
            }
            Ok(spoken)
        }
        Target::Attached { principal, policy_arn } => {
            let mut spoken = of_holder(iam, principal, account, aws).await?;
            if hands_over(&spoken) {
                return Ok(spoken);
            }
            spoken.extend(of_attachment(iam, principal, policy_arn, account, aws).await?);
            spoken.extend(taken_back::check::<IamPolicy>(&Memory::new(target, None)?, account, aws).await?);
            Ok(spoken)
        }
        Target::Trust { role } => {
            let principal = IamPrincipal { kind: PrincipalKind::Role, name: role.clone() };
            let mut spoken = of_holder(iam, &principal, account, aws).await?;
            if hands_over(&spoken) {
                return Ok(spoken);
            }
            let trust = principal::get(iam, &principal).await?.and_then(|holder| holder.trust);
            let memory = Memory::new(target, trust.as_deref())?;
            spoken.extend(taken_back::check::<IamPolicy>(&memory, account, aws).await?);
            Ok(spoken)
        }
    }
}

fn policy_missing(target: &Target) -> Spoken {
    let what = target.words();
    hand_over("policy-missing", format!("There is no {} any more.", what.trim_start_matches("the ")))
}

/// The principal whose policy it is.
async fn of_holder(
    iam: &Client,
    who: &IamPrincipal,
    account: &Account,
    aws: &Aws,
) -> Result<Vec<Spoken>, Fault> {
    let Some(holder) = principal::get(iam, who).await? else { return Ok(vec![missing(who)]) };
    let mut spoken = of_principal(who, &holder, account, aws)?;
    spoken.extend(template(&holder.tags));
    Ok(spoken)
}

/// A managed policy on a principal: where AWS made it, somebody may have chosen it for what it is.
async fn of_attachment(
    iam: &Client,
    who: &IamPrincipal,
    policy_arn: &str,
    account: &Account,
    aws: &Aws,
) -> Result<Option<Spoken>, Fault> {
    let Some((_, document)) = policy::default_document(iam, policy_arn).await? else {
        let target = Target::Attached { principal: who.clone(), policy_arn: policy_arn.to_owned() };
        return Ok(Some(policy_missing(&target)));
    };
    let Some(holder) = principal::get(iam, who).await? else { return Ok(Some(missing(who))) };
    let stake = AtStake { managed: Some(policy_arn), holders: 1, bounded: 0, trust: holder.trust.as_deref() };
    let own = [holder.arn.clone(), policy_arn.to_owned()];
    Ok(match judge::asks(&document, &stake, &known(account, aws, own)?) {
        Ok(ask) => ask.map(|ask| ask_first(ask.id, ask.why)),
        Err(why) => Some(hand_over("unjudged", format!("The document cannot be judged: {why}."))),
    })
}

/// A managed policy, and the principals that have it.
async fn of_managed(iam: &Client, arn: &str, account: &Account, aws: &Aws) -> Result<Vec<Spoken>, Fault> {
    let Some(read) = IamArn::read(arn).filter(|read| !read.is_managed_by_aws()) else {
        let message = "It is an AWS managed policy: it can only be detached, and the finding does not name a principal.";
        return Ok(vec![hand_over("aws-managed", message.to_owned())]);
    };
    let target = Target::Managed { arn: arn.to_owned() };
    let Some(live) = policy::get(iam, arn).await? else { return Ok(vec![policy_missing(&target)]) };
    let (responders, protected) = (&account.responders(aws)?, aws.setting("PROTECTED_ROLES")?);
    let attached = policy::entities(iam, arn, PolicyUsageType::PermissionsPolicy, None).await?;
    let bounded = policy::bounded(iam, arn, &live).await?;
    let everybody: Vec<IamPrincipal> = attached.iter().chain(&bounded).cloned().collect();
    let mut spoken = Vec::new();
    if matches_any(responders, read.path, read.name) {
        let message = format!(
            "`{}` is a policy of the responder itself: changing it could end the response.",
            read.name
        );
        spoken.push(hand_over("responder", message));
    } else if let Some(who) = held_by(iam, arn, &everybody, !bounded.is_empty(), responders).await? {
        let message = format!(
            "The responder itself has this policy, as {}: changing it could end the response.",
            who.words()
        );
        spoken.push(hand_over("responder", message));
    }
    if matches_any(protected, read.path, read.name) {
        let message = format!("`{}{}` is on the list of protected resources.", read.path, read.name);
        spoken.push(ask_first("protected", message));
    } else if let Some(who) = held_by(iam, arn, &everybody, !bounded.is_empty(), protected).await? {
        let message =
            format!("A principal on the list of protected resources has this policy: {}.", who.words());
        spoken.push(ask_first("protected", message));
    }
    let tags = principal::tags(live.tags);
    spoken.extend(template(&tags));
    let stake =
        Stake { managed: Some(arn), holders: attached.len(), bounded: bounded.len(), ..Stake::default() };
    spoken.extend(asks(None, &stake).map(|ask| ask_first(ask.id, ask.why)));
    if attached.len() > MANY {
        let message =
            format!("{} roles, users and groups have this policy, and lose what is removed.", attached.len());
        spoken.push(ask_first("blast-radius", message));
    }
    let version = live.default_version_id.unwrap_or_default();
    let document = policy::version(iam, arn, &version).await?;
    let memory = Memory::new(&target, document.as_deref())?;
    spoken.extend(taken_back::check::<IamPolicy>(&memory, account, aws).await?);
    Ok(spoken)
}

/// The first principal with the policy that one of the patterns matches. IAM names principals without their paths, so for
/// a pattern with a path it is asked for those under that path, and they are read.
async fn held_by(
    iam: &Client,
    arn: &str,
    everybody: &[IamPrincipal],
    is_boundary: bool,
    patterns: &str,
) -> Result<Option<IamPrincipal>, Fault> {
    let (with_path, by_name): (Vec<&str>, Vec<&str>) =
        names::list(patterns).partition(|pattern| pattern.starts_with('/'));
    let by_name = by_name.join(",");
    if let Some(found) = everybody.iter().find(|who| matches_any(&by_name, "", &who.name)) {
        return Ok(Some(found.clone()));
    }
    let mut candidates = BTreeSet::new();
    for pattern in with_path.into_iter().filter(|_| !everybody.is_empty()) {
        let literal = pattern.split(['*', '?']).next().unwrap_or_default();
        let under = literal.get(..=literal.rfind('/').unwrap_or_default()).unwrap_or("/");
        let found = policy::entities(iam, arn, PolicyUsageType::PermissionsPolicy, Some(under)).await?;
        candidates.extend(found.into_iter().map(|who| (pattern, who)));
        if is_boundary {
            let found = policy::entities(iam, arn, PolicyUsageType::PermissionsBoundary, Some(under)).await?;
            candidates.extend(found.into_iter().map(|who| (pattern, who)));
        }
    }
    for (read, (pattern, who)) in candidates.into_iter().enumerate() {
        // If there are that many, one is assumed to match: a person looks.
        let path = principal::get(iam, &who).await?.map(|holder| holder.path);
        if read >= READ || path.is_some_and(|path| matches_any(pattern, &path, &who.name)) {
            return Ok(Some(who));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
