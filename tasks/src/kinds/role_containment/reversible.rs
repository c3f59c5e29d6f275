use super::super::{Memory, Owner, Reversible, Standing, StepProfile};
use super::noted::Ways;
use super::role;
use super::ways;
use crate::aws::Aws;
use crate::aws::fault::Answer;
use crate::aws::principal;
use crate::aws::reach::Account;
use crate::runtime::permissions::{
    ACT_IN_MEMBERS, ANY_ROLE, Condition, MEMBER_SETTINGS, REACH_MEMBERS, Statement, UNTOUCHABLE_ROLES,
};
use crate::steps::{MARKS_ITS_CHANGE, READS_THE_MARK, READS_THE_RECORD, REMEMBERS_WHAT_WAS_TAKEN_BACK};
use contract::kinds::role_containment::{Contain, Role, Way, aws_deny_all, deny_all, policy_name};
use contract::{Fault, Words};
use serde_json::Value;
use std::collections::BTreeMap;

/// Only the AWS managed policy that denies everything may be attached or be a boundary, in any partition.
const ONLY_DENY_ALL: &str = "arn:*:iam::aws:policy/AWSDenyAll";

pub(super) const CHANGE: StepProfile = StepProfile {
    summary: "Denies everything to the role, by the case's inline policy or by AWSDenyAll, and reads it back.",
    iam: &[
        Statement::allow(
            &["iam:PutRolePolicy"],
            ANY_ROLE,
            "Puts the deny-all policy. IAM cannot narrow this call to one policy name; the deny below and the alarm on other principals make up for it.",
        ),
        Statement::allow(
            &["iam:AttachRolePolicy"],
            ANY_ROLE,
            "Attaches AWSDenyAll, and nothing else, if no inline policy fits or somebody takes it off.",
        )
        .when(&[Condition { operator: "ArnLike", key: "iam:PolicyARN", values: &[ONLY_DENY_ALL] }]),
        Statement::allow(
            &["iam:PutRolePermissionsBoundary"],
            ANY_ROLE,
            "Makes AWSDenyAll, and nothing else, the permissions boundary if it cannot be attached either.",
        )
        .when(&[Condition {
            operator: "ArnLike",
            key: "iam:PermissionsBoundary",
            values: &[ONLY_DENY_ALL],
        }]),
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Checks the role's unique id at the last moment, and reads the denial back at once.",
        ),
        READS_THE_RECORD,
        MARKS_ITS_CHANGE,
        Statement::deny(
            &["iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"],
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
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Reads the role's unique id, the deny-all policy, and whether AWSDenyAll is attached.",
        ),
        REACH_MEMBERS,
    ],
    environment: &[],
    settings: MEMBER_SETTINGS,
};

