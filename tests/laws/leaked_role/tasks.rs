//! What each task does, as its contract and its code say.

use super::{Case, LeakedRole, Role, Told};
use crate::law::Given;
use contract::tasks::check_guardrails::{Reason, Ruling, Verdict};
use contract::tasks::open_case::Disposition;
use contract::tasks::verify_containment::Hold;
use contract::tasks::{
    CheckGuardrails, CloseCase, ContainRole, EnrichFinding, Notify, OpenCase, RequestApproval, RestoreRole,
    SetWorkflowStatus, SnapshotRole, UpdateFinding, VerifyContainment,
};
use contract::tasks::{
    check_guardrails, close_case, contain_role, notify, open_case, request_approval, restore_role,
    set_workflow_status, snapshot_role, update_finding, verify_containment,
};
use contract::{Before, CaseStatus, Contained, Inline, Task, TaskError, deny_all, policy_name};
use serde_json::{Value, json};
use std::collections::btree_map::Entry;
use tests::{Result, Trouble};

const CASE: &str = "4f1b2c3d4e5f";
const NOW: &str = "2026-01-01T12:00:06.400Z";

impl LeakedRole {
    pub(super) fn run(&mut self, task: &str, payload: Value) -> Result<Given> {
        match task {
            OpenCase::NAME => does::<OpenCase>(payload, |input| Ok(self.open_case(input))),
            EnrichFinding::NAME => does::<EnrichFinding>(payload, |_| Ok(self.scene.context.clone())),
            UpdateFinding::NAME => does::<UpdateFinding>(payload, |input| self.update_finding(input)),
            Notify::NAME => does::<Notify>(payload, |input| Ok(self.notify(&input))),
            CheckGuardrails::NAME => does::<CheckGuardrails>(payload, |_| Ok(self.check_guardrails())),
            RequestApproval::NAME => {
                does::<RequestApproval>(payload, |input| Ok(self.request_approval(&input)))
            }
            SnapshotRole::NAME => does::<SnapshotRole>(payload, |input| self.snapshot_role(input)),
            ContainRole::NAME => does::<ContainRole>(payload, |input| self.contain_role(&input.before)),
            VerifyContainment::NAME => {
                does::<VerifyContainment>(payload, |input| Ok(self.verify_containment(&input.before)))
            }
            SetWorkflowStatus::NAME => does::<SetWorkflowStatus>(payload, |_| self.set_workflow_status()),
            RestoreRole::NAME => does::<RestoreRole>(payload, |input| self.restore_role(&input.before)),
            CloseCase::NAME => does::<CloseCase>(payload, |input| self.close_case(&input)),
            other => Err(Trouble(format!("the workflow calls `{other}`, which this account does not have"))),
        }
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
            finding: self.scene.finding.clone(),
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
            self.trespass("NOTIFIED was set, and nobody had verified the containment".to_owned());
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

    fn check_guardrails(&self) -> Verdict {
        let decision = if self.role().is_none() { Ruling::HandOver } else { self.scene.ruling };
        let reason = Reason { guardrail: "scene".to_owned(), message: format!("It says {decision:?}.") };
        let reasons = if decision == Ruling::Proceed { Vec::new() } else { vec![reason] };
        check_guardrails::Verdict { decision, reasons }
    }

    fn request_approval(&mut self, input: &request_approval::Input) -> request_approval::Output {
        let question = json!(input.question);
        let kind = question.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        if !self.told.contains(&Told::Question(kind.clone())) {
            self.told.push(Told::Question(kind));
        }
        request_approval::Output {
            approval_id: "0123456789abcdef0123456789abcdef".to_owned(),
            question: input.question.name().to_owned(),
            expires_at: "2026-01-02T12:00:00Z".to_owned(),
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
        if !self.may_act() {
            self.trespass(format!("{} was contained, and nobody had allowed that", before.role_name));
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

    /// The role that was recorded, if it is still that one.
    fn recorded(&mut self, before: &Before) -> Option<&mut Role> {
        self.roles.get_mut(&before.role_name).filter(|role| role.id == before.role_id)
    }

    /// Nothing is done to a role that is not the finding's, and nothing without what was recorded first.
    fn may_touch(&mut self, before: &Before, what: &str) {
        if self.principal() != Some((&before.role_name, &before.role_id)) {
            self.trespass(format!("{} was {what}, and the finding is about another", before.role_name));
        }
        if self.before.as_ref() != Some(before) {
            self.trespass(format!(
                "{} was {what} by another record than the one that was made",
                before.role_name
            ));
        }
    }
}

/// Reads a payload as the task's input, and writes what comes of it as the task's binary does.
fn does<T: Task>(
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
