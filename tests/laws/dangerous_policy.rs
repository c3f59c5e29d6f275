//! An account in memory: one policy, which is dangerous, what is to be done about it, and what people were told.

use crate::law::{Account, Given, Person};
use crate::office::{Office, does};
use contract::tasks::check_guardrails::Ruling;
use contract::tasks::verify_remediation::Hold;
use contract::tasks::{
    CheckGuardrails, PlanRemediation, RemediatePolicy, RestorePolicy, SnapshotPolicy, VerifyRemediation,
};
use contract::tasks::{remediate_policy, restore_policy, snapshot_policy, verify_remediation};
use contract::{
    BlastRadius, CaseStatus, Change, Finding, Outcome, Plan, PolicyBefore, Remediated, Source, Subject, Task,
    Was,
};
use serde_json::{Value, json};
use tests::{Result, Trouble};

const ARN: &str = "arn:aws:iam::123456789012:policy/report-access";
const NOW: &str = "2026-01-01T12:00:06.400Z";

/// The account, and everything that the laws ask about.
#[derive(Debug, Clone)]
pub(crate) struct DangerousPolicy {
    office: Office,
    live: Live,
    before: Option<PolicyBefore>,
    touched: bool,
    /// Whether an intruder came after the workflow knew that the remediation holds.
    intruded: bool,
    /// The change that a person has approved.
    approved: Value,
}

/// What the policy says now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Live {
    /// It is dangerous, in one of many ways: each asks for a change of its own.
    Dangerous(u64),
    /// The change for that was made.
    Remedied(u64),
    /// It is harmless, and nobody knows how it came to be.
    Harmless,
    /// There is no such policy.
    Gone,
}

/// What is true in an account before an execution.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    /// The finding, as `open-case` reads it.
    pub(crate) finding: Finding,
    /// What the policy says.
    pub(crate) live: Live,
    /// What the guardrails say of it.
    pub(crate) ruling: Ruling,
    /// How many look-ups Security Hub lags behind.
    pub(crate) lag: u64,
}

/// What somebody does to the policy meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Intrusion {
    /// Puts back what was dangerous.
    PutBack,
    /// Makes it dangerous in another way.
    Edit,
    /// Makes it harmless.
    Disarm,
    /// Deletes it.
    Delete,
}

impl DangerousPolicy {
    pub(crate) fn new(scene: Scene) -> Self {
        Self {
            office: Office::new(scene.finding, scene.ruling, scene.lag),
            live: scene.live,
            before: None,
            touched: false,
            intruded: false,
            approved: Value::Null,
        }
    }

    /// Whether Security Hub says NOTIFIED.
    pub(crate) fn notified(&self) -> bool {
        self.office.notified
    }

    fn plan(&self) -> Plan {
        let (outcome, change) = match self.live {
            Live::Dangerous(way) => (Outcome::Change, Some(change(way))),
            Live::Remedied(_) | Live::Harmless => (Outcome::Safe, None),
            Live::Gone => (Outcome::People, None),
        };
        Plan {
            outcome,
            reason: format!("It is {:?}.", self.live),
            dangers: Vec::new(),
            change,
            effect: "A new version becomes the default.".to_owned(),
            diff: String::new(),
            blast: BlastRadius::default(),
        }
    }

    fn snapshot(
        &mut self,
        input: snapshot_policy::Input,
    ) -> std::result::Result<PolicyBefore, snapshot_policy::Error> {
        let changed = || snapshot_policy::Error::PolicyChanged("it is not what was planned for".to_owned());
        if let Some(before) = &self.before {
            return if before.change == input.change { Ok(before.clone()) } else { Err(changed()) };
        }
        if self.plan().change.as_ref() != Some(&input.change) {
            return Err(changed());
        }
        let was = Was::Managed {
            policy_id: "ANPAEXAMPLEREPORTS001".to_owned(),
            default_version: "v2".to_owned(),
            document: format!("{:?}", self.live),
            versions: vec!["v2".to_owned(), "v1".to_owned()],
            oldest: None,
            attached: Vec::new(),
        };
        let before = PolicyBefore {
            case_id: input.case_id,
            subject: Subject::Policy { arn: ARN.to_owned() },
            was,
            change: input.change,
            taken_at: NOW.to_owned(),
        };
        self.before = Some(before.clone());
        Ok(before)
    }

    fn remediate(
        &mut self,
        before: &PolicyBefore,
    ) -> std::result::Result<Remediated, remediate_policy::Error> {
        let way = self.may_touch(before, "changed");
        if !self.office.may_act() {
            self.office.trespass("the policy was changed, and nobody had allowed that".to_owned());
        }
        if self.office.approved && self.approved != json!(before.change) {
            self.office.trespass("the policy was changed otherwise than people were shown".to_owned());
        }
        match self.live {
            Live::Dangerous(live) if live == way => {
                self.live = Live::Remedied(way);
                self.touched = true;
            }
            Live::Remedied(live) if live == way => {}
            _ => return Err(remediate_policy::Error::PolicyChanged("it is another one now".to_owned())),
        }
        Ok(Remediated {
            what: "It has the default version v3.".to_owned(),
            version: Some("v3".to_owned()),
            deleted_version: None,
            applied_at: NOW.to_owned(),
        })
    }

