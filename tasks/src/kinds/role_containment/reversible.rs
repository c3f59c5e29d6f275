use super::super::{Memory, Owner, Reversible, Standing, StepProfile};
use super::role;
use crate::aws::fault::Answer;
use crate::aws::principal;
use crate::aws::reach::Account;
use crate::runtime::permissions::{
    ACT_IN_MEMBERS, ANY_ROLE, MEMBER_SETTINGS, REACH_MEMBERS, Statement, UNTOUCHABLE_ROLES,
};
use crate::steps::{READS_THE_RECORD, REMEMBERS_WHAT_WAS_TAKEN_BACK};
use crate::text::{cut, json};
use contract::kinds::role_containment::{Contain, Role, deny_all, policy_name};
use contract::{Fault, Words};
use serde_json::Value;
use std::collections::BTreeMap;

pub(super) const CHANGE: StepProfile = StepProfile {
    summary: "Puts the case's deny-all inline policy on the role and reads it back.",
    iam: &[
        Statement::allow(
            &["iam:PutRolePolicy"],
            ANY_ROLE,
            "Puts the deny-all policy. IAM cannot narrow this call to one policy name; the deny below and the alarm on other principals make up for it.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy"],
            ANY_ROLE,
            "Checks the role's unique id at the last moment, and reads the policy back at once.",
        ),
        READS_THE_RECORD,
        Statement::deny(
            &["iam:PutRolePolicy"],
            UNTOUCHABLE_ROLES,
            "Never the responder's own roles, service-linked roles, or those that Identity Center manages.",
        ),
        ACT_IN_MEMBERS,
    ],
    environment: &["CASE_TABLE", "PROTECTED_ROLES", "RESPONDER_ROLES"],
    settings: MEMBER_SETTINGS,
};

pub(super) const VERIFY: StepProfile = StepProfile {
    summary: "Reads the role again and reports whether the containment holds.",
    iam: &[
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy"],
            ANY_ROLE,
            "Reads the role's unique id and the deny-all policy.",
        ),
        REACH_MEMBERS,
    ],
    environment: &[],
    settings: MEMBER_SETTINGS,
};

pub(super) const RESTORE: StepProfile = StepProfile {
    summary: "Removes the case's deny-all policy from the role, if it is still what was put, and verifies.",
    iam: &[
        Statement::allow(
            &["iam:DeleteRolePolicy"],
            ANY_ROLE,
            "Removes the deny-all policy. IAM cannot narrow this call to one policy name; the task compares the document first.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Refuses on drift, reads back that the policy is gone, and reports what else changed meanwhile.",
        ),
        READS_THE_RECORD,
        REMEMBERS_WHAT_WAS_TAKEN_BACK,
        Statement::deny(
            &["iam:DeleteRolePolicy"],
            UNTOUCHABLE_ROLES,
            "Never the responder's own roles, service-linked roles, or those that Identity Center manages.",
        ),
        ACT_IN_MEMBERS,
    ],
    environment: &["CASE_TABLE"],
    settings: MEMBER_SETTINGS,
};

/// A recorded containment.
pub(crate) struct Containment<'a> {
    pub(super) case_id: &'a str,
    pub(super) change: &'a Contain,
    pub(super) was: &'a Role,
}

/// What the guardrails remember of a role whose containment a person took back.
pub(super) fn taken_back_of(role_id: &str) -> Result<Memory, Fault> {
    Memory::new(&role_id, None)
}

/// Whether a document is the deny-all policy of the case, word for word.
pub(super) fn is_ours(document: &str, case_id: &str) -> bool {
    serde_json::from_str::<Value>(document).is_ok_and(|document| document == deny_all(case_id))
}

