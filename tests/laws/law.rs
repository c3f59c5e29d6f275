//! The first law, over any workflow: whatever fails, the resource is restored or a human was told.

use crate::fault::{Fault, Faulty, Lasting, Made, Plan, When, errors};
use contract::CaseStatus;
use engine::scenario::{Expectation, about, outcome};
use engine::simulation::Simulation;
use engine::workflow::Workflow;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;
use tests::{Result, Trouble};

/// No execution has so many things happen to it: one that does goes in a circle.
const MOST_STEPS: usize = 5_000;

/// How many violations a sweep reports.
const REPORTED: usize = 8;

/// An account at the level of the contract: a task is a function over it.
pub(crate) trait Account: Clone {
    /// What somebody else can do to it.
    type Intrusion: Clone + Debug;

    /// Does what a task does: gives what it returns, or its error and a message. A payload that the contract does not
    /// know is the workflow's mistake.
    fn task(&mut self, task: &str, payload: Value) -> Result<Given>;
    /// The workflow has got this answer of a task.
    fn heard(&mut self, task: &str, value: &Value);
    /// A person answers a question: with what the task token gets, if with anything.
    fn answer(&mut self, question: &str, person: Person) -> Option<Given>;
    /// Somebody else does something.
    fn intrude(&mut self, intrusion: &Self::Intrusion);

    /// Whether the workflow's change is on the resource.
    fn is_changed(&self) -> bool;
    /// Whether a person knows that it may be.
    fn told_of_change(&self) -> bool;
    /// Whether a person knows that something failed.
    fn told_of_trouble(&self) -> bool;
    /// Whether a person knows that it ended like this.
    fn told_of_end(&self, end: CaseStatus) -> bool;
    /// What the case says, if it was opened.
    fn case(&self) -> Option<CaseStatus>;
    /// Whether the account is as this end says, as far as the workflow can know.
    fn agrees_with(&self, end: CaseStatus) -> bool;
    /// What no response may ever do, and was done.
    fn trespasses(&self) -> Vec<String>;
}

/// What a call gives: a value, or an error and its message.
pub(crate) type Given = std::result::Result<Value, (String, String)>;

/// How a person answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Person {
    Nobody,
    Yes,
    No,
    /// Past `answer-approval`, with Step Functions' own API, and with nothing that a workflow could expect.
    YesByHand,
    /// The same.
    NoByHand,
}

/// What came of an execution.
pub(crate) struct Run<A> {
    pub(crate) account: A,
    pub(crate) made: Vec<Made>,
    pub(crate) outcome: Expectation,
}

/// Runs an execution to its end.
pub(crate) fn run<A: Account>(
    workflow: &Workflow,
    input: &Value,
    account: &A,
    plan: &Plan<A::Intrusion>,
) -> Result<Run<A>> {
    let world = Faulty::new(account.clone(), plan.clone());
    let machine = Arc::clone(&workflow.machine);
    let mut simulation = Simulation::start(about(workflow, input), machine, Timestamp::UNIX_EPOCH, world)?;
    let mut steps = 0;
    while simulation.step()? {
        steps += 1;
        if steps > MOST_STEPS {
            return Err(Trouble(format!("it goes in a circle: {MOST_STEPS} steps, and no end")));
        }
    }
    let outcome = outcome(simulation.execution(), simulation.history(), simulation.now());
    Ok(Run { account: simulation.world.account, made: simulation.world.made, outcome })
}

impl<A: Account> Run<A> {
    /// Everything that the first law says, and that is not so.
    pub(crate) fn violations(&self) -> Vec<String> {
        let mut violations = self.account.trespasses();
        let Expectation { status, error, .. } = &self.outcome;
        match status.as_str() {
            "SUCCEEDED" => violations.extend(self.after_success()),
            "FAILED" => violations.extend(self.after_failure(error.as_deref().unwrap_or_default())),
            other => violations.push(format!("it is {other} at the end, and nothing will ever happen to it")),
        }
        if self.account.is_changed() && !self.account.told_of_change() {
            // A failed execution raises an alarm of its own, which is all that is left if telling is what fails.
            let excused = status == "FAILED" && self.failed("notify");
            if !excused {
                violations.push("the resource is changed, and nobody was told".to_owned());
            }
        }
        violations
    }

