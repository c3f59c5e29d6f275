//! The account in memory in which the first law is tried: each task is a function over it, as its contract says.

mod dangerous_policy;
mod leaked_role;
mod office;

use contract::tasks::check_guardrails::Ruling;
use contract::tasks::{CheckGuardrails, EnrichFinding};
use contract::{CaseStatus, Context, Finding, Source, Task};
use dangerous_policy::DangerousPolicy;
use leaked_role::LeakedRole;
use office::{Office, does};
use serde::Deserialize;
use serde_json::Value;
use tests::{Result, Trouble};

/// What a call gives: a value, or an error and its message.
pub(crate) type Given = std::result::Result<Value, (String, String)>;

/// How a person answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub(crate) enum Person {
    #[default]
    Nobody,
    Yes,
    No,
    /// Past `answer-approval`, with Step Functions' own API, and with nothing that a workflow could expect.
    YesByHand,
    /// The same.
    NoByHand,
}

/// What somebody else does to the resource meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub(crate) enum Intrusion {
    /// Takes the response's change back.
    PutBack,
    /// Makes of the resource what neither the response nor whoever was there before made of it.
    Edit,
    /// Takes the danger away.
    Disarm,
    /// Adds something beside the change, which is not the response's to touch.
    Add,
    /// Deletes the resource and makes another of that name.
    Recreate,
    /// Deletes the resource.
    Delete,
}

impl Intrusion {
    /// All of them.
    pub(crate) const ALL: &[Self] =
        &[Self::PutBack, Self::Edit, Self::Disarm, Self::Add, Self::Recreate, Self::Delete];
}

/// How dangerous the resource is at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Live {
    /// As the finding says.
    Dangerous,
    /// Not any more. A role whose credentials have leaked never is that.
    Harmless,
    /// It is gone.
    Gone,
}

/// What is true in an account before an execution.
#[derive(Debug, Clone)]
pub(crate) struct Scene {
    /// The finding, as `open-case` reads it.
    pub(crate) finding: Finding,
    /// Its context, as `enrich-finding` finds it.
    pub(crate) context: Option<Context>,
    /// What is there.
    pub(crate) live: Live,
    /// What the guardrails say of it.
    pub(crate) ruling: Ruling,
    /// How many look-ups Security Hub lags behind.
    pub(crate) lag: u64,
}

/// The account, and everything that the law asks about.
pub(crate) struct Account {
    pub(crate) office: Office,
    context: Option<Context>,
    resource: Box<dyn Resource>,
    /// Whether an intruder came after the workflow knew that its change holds.
    intruded: bool,
}

/// What a response is about, and changes.
trait Resource: Send {
    /// Does what a task does to it. `None` is a task that does nothing to it.
    fn task(&mut self, office: &mut Office, task: &str, payload: Value) -> Option<Result<Given>>;
    /// Somebody else does something. Says whether that undid what the response had made sure of.
    fn intrude(&mut self, intrusion: Intrusion) -> bool;
    /// Whether it is there, and is what the finding is about.
    fn is_there(&self) -> bool;
    /// Whether the response's change is on it.
    fn is_changed(&self) -> bool;
    /// Whether the response's change was ever made.
    fn was_changed(&self) -> bool;
    /// How a response ends whose change stays, and the messages that say so, and that say that it was made.
    fn kept(&self) -> Kept;
    /// What no response may ever do to it, and was done.
    fn trespasses(&self) -> Vec<String>;
}

/// A change that stays, in the words of the case and of the messages.
struct Kept {
    status: CaseStatus,
    says_so: &'static str,
    says_that_it_was_made: &'static [&'static str],
}

impl Account {
    pub(crate) fn new(scene: &Scene) -> Self {
        let finding = scene.finding.clone();
        let resource: Box<dyn Resource> = match &finding.subject {
            Some(_) => Box::new(DangerousPolicy::new(scene.live)),
            None => Box::new(LeakedRole::new(&finding, scene.live)),
        };
        let office = Office::new(finding, scene.ruling, scene.lag);
        Self { office, context: scene.context.clone(), resource, intruded: false }
    }

