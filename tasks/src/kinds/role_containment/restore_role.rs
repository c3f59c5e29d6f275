//! `restore-role`: the undo. It removes what was put, if it is still what was put, and looks that it is gone.

use crate::aws::Aws;
use crate::aws::case_table::CaseTable;
use crate::aws::fault::{code, fault};
use crate::aws::role;
use crate::serve::Run;
use contract::tasks::RestoreRole;
use contract::tasks::restore_role::{Error, Input, Output};
use contract::{Before, Fault, deny_all};
use std::collections::BTreeMap;

impl Run for RestoreRole {
    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let before = &input.before;
        CaseTable::new(aws)?.recorded(&input.case_id, before).await?;
        let (name, policy) = (before.role_name.as_str(), before.policy_name.as_str());
        let account = aws.reach_arn(&before.role_arn, &input.case_id).await?.account()?;
        let iam = account.iam();
        match role::get(&iam, name).await? {
            Some(role) if role.role_id() == before.role_id => {}
            Some(role) => {
                let ours = role::inline_policy(&iam, name, policy).await?.is_some();
                let what = if ours { "has" } else { "does not have" };
                let message = format!(
                    "the role `{name}` is {} now, not {}; it {what} the policy `{policy}`",
                    role.role_id(),
                    before.role_id
                );
                return Err(Error::Drifted(message));
            }
            None => return Err(Error::Drifted(format!("there is no role `{name}` any more"))),
        }
        let removed = match role::inline_policy(&iam, name, policy).await? {
            None => false,
            Some(document) if document == deny_all(&before.case_id) => {
                match iam.delete_role_policy().role_name(name).policy_name(policy).send().await {
                    Ok(_) => true,
                    Err(error) if code(&error) == "NoSuchEntity" => false,
                    Err(error) => return Err(fault("deleting the deny-all policy", &error).into()),
                }
            }
            Some(document) => {
                let message = format!(
                    "`{policy}` on `{name}` is not what was put, so it was left alone. It says: {document}"
                );
                return Err(Error::Drifted(message));
            }
        };
        if role::inline_policy(&iam, name, policy).await?.is_some() {
            return Err(Error::NotReadBack(format!(
                "`{policy}` was deleted from `{name}`, and is there again"
            )));
        }
        Ok(Output { removed, changed_meanwhile: changed_meanwhile(&iam, before).await? })
    }
}

/// What is otherwise on the role than it was recorded. It is not ours to change back.
async fn changed_meanwhile(iam: &aws_sdk_iam::Client, before: &Before) -> Result<Vec<String>, Fault> {
    let inline = role::inline_policies(iam, &before.role_name, &before.policy_name).await?;
    let attached = role::attached_policies(iam, &before.role_name).await?;
    let was: BTreeMap<&str, &str> =
        before.inline_policies.iter().map(|policy| (policy.name.as_str(), policy.sha256.as_str())).collect();
    let is: BTreeMap<&str, &str> =
        inline.iter().map(|policy| (policy.name.as_str(), policy.sha256.as_str())).collect();
    let mut changes = Vec::new();
    for (name, hash) in &is {
        match was.get(name) {
            None => changes.push(format!("The inline policy {name} is new.")),
            Some(old) if old != hash => changes.push(format!("The inline policy {name} was changed.")),
            Some(_) => {}
        }
    }
    changes.extend(
        was.keys()
            .filter(|name| !is.contains_key(*name))
            .map(|name| format!("The inline policy {name} was deleted.")),
    );
    changes.extend(
        attached
            .iter()
            .filter(|arn| !before.attached_policies.contains(arn))
            .map(|arn| format!("{arn} was attached.")),
    );
    changes.extend(
        before
            .attached_policies
            .iter()
            .filter(|arn| !attached.contains(arn))
            .map(|arn| format!("{arn} was detached.")),
    );
    Ok(changes)
}

#[cfg(test)]
#[path = "restore_role_tests.rs"]
mod tests;
