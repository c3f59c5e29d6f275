//! What should become of a policy: nothing, a word to people, a question, or a change at once. The dangers say what a
//! document allows; this says what is at stake where it is attached.

use super::analyse::{Danger, Severity, Unjudged};
use super::document::{Document, Effect, Kind};
use super::knowledge::knowledge;
use super::managed::ManagedTable;

/// What should become of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing in it is dangerous.
    Harmless,
    /// It is as AWS means it to be, and stays: why.
    AsIntended(String),
    /// People hear of it, and nothing is proposed.
    Tell,
    /// It is dangerous, and may be wanted or not be at stake yet: a person decides before anything is changed.
    Ask(Ask),
    /// It is dangerous, and may be changed at once where the mode says so.
    Change,
}

/// Why a person decides before a dangerous policy is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// A stable id in kebab case.
    pub id: &'static str,
    /// The reason in a sentence.
    pub why: String,
}

/// Where a policy is attached.
#[derive(Debug, Clone, Copy, Default)]
pub struct Stake<'a> {
    /// The ARN of a managed policy; none of an inline policy or a trust policy.
    pub managed: Option<&'a str>,
    /// How many users, groups and roles have the managed policy.
    pub holders: usize,
    /// How many users and roles have it as their permissions boundary.
    pub bounded: usize,
    /// The trust policy of the role that has it, where it is a role.
    pub trust: Option<&'a Document>,
}

/// What should become of a policy with these dangers.
///
/// # Errors
/// Where a built-in table is broken.
pub fn verdict(dangers: &[Danger], stake: &Stake<'_>) -> Result<Verdict, Unjudged> {
    let managed = &knowledge()?.managed;
    if dangers.is_empty() {
        return Ok(Verdict::Harmless);
    }
    let name = stake.managed.and_then(ManagedTable::name);
    if let Some(name) = name
        && let Some(why) = intended(name, stake, managed)
    {
        return Ok(Verdict::AsIntended(why));
    }
    let worst = dangers.iter().map(|danger| danger.severity).max();
    if worst.is_none_or(|worst| worst < Severity::High) {
        return Ok(Verdict::Tell);
    }
    let ask = asks(worst, stake).or_else(|| of_own_service(dangers, stake, managed));
    Ok(ask.map_or(Verdict::Change, Verdict::Ask))
}

/// Where only services of AWS can assume the role, all that is dangerous are actions of those very services, and a policy
/// that AWS gives such roles is dangerous, too: what is removed may stop what they do there.
fn of_own_service(dangers: &[Danger], stake: &Stake<'_>, managed: &ManagedTable) -> Option<Ask> {
    let services = services_only(stake.trust?)?;
    let is_own = |action: &String| {
        services.iter().any(|service| {
            let name = service.split('.').next().unwrap_or(service);
            action.strip_prefix(name).is_some_and(|rest| rest.starts_with(':'))
        })
    };
    let mut grants =
        dangers.iter().filter(|danger| danger.severity >= Severity::High).flat_map(|danger| &danger.grants);
    let is_all_own = grants.all(|grant| grant.more == 0 && grant.actions.iter().all(is_own));
    let is_usual = services.iter().all(|service| {
        // A policy for roles of several services does not say what each of them needs.
        managed.dangerous.iter().any(|name| managed.services_of(name).eq([*service]))
    });
    (is_all_own && is_usual).then(|| Ask {
        id: "own-service",
        why: format!(
            "Only {} can assume the role that has it, AWS's own policies for such roles allow as much, and what is removed may stop its work.",
            services.join(", ")
        ),
    })
}

/// Why a policy of AWS is as it is meant to be.
fn intended(name: &str, stake: &Stake<'_>, managed: &ManagedTable) -> Option<String> {
    if name.starts_with("aws-service-role/") {
        return Some("Only AWS itself can attach it, to a service-linked role.".to_owned());
    }
    if managed.is_protecting(name) {
        return Some("AWS attaches it to stop somebody.".to_owned());
    }
    let services = services_only(stake.trust?)?;
    let is_natural = services.iter().all(|service| managed.services_of(name).any(|known| known == *service));
    is_natural.then(|| {
        format!(
            "It is AWS's own policy for the role of {}, and nobody else can assume this role.",
            services.join(", ")
        )
    })
}

/// The services that may assume the role, where nobody else may.
fn services_only(trust: &Document) -> Option<Vec<&str>> {
    let mut services = Vec::new();
    for statement in trust.statements().iter().filter(|statement| statement.effect == Effect::Allow) {
        let principals = statement.principals.as_ref().filter(|principals| !principals.negated)?;
        for principal in &principals.list {
            let who = principal.who.text.as_str();
            if principal.kind != Kind::Service || who.contains(['*', '?']) {
                return None;
            }
            services.push(who.strip_suffix(".cn").unwrap_or(who));
        }
    }
    services.dedup();
    (!services.is_empty()).then_some(services)
}

