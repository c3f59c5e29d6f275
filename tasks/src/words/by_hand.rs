//! The exact commands that take a change back, for people whom nothing else helps.

use crate::words::text::json;
use contract::{Before, Change, IamPrincipal, PolicyBefore, Recorded, Was};

/// How to take a change back.
pub(crate) fn undo(before: &Recorded) -> Vec<String> {
    match before {
        Recorded::Role(before) => remove(&before.role_name, &before.policy_name),
        Recorded::Policy(before) => policy(before),
    }
}

/// How to take off what other cases had put on the role when it was recorded: it is not this case's to take off.
pub(crate) fn others(before: &Before) -> Vec<String> {
    let ours = contract::policy_name("");
    let others = before.inline_policies.iter().filter(|policy| policy.name.starts_with(&ours));
    others.flat_map(|policy| remove(&before.role_name, &policy.name)).collect()
}

/// Role and policy names are made of characters that need no quoting.
pub(crate) fn remove(role: &str, policy: &str) -> Vec<String> {
    vec![
        format!("aws iam get-role-policy --role-name {role} --policy-name {policy}"),
        format!("aws iam delete-role-policy --role-name {role} --policy-name {policy}"),
    ]
}

/// Names and ARNs were read from an event only if they need no quoting; a document is written so that it needs no more
/// than the quotes around it.
pub(crate) fn policy(before: &PolicyBefore) -> Vec<String> {
    match (&before.was, &before.change) {
        (Was::Managed { default_version, oldest, .. }, Change::NewVersion { arn, .. }) => {
            let mut commands = vec![
                format!("aws iam list-policy-versions --policy-arn {arn}"),
                format!(
                    "aws iam set-default-policy-version --policy-arn {arn} --version-id {default_version}"
                ),
                format!(
                    "aws iam delete-policy-version --policy-arn {arn} --version-id VERSION # the one that was the default until now"
                ),
            ];
            if let Some(oldest) = oldest {
                commands.push(format!(
                    "aws iam create-policy-version --policy-arn {arn} --policy-document '{}'",
                    json(&oldest.document)
                ));
            }
            commands
        }
        (
            Was::Inline { document, .. },
            Change::PutInline { principal, policy, .. } | Change::DeleteInline { principal, policy },
        ) => vec![format!(
            "aws iam put-{}-policy {} --policy-name {policy} --policy-document '{}'",
            principal.kind.word(),
            name(principal),
            json(document)
        )],
        (Was::Attached { .. }, Change::Detach { principal, policy_arn }) => vec![format!(
            "aws iam attach-{}-policy {} --policy-arn {policy_arn}",
            principal.kind.word(),
            name(principal)
        )],
        (Was::Trust { document, .. }, Change::UpdateTrust { role, .. }) => vec![format!(
            "aws iam update-assume-role-policy --role-name {role} --policy-document '{}'",
            json(document)
        )],
        _ => vec!["The record and the change do not belong together: ask the responder's owners.".to_owned()],
    }
}

fn name(principal: &IamPrincipal) -> String {
    format!("--{}-name {}", principal.kind.word(), principal.name)
}
