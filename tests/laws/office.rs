//! What every account in memory has, whatever the response is about: the case, the finding in Security Hub, and what
//! people were told, asked and answered.

use crate::law::{Given, Person};
use contract::tasks::check_guardrails::{Reason, Ruling, Verdict};
use contract::tasks::open_case::Disposition;
use contract::tasks::{CloseCase, Notify, OpenCase, RequestApproval, SetWorkflowStatus, UpdateFinding};
use contract::tasks::{close_case, notify, open_case, request_approval, set_workflow_status, update_finding};
use contract::{APPROVAL_DENIED, Answer, CaseStatus, Decision, Finding, Mode, Task, TaskError};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::{Result, Trouble};

/// The case that every response opens.
const CASE: &str = "4f1b2c3d4e5f";

/// The office of the responder.
#[derive(Debug, Clone)]
pub(crate) struct Office {
    /// The finding, as `open-case` reads it.
    pub(crate) finding: Finding,
    /// What the guardrails say.
    pub(crate) ruling: Ruling,
    /// Whether Security Hub says NOTIFIED.
    pub(crate) notified: bool,
    /// Whether the workflow knows that its change holds.
    pub(crate) held: bool,
    /// Whether a person said yes to the change, and to the undo.
    pub(crate) approved: bool,
    pub(crate) asked_undo: bool,
    /// What no response may ever do, and was done.
    pub(crate) trespasses: Vec<String>,
    /// The last question that was asked, as the payload has it.
    pub(crate) question: Value,
    /// How many look-ups Security Hub still lags behind.
    lag: u64,
    case: Option<Case>,
    sent: BTreeSet<String>,
    told: Vec<Told>,
    mode: Option<Mode>,
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
    /// A message, by its kind, and whether it says what was there before.
    Message { kind: String, before: bool },
    /// A question, by its kind.
    Question(String),
}

impl Office {
    pub(crate) fn new(finding: Finding, ruling: Ruling, lag: u64) -> Self {
        Self {
            finding,
            ruling,
            lag,
            notified: false,
            held: false,
            approved: false,
            asked_undo: false,
            trespasses: Vec::new(),
            question: Value::Null,
            case: None,
            sent: BTreeSet::new(),
            told: Vec::new(),
            mode: None,
        }
    }

    /// Does what one of the tasks does that every response has. There is nothing for any other task.
    pub(crate) fn task(&mut self, task: &str, payload: &Value) -> Option<Result<Given>> {
        let payload = || payload.clone();
        Some(match task {
            OpenCase::NAME => does::<OpenCase>(payload(), |input| Ok(self.open_case(input))),
            UpdateFinding::NAME => does::<UpdateFinding>(payload(), |input| self.update_finding(input)),
            Notify::NAME => does::<Notify>(payload(), |input| Ok(self.notify(&input))),
            RequestApproval::NAME => {
                does::<RequestApproval>(payload(), |input| Ok(self.request_approval(&input)))
            }
            SetWorkflowStatus::NAME => does::<SetWorkflowStatus>(payload(), |_| self.set_workflow_status()),
            CloseCase::NAME => does::<CloseCase>(payload(), |input| self.close_case(&input)),
            _ => return None,
        })
    }

    /// A person answers a question.
    pub(crate) fn answer(&mut self, question: &str, person: Person) -> Option<Given> {
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

    /// Whether people have one of these messages.
    pub(crate) fn tells(&self, kinds: &[&str]) -> bool {
        self.told.iter().any(|told| match told {
            Told::Message { kind, .. } => kinds.contains(&kind.as_str()),
            Told::Question(_) => false,
        })
    }

    /// Whether people know what was there before, or were asked whether it shall be there again.
    pub(crate) fn tells_before(&self) -> bool {
        self.told.iter().any(|told| match told {
            Told::Message { before, .. } => *before,
            Told::Question(question) => question == "Undo",
        })
    }

    /// Whether people know that something failed.
    pub(crate) fn tells_trouble(&self) -> bool {
        self.tells(&["Failed", "UndoFailed", "UndoNotOffered", "NotWrittenBack"])
    }

    /// Whether anything may be changed at all: the mode, the guardrails and people must agree.
    pub(crate) fn may_act(&self) -> bool {
        match (self.mode, self.ruling) {
            (Some(Mode::Auto), Ruling::Proceed) => true,
            (Some(Mode::Auto | Mode::Approve), Ruling::Proceed | Ruling::AskFirst) => self.approved,
            _ => false,
        }
    }

    /// What the case says.
    pub(crate) fn status(&self) -> Option<CaseStatus> {
        self.case.as_ref().map(|case| case.status)
    }

    /// What the guardrails say, if what they are about is there.
    pub(crate) fn verdict(&self, is_there: bool) -> Verdict {
        let decision = if is_there { self.ruling } else { Ruling::HandOver };
        let reason = Reason { guardrail: "scene".to_owned(), message: format!("It says {decision:?}.") };
        let reasons = if decision == Ruling::Proceed { Vec::new() } else { vec![reason] };
        Verdict { decision, reasons }
    }

    pub(crate) fn trespass(&mut self, what: String) {
        self.trespasses.push(what);
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
        }
    }

    fn update_finding(
        &mut self,
        input: update_finding::Input,
    ) -> std::result::Result<update_finding::Output, update_finding::Error> {
        if self.lags() {
            return Err(update_finding::Error::FindingNotFound("not yet".to_owned()));
        }
        Ok(update_finding::Output { note: input.note, fields: 6 })
    }

    fn set_workflow_status(
        &mut self,
    ) -> std::result::Result<set_workflow_status::Output, set_workflow_status::Error> {
        if self.lags() {
            return Err(set_workflow_status::Error::FindingNotFound("not yet".to_owned()));
        }
        if !self.held {
            self.trespass("NOTIFIED was set, and nobody had verified the change".to_owned());
        }
        self.notified = true;
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
                before: message.get("before").is_some_and(Value::is_object),
            });
        }
        notify::Output { message_id: "1c8e9d0a".to_owned(), subject: "[redress] ...".to_owned(), repeated }
    }

    fn request_approval(&mut self, input: &request_approval::Input) -> request_approval::Output {
        self.question = json!(input.question);
        let kind = self.question.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
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
                Ok(close_case::Output { status: input.status, occurrences: 1 })
            }
            _ => Err(close_case::Error::NotOurCase("another execution has it".to_owned())),
        }
    }
}

/// Reads a payload as the task's input, and writes what comes of it as the task's binary does.
pub(crate) fn does<T: Task>(
    payload: Value,
    run: impl FnOnce(T::Input) -> std::result::Result<T::Output, T::Error>,
) -> Result<Given> {
    let input = serde_json::from_value(payload).map_err(|error| {
        Trouble(format!("the workflow calls `{}` with what it does not take: {error}", T::NAME))
    })?;
    Ok(match run(input) {
        Ok(output) => Ok(serde_json::to_value(output)?),
        Err(error) => Err((error.name().to_owned(), error.to_string())),
    })
}
