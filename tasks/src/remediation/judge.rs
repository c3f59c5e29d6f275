//! Is the live policy dangerous, and what is the smallest change that puts it right? Pure: the same policy is judged in
//! the same way by the task that plans and by the one that records.

use super::look::{Live, Place};
use crate::policy::{
    self, Danger, Document, Known, Remedy, Severity, harmless, trusts_nobody, unified, without,
};
use crate::words::text;
use contract::{Change, Outcome, Plan, Source};
use serde_json::{Value, json};

/// How much of the difference of two documents people are shown.
const DIFF: usize = 6_000;

/// How many dangers are told.
const TOLD: usize = 12;

/// How many versions of a managed policy IAM keeps.
pub(crate) const VERSIONS: usize = 5;

/// Judges a live policy. Only what leads to other people's permissions is changed; what should merely be looked at is
/// told.
pub(crate) fn judge(live: &Live, source: Source, known: &Known) -> Plan {
    let plan = |outcome: Outcome, reason: &str, dangers: &[Danger]| Plan {
        outcome,
        reason: reason.to_owned(),
        dangers: told(dangers),
        change: None,
        effect: String::new(),
        diff: String::new(),
        blast: live.blast.clone(),
    };
    let before = match Document::parse(&live.document) {
        Ok(document) => document,
        Err(malformed) => {
            let reason = format!("The document cannot be judged: {}.", harmless(&malformed.to_string()));
            return plan(Outcome::People, &text::line(&reason, 500), &[]);
        }
    };
    let dangers = match live.place {
        Place::Trust { .. } => policy::trust(&before, known),
        _ => policy::identity(&before, known),
    };
    let grave: Vec<Danger> =
        dangers.iter().filter(|danger| danger.severity >= Severity::High).cloned().collect();
    if grave.is_empty() {
        return match (dangers.is_empty(), source) {
            (true, _) => plan(Outcome::Safe, "The analysis finds nothing dangerous in it.", &dangers),
            (false, Source::CloudTrail) => {
                let reason =
                    "Nothing in it leads to other people's permissions; what is named should be looked at.";
                plan(Outcome::Safe, reason, &dangers)
            }
            (false, _) => {
                let reason = "What is named may be wanted or not: nothing in it is bad enough to be changed without a person's judgement.";
                plan(Outcome::People, reason, &dangers)
            }
        };
    }
    let after = match without(&before, &grave) {
        Remedy::Unchanged => {
            let reason =
                "It is dangerous, and there is no change that only takes away and removes the danger.";
            return plan(Outcome::People, reason, &dangers);
        }
        Remedy::Changed(after) => Some(after),
        Remedy::Nothing => None,
    };
    let (change, effect, shown) = change(live, after);
    let diff = match &shown {
        Shown::Document(after) => unified(&before, Some(after), DIFF),
        Shown::Nothing => unified(&before, None, DIFF),
        Shown::NoDiff => String::new(),
    };
    Plan {
        change: Some(change),
        effect,
        diff,
        ..plan(Outcome::Change, "It is dangerous, and the danger can be taken out.", &dangers)
    }
}

/// What people are shown of the document that is left.
enum Shown {
    Document(Document),
    Nothing,
    NoDiff,
}

/// The change that leaves this of the document, in words too.
fn change(live: &Live, after: Option<Document>) -> (Change, String, Shown) {
    let gone = after.is_none();
    match &live.place {
        Place::Managed { arn, default_version, versions, .. } => {
            let left = after.or_else(|| Document::from_value(allows_nothing()).ok());
            let mut effect = format!(
                "A new version of the policy without what is dangerous becomes the default, for everybody who has it; {default_version} stays for the undo."
            );
            if gone {
                effect.push_str(" Nothing is left of what it allows.");
            }
            if let Some(oldest) = oldest(versions, default_version) {
                effect.push_str(&format!(
                    " IAM keeps {VERSIONS} versions, so {oldest} is recorded and deleted."
                ));
            }
            let document = left.as_ref().map_or_else(allows_nothing, Document::to_value).to_string();
            let shown = left.map_or(Shown::Nothing, Shown::Document);
            (Change::NewVersion { arn: arn.clone(), document }, effect, shown)
        }
        Place::Inline { principal, policy, .. } => match after {
            Some(left) => {
                let (principal, policy) = (principal.clone(), policy.clone());
                let effect = "The inline policy is replaced by one without what is dangerous.".to_owned();
                let document = left.to_value().to_string();
                (Change::PutInline { principal, policy, document }, effect, Shown::Document(left))
            }
            None => {
                let change = Change::DeleteInline { principal: principal.clone(), policy: policy.clone() };
                let effect = "The inline policy is deleted: all that it allows is dangerous.".to_owned();
                (change, effect, Shown::Nothing)
            }
        },
        Place::Attached { principal, policy_arn, .. } => {
            let effect = format!(
                "The policy is detached from {}. The policy itself stays as it is.",
                principal.words()
            );
            let change = Change::Detach { principal: principal.clone(), policy_arn: policy_arn.clone() };
            (change, effect, Shown::NoDiff)
        }
        Place::Trust { role, .. } => {
            let left = after.or_else(|| Document::from_value(trusts_nobody()).ok());
            let who = if gone { "Nobody" } else { "Only whom we know" };
            let effect = format!("{who} can use the role from then on. Sessions that are open go on.");
            let document = left.as_ref().map_or_else(trusts_nobody, Document::to_value).to_string();
            let shown = left.map_or(Shown::Nothing, Shown::Document);
            (Change::UpdateTrust { role: role.clone(), document }, effect, shown)
        }
    }
}

/// The version that must go before another can be made: the oldest that is not the default, where there are as many as
/// IAM keeps.
pub(crate) fn oldest<'a>(versions: &'a [String], default: &str) -> Option<&'a String> {
    if versions.len() < VERSIONS {
        return None;
    }
    versions.iter().filter(|id| *id != default).min_by_key(|id| crate::aws::policy::number(id))
}

/// A policy of which nothing is left. IAM wants a statement, and this is one without effect: who somebody is, everybody
/// may ask, and a denial of that does not count.
fn allows_nothing() -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Sid": "AllowsNothing", "Effect": "Deny", "Action": "sts:GetCallerIdentity", "Resource": "*" }],
    })
}

/// The dangers as people read them: how bad, why, and what in the document grants it.
fn told(dangers: &[Danger]) -> Vec<String> {
    let sentence = |danger: &Danger| {
        let written: Vec<String> = danger
            .grants
            .iter()
            .take(3)
            .map(|grant| {
                format!("{} in statement {}", text::line(&harmless(&grant.written), 80), grant.statement + 1)
            })
            .collect();
        let more = danger.grants.len().saturating_sub(written.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{:?}: {} It is granted by {}{more}.", danger.severity, danger.why, written.join(", "))
    };
    let mut told: Vec<String> =
        dangers.iter().take(TOLD).map(|danger| text::cut(&sentence(danger), 480)).collect();
    if dangers.len() > TOLD {
        told.push(format!("And {} more.", dangers.len() - TOLD));
    }
    told
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
