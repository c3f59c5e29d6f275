//! The guardrails of a policy: what the live policy, and whoever has it, say against changing it.

use crate::aws::case_table::{CaseTable, Key, Record};
use crate::aws::document::hash;
use crate::aws::reach::{Account, Reach};
use crate::aws::{Aws, policy, principal};
use crate::check_guardrails::{Spoken, exempt, out_of_reach, reason};
use crate::names::{self, IamArn, matches_any};
use crate::remediation::subject_hash;
use crate::restore_policy::TakenBack;
use crate::words::text;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::PolicyUsageType;
use contract::tasks::check_guardrails::{Input, Ruling};
use contract::{Fault, IamPrincipal, PrincipalKind, Subject};
use std::collections::{BTreeMap, BTreeSet};

/// How many may have a policy before a person is asked whether all of them may lose what is taken out of it.
const MANY: usize = 10;

/// How many of those under a protected path are looked at.
const LOOKED: usize = 20;

/// Keys of tags by which templates mark what they manage, in lower case.
const TEMPLATE_KEYS: &[&str] = &[
    "aws:cloudformation:stack-name",
    "aws:cloudformation:stack-id",
    "aws-cdk",
    "terraform",
    "pulumi:project",
    "crossplane-kind",
];

/// Keys of tags that say what manages something, in lower case, and what of their values are templates.
const MANAGED_BY: &[&str] = &["managed-by", "managedby", "managed_by", "provisioner", "iac"];
const TEMPLATES: &[&str] = &["terraform", "opentofu", "pulumi", "cloudformation", "cdk", "crossplane", "sam"];

/// What the live policy says. Input and subject belong together: the subject is the finding's.
pub(crate) async fn standing(input: &Input, subject: &Subject, aws: &Aws) -> Result<Vec<Spoken>, Fault> {
    let finding = &input.finding;
    if let Subject::Other { reason: why } = subject {
        return Ok(vec![hand_over(
            "nothing-to-change",
            format!("There is no policy that could be changed: {why}."),
        )]);
    }
    let account = match aws.reach(&finding.account, &input.case_id).await? {
        Reach::In(account) => account,
        Reach::Out(out) => return Ok(vec![out_of_reach(&out)]),
    };
    let iam = &account.iam();
    let mut spoken = match subject {
        Subject::Policy { arn } => of_managed(iam, arn, &account, aws).await?,
        Subject::Inline { principal, policy } => {
            let mut spoken = of_principal(iam, principal, &account, aws).await?;
            if ends_here(&spoken) {
                return Ok(spoken);
            }
            match principal::inline(iam, principal, policy).await? {
                Some(document) => spoken.extend(taken_back(subject, Some(&document), &account, aws).await?),
                None => spoken.push(missing(subject)),
            }
            spoken
        }
        Subject::Attachment { principal, .. } => {
            let mut spoken = of_principal(iam, principal, &account, aws).await?;
            spoken.extend(taken_back(subject, None, &account, aws).await?);
            spoken
        }
        Subject::Trust { role } => {
            let principal = IamPrincipal { kind: PrincipalKind::Role, name: role.clone() };
            let mut spoken = of_principal(iam, &principal, &account, aws).await?;
            if ends_here(&spoken) {
                return Ok(spoken);
            }
            let trust = principal::get(iam, &principal).await?.and_then(|holder| holder.trust);
            spoken.extend(taken_back(subject, trust.as_deref(), &account, aws).await?);
            spoken
        }
        Subject::Other { .. } => vec![],
    };
    if let Some(template) = &finding.managed_by {
        let says_so = spoken.iter().any(|(_, reason)| reason.guardrail == "template");
        spoken.extend((!says_so).then(|| from_template(&text::line(template, 64))));
    }
    Ok(spoken)
}

fn hand_over(guardrail: &str, message: String) -> Spoken {
    reason(Ruling::HandOver, guardrail, message)
}

fn missing(subject: &Subject) -> Spoken {
    let what = subject.words();
    hand_over("policy-missing", format!("There is no {} any more.", what.trim_start_matches("the ")))
}

fn ends_here(spoken: &[Spoken]) -> bool {
    spoken.iter().any(|(ruling, _)| *ruling == Ruling::HandOver)
}

