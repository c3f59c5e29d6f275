//! The record of a case, and the identity of a case.

use crate::approvals::actors::Actors;
use crate::aws::case_table::hash_of;
use crate::kinds::Registered;
use crate::text::digest;
use contract::{CaseStatus, Fault, Finding, Mode, Source};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How many ids of a case's events are kept.
const REMEMBERED: usize = 100;

/// How many denials are kept.
const DENIALS: usize = 20;

/// How many answers to them are kept, for retries of the task.
const JOINS: usize = 20;

/// A case in the case table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Case {
    pub(crate) case_id: String,
    /// How often the case was opened: 1, and one more each time the danger came back after the case had ended.
    pub(crate) generation: u64,
    pub(crate) status: CaseStatus,
    /// The execution that has it.
    pub(crate) execution: String,
    /// How far that execution may go.
    pub(crate) mode: Mode,
    pub(crate) opened_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) closed_at: Option<String>,
    /// How often it ended as `Failed` without another end in between.
    #[serde(default)]
    pub(crate) failures: u32,
    pub(crate) finding_id: String,
    pub(crate) source: Source,
    pub(crate) account: String,
    /// The finding of the event that opened it, for an undo after the window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) finding: Option<Finding>,
    pub(crate) occurrences: u64,
    /// The ids of the latest events.
    pub(crate) events: Vec<String>,
    /// The identities that acted in its events. None of them may decide.
    #[serde(default)]
    pub(crate) actors: Actors,
    /// The number of the last event that the look of the execution may not have seen; 0 if there is none.
    #[serde(default)]
    pub(crate) unseen: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) last_seen: Option<String>,
    /// The time of the last event of which people were reminded after the end, and the execution that did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reminded: Option<Reminded>,
    /// The latest events of other executions that have something to do about them.
    #[serde(default)]
    pub(crate) joins: Vec<Join>,
    /// The circumstances of the findings about which a person said no, as `approvals::asked::circumstances` has them.
    #[serde(default)]
    pub(crate) denied: Vec<String>,
}

/// An event that joined, the execution that it started, and what that execution does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Join {
    event: String,
    execution: String,
    answer: JoinAnswer,
}

/// What an execution does whose event joined the case of another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum JoinAnswer {
    /// It looks, and tells people what they do not know.
    Look,
    /// It tells the person who sent the event what became of the case.
    Tell,
}

/// A reminder after the end of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reminded {
    pub(crate) at: String,
    pub(crate) execution: String,
}

impl Case {
    /// Adds an event, unless it is there already. Returns whether it was added.
    pub(crate) fn add(&mut self, event_id: &str, finding: &Finding) -> bool {
        if self.events.iter().any(|known| known == event_id) {
            return false;
        }
        self.occurrences += 1;
        self.events.push(event_id.to_owned());
        let surplus = self.events.len().saturating_sub(REMEMBERED);
        self.events.drain(..surplus);
        self.last_seen = finding.last_seen.clone();
        self.actors.add(finding.actor.as_ref());
        true
    }

    /// Opens it again, under another id.
    pub(crate) fn reopen(&mut self, execution: &str, mode: Mode, started: &str, finding: &Finding) {
        self.finding = Some(finding.clone());
        self.generation += 1;
        self.case_id = format!("{}-{}", hash_of(&self.case_id), self.generation);
        self.status = CaseStatus::Open;
        self.opened_at = started.to_owned();
        self.closed_at = None;
        self.reminded = None;
        self.actors.make_room();
        self.take_over(execution, mode);
    }

    /// Notes what the execution of an event that joined has to do.
    pub(crate) fn answers(&mut self, event: &str, execution: &str, answer: JoinAnswer) {
        let (event, execution) = (event.to_owned(), execution.to_owned());
        self.joins.push(Join { event, execution, answer });
        let surplus = self.joins.len().saturating_sub(JOINS);
        self.joins.drain(..surplus);
    }

    /// What an earlier try of the task noted.
    pub(crate) fn answered(&self, event: &str, execution: &str) -> Option<JoinAnswer> {
        let is_ours = |join: &&Join| join.event == event && join.execution == execution;
        self.joins.iter().find(is_ours).map(|join| join.answer)
    }

    /// Notes that a person said no in these circumstances, and in no others.
    pub(crate) fn deny(&mut self, circumstances: String) {
        self.denied.retain(|denied| *denied != circumstances);
        self.denied.push(circumstances);
        let surplus = self.denied.len().saturating_sub(DENIALS);
        self.denied.drain(..surplus);
    }

    /// Gives it to another execution.
    pub(crate) fn take_over(&mut self, execution: &str, mode: Mode) {
        self.execution = execution.to_owned();
        self.mode = mode;
        self.unseen = 0;
    }

    /// Whether something happened later than this after the end of the case. A late copy of an old event did not.
    pub(crate) fn ended_before(&self, at: Timestamp, by: SignedDuration) -> bool {
        let closed: Option<Timestamp> = self.closed_at.as_deref().and_then(|text| text.parse().ok());
        closed.is_none_or(|closed| at.duration_since(closed) > by)
    }
}

/// The hash that identifies the case of a finding. Everything is in it that tells one case from another: a response (or the
/// canary's lane of one), a source or an account must not be able to take or close the case of another. The same finding
/// about a global resource may come from every region.
pub(crate) fn finding_hash(finding: &Finding, kind: &Registered, lane: &str) -> String {
    let region = if kind.is_global { "global" } else { finding.region.as_str() };
    let source = format!("{:?}", finding.source);
    digest(&[lane, kind.name, &source, &finding.account, region, &finding.id]).chars().take(12).collect()
}

/// The name of the state machine in the ARN of an execution: the response, or the canary's lane of it.
pub(crate) fn lane(execution: &str) -> Result<&str, Fault> {
    let name = execution.split(':').nth(6).filter(|name| !name.is_empty());
    name.ok_or_else(|| Fault::invalid_input("`execution` is not the ARN of an execution"))
}
