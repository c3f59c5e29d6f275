//! The effects of the common tasks: the case, the finding in Security Hub, and messages, questions and answers.

use super::{CallResult, Person, answer};
use contract::steps::check_guardrails::{Reason, Ruling, Verdict};
use contract::tasks::open_case::Disposition;
use contract::tasks::{CloseCase, Notify, OpenCase, RequestApproval, SetWorkflowStatus, UpdateFinding};
use contract::tasks::{close_case, notify, open_case, request_approval, set_workflow_status, update_finding};
use contract::{APPROVAL_DENIED, Answer, CaseStatus, Decision, Finding, Mode, Task};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::Result;

/// The case that every response opens.
const CASE: &str = "4f1b2c3d4e5f";

/// The records of the common tasks.
#[derive(Debug)]
pub(crate) struct Records {
    /// The output of `open-case`.
    pub(crate) finding: Finding,
    /// Whether the workflow has verified that its change holds.
    pub(crate) held: bool,
    /// Whether a person asked for the undo.
    pub(crate) asked_undo: bool,
    ruling: Ruling,
    /// Whether a person said yes to the change.
    approved: bool,
    /// The change that was shown to the person who said yes.
    approved_change: Option<Value>,
    trespasses: Vec<String>,
    /// The change that the last question showed.
    shown_change: Option<Value>,
    /// For how many more look-ups Security Hub does not have the finding.
    lag: u64,
    case: Option<Case>,
    sent: BTreeSet<String>,
    told: Vec<Told>,
    mode: Option<Mode>,
}

#[derive(Debug)]
struct Case {
    id: String,
    execution: String,
    status: CaseStatus,
}

/// A message or a question that reached people.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Told {
    /// A message, by its kind, and whether it has the record of the target.
    Message { kind: String, recorded: bool },
    /// A question, by its kind.
    Question(String),
}

impl Records {
    pub(crate) fn new(finding: Finding, ruling: Ruling, lag: u64) -> Self {
        Self {
            finding,
            ruling,
            lag,
            held: false,
            approved: false,
            approved_change: None,
            asked_undo: false,
            trespasses: Vec::new(),
            shown_change: None,
            case: None,
            sent: BTreeSet::new(),
            told: Vec::new(),
            mode: None,
        }
    }

    /// Does the work of a common task. None for any other task.
    pub(crate) fn task(&mut self, task: &str, payload: &Value) -> Option<Result<CallResult>> {
        let payload = payload.clone();
        Some(match task {
            OpenCase::NAME => answer(payload, |input| Ok::<_, open_case::Error>(self.open_case(input))),
            UpdateFinding::NAME => answer(payload, |input| self.update_finding(input)),
            Notify::NAME => answer(payload, |input| Ok::<_, notify::Error>(self.notify(&input))),
            RequestApproval::NAME => {
                answer(payload, |input| Ok::<_, request_approval::Error>(self.request_approval(&input)))
            }
            SetWorkflowStatus::NAME => {
                answer(payload, |_: set_workflow_status::Input| self.set_workflow_status())
            }
            CloseCase::NAME => answer(payload, |input| self.close_case(&input)),
            _ => return None,
        })
    }