/// A managed policy, and everybody who has it.
async fn of_managed(iam: &Client, arn: &str, account: &Account, aws: &Aws) -> Result<Vec<Spoken>, Fault> {
    let Some(read) = IamArn::read(arn).filter(|read| !read.is_managed_by_aws()) else {
        let message =
            "AWS keeps this policy: it can only be detached, and the finding does not say from whom.";
        return Ok(vec![hand_over("aws-managed", message.to_owned())]);
    };
    let subject = Subject::Policy { arn: arn.to_owned() };
    let Some(live) = policy::get(iam, arn).await? else { return Ok(vec![missing(&subject)]) };
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
        let message = format!("`{}{}` is on the list of what is protected.", read.path, read.name);
        spoken.push(reason(Ruling::AskFirst, "protected", message));
    } else if let Some(who) = held_by(iam, arn, &everybody, !bounded.is_empty(), protected).await? {
        let message =
            format!("Somebody who is on the list of what is protected has this policy: {}.", who.words());
        spoken.push(reason(Ruling::AskFirst, "protected", message));
    }
    let tags = principal::tags(live.tags);
    spoken.extend(exempt(&tags, aws.timestamp()));
    spoken.extend(template(&tags));
    if !bounded.is_empty() {
        let message = format!(
            "It is the permissions boundary of {} role(s) or user(s): what is taken out of it, they lose.",
            bounded.len()
        );
        spoken.push(reason(Ruling::AskFirst, "boundary", message));
    }
    if attached.len() > MANY {
        let message = format!(
            "{} roles, users and groups have this policy, and lose what is taken out of it.",
            attached.len()
        );
        spoken.push(reason(Ruling::AskFirst, "blast-radius", message));
    }
    let version = live.default_version_id.unwrap_or_default();
    let document = policy::version(iam, arn, &version).await?;
    spoken.extend(taken_back(&subject, document.as_deref(), account, aws).await?);
    Ok(spoken)
}

/// The first of those who have the policy whom one of the patterns means. IAM names them without their paths, so for a
/// pattern with a path it is asked who has the policy under that path, and those are looked at.
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
    for (looked, (pattern, who)) in candidates.into_iter().enumerate() {
        // Where there are so many, one is taken for meant: a person looks.
        let path = principal::get(iam, &who).await?.map(|holder| holder.path);
        if looked >= LOOKED || path.is_some_and(|path| matches_any(pattern, &path, &who.name)) {
            return Ok(Some(who));
        }
    }
    Ok(None)
}

/// Whose policy it is.
async fn of_principal(
    iam: &Client,
    who: &IamPrincipal,
    account: &Account,
    aws: &Aws,
) -> Result<Vec<Spoken>, Fault> {
    let (name, kind) = (who.name.as_str(), who.kind.word());
    let Some(holder) = principal::get(iam, who).await? else {
        let message = format!("There is no {kind} `{name}` any more: it was deleted, or renamed.");
        return Ok(vec![hand_over("principal-missing", message)]);
    };
    let path = holder.path.as_str();
    let mut spoken = Vec::new();
    if path.starts_with("/aws-service-role/") {
        let message = format!("The {kind} `{name}` is linked to a service: IAM lets nobody change it.");
        spoken.push(hand_over("service-linked", message));
    } else if path.starts_with("/aws-reserved/") {
        let message = format!(
            "The {kind} `{name}` is managed by IAM Identity Center: change the permission set there."
        );
        spoken.push(hand_over("identity-center", message));
    } else if matches_any(&account.responders(aws)?, path, name) {
        let message = format!(
            "The {kind} `{name}` belongs to the responder itself: changing it could end the response."
        );
        spoken.push(hand_over("responder", message));
    }
    if matches_any(aws.setting("PROTECTED_ROLES")?, path, name) {
        let message = format!("`{path}{name}` is on the list of what is protected.");
        spoken.push(reason(Ruling::AskFirst, "protected", message));
    }
    spoken.extend(exempt(&holder.tags, aws.timestamp()));
    spoken.extend(template(&holder.tags));
    Ok(spoken)
}

/// What a template manages, the template puts back: that is a fight that nobody wins.
fn template(tags: &BTreeMap<String, String>) -> Option<Spoken> {
    let found = tags.iter().find(|(key, value)| {
        let (key, value) = (key.to_ascii_lowercase(), value.to_ascii_lowercase());
        TEMPLATE_KEYS.contains(&key.as_str())
            || (MANAGED_BY.contains(&key.as_str()) && TEMPLATES.iter().any(|name| value.contains(name)))
    });
    found.map(|(key, value)| from_template(&format!("{} = {}", text::line(key, 128), text::line(value, 128))))
}

fn from_template(what: &str) -> Spoken {
    let message = format!(
        "It comes from a template ({what}), which would put it back: the danger must be taken out there as well."
    );
    reason(Ruling::AskFirst, "template", message)
}

/// A person took back the remediation of exactly this before.
async fn taken_back(
    subject: &Subject,
    document: Option<&str>,
    account: &Account,
    aws: &Aws,
) -> Result<Option<Spoken>, Fault> {
    let key = Key::restored(&subject_hash(subject, account.id()));
    let record: Option<Record<TakenBack>> = CaseTable::new(aws)?.get(&key).await?;
    let Some(TakenBack { case_id, at, sha256 }) = record.map(|record| record.value) else { return Ok(None) };
    let same = match (&sha256, document) {
        (Some(sha256), Some(document)) => *sha256 == hash(document),
        (None, None) => true,
        _ => false,
    };
    let message =
        format!("A person took back the remediation of exactly this in the case {case_id}, at {at}.");
    Ok(same.then(|| reason(Ruling::AskFirst, "taken-back", message)))
}

#[cfg(test)]
#[path = "policy_guardrails_tests.rs"]
mod tests;
