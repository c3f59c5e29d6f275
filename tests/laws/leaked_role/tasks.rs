//! What each task does, as its contract and its code say.

use super::{LeakedRole, Role};
use crate::law::Given;
use crate::office::does;
use contract::tasks::verify_containment::Hold;
use contract::tasks::{
    CheckGuardrails, ContainRole, EnrichFinding, RestoreRole, SnapshotRole, VerifyContainment,
};
use contract::tasks::{contain_role, restore_role, snapshot_role, verify_containment};
use contract::{Before, Contained, Inline, Task, deny_all, policy_name};
use serde_json::Value;
use std::collections::btree_map::Entry;
use tests::{Result, Trouble};

const NOW: &str = "2026-01-01T12:00:06.400Z";

impl LeakedRole {
    pub(super) fn run(&mut self, task: &str, payload: Value) -> Result<Given> {
        if let Some(given) = self.office.task(task, &payload) {
            return given;
        }
        match task {
            EnrichFinding::NAME => does::<EnrichFinding>(payload, |_| Ok(self.context.clone())),
            CheckGuardrails::NAME => {
                does::<CheckGuardrails>(payload, |_| Ok(self.office.verdict(self.role().is_some())))
            }
            SnapshotRole::NAME => does::<SnapshotRole>(payload, |input| self.snapshot_role(input)),
            ContainRole::NAME => does::<ContainRole>(payload, |input| self.contain_role(&input.before)),
            VerifyContainment::NAME => {
                does::<VerifyContainment>(payload, |input| Ok(self.verify_containment(&input.before)))
            }
            RestoreRole::NAME => does::<RestoreRole>(payload, |input| self.restore_role(&input.before)),
            other => Err(Trouble(format!("the workflow calls `{other}`, which this account does not have"))),
        }
    }

    fn snapshot_role(
        &mut self,
        input: snapshot_role::Input,
    ) -> std::result::Result<Before, snapshot_role::Error> {
        let (Some((name, id)), Some(role)) = (self.principal(), self.role()) else {
            return Err(snapshot_role::Error::RoleChanged("it is another role now".to_owned()));
        };
        if let Some(before) = &self.before {
            return Ok(before.clone());
        }
        let policy = policy_name(&input.case_id);
        let inline = role
            .inline
            .iter()
            .map(|(name, document)| Inline { name: name.clone(), sha256: document.to_string() });
        let before = Before {
            case_id: input.case_id,
            role_name: name.to_owned(),
            role_arn: format!("arn:aws:iam::123456789012:role/{name}"),
            role_id: id.to_owned(),
            inline_policies: inline.filter(|inline| inline.name != policy).collect(),
            policy_name: policy,
            attached_policies: Vec::new(),
            boundary: None,
            taken_at: NOW.to_owned(),
        };
        self.before = Some(before.clone());
        Ok(before)
    }

    fn contain_role(&mut self, before: &Before) -> std::result::Result<Contained, contain_role::Error> {
        self.may_touch(before, "contained");
        if !self.office.may_act() {
            self.office.trespass(format!("{} was contained, and nobody had allowed that", before.role_name));
        }
        let changed = || contain_role::Error::RoleChanged("it is another role now".to_owned());
        let role = self.recorded(before).ok_or_else(changed)?;
        role.inline.insert(before.policy_name.clone(), deny_all(&before.case_id));
        self.touched = true;
        Ok(Contained {
            role_name: before.role_name.clone(),
            policy_name: before.policy_name.clone(),
            applied_at: NOW.to_owned(),
        })
    }

    fn verify_containment(&mut self, before: &Before) -> verify_containment::Output {
        let state = match self.recorded(before) {
            None => Hold::RoleGone,
            Some(role) if role.inline.get(&before.policy_name) == Some(&deny_all(&before.case_id)) => {
                Hold::Holds
            }
            Some(_) => Hold::Drifted,
        };
        verify_containment::Output { state, detail: format!("It is {state:?}.") }
    }

    fn restore_role(
        &mut self,
        before: &Before,
    ) -> std::result::Result<restore_role::Output, restore_role::Error> {
        self.may_touch(before, "restored");
        let drifted = || restore_role::Error::Drifted("it is not what was put".to_owned());
        let role = self.recorded(before).ok_or_else(drifted)?;
        let removed = match role.inline.entry(before.policy_name.clone()) {
            Entry::Vacant(_) => false,
            Entry::Occupied(policy) if *policy.get() == deny_all(&before.case_id) => {
                policy.remove();
                true
            }
            Entry::Occupied(_) => return Err(drifted()),
        };
        Ok(restore_role::Output { removed, changed_meanwhile: Vec::new() })
    }

    /// The role that was recorded, if it is still that one.
    fn recorded(&mut self, before: &Before) -> Option<&mut Role> {
        self.roles.get_mut(&before.role_name).filter(|role| role.id == before.role_id)
    }

    /// Nothing is done to a role that is not the finding's, and nothing without what was recorded first.
    fn may_touch(&mut self, before: &Before, what: &str) {
        if self.principal() != Some((&before.role_name, &before.role_id)) {
            self.office
                .trespass(format!("{} was {what}, and the finding is about another", before.role_name));
        }
        if self.before.as_ref() != Some(before) {
            self.office.trespass(format!(
                "{} was {what} by another record than the one that was made",
                before.role_name
            ));
        }
    }
}
