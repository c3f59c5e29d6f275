//! An event that joins a case of another execution. It is not lost in there: a call may have made a danger that is gone by
//! now, or another one than people are asked about, and a person who chose a custom action waits for an answer.

use super::{Opening, Read, recurrence};
use crate::approvals::asked::{Asked, circumstances};
use crate::aws::case_table::Written;
use crate::aws::document::same;
use crate::common::case::{Case, JoinAnswer};
use contract::tasks::open_case::{Disposition, Output};
use contract::{CaseStatus, Fault, Recorded, Source, Target};
use jiff::Timestamp;

/// How an event joins a case.
#[derive(Debug, Clone, Copy)]
pub(super) enum Joining<'a> {
    /// The case is about the event already: it is a copy, or happened before the target was recorded.
    Known,
    /// It has arrived while an execution works on the case.
    Open,
    /// The change that was recorded holds.
    Held(&'a Recorded),
}

impl Opening<'_> {
    /// Adds the event to a case. After the end of the case people are reminded of it from time to time.
    pub(super) async fn join(&self, read: &Read, how: Joining<'_>) -> Result<Option<Output>, Fault> {
        let mut case = read.case().clone();
        let execution = &self.input.execution;
        if case.add(&self.seen.event_id, &self.seen.finding) {
            if matches!(how, Joining::Open) && recurrence::is_unseen(&case, self.at) {
                case.unseen = case.occurrences;
            }
            match self.answer(&case, how).await? {
                Some(answer) => case.answers(&self.seen.event_id, execution, answer),
                None => {
                    let failed = self.reminder_failed(&case).await?;
                    recurrence::remind(&mut case, self.at, self.wait, execution, failed);
                }
            }
            if self.table.replace(&read.key, &read.record, &case).await? == Written::No {
                return Ok(None);
            }
        }
        let is_ours = case.reminded.as_ref().is_some_and(|by| by.execution == *execution);
        Ok(Some(match case.answered(&self.seen.event_id, execution) {
            Some(JoinAnswer::Look) => self.looks(&case).await?,
            Some(JoinAnswer::Tell) => {
                let reason = format!("a person asked for it, and the case `{}` answers it", case.case_id);
                let said = self.said(Disposition::Remind, reason, &case);
                Output { ended: Some(case.status), ..said }
            }
            None if is_ours => {
                let reason =
                    format!("the case `{}` has ended as `{:?}`, and it goes on", case.case_id, case.status);
                let said = self.said(Disposition::Remind, reason, &case);
                Output { ended: Some(case.status), ..said }
            }
            None => self.said(Disposition::AlreadyHandled, whose(&case), &case),
        }))
    }

    /// What the execution of the event still has to do.
    async fn answer(&self, case: &Case, how: Joining<'_>) -> Result<Option<JoinAnswer>, Fault> {
        if self.seen.by_person {
            return Ok(Some(JoinAnswer::Tell));
        }
        let is_resource = matches!(self.seen.finding.target, Target::Resource { .. });
        if !self.kind.changes || !is_resource {
            return Ok(None);
        }
        let is_call = self.seen.finding.source == Source::CloudTrail;
        let looks = match how {
            Joining::Known => false,
            Joining::Held(recorded) => is_call && !self.is_covered(recorded),
            Joining::Open if is_call => true,
            Joining::Open => recurrence::is_unseen(case, self.at) && self.asked(case).await?.is_some(),
        };
        Ok(looks.then_some(JoinAnswer::Look))
    }

    /// Whether a call wrote what was there when the target was recorded: the change is the answer to it.
    fn is_covered(&self, recorded: &Recorded) -> bool {
        let taken_at: Option<Timestamp> = recorded.taken_at.parse().ok();
        let written = self.seen.finding.written.as_ref().and_then(|written| written.document.as_deref());
        let was = recorded.was.get("document").and_then(serde_json::Value::as_str);
        let is_same = match (written, was) {
            (None, _) => true,
            (Some(written), Some(was)) => same(written, was),
            (Some(_), None) => false,
        };
        taken_at.is_some_and(|taken_at| self.at <= taken_at) && is_same
    }

    /// The question about the case that people can answer now.
    async fn asked(&self, case: &Case) -> Result<Option<Asked>, Fault> {
        Asked::open(&self.table, &case.case_id, &case.execution, self.aws.timestamp()).await
    }

    /// The execution of the event looks, and compares with what people are asked.
    async fn looks(&self, case: &Case) -> Result<Output, Fault> {
        let asked = if case.status == CaseStatus::Open { self.asked(case).await? } else { None };
        // Who made a call is no news while people decide about what it did.
        let other_circumstances = self.seen.finding.source != Source::CloudTrail
            && asked.as_ref().is_some_and(|asked| asked.circumstances != circumstances(&self.seen.finding));
        let said = self.said(Disposition::Joined, whose(case), case);
        let asked = asked.and_then(|asked| asked.looked).map(Box::new);
        Ok(Output { asked, other_circumstances, ..said })
    }

    /// Whether the execution that was to remind people last has failed.
    async fn reminder_failed(&self, case: &Case) -> Result<bool, Fault> {
        match recurrence::reminded(case, self.at, self.wait) {
            Some(execution) => self.has_failed(execution).await,
            None => Ok(false),
        }
    }
}

/// Who has the case.
fn whose(case: &Case) -> String {
    match case.status {
        CaseStatus::Open => format!("the case `{}` is open, and `{}` has it", case.case_id, case.execution),
        status => format!("the case `{}` has ended as `{status:?}`", case.case_id),
    }
}