    /// A person answers a question.
    pub(crate) fn answered(&mut self, question: &str, person: Person) -> Option<CallResult> {
        let (yes, is_undo) =
            if question == "Undo" { (Decision::Undo, true) } else { (Decision::Approve, false) };
        let answer = |decision| Answer {
            decision,
            by: "Ada".to_owned(),
            reason: "she has looked".to_owned(),
            at: "2026-01-01T12:30:00Z".to_owned(),
        };
        // An answer by hand that decides nothing is not an approval.
        if person == Person::Yes {
            if !is_undo {
                self.approved = true;
                self.approved_change.clone_from(&self.shown_change);
            }
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

    /// Whether people have one of these messages.
    pub(crate) fn told(&self, kinds: &[&str]) -> bool {
        self.told.iter().any(|told| match told {
            Told::Message { kind, .. } => kinds.contains(&kind.as_str()),
            Told::Question(_) => false,
        })
    }

    /// Whether people have the record of the target, in a message or in the question about the undo.
    pub(crate) fn told_of_record(&self) -> bool {
        self.told.iter().any(|told| match told {
            Told::Message { recorded, .. } => *recorded,
            Told::Question(question) => question == "Undo",
        })
    }

    /// Whether people have heard anything.
    pub(crate) fn heard(&self) -> bool {
        !self.told.is_empty()
    }

    /// Whether people know that something failed.
    pub(crate) fn told_of_failure(&self) -> bool {
        self.told(&["Failed", "UndoFailed", "UndoNotOffered", "NotWrittenBack"])
    }

    /// A change is about to be made: a trespass if nobody allowed it, or if people were shown another one.
    pub(super) fn may_change(&mut self, change: &Value) {
        if self.asked_undo {
            self.trespass("the target was changed after a person had asked for the undo".to_owned());
        }
        if !self.may_act() {
            self.trespass("the target was changed, and nobody had allowed that".to_owned());
        }
        if self.approved && self.approved_change.as_ref() != Some(change) {
            self.trespass("the target was changed otherwise than people were shown".to_owned());
        }
    }

    /// Whether anything may be changed: the mode, the guardrails and people must agree.
    fn may_act(&self) -> bool {
        match (self.mode, self.ruling) {
            (Some(Mode::Auto), Ruling::Proceed) => true,
            (Some(Mode::Auto | Mode::Approve), Ruling::Proceed | Ruling::AskFirst) => self.approved,
            _ => false,
        }
    }

    /// The status of the case.
    pub(crate) fn status(&self) -> Option<CaseStatus> {
        self.case.as_ref().map(|case| case.status)
    }

    /// The verdict of the guardrails. A target that is gone is for people.
    pub(super) fn verdict(&self, is_there: bool) -> Verdict {
        let decision = if is_there { self.ruling } else { Ruling::HandOver };
        let reason =
            Reason { guardrail: "scene".to_owned(), message: format!("The decision is {decision:?}.") };
        let reasons = if decision == Ruling::Proceed { Vec::new() } else { vec![reason] };
        Verdict { decision, reasons }
    }

    pub(super) fn trespass(&mut self, what: String) {
        self.trespasses.push(what);
    }

    pub(super) fn trespasses(&self) -> &[String] {
        &self.trespasses
    }

    fn open_case(&mut self, input: open_case::Input) -> open_case::Output {
        self.mode = Some(input.mode);
        let ours = |case: &Case| case.execution == input.execution;
        let is_ours = self.case.as_ref().is_none_or(ours);
        if self.case.is_none() {
            self.case =
                Some(Case { id: CASE.to_owned(), execution: input.execution, status: CaseStatus::Open });
        }
        open_case::Output {
            disposition: if is_ours { Disposition::Opened } else { Disposition::AlreadyHandled },
            reason: "it is a new finding".to_owned(),
            case_id: CASE.to_owned(),
            finding: self.finding.clone(),
            occurrences: 1,
            recorded: None,
            wait_seconds: None,
            ended: None,
            asked: None,
            other_circumstances: false,
        }
    }

    fn update_finding(
        &mut self,
        input: update_finding::Input,
    ) -> std::result::Result<update_finding::Output, update_finding::Error> {
        if self.lags() {
            return Err(update_finding::Error::FindingNotFound { arn: self.finding.arn.clone() });
        }
        Ok(update_finding::Output { note: input.note, fields: 6 })
    }

    fn set_workflow_status(
        &mut self,
    ) -> std::result::Result<set_workflow_status::Output, set_workflow_status::Error> {
        if self.lags() {
            return Err(set_workflow_status::Error::FindingNotFound { arn: self.finding.arn.clone() });
        }
        if !self.held {
            self.trespass("NOTIFIED was set, and nobody had verified the change".to_owned());
        }
        Ok(set_workflow_status::Output { status: "NOTIFIED".to_owned() })
    }

    fn lags(&mut self) -> bool {
        let lags = self.lag > 0;
        self.lag = self.lag.saturating_sub(1);
        lags
    }

    fn notify(&mut self, input: &notify::Input) -> notify::Output {
        let repeated = !self.sent.insert(format!("{:?} {}", input.case_id, input.message.key()));
        if !repeated {
            let message = json!(input.message);
            self.told.push(Told::Message {
                kind: message.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned(),
                recorded: message.get("recorded").is_some_and(Value::is_object),
            });
        }
        notify::Output { message_id: "1c8e9d0a".to_owned(), subject: "[redress] ...".to_owned(), repeated }
    }

    fn request_approval(&mut self, input: &request_approval::Input) -> request_approval::Output {
        let looked = json!(input.looked);
        self.shown_change = looked.pointer("/plan/change").cloned();
        let kind = json!(input.question).get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        if !self.told.contains(&Told::Question(kind.clone())) {
            self.told.push(Told::Question(kind));
        }
        request_approval::Output {
            approval_id: "0123456789abcdef0123456789abcdef".to_owned(),
            question: input.question.name().to_owned(),
            expires_at: "2026-01-02T12:00:00Z".to_owned(),
        }
    }

    fn close_case(
        &mut self,
        input: &close_case::Input,
    ) -> std::result::Result<close_case::Output, close_case::Error> {
        match &mut self.case {
            Some(case) if case.id == input.case_id && case.execution == input.execution => {
                case.status = input.status;
                Ok(close_case::Output { status: input.status, occurrences: 1, again: false })
            }
            _ => Err(close_case::Error::NotOurCase {
                case_id: input.case_id.clone(),
                owner: "none".to_owned(),
            }),
        }
    }
}
