//! A policy that is dangerous, and what the tasks do to it.

use super::office::{Office, does};
use super::{Given, Intrusion, Kept, Live, Resource};
use contract::tasks::verify_remediation::Hold;
use contract::tasks::{PlanRemediation, RemediatePolicy, RestorePolicy, SnapshotPolicy, VerifyRemediation};
use contract::tasks::{remediate_policy, restore_policy, snapshot_policy, verify_remediation};
use contract::{
    BlastRadius, CaseStatus, Change, Outcome, Plan, PolicyBefore, Remediated, Subject, Task, Was,
};
use serde_json::{Value, json};
use tests::Result;

const ARN: &str = "arn:aws:iam::123456789012:policy/report-access";
const NOW: &str = "2026-01-01T12:00:06.400Z";

/// The policy.
pub(super) struct DangerousPolicy {
    says: Says,
    before: Option<PolicyBefore>,
    touched: bool,
}

/// What the policy says now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Says {
    /// It is dangerous, in one of many ways: each asks for a change of its own.
    Dangerous(u64),
    /// The change for that was made.
    Remedied(u64),
    /// It is harmless, and nobody knows how it came to be.
    Harmless,
    /// There is no such policy.
    Gone,
}

impl DangerousPolicy {
    pub(super) fn new(live: Live) -> Self {
        let says = match live {
            Live::Dangerous => Says::Dangerous(0),
            Live::Harmless => Says::Harmless,
            Live::Gone => Says::Gone,
        };
        Self { says, before: None, touched: false }
    }

    fn plan(&self) -> Plan {
        let (outcome, change) = match self.says {
            Says::Dangerous(way) => (Outcome::Change, Some(change(way))),
            Says::Remedied(_) | Says::Harmless => (Outcome::Safe, None),
            Says::Gone => (Outcome::People, None),
        };
        Plan {
            outcome,
            reason: format!("It is {:?}.", self.says),
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
            document: format!("{:?}", self.says),
            versions: vec!["v2".to_owned(), "v1".to_owned()],
            oldest: None,
            attached: Vec::new(),
        };
        let before = PolicyBefore {
            case_id: input.case_id,
            account: Some("123456789012".to_owned()),
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
        office: &mut Office,
        before: &PolicyBefore,
    ) -> std::result::Result<Remediated, remediate_policy::Error> {
        let way = self.may_touch(office, before, "changed");
        if !office.may_act() {
            office.trespass("the policy was changed, and nobody had allowed that".to_owned());
        }
        let shown = office.approved_question.pointer("/plan/change");
        if office.approved && shown != Some(&json!(before.change)) {
            office.trespass("the policy was changed otherwise than people were shown".to_owned());
        }
        match self.says {
            Says::Dangerous(live) if live == way => {
                self.says = Says::Remedied(way);
                self.touched = true;
            }
            Says::Remedied(live) if live == way => {}
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
        let state = match self.says {
            Says::Remedied(live) if live == way => Hold::Holds,
            Says::Dangerous(live) if live == way => Hold::PutBack,
            Says::Gone => Hold::Gone,
            _ => Hold::Drifted,
        };
        verify_remediation::Output { state, detail: format!("It is {state:?}.") }
    }

    fn restore(
        &mut self,
        office: &mut Office,
        before: &PolicyBefore,
    ) -> std::result::Result<restore_policy::Output, restore_policy::Error> {
        let way = self.may_touch(office, before, "restored");
        let restored = match self.says {
            Says::Remedied(live) if live == way => true,
            Says::Dangerous(live) if live == way => false,
            _ => return Err(restore_policy::Error::Drifted("it is not what was left".to_owned())),
        };
        self.says = Says::Dangerous(way);
        Ok(restore_policy::Output { restored, changed_meanwhile: Vec::new(), not_as_before: Vec::new() })
    }

    /// Nothing is done without what was recorded first. Gives the way in which the policy was dangerous then.
    fn may_touch(&self, office: &mut Office, before: &PolicyBefore, what: &str) -> u64 {
        if self.before.as_ref() != Some(before) {
            office.trespass(format!("the policy was {what} by another record than the one that was made"));
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

impl Resource for DangerousPolicy {
    fn task(&mut self, office: &mut Office, task: &str, payload: Value) -> Option<Result<Given>> {
        Some(match task {
            PlanRemediation::NAME => does::<PlanRemediation>(payload, |_| Ok(self.plan())),
            SnapshotPolicy::NAME => does::<SnapshotPolicy>(payload, |input| self.snapshot(input)),
            RemediatePolicy::NAME => {
                does::<RemediatePolicy>(payload, |input| self.remediate(office, &input.before))
            }
            VerifyRemediation::NAME => {
                does::<VerifyRemediation>(payload, |input| Ok(self.verify(&input.before)))
            }
            RestorePolicy::NAME => {
                does::<RestorePolicy>(payload, |input| self.restore(office, &input.before))
            }
            _ => return None,
        })
    }

    fn intrude(&mut self, intrusion: Intrusion) -> bool {
        self.says = match (intrusion, self.says) {
            (_, Says::Gone)
            | (Intrusion::PutBack, Says::Dangerous(_) | Says::Harmless)
            | (Intrusion::Add, _) => return false,
            (Intrusion::PutBack, Says::Remedied(way)) => Says::Dangerous(way),
            (Intrusion::Edit, Says::Dangerous(way) | Says::Remedied(way)) => Says::Dangerous(way + 1),
            (Intrusion::Edit, Says::Harmless) => Says::Dangerous(7),
            (Intrusion::Disarm, _) => Says::Harmless,
            // Another policy of that name is none that was recorded.
            (Intrusion::Recreate, _) => Says::Dangerous(99),
            (Intrusion::Delete, _) => Says::Gone,
        };
        true
    }

    fn is_there(&self) -> bool {
        self.says != Says::Gone
    }

    fn is_changed(&self) -> bool {
        self.before.as_ref().is_some_and(|before| self.says == Says::Remedied(way(before)))
    }

    fn was_changed(&self) -> bool {
        self.touched
    }

    fn kept(&self) -> Kept {
        Kept {
            status: CaseStatus::Remediated,
            says_so: "StaysRemediated",
            says_that_it_was_made: &["Remediated", "PutBack"],
        }
    }

    fn trespasses(&self) -> Vec<String> {
        Vec::new()
    }
}
