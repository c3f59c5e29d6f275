//! A role whose credentials have leaked, another role beside it, and what the tasks do to them.

use super::office::{Office, does};
use super::{Given, Intrusion, Kept, Live, Resource};
use contract::tasks::verify_containment::Hold;
use contract::tasks::{ContainRole, RestoreRole, SnapshotRole, VerifyContainment};
use contract::tasks::{contain_role, restore_role, snapshot_role, verify_containment};
use contract::{Before, CaseStatus, Contained, Finding, Inline, Principal, Task, deny_all, policy_name};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use tests::Result;

const NOW: &str = "2026-01-01T12:00:06.400Z";
const OTHER_ROLE: &str = "batch";

/// The roles.
pub(super) struct LeakedRole {
    principal: Principal,
    roles: BTreeMap<String, Role>,
    /// The inline policies that the role must have besides the responder's: those of the start, and what intruders did.
    theirs: BTreeMap<String, Value>,
    before: Option<Before>,
    touched: bool,
}

struct Role {
    id: String,
    inline: BTreeMap<String, Value>,
}

impl LeakedRole {
    pub(super) fn new(finding: &Finding, live: Live) -> Self {
        let inline = BTreeMap::from([("read-assets".to_owned(), json!({"Statement": "theirs"}))]);
        let role = |id: &str| Role { id: id.to_owned(), inline: inline.clone() };
        let mut roles = BTreeMap::from([(OTHER_ROLE.to_owned(), role("AROAEXAMPLEBATCH00001"))]);
        if let (Principal::Role { name, id, .. }, Live::Dangerous | Live::Harmless) =
            (&finding.principal, live)
        {
            roles.insert(name.clone(), role(id));
        }
        Self { principal: finding.principal.clone(), theirs: inline, roles, before: None, touched: false }
    }

    /// The name and the id of the finding's role.
    fn finding_is_about(&self) -> Option<(&str, &str)> {
        match &self.principal {
            Principal::Role { name, id, .. } => Some((name, id)),
            Principal::Other { .. } => None,
        }
    }

    /// The finding's role, as long as it is that one.
    fn role(&self) -> Option<&Role> {
        let (name, id) = self.finding_is_about()?;
        self.roles.get(name).filter(|role| role.id == id)
    }

    fn snapshot_role(
        &mut self,
        input: snapshot_role::Input,
    ) -> std::result::Result<Before, snapshot_role::Error> {
        let (Some((name, id)), Some(role)) = (self.finding_is_about(), self.role()) else {
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

    fn contain_role(
        &mut self,
        office: &mut Office,
        before: &Before,
    ) -> std::result::Result<Contained, contain_role::Error> {
        self.may_touch(office, before, "contained");
        if !office.may_act() {
            office.trespass(format!("{} was contained, and nobody had allowed that", before.role_name));
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
        office: &mut Office,
        before: &Before,
    ) -> std::result::Result<restore_role::Output, restore_role::Error> {
        self.may_touch(office, before, "restored");
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
    fn may_touch(&self, office: &mut Office, before: &Before, what: &str) {
        if self.finding_is_about() != Some((&before.role_name, &before.role_id)) {
            office.trespass(format!("{} was {what}, and the finding is about another", before.role_name));
        }
        if self.before.as_ref() != Some(before) {
            office.trespass(format!(
                "{} was {what} by another record than the one that was made",
                before.role_name
            ));
        }
    }
}

impl Resource for LeakedRole {
    fn task(&mut self, office: &mut Office, task: &str, payload: Value) -> Option<Result<Given>> {
        Some(match task {
            SnapshotRole::NAME => does::<SnapshotRole>(payload, |input| self.snapshot_role(input)),
            ContainRole::NAME => {
                does::<ContainRole>(payload, |input| self.contain_role(office, &input.before))
            }
            VerifyContainment::NAME => {
                does::<VerifyContainment>(payload, |input| Ok(self.verify_containment(&input.before)))
            }
            RestoreRole::NAME => {
                does::<RestoreRole>(payload, |input| self.restore_role(office, &input.before))
            }
            _ => return None,
        })
    }

    fn intrude(&mut self, intrusion: Intrusion) -> bool {
        let Some(name) = self.finding_is_about().map(|(name, _)| name.to_owned()) else { return false };
        let ours = self.before.as_ref().map(|before| before.policy_name.clone());
        let Some(role) = self.roles.get_mut(&name) else { return false };
        match (intrusion, ours) {
            (Intrusion::PutBack, Some(ours)) => role.inline.remove(&ours).is_some(),
            (Intrusion::Edit, Some(ours)) => match role.inline.get_mut(&ours) {
                Some(document) => {
                    *document = json!({"Statement": "an intruder's"});
                    true
                }
                None => false,
            },
            (Intrusion::PutBack | Intrusion::Edit, None) | (Intrusion::Disarm, _) => false,
            (Intrusion::Add, _) => {
                let document = json!({"Statement": "a back door"});
                role.inline.insert("back-door".to_owned(), document.clone());
                self.theirs.insert("back-door".to_owned(), document);
                false
            }
            (Intrusion::Recreate, _) => {
                *role = Role { id: "AROAEXAMPLEANOTHER001".to_owned(), inline: BTreeMap::new() };
                self.theirs.clear();
                true
            }
            (Intrusion::Delete, _) => {
                self.roles.remove(&name);
                true
            }
        }
    }

    fn is_there(&self) -> bool {
        self.role().is_some()
    }

    fn is_changed(&self) -> bool {
        let Some(before) = &self.before else { return false };
        self.role()
            .is_some_and(|role| role.inline.get(&before.policy_name) == Some(&deny_all(&before.case_id)))
    }

    fn was_changed(&self) -> bool {
        self.touched
    }

    fn kept(&self) -> Kept {
        Kept {
            status: CaseStatus::Contained,
            says_so: "Kept",
            says_that_it_was_made: &["Contained", "FoughtBack"],
        }
    }

    fn trespasses(&self) -> Vec<String> {
        let role = self.finding_is_about().and_then(|(name, _)| self.roles.get(name));
        let ours = self.before.as_ref().map(|before| before.policy_name.as_str());
        let others = role.map(|role| {
            let others = role.inline.iter().filter(|(policy, _)| Some(policy.as_str()) != ours);
            others.map(|(name, document)| (name.clone(), document.clone())).collect::<BTreeMap<_, _>>()
        });
        let other = self.roles.get(OTHER_ROLE).is_none_or(|role| role.inline.len() != 1);
        let changed = others.filter(|others| *others != self.theirs);
        let changed =
            changed.map(|others| format!("policies that are not the responder's were changed: {others:?}"));
        changed.into_iter().chain(other.then(|| "another role was changed".to_owned())).collect()
    }
}