    fn verify(&self, before: &PolicyBefore) -> verify_remediation::Output {
        let way = way(before);
        let state = match self.live {
            Live::Remedied(live) if live == way => Hold::Holds,
            Live::Dangerous(live) if live == way => Hold::PutBack,
            Live::Gone => Hold::Gone,
            _ => Hold::Drifted,
        };
        verify_remediation::Output { state, detail: format!("It is {state:?}.") }
    }

    fn restore(
        &mut self,
        before: &PolicyBefore,
    ) -> std::result::Result<restore_policy::Output, restore_policy::Error> {
        let way = self.may_touch(before, "restored");
        let restored = match self.live {
            Live::Remedied(live) if live == way => true,
            Live::Dangerous(live) if live == way => false,
            _ => return Err(restore_policy::Error::Drifted("it is not what was left".to_owned())),
        };
        self.live = Live::Dangerous(way);
        Ok(restore_policy::Output { restored, changed_meanwhile: Vec::new(), not_as_before: Vec::new() })
    }

    /// Nothing is done without what was recorded first. Gives the way in which the policy was dangerous then.
    fn may_touch(&mut self, before: &PolicyBefore, what: &str) -> u64 {
        if self.before.as_ref() != Some(before) {
            self.office
                .trespass(format!("the policy was {what} by another record than the one that was made"));
        }
        way(before)
    }
}

/// The change that one way of being dangerous asks for.
fn change(way: u64) -> Change {
    Change::NewVersion { arn: ARN.to_owned(), document: way.to_string() }
}

/// In which way the policy was dangerous when it was recorded.
fn way(before: &PolicyBefore) -> u64 {
    match &before.change {
        Change::NewVersion { document, .. } => document.parse().unwrap_or(u64::MAX),
        _ => u64::MAX,
    }
}

impl Account for DangerousPolicy {
    type Intrusion = Intrusion;

    fn task(&mut self, task: &str, payload: Value) -> Result<Given> {
        if let Some(given) = self.office.task(task, &payload) {
            return given;
        }
        match task {
            PlanRemediation::NAME => does::<PlanRemediation>(payload, |_| Ok(self.plan())),
            CheckGuardrails::NAME => {
                does::<CheckGuardrails>(payload, |_| Ok(self.office.verdict(self.live != Live::Gone)))
            }
            SnapshotPolicy::NAME => does::<SnapshotPolicy>(payload, |input| self.snapshot(input)),
            RemediatePolicy::NAME => does::<RemediatePolicy>(payload, |input| self.remediate(&input.before)),
            VerifyRemediation::NAME => {
                does::<VerifyRemediation>(payload, |input| Ok(self.verify(&input.before)))
            }
            RestorePolicy::NAME => does::<RestorePolicy>(payload, |input| self.restore(&input.before)),
            other => Err(Trouble(format!("the workflow calls `{other}`, which this account does not have"))),
        }
    }

    fn heard(&mut self, task: &str, value: &Value) {
        if task == VerifyRemediation::NAME {
            self.office.held = value.get("state").and_then(Value::as_str) == Some("Holds");
            self.intruded &= !self.office.held;
        }
    }

    fn answer(&mut self, question: &str, person: Person) -> Option<Given> {
        if question == "Remediate" && person == Person::Yes {
            self.approved = self.office.question.pointer("/plan/change").cloned().unwrap_or_default();
        }
        self.office.answer(question, person)
    }

    fn intrude(&mut self, intrusion: &Intrusion) {
        let live = match (intrusion, self.live) {
            (_, Live::Gone) | (Intrusion::PutBack, Live::Dangerous(_) | Live::Harmless) => return,
            (Intrusion::PutBack, Live::Remedied(way)) => Live::Dangerous(way),
            (Intrusion::Edit, Live::Dangerous(way) | Live::Remedied(way)) => Live::Dangerous(way + 1),
            (Intrusion::Edit, Live::Harmless) => Live::Dangerous(7),
            (Intrusion::Disarm, _) => Live::Harmless,
            (Intrusion::Delete, _) => Live::Gone,
        };
        self.live = live;
        self.intruded = true;
    }

    fn is_changed(&self) -> bool {
        self.before.as_ref().is_some_and(|before| self.live == Live::Remedied(way(before)))
    }

    fn told_of_change(&self) -> bool {
        self.office.tells(&["Remediated", "PutBack", "StaysRemediated"]) || self.office.tells_before()
    }

    fn told_of_trouble(&self) -> bool {
        self.office.tells_trouble()
    }

    fn told_of_end(&self, end: CaseStatus) -> bool {
        match end {
            // A response to a policy never ends as the last.
            CaseStatus::Open | CaseStatus::Failed | CaseStatus::Contained => false,
            CaseStatus::Enriched => self.office.tells(&["Opened"]),
            CaseStatus::Planned => self.office.tells(&["Planned"]),
            CaseStatus::Remediated => self.office.tells(&["StaysRemediated"]),
            // A harmless change that somebody made troubles nobody.
            CaseStatus::Safe => {
                self.office.finding.source == Source::CloudTrail || self.office.tells(&["Safe"])
            }
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
            CaseStatus::Remediated => self.is_changed() || self.intruded,
            CaseStatus::Restored => self.office.asked_undo && !self.is_changed(),
            CaseStatus::Enriched
            | CaseStatus::Planned
            | CaseStatus::Safe
            | CaseStatus::Denied
            | CaseStatus::HandedOver => !self.touched,
            CaseStatus::Open | CaseStatus::Failed => true,
            CaseStatus::Contained => false,
        }
    }

    fn trespasses(&self) -> Vec<String> {
        self.office.trespasses.clone()
    }
}