pub(super) const RESTORE: StepProfile = StepProfile {
    summary: "Removes what the case put on the role to deny everything, if it is still what was put, and verifies.",
    iam: &[
        Statement::allow(
            &["iam:DeleteRolePolicy"],
            ANY_ROLE,
            "Removes the deny-all policy. IAM cannot narrow this call to one policy name; the task compares the document first.",
        ),
        Statement::allow(&["iam:DetachRolePolicy"], ANY_ROLE, "Detaches AWSDenyAll, and nothing else.")
            .when(&[Condition { operator: "ArnLike", key: "iam:PolicyARN", values: &[ONLY_DENY_ALL] }]),
        Statement::allow(
            &["iam:DeleteRolePermissionsBoundary"],
            ANY_ROLE,
            "Deletes AWSDenyAll, and nothing else, as the boundary of a role that had none.",
        )
        .when(&[Condition {
            operator: "ArnLike",
            key: "iam:PermissionsBoundary",
            values: &[ONLY_DENY_ALL],
        }]),
        Statement::allow(
            &["iam:PutRolePermissionsBoundary"],
            ANY_ROLE,
            "Puts the recorded boundary back, which can be any policy.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Refuses on drift, reads back that the denial is gone, and reports what else changed meanwhile.",
        ),
        READS_THE_RECORD,
        READS_THE_MARK,
        REMEMBERS_WHAT_WAS_TAKEN_BACK,
        Statement::deny(
            &[
                "iam:DeleteRolePolicy",
                "iam:DetachRolePolicy",
                "iam:DeleteRolePermissionsBoundary",
                "iam:PutRolePermissionsBoundary",
            ],
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
    pub(super) ways: Ways,
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

    async fn recall(&mut self, aws: &Aws, again: bool) -> Result<(), Fault> {
        self.ways.recall(self.case_id, aws, again).await
    }

    async fn standing(&self, account: &Account) -> Result<Standing, Fault> {
        let Contain { role_name, policy_name, .. } = self.change;
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
        ways::standing(self, iam, &live, document).await
    }

    /// Only a containment has this policy name: an altered document is an attempt to escape from it.
    fn may_overwrite_drift(&self) -> bool {
        true
    }

    async fn apply(&self, account: &Account) -> Result<Answer<()>, Fault> {
        ways::apply(self, &account.iam()).await
    }

    async fn applied(&self, _account: &Account) -> Result<String, Fault> {
        Ok(format!("{}{}", ways::applied(self), self.overwritten()))
    }

    async fn put_back(
        &self,
        account: &Account,
        _not_as_before: &mut Vec<String>,
    ) -> Result<Answer<bool>, Fault> {
        ways::put_back(self, &account.iam()).await
    }

    async fn changed_meanwhile(
        &self,
        account: &Account,
        _not_as_before: &[String],
    ) -> Result<Vec<String>, Fault> {
        let Contain { role_name, policy_name, .. } = self.change;
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
        let boundary = principal::get(iam, &who).await?.and_then(|live| live.boundary);
        if boundary != self.was.boundary {
            changes
                .push(format!("Its permissions boundary is {} now.", boundary.as_deref().unwrap_or("none")));
        }
        let replaced = self.ways.replaced().into_iter();
        changes.extend(replaced.map(|boundary| {
            format!("Its permissions boundary was {boundary} meanwhile, until AWSDenyAll replaced it.")
        }));
        Ok(changes)
    }

    /// The containments of other cases, and `AWSDenyAll` where it was recorded.
    fn left_alone(&self) -> Vec<String> {
        let prefix = policy_name("");
        let others = self.was.inline_policies.iter().filter(|policy| policy.name.starts_with(&prefix));
        let inline = others.flat_map(|policy| remove(&self.change.role_name, &policy.name));
        inline.chain(ways::left_alone(self)).collect()
    }

    /// A person's undo holds for every later finding about the role.
    fn memory(&self) -> Result<Option<Memory>, Fault> {
        taken_back_of(&self.was.role_id).map(Some)
    }

    fn words(&self, what: &str, _taken_at: &str) -> Words {
        let Contain { role_name, policy_name, way } = self.change;
        let deny = aws_deny_all(&self.was.role_arn);
        let (by, undo) = match way {
            Way::Inline => {
                ("", format!("It removes {policy_name} and nothing else, and checks that it is gone."))
            }
            Way::Attached => (
                " AWSDenyAll is attached to it, since no inline policy fits.",
                format!("It detaches {deny} and nothing else, and checks that it is gone."),
            ),
            Way::Boundary => (
                " AWSDenyAll is its permissions boundary, since no policy fits.",
                format!(
                    "It puts the former permissions boundary back ({}), and checks it.",
                    self.was.boundary.as_deref().unwrap_or("none")
                ),
            ),
        };
        Words {
            done: "contained".to_owned(),
            changed: format!("Everything is denied to {what}.{by}{}", self.overwritten()),
            stays: super::super::sentence(&format!("{what} stays contained")),
            undo,
            by_hand: match way {
                Way::Inline => remove(role_name, policy_name),
                way => vec![ways::by_hand(self, *way)],
            },
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
