//! The first law: whatever fails, the target is restored or a person was told.

use crate::account::{Account, Scene};
use crate::fault::{Faulty, Made, Plan};
use crate::subjects::Subject;
use contract::{CaseStatus, Source};
use engine::scenario::{Expectation, about, outcome};
use engine::simulation::Simulation;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use tests::{Result, Trouble};

/// More steps than any execution has: one that reaches it is in a loop.
const MOST_STEPS: usize = 5_000;

/// An execution that has ended.
pub(crate) struct Run {
    pub(crate) account: Account,
    pub(crate) made: Vec<Made>,
    pub(crate) outcome: Expectation,
    /// The states in which an execution can end.
    ends: BTreeSet<String>,
}

/// Runs an execution to its end.
pub(crate) fn run(subject: &Subject, input: &Value, scene: &Scene, plan: &Plan) -> Result<Run> {
    let world = Faulty::new(Account::new(scene), plan.clone());
    let machine = Arc::clone(&subject.response.workflow.machine);
    let mut simulation =
        Simulation::start(about(&subject.response.workflow, input), machine, Timestamp::UNIX_EPOCH, world)?;
    let mut steps = 0;
    while simulation.step()? {
        steps += 1;
        if steps > MOST_STEPS {
            return Err(Trouble(format!("it is in a loop: {MOST_STEPS} steps without an end")));
        }
    }
    let outcome = outcome(simulation.execution(), simulation.history(), simulation.now());
    let Faulty { account, made, .. } = simulation.world;
    Ok(Run { account, made, outcome, ends: subject.ends.clone() })
}

impl Run {
    /// Every violation of the first law.
    pub(crate) fn violations(&self) -> Vec<String> {
        let mut violations = self.account.trespasses().to_vec();
        let Expectation { status, error, .. } = &self.outcome;
        match status.as_str() {
            "SUCCEEDED" => violations.extend(self.after_success()),
            "FAILED" => violations.extend(self.after_failure(error.as_deref().unwrap_or_default())),
            other => violations.push(format!("it is {other} at the end, and nothing will change that")),
        }
        violations.extend(self.silence());
        let last = self.outcome.path.last().map(String::as_str).unwrap_or_default();
        if !self.ends.contains(last) {
            violations.push(format!("it ended in `{last}`, which is neither a Succeed nor a Fail state"));
        }
        if self.account.is_changed() && !self.account.told_of_change() {
            // If telling people fails, the alarm of the failed execution has to do.
            let excused = status == "FAILED" && self.failed("notify");
            if !excused {
                violations.push("the target is changed, and nobody was told".to_owned());
            }
        }
        let is_alarm = status == "FAILED" && self.failed("notify");
        if self.account.was_remade_in_silence() && !is_alarm {
            violations.push("the change was made again, and nobody was told".to_owned());
        }
        violations
    }

    /// A run that a rule started ends with a change or with a message, unless there was no danger at all. If nobody could be
    /// told, the failed execution raises an alarm.
    fn silence(&self) -> Option<String> {
        let records = &self.account.records;
        let is_alarm = self.outcome.status == "FAILED";
        let is_harmless =
            records.status() == Some(CaseStatus::NothingToDo) && records.finding.source == Source::CloudTrail;
        let is_heard = records.heard() || self.account.was_changed();
        (!is_heard && !is_harmless && !is_alarm)
            .then(|| format!("it is {} at the end, and nobody has heard of it", self.outcome.status))
    }

    fn after_success(&self) -> Vec<String> {
        let mut violations = Vec::new();
        let said = self.outcome.output.as_ref().and_then(|output| output.get("status")).cloned();
        let end: Option<CaseStatus> = said.and_then(|said| serde_json::from_value(said).ok());
        match end {
            None => violations
                .push(format!("it succeeded without a status in its output: {:?}", self.outcome.output)),
            Some(end) => {
                if self.account.records.status() != Some(end) {
                    violations.push(format!(
                        "it succeeded as {end:?}, and the case says {:?}",
                        self.account.records.status()
                    ));
                }
                if !self.account.agrees_with(end) {
                    violations.push(format!("it succeeded as {end:?}, and that is not so"));
                }
                if !self.account.told_of_end(end) {
                    violations.push(format!("it succeeded as {end:?}, and nobody was told"));
                }
            }
        }
        violations
    }

    fn after_failure(&self, error: &str) -> Vec<String> {
        let mut violations = Vec::new();
        if error.is_empty() || error.starts_with("States.") {
            violations.push(format!("it failed with `{error}`, which does not name what failed"));
        }
        if !self.account.records.told_of_failure() && !self.failed("notify") {
            violations.push(format!("it failed with `{error}`, and nobody was told although telling worked"));
        }
        let unsaid = self.failed("close-case") || self.failed("open-case");
        match self.account.records.status() {
            Some(CaseStatus::Open) if !unsaid => {
                violations.push(format!("it failed with `{error}`, and the case stays open"));
            }
            Some(CaseStatus::Open | CaseStatus::Failed) | None => {}
            Some(end) => {
                if !self.account.agrees_with(end) {
                    violations.push(format!("the case says {end:?}, and that is not so"));
                }
                // A recurrence does not open such a case again, so somebody must know of it. The person who denied the
                // change or took it back does, and a change that holds needs nobody.
                let known = [CaseStatus::Denied, CaseStatus::Restored, CaseStatus::Changed].contains(&end);
                if !known && !self.account.told_of_end(end) {
                    violations.push(format!("the case says {end:?}, and nobody was told"));
                }
            }
        }
        violations
    }

    /// Whether a call of this task failed.
    pub(crate) fn failed(&self, task: &str) -> bool {
        self.made.iter().any(|made| made.task == task && made.error.is_some())
    }

    /// The calls, one line each, and the end.
    pub(crate) fn log(&self) -> String {
        let line = |(number, made): (usize, &Made)| {
            let end = made.error.as_deref().unwrap_or("ok");
            format!("    {number:>2} {} ({}): {end}\n", made.state, made.task)
        };
        let calls: String = self.made.iter().enumerate().map(line).collect();
        let Expectation { status, output, error, cause, .. } = &self.outcome;
        format!(
            "{calls}    {status} {output:?} {error:?} {cause:?}\n    case: {:?}\n",
            self.account.records.status()
        )
    }
}
