//! Guardrails that several kinds share: what speaks against a change of a principal or of something that it holds.

use crate::aws::Aws;
use crate::aws::principal::Holder;
use crate::aws::reach::Account;
use crate::names::matches_any;
use crate::text;
use contract::steps::check_guardrails::{Reason, Ruling};
use contract::{Fault, IamPrincipal};
use jiff::{Timestamp, civil::Date};
use std::collections::BTreeMap;

/// The tags that exempt a resource until a day, and say why. Both are needed: an exemption without an end or a reason
/// is a mistake or an attack, and a person should see either.
const EXEMPT_UNTIL: &str = "redress:exempt-until";
const EXEMPT_REASON: &str = "redress:exempt-reason";

/// Keys of tags by which templates mark what they manage, in lower case.
const TEMPLATE_KEYS: &[&str] = &[
    "aws:cloudformation:stack-name",
    "aws:cloudformation:stack-id",
    "aws-cdk",
    "terraform",
    "pulumi:project",
    "crossplane-kind",
];

/// Keys of tags that name the managing tool, in lower case, and the tools among their values that use templates.
const MANAGED_BY: &[&str] = &["managed-by", "managedby", "managed_by", "provisioner", "iac"];
const TEMPLATES: &[&str] = &["terraform", "opentofu", "pulumi", "cloudformation", "cdk", "crossplane", "sam"];

/// A guardrail that spoke.
pub(crate) type Spoken = (Ruling, Reason);

pub(crate) fn reason(ruling: Ruling, guardrail: &str, message: String) -> Spoken {
    (ruling, Reason { guardrail: guardrail.to_owned(), message })
}

pub(crate) fn ask_first(guardrail: &str, message: String) -> Spoken {
    reason(Ruling::AskFirst, guardrail, message)
}

pub(crate) fn hand_over(guardrail: &str, message: String) -> Spoken {
    reason(Ruling::HandOver, guardrail, message)
}

/// Whether the workflow must not make the change, so that nothing else needs to be read.
pub(crate) fn hands_over(spoken: &[Spoken]) -> bool {
    spoken.iter().any(|(ruling, _)| *ruling == Ruling::HandOver)
}

/// The guardrails of a principal: untouchable, protected, exempt.
pub(crate) fn of_principal(
    who: &IamPrincipal,
    holder: &Holder,
    account: &Account,
    aws: &Aws,
) -> Result<Vec<Spoken>, Fault> {
    let (name, kind, path) = (who.name.as_str(), who.kind.word(), holder.path.as_str());
    let mut spoken = Vec::new();
    if path.starts_with("/aws-service-role/") {
        let message = format!("The {kind} `{name}` is linked to a service: IAM lets nobody change it.");
        spoken.push(hand_over("service-linked", message));
    } else if path.starts_with("/aws-reserved/") {
        let message = format!(
            "The {kind} `{name}` is managed by IAM Identity Center: change the permission set or the user's access there."
        );
        spoken.push(hand_over("identity-center", message));
    } else if matches_any(&account.responders(aws)?, path, name) {
        let message = format!(
            "The {kind} `{name}` belongs to the responder itself: changing it could end the response."
        );
        spoken.push(hand_over("responder", message));
    }
    if matches_any(aws.setting("PROTECTED_ROLES")?, path, name) {
        spoken.push(ask_first("protected", format!("`{path}{name}` is on the list of protected resources.")));
    }
    spoken.extend(exempt(&holder.tags, aws.timestamp()));
    Ok(spoken)
}

/// The principal was deleted or renamed.
pub(crate) fn missing(who: &IamPrincipal) -> Spoken {
    let message =
        format!("There is no {} `{}` any more: it was deleted or renamed.", who.kind.word(), who.name);
    hand_over("principal-missing", message)
}

/// A tag exempts the resource, or tries to.
pub(crate) fn exempt(tags: &BTreeMap<String, String>, now: Timestamp) -> Option<Spoken> {
    let until = tags.get(EXEMPT_UNTIL);
    let why = tags.get(EXEMPT_REASON).map(|why| text::line(why, 256)).filter(|why| !why.is_empty());
    if until.is_none() && why.is_none() {
        return None;
    }
    let message = match (until.and_then(|until| until.parse::<Date>().ok()), why) {
        (Some(until), Some(why)) => {
            // The exemption includes its last day, in UTC.
            if now.to_zoned(jiff::tz::TimeZone::UTC).date() > until {
                return None;
            }
            format!("It is exempt until {until}: {why}")
        }
        _ => format!(
            "It is tagged as exempt, and the exemption cannot be read: `{EXEMPT_UNTIL}` must be a day such as 2026-12-31, and `{EXEMPT_REASON}` must give a reason."
        ),
    };
    Some(ask_first("exempt", message))
}

/// The tags say that a template manages the resource. The template would revert the change at its next deployment.
pub(crate) fn template(tags: &BTreeMap<String, String>) -> Option<Spoken> {
    let found = tags.iter().find(|(key, value)| {
        let (key, value) = (key.to_ascii_lowercase(), value.to_ascii_lowercase());
        TEMPLATE_KEYS.contains(&key.as_str())
            || (MANAGED_BY.contains(&key.as_str()) && TEMPLATES.iter().any(|name| value.contains(name)))
    });
    found.map(|(key, value)| from_template(&format!("{} = {}", text::line(key, 128), text::line(value, 128))))
}

/// A template manages the target.
pub(crate) fn from_template(what: &str) -> Spoken {
    let message = format!(
        "It comes from a template ({what}), which would revert the change: the danger must be removed there as well."
    );
    ask_first("template", message)
}
