//! A denial can be taken away without deleting its policy: by another document under the same name, or another version.
//! Nothing in such a policy is dangerous by itself, so people are told.

use super::look::Live;
use crate::aws::policy as managed;
use crate::policy::document::{Effect, Patterns};
use crate::policy::{Document, actions};
use crate::text;
use aws_sdk_iam::Client;
use contract::Fault;
use contract::kinds::iam_policy::Target;

/// How the names of the policies begin with which Redress contains a role.
const CONTAINMENT: &str = "redress-contain-";

/// How the names begin of the inline policies with which AWS denies: the console to the older sessions of a role, and AWS
/// itself to a user whose key has leaked.
const DENYING: [&str; 2] = ["AWSRevokeOlderSessions", "AWSCompromisedKeyQuarantine"];

/// What a call may have taken away that the policy denied, as sentences for people.
pub(super) async fn lost(iam: &Client, target: &Target, live: &Live) -> Result<Option<String>, Fault> {
    match target {
        Target::Inline { principal, policy } => Ok(of_inline(&principal.words(), policy, &live.document)),
        Target::Managed { arn } => of_version(iam, arn, &live.document).await,
        Target::Attached { .. } | Target::Trust { .. } | Target::ManagedId { .. } => Ok(None),
    }
}

/// The former document of an inline policy is not known. So people hear of a document that denies nothing under the name of
/// a denial, and of a denial that denies nothing.
fn of_inline(who: &str, policy: &str, text: &str) -> Option<String> {
    if policy.starts_with(CONTAINMENT) {
        return Some(format!(
            "Somebody else than Redress wrote over the policy with which Redress contained {who}, or put one under such a name: its sessions may work again. Redress puts its own policy back when it looks again: with the next finding about the role, or at the end of the undo window."
        ));
    }
    // What cannot be read has been judged before.
    let document = Document::parse(text).ok()?;
    let denials = || document.statements().iter().filter(|statement| statement.effect == Effect::Deny);
    if DENYING.iter().any(|name| policy.starts_with(name)) && denials().next().is_none() {
        return Some(format!("It has the name of a denial of AWS, and denies {who} nothing now."));
    }
    denials().any(|statement| !has_effect(&statement.actions)).then(|| {
        "A statement of it denies nothing: no action has such a name. It may have been put over a denial, and nobody can say any more what that denied.".to_owned()
    })
}

/// Whether the patterns of a denial stand for any action.
fn has_effect(patterns: &Patterns) -> bool {
    let matches = |pattern: &str| !actions::matching(pattern).is_empty();
    patterns.negated || patterns.list.iter().any(|item| matches(&item.text))
}

/// Each denial of the version before must be in the one that counts now, word for word.
async fn of_version(iam: &Client, arn: &str, text: &str) -> Result<Option<String>, Fault> {
    let Ok(now) = Document::parse(text) else { return Ok(None) };
    let Some(live) = managed::get(iam, arn).await? else { return Ok(None) };
    let default = live.default_version_id.unwrap_or_default();
    let versions = managed::versions(iam, arn).await?;
    let others = versions.iter().filter(|id| **id != default);
    let Some(before) = others.max_by_key(|id| managed::number(id)) else {
        return Ok((managed::number(&default) > 1).then(|| {
            "The versions before are deleted, so what they denied is not known any more, and may be allowed now.".to_owned()
        }));
    };
    let Some(text) = managed::version(iam, arn, before).await? else {
        return Ok(Some(
            "The version before has just been deleted: what it denied is not known any more.".to_owned(),
        ));
    };
    // What IAM cannot read denies nothing.
    let lost = Document::parse(&text).map_or(0, |before| missing(&before, &now));
    Ok((lost > 0).then(|| {
        format!(
            "{lost} denial(s) of the version {} are not in the version {} that counts now: what they denied may be allowed.",
            text::line(before, 16),
            text::line(&default, 16)
        )
    }))
}

/// How many denials of a document are not in another one.
fn missing(before: &Document, now: &Document) -> usize {
    let denials = |document: &Document| -> Vec<serde_json::Value> {
        let statements = document.statements().iter();
        statements.filter(|one| one.effect == Effect::Deny).map(|one| one.to_value()).collect()
    };
    let now = denials(now);
    denials(before).iter().filter(|denial| !now.contains(denial)).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Wire;
    use crate::testing::accounts::{POLICY, PRINCIPALS, SAFE, account, who};
    use crate::testing::steps::{Steps, about};
    use contract::kinds::IamPolicy;
    use contract::{Finding, Plan, Source};

    /// A denial is emptied without deleting its policy: nothing is dangerous then, and people hear of it.
    #[tokio::test]
    async fn a_denial_that_is_overwritten_matters() {
        const DENY: &str =
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}"#;
        const EMPTY: &str =
            r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"none:none","Resource":"*"}]}"#;
        let both = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"},{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
        let told = async |wire: &Wire, target: &Target, source| {
            let finding = Finding { source, ..about::<IamPolicy>(target) };
            match Steps::over(wire).look::<IamPolicy>(finding).await.unwrap().plan {
                Plan::ForPeople { .. } => true,
                Plan::Nothing { .. } => false,
                Plan::Change(change) => panic!("{change:?}"),
            }
        };
        for (kind, word, _) in PRINCIPALS {
            for (name, document, tells) in [
                ("guard", DENY, false),
                ("guard", SAFE, false),
                ("guard", both, false),
                ("guard", EMPTY, true),
                ("AWSRevokeOlderSessions", DENY, false),
                ("AWSRevokeOlderSessions", SAFE, true),
                ("AWSCompromisedKeyQuarantineV3", SAFE, true),
                ("redress-contain-4f1b2c", EMPTY, true),
                ("redress-contain-4f1b2c", DENY, true),
            ] {
                let wire = Wire::of(account(1));
                wire.change(|it| {
                    drop(it.holder(word, "web").inline.insert(name.to_owned(), document.to_owned()))
                });
                let target = Target::Inline { principal: who(kind), policy: name.to_owned() };
                assert_eq!(told(&wire, &target, Source::CloudTrail).await, tells, "{word} {name} {document}");
                assert!(!told(&wire, &target, Source::Config).await, "nobody wrote it just now");
            }
        }
        let target = Target::Managed { arn: POLICY.to_owned() };
        for (before, now, tells) in [
            (SAFE, SAFE, false),
            (SAFE, DENY, false),
            (DENY, DENY, false),
            (DENY, both, false),
            (both, both, false),
            ("{}", SAFE, false),
            (DENY, SAFE, true),
            (DENY, EMPTY, true),
            (both, EMPTY, true),
        ] {
            let wire = Wire::of(account(1));
            wire.change(|account| {
                let policy = account.policies.get_mut(POLICY).unwrap();
                policy.versions = [(1, before.to_owned()), (2, now.to_owned())].into();
                policy.default = 2;
            });
            assert_eq!(told(&wire, &target, Source::CloudTrail).await, tells, "{before} {now}");
            wire.change(|account| drop(account.policies.get_mut(POLICY).unwrap().versions.remove(&1)));
            assert!(told(&wire, &target, Source::CloudTrail).await, "the version before is deleted");
        }
    }
}