    /// Does what a task does. A payload that the contract does not know, and a task that has nothing to do here, is the
    /// workflow's mistake, or something that nobody has told this account yet.
    pub(crate) fn task(&mut self, task: &str, payload: Value) -> Result<Given> {
        if let Some(given) = self.office.task(task, &payload) {
            return given;
        }
        match task {
            CheckGuardrails::NAME => {
                let is_there = self.resource.is_there();
                does::<CheckGuardrails>(payload, |_| Ok(self.office.verdict(is_there)))
            }
            EnrichFinding::NAME => {
                let unknown = || Trouble("the scenario does not say what `enrich-finding` finds".to_owned());
                let context = self.context.clone().ok_or_else(unknown)?;
                does::<EnrichFinding>(payload, |_| Ok(context))
            }
            other => self.resource.task(&mut self.office, other, payload).unwrap_or_else(|| {
                Err(Trouble(format!(
                    "the workflow calls `{other}`; say in tests/laws/account/ what that does to what the finding is about"
                )))
            }),
        }
    }

    /// The workflow has got this answer of a task.
    pub(crate) fn heard(&mut self, task: &str, value: &Value) {
        if task.starts_with("verify-") {
            self.office.held = value.get("state").and_then(Value::as_str) == Some("Holds");
            self.intruded &= !self.office.held;
        }
    }

    /// Somebody else does something.
    pub(crate) fn intrude(&mut self, intrusion: Intrusion) {
        self.intruded |= self.resource.intrude(intrusion);
    }

    /// Whether the workflow's change is on the resource.
    pub(crate) fn is_changed(&self) -> bool {
        self.resource.is_changed()
    }

    /// Whether it ever was.
    pub(crate) fn was_changed(&self) -> bool {
        self.resource.was_changed()
    }

    /// Whether there is something that a response could change.
    pub(crate) fn is_there(&self) -> bool {
        self.resource.is_there()
    }

    /// How a response ends whose change stays.
    pub(crate) fn kept(&self) -> CaseStatus {
        self.resource.kept().status
    }

    /// Whether a person knows that the resource may be changed.
    pub(crate) fn told_of_change(&self) -> bool {
        let kept = self.resource.kept();
        self.office.tells(kept.says_that_it_was_made)
            || self.office.tells(&[kept.says_so])
            || self.office.tells_before()
    }

    /// Whether a person knows that it ended like this.
    pub(crate) fn told_of_end(&self, end: CaseStatus) -> bool {
        match end {
            CaseStatus::Open | CaseStatus::Failed => false,
            CaseStatus::Enriched => self.office.tells(&["Opened"]),
            CaseStatus::Planned => self.office.tells(&["Planned"]),
            CaseStatus::Contained | CaseStatus::Remediated => {
                let kept = self.resource.kept();
                kept.status == end && self.office.tells(&[kept.says_so])
            }
            // A harmless change that somebody made troubles nobody.
            CaseStatus::Safe => {
                self.office.finding.source == Source::CloudTrail || self.office.tells(&["Safe"])
            }
            CaseStatus::Restored => self.office.tells(&["Restored"]),
            CaseStatus::Denied => self.office.tells(&["Denied"]),
            CaseStatus::HandedOver => self.office.tells(&["HandedOver", "NotAnswered"]),
        }
    }

    /// Whether the account is as this end says, as far as the workflow can know.
    pub(crate) fn agrees_with(&self, end: CaseStatus) -> bool {
        match end {
            // An intruder who comes after the last look is seen by nobody.
            CaseStatus::Contained | CaseStatus::Remediated => {
                self.resource.kept().status == end && (self.is_changed() || self.intruded)
            }
            CaseStatus::Restored => self.office.asked_undo && !self.is_changed(),
            CaseStatus::Enriched
            | CaseStatus::Planned
            | CaseStatus::Safe
            | CaseStatus::Denied
            | CaseStatus::HandedOver => !self.was_changed(),
            CaseStatus::Open | CaseStatus::Failed => true,
        }
    }

    /// What no response may ever do, and was done.
    pub(crate) fn trespasses(&self) -> Vec<String> {
        [self.office.trespasses.clone(), self.resource.trespasses()].concat()
    }
}