/// Why a person has to decide before a policy whose worst danger is this is changed, if one has to.
pub fn asks(worst: Option<Severity>, stake: &Stake<'_>) -> Option<Ask> {
    let name = ManagedTable::name(stake.managed?);
    if stake.bounded > 0 {
        let why = format!(
            "It is the permissions boundary of {}: a boundary grants nothing, and what is removed from it is lost to them.",
            counted(stake.bounded, "user or role", "users and roles")
        );
        return Some(Ask { id: "boundary", why });
    }
    if stake.holders == 0 {
        let why =
            "Nobody has it yet: it grants nothing to anybody, and may be meant as a permissions boundary.";
        return Some(Ask { id: "unattached", why: why.to_owned() });
    }
    if name.is_some() && worst < Some(Severity::Critical) {
        let why = "It is an AWS managed policy that somebody chose by its name.";
        return Some(Ask { id: "chosen-by-name", why: why.to_owned() });
    }
    None
}

fn counted(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("one {one}") } else { format!("{number} {many}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Known, identity};
    use serde_json::{Value, json};

    const OWN: &str = "arn:aws:iam::123456789012:policy/own";

    fn document(statements: Value) -> Document {
        Document::from_value(json!({ "Version": "2012-10-17", "Statement": statements })).unwrap()
    }

    fn trusting(principal: Value) -> Document {
        document(json!([{ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole" }]))
    }

    fn of(document: &Document, stake: Stake<'_>) -> Verdict {
        verdict(&identity(document, &Known::default()).unwrap(), &stake).unwrap()
    }

    #[test]
    fn what_is_at_stake_decides() {
        let allowing =
            |action: &str| document(json!([{ "Effect": "Allow", "Action": action, "Resource": "*" }]));
        let (admin, code) = (allowing("*"), allowing("lambda:UpdateFunctionCode"));
        let aws = |name: &str| format!("arn:aws:iam::aws:policy/{name}");
        let (glue, policy) = (aws("service-role/AWSGlueServiceRole"), aws("AWSLambda_FullAccess"));
        let administrator = aws("AdministratorAccess");
        let attached = |managed| Stake { managed: Some(managed), holders: 1, ..Stake::default() };
        let is_ask = |verdict: Verdict| matches!(verdict, Verdict::Ask(_));
        let is_intended = |verdict: Verdict| matches!(verdict, Verdict::AsIntended(_));

        assert_eq!(of(&allowing("s3:ListBucket"), Stake::default()), Verdict::Harmless);
        assert_eq!(of(&allowing("s3:GetObject"), Stake::default()), Verdict::Tell);
        assert_eq!(of(&admin, Stake::default()), Verdict::Change);
        assert_eq!(of(&admin, attached(OWN)), Verdict::Change);
        assert_eq!(of(&admin, attached(&administrator)), Verdict::Change);
        assert!(is_ask(of(&code, attached(&policy))));
        assert!(is_ask(of(&admin, Stake { holders: 0, ..attached(OWN) })));
        assert!(is_ask(of(&admin, Stake { bounded: 2, ..attached(OWN) })));

        let service = trusting(json!({ "Service": "glue.amazonaws.com" }));
        let (of_glue, inline) = (allowing("glue:*"), Stake { trust: Some(&service), ..Stake::default() });
        assert!(is_ask(of(&of_glue, inline)));
        assert_eq!(of(&of_glue, Stake::default()), Verdict::Change);
        assert_eq!(of(&code, inline), Verdict::Change);
        // What a function does with its role, whoever writes its code decides.
        let function = trusting(json!({ "Service": "lambda.amazonaws.com" }));
        assert_eq!(of(&code, Stake { trust: Some(&function), ..Stake::default() }), Verdict::Change);
        assert_eq!(of(&admin, inline), Verdict::Change);
        let other = trusting(json!({ "Service": ["glue.amazonaws.com", "ec2.amazonaws.com"] }));
        let people = trusting(json!({ "Service": "glue.amazonaws.com", "AWS": "123456789012" }));
        assert!(is_intended(of(&code, Stake { trust: Some(&service), ..attached(&glue) })));
        assert!(is_ask(of(&code, Stake { trust: Some(&other), ..attached(&glue) })));
        assert!(is_ask(of(&code, Stake { trust: Some(&people), ..attached(&glue) })));
        assert!(is_intended(of(&code, attached(&aws("aws-service-role/BatchServiceRolePolicy")))));
    }
}
