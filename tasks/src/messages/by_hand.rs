//! The exact commands that take a change back, for people whom nothing else helps.

use crate::remediation::kind::{Kind, Undoable};
use contract::{Before, PolicyBefore, Recorded};

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

/// How to put a policy back.
pub(crate) fn policy(before: &PolicyBefore) -> Vec<String> {
    match Kind::of(before) {
        Ok(kind) => kind.by_hand(),
        Err(_) => {
            vec!["The record and the change do not belong together: ask the responder's owners.".to_owned()]
        }
    }
}
