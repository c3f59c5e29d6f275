//! Guardrails that several kinds share: what speaks against a change of a principal or of something that it holds.

use crate::aws::Aws;
use crate::aws::principal::Holder;
use crate::aws::reach::Account;
use crate::names::matches_any;
use crate::text;
use contract::steps::check_guardrails::{Reason, Ruling};
use contract::{Fact, Fault, IamPrincipal};
use std::collections::BTreeMap;

/// What becomes of a change that must not wait for the case table, if the table cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Without {
    /// The task fails, and is tried again.
    Fails,
    /// The change goes on.
    GoesOn,
    /// A person decides.
    Asks,
}

/// How far the case table has been tried.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tried {
    /// The retries are used up.
    pub(crate) last_try: bool,
    /// The case could not be opened with the table either.
    pub(crate) unopened: bool,
}

impl Tried {
    /// A table that is throttled or down may answer the next try. One that refuses this step alone, or a record that cannot
    /// be read, is not unreachable.
    pub(crate) fn without(self, fault: &Fault) -> Without {
        match fault {
            Fault::Throttled { .. } | Fault::Unavailable { .. } if self.last_try => Without::GoesOn,
            Fault::AccessDenied { .. } | Fault::Refused { .. } if self.unopened => Without::GoesOn,
            Fault::AccessDenied { .. } | Fault::Refused { .. } => Without::Asks,
            _ => Without::Fails,
        }
    }
}

/// Keys of tags that CloudFormation sets, and that IAM lets nobody else set. Only these make the response ask.
const SET_BY_AWS: &[&str] = &["aws:cloudformation:stack-name", "aws:cloudformation:stack-id"];

/// The beginning of the keys with which people mark what is to be left alone, in lower case.
const EXEMPT: &str = "redress:exempt-";

/// Keys of tags by which templates mark what they manage, in lower case.
const TEMPLATE_KEYS: &[&str] = &["aws-cdk", "terraform", "pulumi:project", "crossplane-kind"];

/// Keys of tags that name the managing tool, in lower case, and the tools among their values that use templates.
const MANAGED_BY: &[&str] = &["managed-by", "managedby", "managed_by", "provisioner", "iac"];
const TEMPLATES: &[&str] = &["terraform", "opentofu", "pulumi", "cloudformation", "cdk", "crossplane", "sam"];

/// How many tags are noted.
const NOTED: usize = 5;

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

/// The guardrails of a principal: untouchable, protected.
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
    Ok(spoken)
}

/// The principal was deleted or renamed.
pub(crate) fn missing(who: &IamPrincipal) -> Spoken {
    let message =
        format!("There is no {} `{}` any more: it was deleted or renamed.", who.kind.word(), who.name);
    hand_over("principal-missing", message)
}

/// CloudFormation made the resource, and would revert the change at its next deployment.
pub(crate) fn template(tags: &BTreeMap<String, String>) -> Option<Spoken> {
    let found = tags.iter().find(|(key, _)| SET_BY_AWS.contains(&key.as_str()));
    found.map(|(key, value)| from_template(&format!("{} = {}", text::line(key, 128), text::line(value, 128))))
}

/// The tags that ask for an exception, or name a template. Whoever acted may have set them, also with the credentials that
/// the finding is about, so they are shown to people and decide nothing: `PROTECTED_ROLES` does.
pub(crate) fn tag_notes(tags: &BTreeMap<String, String>) -> Vec<Fact> {
    let is_noted = |key: &str, value: &str| {
        key.starts_with(EXEMPT)
            || TEMPLATE_KEYS.contains(&key)
            || (MANAGED_BY.contains(&key) && TEMPLATES.iter().any(|name| value.contains(name)))
    };
    let noted =
        tags.iter().filter(|(key, value)| is_noted(&key.to_ascii_lowercase(), &value.to_ascii_lowercase()));
    let fact = |(key, value): (&String, &String)| {
        let tag = format!("{} = {}", text::line(key, 128), text::line(value, 256));
        Fact::new("Tag", format!("{tag} (it decides nothing: whoever may tag the resource can set it)"))
    };
    noted.take(NOTED).map(fact).collect()
}

/// A template manages the target.
pub(crate) fn from_template(what: &str) -> Spoken {
    let message = format!(
        "It comes from a template ({what}), which would revert the change: the danger must be removed there as well."
    );
    ask_first("template", message)
}
