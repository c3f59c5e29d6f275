//! What the call of the event put in effect, if the live policy does not show it any more. CloudTrail reports a call minutes
//! later: a policy that was attached, used and detached in between is harmless when it is read, and was not.

use super::super::Subject;
use super::judge::{self, AtStake};
use super::known::known;
use super::look::Live;
use super::places::Place;
use crate::aws::document::same;
use crate::aws::reach::Account;
use crate::aws::{policy, principal};
use crate::policy::Known;
use crate::text;
use aws_sdk_iam::Client;
use contract::kinds::IamPolicy;
use contract::kinds::iam_policy::Target;
use contract::{Fault, Source};

/// Why people hear of a danger that is gone.
pub(super) const WHY: &str = "It was dangerous when the call was made, and is not any more. Whoever had it may have used it in between: look at what they did.";

/// Why people hear of a call whose effect is not known.
pub(super) const WHY_UNKNOWN: &str = "It is harmless or gone by now, and what the call put in effect cannot be judged any more. Whoever had it may have used it in between: look at what they did.";

/// What a call put in effect.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Put {
    Document(String),
    /// It cannot be read any more. The clause gives the reason.
    Unknown(String),
}

/// What is known of the effect of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Past {
    /// The live policy shows it, or it was harmless, or the event is no call.
    Nothing,
    /// The dangers.
    Dangers(Vec<String>),
    /// The clause gives the reason.
    Unknown(String),
}

/// The dangers that the call of the event brought and that the live policy, if there is one, does not have.
pub(super) async fn past(
    subject: &Subject<'_, IamPolicy>,
    target: &Target,
    live: Option<&Live>,
    account: &Account,
) -> Result<Past, Fault> {
    let iam = &account.iam();
    let Some(put) = put(subject, target, live, iam).await? else { return Ok(Past::Nothing) };
    let document = match put {
        Put::Unknown(why) => return Ok(Past::Unknown(why)),
        Put::Document(document) => document,
    };
    if live.is_some_and(|live| same(&live.document, &document)) {
        return Ok(Past::Nothing);
    }
    let trust = match (live, target) {
        (None, Target::Attached { principal, .. }) => {
            principal::get(iam, principal).await?.and_then(|holder| holder.trust)
        }
        _ => None,
    };
    let stake = match (live, target) {
        (Some(live), _) => judge::stake(live),
        (None, Target::Managed { arn }) => AtStake { managed: Some(arn), ..AtStake::default() },
        (None, Target::Attached { policy_arn, .. }) => {
            AtStake { managed: Some(policy_arn), holders: 1, bounded: 0, trust: trust.as_deref() }
        }
        (None, _) => AtStake::default(),
    };
    let is_trust = matches!(target, Target::Trust { .. });
    // The document is as somebody wrote it.
    let known = Known { saved: false, ..known(account, subject.aws, live.into_iter().flat_map(Live::own))? };
    Ok(match judge::dangers_of(&document, is_trust, &stake, &known) {
        Ok(dangers) if dangers.is_empty() => Past::Nothing,
        Ok(dangers) => Past::Dangers(dangers),
        Err(why) => Past::Unknown(why),
    })
}

/// What the call of the event put in effect, if it can be read without the live policy.
async fn put(
    subject: &Subject<'_, IamPolicy>,
    target: &Target,
    live: Option<&Live>,
    iam: &Client,
) -> Result<Option<Put>, Fault> {
    let finding = subject.finding;
    let Some(call) = finding.kind.strip_prefix("IAM:").filter(|_| finding.source == Source::CloudTrail)
    else {
        return Ok(None);
    };
    let written = finding.written.as_ref();
    let named = match (call, target) {
        // The live attachment has the same document.
        (_, Target::Attached { .. }) if live.is_some() => return Ok(None),
        (_, Target::Attached { policy_arn, .. }) => {
            let found = policy::default_document(iam, policy_arn).await?;
            found.map(|(_, document)| document).ok_or_else(|| "the policy was deleted as well".to_owned())
        }
        ("SetDefaultPolicyVersion", Target::Managed { arn }) => {
            let Some(version) = written.and_then(|written| written.version.as_deref()) else {
                return Ok(Some(Put::Unknown("the event does not name the version".to_owned())));
            };
            if live.is_some_and(|live| is_default(&live.place, version)) {
                return Ok(None);
            }
            let found = policy::version(iam, arn, version).await?;
            found.ok_or_else(|| format!("the version {} was deleted", text::line(version, 32)))
        }
        ("CreateRole" | "UpdateAssumeRolePolicy" | "CreatePolicy" | "CreatePolicyVersion", _)
        | ("PutRolePolicy" | "PutUserPolicy" | "PutGroupPolicy", _) => {
            let document = written.and_then(|written| written.document.clone());
            document.ok_or_else(|| "the event does not have the whole document".to_owned())
        }
        _ => return Ok(None),
    };
    Ok(Some(named.map_or_else(Put::Unknown, Put::Document)))
}

fn is_default(place: &Place, version: &str) -> bool {
    matches!(place, Place::Managed(found) if found.default_version == version)
}

#[cfg(test)]
mod tests;
