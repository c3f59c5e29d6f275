//! An account in memory: the role of a finding and another one, the case, the finding, and what people were told.

mod tasks;

use crate::law::{Account, Given, Person};
use contract::tasks::check_guardrails::Ruling;
use contract::{
    APPROVAL_DENIED, Answer, Before, CaseStatus, Context, Decision, Finding, Mode, Principal, deny_all,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tests::Result;

/// The account, and everything that the laws ask about.
#[derive(Debug, Clone)]
pub(crate) struct LeakedRole {
    /// What is true in it.
    scene: Scene,
    roles: BTreeMap<String, Role>,
    /// The inline policies that the role must have besides the responder's: those of the start, and what intruders did.
    theirs: BTreeMap<String, Value>,
    case: Option<Case>,
    before: Option<Before>,
    /// How many look-ups Security Hub still lags behind.
    lag: u64,
    notified: bool,
    sent: BTreeSet<String>,
    told: Vec<Told>,
    mode: Option<Mode>,
    approved: bool,
    asked_undo: bool,
    touched: bool,
    /// Whether the workflow knows that the containment holds, and whether an intruder came after that.
    held: bool,
    intruded: bool,
    trespasses: Vec<String>,
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

#[derive(Debug, Clone)]
struct Case {
    id: String,
    execution: String,
    status: CaseStatus,
}

/// What reached people.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Told {
    /// A message, by its kind, and whether it says how the role was.
    Message { kind: String, before: bool },
    /// A question, by its kind.
    Question(String),
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
            lag: scene.lag,
            scene,
            theirs: inline,
            roles,
            case: None,
            before: None,
            notified: false,
            sent: BTreeSet::new(),
            told: Vec::new(),
            mode: None,
            approved: false,
            asked_undo: false,
            touched: false,
            held: false,
            intruded: false,
            trespasses: Vec::new(),
        }
    }

    /// Whether Security Hub says NOTIFIED.
    pub(crate) fn notified(&self) -> bool {
        self.notified
    }

    /// The name and the id of the finding's role.
    fn principal(&self) -> Option<(&str, &str)> {
        match &self.scene.finding.principal {
            Principal::Role { name, id, .. } => Some((name, id)),
            Principal::Other { .. } => None,
        }
    }

    /// The finding's role, as long as it is that one.
    fn role(&self) -> Option<&Role> {
        let (name, id) = self.principal()?;
        self.roles.get(name).filter(|role| role.id == id)
    }

    fn tells(&self, kinds: &[&str]) -> bool {
        self.told.iter().any(|told| match told {
            Told::Message { kind, .. } => kinds.contains(&kind.as_str()),
            Told::Question(_) => false,
        })
    }

    /// Whether anything may be changed at all: the mode, the guardrails and people must agree.
    fn may_act(&self) -> bool {
        match (self.mode, self.scene.ruling) {
            (Some(Mode::Auto), Ruling::Proceed) => true,
            (Some(Mode::Auto | Mode::Approve), Ruling::Proceed | Ruling::AskFirst) => self.approved,
            _ => false,
        }
    }

    fn trespass(&mut self, what: String) {
        self.trespasses.push(what);
    }
}

impl Account for LeakedRole {
    type Intrusion = Intrusion;

    fn task(&mut self, task: &str, payload: Value) -> Result<Given> {
        self.run(task, payload)
    }

    fn heard(&mut self, task: &str, value: &Value) {
        if task == "verify-containment" {
            self.held = value.get("state").and_then(Value::as_str) == Some("Holds");
            self.intruded &= !self.held;
        }
    }

    fn answer(&mut self, question: &str, person: Person) -> Option<Given> {
        let (yes, is_undo) =
            if question == "Undo" { (Decision::Undo, true) } else { (Decision::Approve, false) };
        let answer = |decision| Answer {
            decision,
            by: "Ada".to_owned(),
            reason: "she has looked".to_owned(),
            at: "2026-01-01T12:30:00Z".to_owned(),
        };
        // An answer by hand that decides nothing is no approval.
        if person == Person::Yes {
            self.approved |= !is_undo;
            self.asked_undo |= is_undo;
        }
        let denied = |cause: String| Err((APPROVAL_DENIED.to_owned(), cause));
        match person {
            Person::Nobody => None,
            Person::Yes => Some(Ok(json!(answer(yes)))),
            Person::YesByHand => Some(Ok(json!({}))),
            Person::No => Some(denied(json!(answer(Decision::Deny)).to_string())),
            Person::NoByHand => Some(denied("no".to_owned())),
        }
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
        let with_before = |told: &Told| match told {
            Told::Message { before, .. } => *before,
            Told::Question(question) => question == "Undo",
        };
        self.tells(&["Contained", "FoughtBack", "Kept"]) || self.told.iter().any(with_before)
    }

    fn told_of_trouble(&self) -> bool {
        self.tells(&["Failed", "UndoFailed", "UndoNotOffered", "NotWrittenBack"])
    }

    fn told_of_end(&self, end: CaseStatus) -> bool {
        match end {
            // A response to a leaked role never ends as the last two.
            CaseStatus::Open | CaseStatus::Failed | CaseStatus::Remediated | CaseStatus::Safe => false,
            CaseStatus::Enriched => self.tells(&["Opened"]),
            CaseStatus::Planned => self.tells(&["Planned"]),
            CaseStatus::Contained => self.tells(&["Kept"]),
            CaseStatus::Restored => self.tells(&["Restored"]),
            CaseStatus::Denied => self.tells(&["Denied"]),
            CaseStatus::HandedOver => self.tells(&["HandedOver", "NotAnswered"]),
        }
    }

    fn case(&self) -> Option<CaseStatus> {
        self.case.as_ref().map(|case| case.status)
    }

    fn agrees_with(&self, end: CaseStatus) -> bool {
        match end {
            // An intruder who comes after the last look is seen by nobody.
            CaseStatus::Contained => self.is_changed() || self.intruded,
            CaseStatus::Restored => self.asked_undo && !self.is_changed(),
            CaseStatus::Enriched | CaseStatus::Planned | CaseStatus::Denied | CaseStatus::HandedOver => {
                !self.touched
            }
            CaseStatus::Open | CaseStatus::Failed => true,
            CaseStatus::Remediated | CaseStatus::Safe => false,
        }
    }

    fn trespasses(&self) -> Vec<String> {
        let mut trespasses = self.trespasses.clone();
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