    fn after_success(&self) -> Vec<String> {
        let mut violations = Vec::new();
        let said = self.outcome.output.as_ref().and_then(|output| output.get("status")).cloned();
        let end: Option<CaseStatus> = said.and_then(|said| serde_json::from_value(said).ok());
        match end {
            None => {
                violations.push(format!("it succeeded, and does not say as what: {:?}", self.outcome.output))
            }
            Some(end) => {
                if self.account.case() != Some(end) {
                    violations.push(format!(
                        "it succeeded as {end:?}, and the case says {:?}",
                        self.account.case()
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
            violations.push(format!("it failed with `{error}`, which is no name of a trouble"));
        }
        if !self.account.told_of_trouble() && !self.failed("notify") {
            violations.push(format!("it failed with `{error}`, and nobody was told although telling worked"));
        }
        let unsaid = self.failed("close-case") || self.failed("open-case");
        match self.account.case() {
            Some(CaseStatus::Open) if !unsaid => {
                violations.push(format!("it failed with `{error}`, and the case stays open"));
            }
            Some(CaseStatus::Open | CaseStatus::Failed) | None => {}
            Some(end) => {
                if !self.account.agrees_with(end) {
                    violations.push(format!("the case says {end:?}, and that is not so"));
                }
                // Such a case takes no recurrence up again, so somebody must have it. Whoever denied it, or took it back,
                // knows; and what is contained or put right stays so, whoever knows.
                let decided =
                    [CaseStatus::Denied, CaseStatus::Restored, CaseStatus::Contained, CaseStatus::Remediated];
                let known = decided.contains(&end);
                if !known && !self.account.told_of_end(end) {
                    violations.push(format!("the case says {end:?}, and nobody was told"));
                }
            }
        }
        violations
    }

    /// Whether a call of this task failed.
    fn failed(&self, task: &str) -> bool {
        self.made.iter().any(|made| made.task == task && made.error.is_some())
    }

    /// The calls, a line each.
    pub(crate) fn tale(&self) -> String {
        let line = |(number, made): (usize, &Made)| {
            let end = made.error.as_deref().unwrap_or("ok");
            format!("    {number:>2} {} ({}): {end}\n", made.state, made.task)
        };
        let calls: String = self.made.iter().enumerate().map(line).collect();
        let Expectation { status, output, error, cause, .. } = &self.outcome;
        format!("{calls}    {status} {output:?} {error:?} {cause:?}\n    case: {:?}\n", self.account.case())
    }
}

/// Lets each call of an execution fail in each way, one at a time. Gives how many executions there were.
///
/// Every error strikes for good, after the call had its effect. Of those that the workflow then treats alike, one strikes
/// in all other ways too. Calls before `from` are left alone: another sweep has them.
pub(crate) fn sweep<A: Account>(
    workflow: &Workflow,
    input: &Value,
    account: &A,
    plan: &Plan<A::Intrusion>,
    from: usize,
) -> Result<usize> {
    let mut sweep = Sweep { count: 0, wrong: Vec::new() };
    let mut strike = |fault: Option<Fault>, what: String| {
        let plan = Plan { faults: fault.into_iter().collect(), ..plan.clone() };
        let run = run(workflow, input, account, &plan)?;
        sweep.judge(&run, &what);
        Ok::<Vec<Made>, Trouble>(run.made)
    };
    let quiet = strike(None, "without a fault".to_owned())?;
    for (at, made) in quiet.iter().enumerate().skip(from) {
        let mut alike = BTreeSet::new();
        for (error, name) in errors(&made.task).iter().enumerate() {
            let mut strike = |when: When, lasting: Lasting| {
                let what = format!("`{}` fails with {name} {when:?} its effect, {lasting:?}", made.state);
                strike(Some(Fault { at, error, when, lasting }), what)
            };
            let made = strike(When::After, Lasting::ForGood)?;
            let path: Vec<String> = made.into_iter().map(|made| made.state).collect();
            if alike.insert(path) {
                for (when, lasting) in OTHER_WAYS {
                    strike(*when, *lasting)?;
                }
            }
        }
    }
    sweep.finish()
}

/// The ways in which a call fails besides the one that is always tried. Three times is all that most retries take.
const OTHER_WAYS: &[(When, Lasting)] = &[
    (When::Before, Lasting::Times(1)),
    (When::After, Lasting::Times(1)),
    (When::After, Lasting::Times(3)),
    (When::Before, Lasting::Times(4)),
    (When::After, Lasting::Times(4)),
    (When::Before, Lasting::ForGood),
];

/// The executions of a sweep, and those that break the law.
struct Sweep {
    count: usize,
    wrong: Vec<String>,
}

impl Sweep {
    fn judge<A: Account>(&mut self, run: &Run<A>, what: &str) {
        self.count += 1;
        let violations = run.violations();
        if !violations.is_empty() {
            self.wrong.push(format!("{what}: {}\n{}", violations.join("; "), run.tale()));
        }
    }

    fn finish(self) -> Result<usize> {
        if self.wrong.is_empty() {
            return Ok(self.count);
        }
        let first: String = self.wrong.iter().take(REPORTED).map(|wrong| format!("  {wrong}")).collect();
        Err(Trouble(format!(
            "{} of {} executions break the first law:\n{first}",
            self.wrong.len(),
            self.count
        )))
    }
}