impl Reversible for Containment<'_> {
    fn owner(&self) -> Owner {
        Owner::Principal(role(&self.change.role_name))
    }

    async fn standing(&self, account: &Account) -> Result<Standing, Fault> {
        let Contain { role_name, policy_name } = self.change;
        let (iam, who) = (&account.iam(), role(role_name));
        let Some(live) = principal::get(iam, &who).await? else {
            return Ok(Standing::Gone(format!("There is no role {role_name} any more.")));
        };
        let document = principal::inline(iam, &who, policy_name).await?;
        if live.id != self.was.role_id {
            let has = if document.is_some() { "has" } else { "does not have" };
            return Ok(Standing::Gone(format!(
                "The role {role_name} is {} now, not {}; it {has} the policy {policy_name}.",
                live.id, self.was.role_id
            )));
        }
        Ok(match document {
            None => Standing::AsRecorded,
            Some(document) if is_ours(&document, self.case_id) => Standing::AsChanged,
            Some(document) => Standing::Otherwise(format!(
                "The policy {policy_name} on the role {role_name} is not what was put. Its document: {}",
                cut(&json(&document), 1_500)
            )),
        })
    }

    /// Only a containment has this policy name: an altered document is an attempt to escape from it.
    fn may_overwrite_drift(&self) -> bool {
        true
    }

    async fn apply(&self, account: &Account) -> Result<Answer<()>, Fault> {
        let Contain { role_name, policy_name } = self.change;
        let document = deny_all(self.case_id).to_string();
        principal::put_inline(&account.iam(), &role(role_name), policy_name, &document).await
    }

    async fn applied(&self, _account: &Account) -> Result<String, Fault> {
        let Contain { role_name, policy_name } = self.change;
        Ok(format!("The inline policy {policy_name} was put on the role {role_name}.{}", self.overwritten()))
    }

    async fn put_back(
        &self,
        account: &Account,
        _not_as_before: &mut Vec<String>,
    ) -> Result<Answer<bool>, Fault> {
        let Contain { role_name, policy_name } = self.change;
        Ok(match principal::delete_inline(&account.iam(), &role(role_name), policy_name).await? {
            Answer::Gone => Answer::Done(false),
            other => other.map(|()| true),
        })
    }

    async fn changed_meanwhile(
        &self,
        account: &Account,
        _not_as_before: &[String],
    ) -> Result<Vec<String>, Fault> {
        let Contain { role_name, policy_name } = self.change;
        let (iam, who) = (&account.iam(), role(role_name));
        let inline = principal::inline_hashes(iam, &who, policy_name).await?;
        let attached = principal::attached(iam, &who).await?;
        let by_name = |policies: &[contract::kinds::role_containment::Inline]| -> BTreeMap<String, String> {
            policies.iter().map(|policy| (policy.name.clone(), policy.sha256.clone())).collect()
        };
        let (was, is) = (by_name(&self.was.inline_policies), by_name(&inline));
        let mut changes = Vec::new();
        for (name, hash) in &is {
            match was.get(name) {
                None => changes.push(format!("The inline policy {name} is new.")),
                Some(old) if old != hash => changes.push(format!("The inline policy {name} was changed.")),
                Some(_) => {}
            }
        }
        let deleted = was.keys().filter(|name| !is.contains_key(*name));
        changes.extend(deleted.map(|name| format!("The inline policy {name} was deleted.")));
        let was = &self.was.attached_policies;
        let new = attached.iter().filter(|arn| !was.contains(arn));
        changes.extend(new.map(|arn| format!("{arn} was attached.")));
        let gone = was.iter().filter(|arn| !attached.contains(arn));
        changes.extend(gone.map(|arn| format!("{arn} was detached.")));
        Ok(changes)
    }

    /// The containments of other cases.
    fn left_alone(&self) -> Vec<String> {
        let prefix = policy_name("");
        let others = self.was.inline_policies.iter().filter(|policy| policy.name.starts_with(&prefix));
        others.flat_map(|policy| remove(&self.change.role_name, &policy.name)).collect()
    }

    /// A person's undo holds for every later finding about the role.
    fn memory(&self) -> Result<Option<Memory>, Fault> {
        taken_back_of(&self.was.role_id).map(Some)
    }

    fn words(&self, what: &str, _taken_at: &str) -> Words {
        let Contain { role_name, policy_name } = self.change;
        Words {
            done: "contained".to_owned(),
            changed: format!("Everything is denied to {what}.{}", self.overwritten()),
            stays: super::super::sentence(&format!("{what} stays contained")),
            undo: format!("It removes {policy_name} and nothing else, and checks that it is gone."),
            by_hand: remove(role_name, policy_name),
        }
    }
}

impl Containment<'_> {
    /// What somebody had put in the containment's way, as a sentence.
    fn overwritten(&self) -> String {
        self.was.planted.as_ref().map_or_else(String::new, |document| {
            format!(
                " Somebody else had put a policy there under the name {}, which was overwritten: {document}",
                self.change.policy_name
            )
        })
    }
}

/// The commands that remove a policy. Names of roles and policies need no quotes.
fn remove(role: &str, policy: &str) -> Vec<String> {
    vec![
        format!("aws iam get-role-policy --role-name {role} --policy-name {policy}"),
        format!("aws iam delete-role-policy --role-name {role} --policy-name {policy}"),
    ]
}
