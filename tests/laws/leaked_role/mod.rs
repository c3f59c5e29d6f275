//! An account in memory: the role of a finding and another one, the case, the finding, and what people were told.

mod tasks;

use crate::law::{Account, Given, Person};
use crate::office::Office;
use contract::tasks::check_guardrails::Ruling;
use contract::{Before, CaseStatus, Context, Finding, Principal, deny_all};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::Result;

/// The account, and everything that the laws ask about.
#[derive(Debug, Clone)]
pub(crate) struct LeakedRole {
    office: Office,
    context: Context,
    roles: BTreeMap<String, Role>,
    /// The inline policies that the role must have besides the responder's: those of the start, and what intruders did.
    theirs: BTreeMap<String, Value>,
    before: Option<Before>,
    touched: bool,
    /// Whether an intruder came after the workflow knew that the containment holds.
    intruded: bool,
}

/// What is true in an account before an execution.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    /// The finding, as `open-case` reads it.
    pub(crate) finding: Finding,
    /// Its context.
    pub(crate) context: Context,
    /// What the guardrails say of the role.
    pub(crate) ruling: Ruling,
    /// How many look-ups Security Hub lags behind.
    pub(crate) lag: u64,
}

/// What somebody does to the role meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intrusion {
    /// Takes the responder's policy off.
    Detach,
    /// Writes something else into it.
    Rewrite,
    /// Adds a policy.
    AddPolicy,
    /// Deletes the role and makes another of that name.
    Recreate,
    /// Deletes the role.
    Delete,
}

#[derive(Debug, Clone)]
struct Role {
    id: String,
    inline: BTreeMap<String, Value>,
}

const OTHER_ROLE: &str = "batch";

impl LeakedRole {
    pub(crate) fn new(scene: Scene) -> Self {
        let inline = BTreeMap::from([("read-assets".to_owned(), json!({"Statement": "theirs"}))]);
        let role = |id: &str| Role { id: id.to_owned(), inline: inline.clone() };
        let mut roles = BTreeMap::from([(OTHER_ROLE.to_owned(), role("AROAEXAMPLEBATCH00001"))]);
        if let Principal::Role { name, id, .. } = &scene.finding.principal {
            roles.insert(name.clone(), role(id));
        }
        Self {
            office: Office::new(scene.finding, scene.ruling, scene.lag),
            context: scene.context,
            theirs: inline,
            roles,
            before: None,
            touched: false,
            intruded: false,
        }
    }

    /// Whether Security Hub says NOTIFIED.
    pub(crate) fn notified(&self) -> bool {
        self.office.notified
    }

    /// The name and the id of the finding's role.
    fn principal(&self) -> Option<(&str, &str)> {
        match &self.office.finding.principal {
            Principal::Role { name, id, .. } => Some((name, id)),
            Principal::Other { .. } => None,
        }
    }

    /// The finding's role, as long as it is that one.
    fn role(&self) -> Option<&Role> {
        let (name, id) = self.principal()?;
        self.roles.get(name).filter(|role| role.id == id)
    }
}

impl Account for LeakedRole {
    type Intrusion = Intrusion;

    fn task(&mut self, task: &str, payload: Value) -> Result<Given> {
        self.run(task, payload)
    }

    fn heard(&mut self, task: &str, value: &Value) {
        if task == "verify-containment" {
            self.office.held = value.get("state").and_then(Value::as_str) == Some("Holds");
            self.intruded &= !self.office.held;
        }
    }

    fn answer(&mut self, question: &str, person: Person) -> Option<Given> {
        self.office.answer(question, person)
    }

    fn intrude(&mut self, intrusion: &Intrusion) {
        let Some((name, _)) = self.principal() else { return };
        let name = name.to_owned();
        let ours = self.before.as_ref().map(|before| before.policy_name.clone());
        let Some(role) = self.roles.get_mut(&name) else { return };
        match (intrusion, ours) {
            (Intrusion::Detach, Some(ours)) => self.intruded |= role.inline.remove(&ours).is_some(),
            (Intrusion::Rewrite, Some(ours)) => {
                if let Some(document) = role.inline.get_mut(&ours) {
                    *document = json!({"Statement": "an intruder's"});
                    self.intruded = true;
                }
            }
            (Intrusion::Detach | Intrusion::Rewrite, None) => {}
            (Intrusion::AddPolicy, _) => {
                let document = json!({"Statement": "a back door"});
                role.inline.insert("back-door".to_owned(), document.clone());
                self.theirs.insert("back-door".to_owned(), document);
            }
            (Intrusion::Recreate, _) => {
                *role = Role { id: "AROAEXAMPLEANOTHER001".to_owned(), inline: BTreeMap::new() };
                self.theirs.clear();
                self.intruded = true;
            }
            (Intrusion::Delete, _) => {
                self.roles.remove(&name);
                self.intruded = true;
            }
        }
    }

    fn is_changed(&self) -> bool {
        let Some(before) = &self.before else { return false };
        self.role()
            .is_some_and(|role| role.inline.get(&before.policy_name) == Some(&deny_all(&before.case_id)))
    }

    fn told_of_change(&self) -> bool {
        self.office.tells(&["Contained", "FoughtBack", "Kept"]) || self.office.tells_before()
    }

    fn told_of_trouble(&self) -> bool {
        self.office.tells_trouble()
    }

    fn told_of_end(&self, end: CaseStatus) -> bool {
        match end {
            // A response to a leaked role never ends as the last two.
            CaseStatus::Open | CaseStatus::Failed | CaseStatus::Remediated | CaseStatus::Safe => false,
            CaseStatus::Enriched => self.office.tells(&["Opened"]),
            CaseStatus::Planned => self.office.tells(&["Planned"]),
            CaseStatus::Contained => self.office.tells(&["Kept"]),
            CaseStatus::Restored => self.office.tells(&["Restored"]),
            CaseStatus::Denied => self.office.tells(&["Denied"]),
            CaseStatus::HandedOver => self.office.tells(&["HandedOver", "NotAnswered"]),
        }
    }

    fn case(&self) -> Option<CaseStatus> {
        self.office.status()
    }

    fn agrees_with(&self, end: CaseStatus) -> bool {
        match end {
            // An intruder who comes after the last look is seen by nobody.
            CaseStatus::Contained => self.is_changed() || self.intruded,
            CaseStatus::Restored => self.office.asked_undo && !self.is_changed(),
            CaseStatus::Enriched | CaseStatus::Planned | CaseStatus::Denied | CaseStatus::HandedOver => {
                !self.touched
            }
            CaseStatus::Open | CaseStatus::Failed => true,
            CaseStatus::Remediated | CaseStatus::Safe => false,
        }
    }

    fn trespasses(&self) -> Vec<String> {
        let mut trespasses = self.office.trespasses.clone();
        if let Some((name, _)) = self.principal()
            && let Some(role) = self.roles.get(name)
        {
            let ours = self.before.as_ref().map(|before| before.policy_name.as_str());
            let mut others = role.inline.clone();
            others.retain(|policy, _| Some(policy.as_str()) != ours);
            if others != self.theirs {
                trespasses.push(format!("policies that are not the responder's were changed: {others:?}"));
            }
        }
        trespasses
    }
}
