//! The first law over every workflow: each call of each way fails in each way, one at a time.

use crate::account::{Intrusion, Live, Person};
use crate::endings::Endings;
use crate::fault::{Fault, Lasting, People, Plan, When, errors};
use crate::law::{Run, run};
use crate::workflows::{Case, Subject};
use contract::CaseStatus;
use contract::tasks::check_guardrails::Ruling;
use std::collections::{BTreeMap, BTreeSet};
use tests::{Result, Trouble, on_every_core};

/// How many violations a sweep reports.
const REPORTED: usize = 8;

/// What an execution meets if nothing goes wrong, and how it ends then.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    pub(crate) mode: &'static str,
    live: Live,
    ruling: Ruling,
    people: People,
    lag: u64,
    end: End,
}

/// How an execution ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The change is made, and stays.
    Kept,
    /// There was nothing to change, or the change is made and stays: that depends on what the workflow is about.
    SafeOrKept,
    /// As this.
    As(CaseStatus),
}

const NOBODY: People = People { act: Person::Nobody, undo: Person::Nobody };
const UNDO: People = People { undo: Person::Yes, ..NOBODY };
const ACT: People = People { act: Person::Yes, ..NOBODY };

const AUTO: Way = Way {
    mode: "auto",
    live: Live::Dangerous,
    ruling: Ruling::Proceed,
    people: NOBODY,
    lag: 0,
    end: End::Kept,
};
const APPROVE: Way = Way { mode: "approve", people: ACT, ..AUTO };

/// The ways, those first that have the most in them: a call that was let fail on one way is left alone on another that
/// came to it by the same states.
pub(crate) const WAYS: &[Way] = &[
    Way { people: UNDO, end: End::As(CaseStatus::Restored), ..AUTO },
    Way { people: People { undo: Person::No, ..NOBODY }, ..AUTO },
    AUTO,
    Way {
        people: People { act: Person::Yes, undo: Person::Yes },
        end: End::As(CaseStatus::Restored),
        ..APPROVE
    },
    Way { ruling: Ruling::AskFirst, ..APPROVE },
    APPROVE,
    Way { people: People { act: Person::No, ..NOBODY }, end: End::As(CaseStatus::Denied), ..APPROVE },
    Way { people: NOBODY, end: End::As(CaseStatus::HandedOver), ..APPROVE },
    Way { ruling: Ruling::AskFirst, people: ACT, ..AUTO },
    Way { ruling: Ruling::HandOver, end: End::As(CaseStatus::HandedOver), ..AUTO },
    Way { mode: "plan", end: End::As(CaseStatus::Planned), ..AUTO },
    Way { mode: "enrich", end: End::As(CaseStatus::Enriched), ..AUTO },
    Way { live: Live::Harmless, end: End::SafeOrKept, ..AUTO },
    Way { live: Live::Gone, end: End::As(CaseStatus::HandedOver), ..AUTO },
    Way { people: UNDO, lag: 3, end: End::As(CaseStatus::Restored), ..AUTO },
    Way { live: Live::Harmless, lag: 1, end: End::SafeOrKept, ..AUTO },
    Way { mode: "plan", lag: 1, end: End::As(CaseStatus::Planned), ..AUTO },
    Way { mode: "enrich", lag: 1, end: End::As(CaseStatus::Enriched), ..AUTO },
];

/// The ways in which a call fails besides the one that is always tried. Three times is all that most retries take.
const OTHER_WAYS: &[(When, Lasting)] = &[
    (When::Before, Lasting::Times(1)),
    (When::After, Lasting::Times(1)),
    (When::After, Lasting::Times(3)),
    (When::Before, Lasting::Times(4)),
    (When::After, Lasting::Times(4)),
    (When::Before, Lasting::ForGood),
];

impl Way {
    pub(crate) fn run(&self, subject: &Subject, case: &Case, plan: &Plan) -> Result<Run> {
        run(subject, &case.input(self.mode), &case.scene(self.live, self.ruling, self.lag), plan)
    }

    pub(crate) fn quiet(&self) -> Plan {
        Plan::quiet(self.people)
    }

    /// Whether somebody interferes on it: where there is a change, or a question about one, to interfere with.
    fn is_interfered_with(&self) -> bool {
        self.end == End::Kept && self.ruling == Ruling::Proceed
    }
}

/// Everything that the first law says of the executions to which nothing happens, and that is not so.
pub(crate) fn without_faults(subject: &Subject) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (case, way) in subject.cases.iter().flat_map(|case| WAYS.iter().map(move |way| (case, way))) {
        let run = way.run(subject, case, &way.quiet())?;
        let mut violations = run.violations();
        let status = run.account.office.status();
        // A finding about something that no task can change goes to people, or nowhere if only looking was asked for.
        let expected = match way.end {
            _ if !run.account.is_there() && way.live != Live::Gone => status,
            End::Kept => Some(run.account.kept()),
            End::SafeOrKept if status == Some(CaseStatus::Safe) => status,
            End::SafeOrKept => Some(run.account.kept()),
            End::As(end) => Some(end),
        };
        if status != expected {
            violations.push(format!("it ended as {status:?}, and {expected:?} was expected"));
        }
        if run.account.is_changed() != (status == Some(run.account.kept())) {
            violations.push(format!("it ended as {status:?}, and changed is {}", run.account.is_changed()));
        }
        if !violations.is_empty() {
            wrong.push(format!("{way:?} of `{}`: {}\n{}", case.scenario, violations.join("; "), run.tale()));
        }
    }
    Ok(wrong)
}

/// A call that is to fail, in an execution that gets that far.
struct Target<'s> {
    case: &'s Case,
    way: Way,
    plan: Plan,
    at: usize,
    task: String,
    state: String,
    /// How it ends if the call does not fail.
    quiet: Option<CaseStatus>,
}

/// What came of letting calls fail.
#[derive(Default)]
struct Swept {
    endings: Endings,
    wrong: Vec<String>,
    /// By state: the errors that the workflow treats differently there.
    different: BTreeMap<String, BTreeSet<usize>>,
}

impl Swept {
    fn add(&mut self, other: Self) {
        self.endings.add(&other.endings);
        self.wrong.extend(other.wrong);
    }
}

/// Lets each call of each way of a workflow fail in each way, one at a time. Gives how the executions ended.
pub(crate) fn sweep(subject: &Subject) -> Result<Endings> {
    let targets = targets(subject)?;
    if targets.len() < 20 {
        return Err(Trouble(format!(
            "only {} calls: the ways are shorter than they should be",
            targets.len()
        )));
    }
    let mut all = Swept::default();
    let (intruded, alone): (Vec<_>, Vec<_>) =
        targets.iter().partition(|target| !target.plan.intrusions.is_empty());
    for (target, swept) in alone.iter().zip(on_every_core(&alone, |target| target.strike(subject, None))?) {
        let mut swept = swept?;
        let different = all.different.entry(target.state.clone()).or_default();
        different.extend(swept.different.remove(&target.state).unwrap_or_default());
        all.add(swept);
    }
    // With an intruder about, one of the errors that the workflow treats alike at this state is enough.
    let different = std::mem::take(&mut all.different);
    for swept in on_every_core(&intruded, |target| target.strike(subject, different.get(&target.state)))? {
        all.add(swept?);
    }
    if all.wrong.is_empty() {
        return Ok(all.endings);
    }
    let first: String = all.wrong.iter().take(REPORTED).map(|wrong| format!("  {wrong}")).collect();
    let (wrong, count) = (all.wrong.len(), all.endings.count());
    Err(Trouble(format!(
        "{}: {wrong} of {count} executions break the first law:\n{first}",
        subject.workflow.name
    )))
}

/// An execution in which nothing fails.
struct Quiet<'s> {
    case: &'s Case,
    way: Way,
    plan: Plan,
    run: Run,
}

impl Quiet<'_> {
    fn path(&self) -> Vec<&str> {
        self.run.made.iter().map(|made| made.state.as_str()).collect()
    }

    fn goes_as_any_of(&self, others: &[Self]) -> bool {
        others.iter().any(|other| self.path() == other.path())
    }

    /// What somebody does just before this call.
    fn intrusion_before(&self, call: usize) -> Option<Intrusion> {
        self.plan.intrusions.iter().find(|(before, _)| *before == call).map(|(_, what)| *what)
    }
}

/// Every call that can be come to in a way of its own: by other states, or just after somebody interfered so that the
/// execution goes another way from there.
fn targets(subject: &Subject) -> Result<Vec<Target<'_>>> {
    let ways = WAYS.iter().flat_map(|way| subject.cases.iter().map(|case| (case, *way, way.quiet())));
    let mut quiet = all_quiet(subject, ways.collect())?;
    let intruded = all_quiet(subject, interfered_with(&quiet))?;
    quiet
        .extend(intruded.into_iter().filter(|intruded| !intruded.goes_as_any_of(&quiet)).collect::<Vec<_>>());
    let (mut covered, mut targets) = (BTreeSet::new(), Vec::new());
    for quiet in &quiet {
        let path = quiet.path();
        for (at, made) in quiet.run.made.iter().enumerate() {
            let came_by: Vec<&str> = path.iter().take(at + 1).copied().collect();
            if covered.insert((came_by, quiet.intrusion_before(at))) {
                targets.push(Target {
                    case: quiet.case,
                    way: quiet.way,
                    plan: quiet.plan.clone(),
                    at,
                    task: made.task.clone(),
                    state: made.state.clone(),
                    quiet: quiet.run.account.office.status(),
                });
            }
        }
    }
    Ok(targets)
}

/// The same ways with somebody interfering before each of their calls, one of them for each path.
fn interfered_with<'s>(quiet: &[Quiet<'s>]) -> Vec<(&'s Case, Way, Plan)> {
    let (mut paths, mut plans) = (BTreeSet::new(), Vec::new());
    for one in quiet.iter().filter(|quiet| quiet.way.is_interfered_with()) {
        if paths.insert(one.path()) {
            let calls = 0..one.run.made.len();
            let moments = calls.flat_map(|call| Intrusion::ALL.iter().map(move |what| (call, *what)));
            plans.extend(
                moments
                    .map(|moment| (one.case, one.way, Plan { intrusions: vec![moment], ..one.way.quiet() })),
            );
        }
    }
    plans
}

/// Runs all of these, in which nothing fails, and holds them against the law.
fn all_quiet<'s>(subject: &'s Subject, plans: Vec<(&'s Case, Way, Plan)>) -> Result<Vec<Quiet<'s>>> {
    let runs = on_every_core(&plans, |(case, way, plan)| way.run(subject, case, plan))?;
    let quiet = plans.into_iter().zip(runs).map(|((case, way, plan), run)| {
        let run = run?;
        let violations = run.violations();
        if violations.is_empty() {
            return Ok(Quiet { case, way, plan, run });
        }
        Err(Trouble(format!(
            "{}: nothing fails in {plan:?} of {way:?} of `{}`, and {}\n{}",
            subject.workflow.name,
            case.scenario,
            violations.join("; "),
            run.tale()
        )))
    });
    quiet.collect()
}

impl Target<'_> {
    /// Lets the call fail. Every error strikes for good, after the call had its effect. Of those that the workflow then
    /// treats alike, one strikes in all other ways too.
    fn strike(&self, subject: &Subject, only: Option<&BTreeSet<usize>>) -> Result<Swept> {
        let (mut swept, mut alike) = (Swept::default(), BTreeSet::new());
        for error in
            (0..errors(&self.task).len()).filter(|error| only.is_none_or(|only| only.contains(error)))
        {
            let run = self.strike_with(subject, error, (When::After, Lasting::ForGood), &mut swept)?;
            let path: Vec<String> = run.made.into_iter().map(|made| made.state).collect();
            if alike.insert(path) {
                swept.different.entry(self.state.clone()).or_default().insert(error);
                for way in OTHER_WAYS {
                    self.strike_with(subject, error, *way, &mut swept)?;
                }
            }
        }
        Ok(swept)
    }

    fn strike_with(
        &self,
        subject: &Subject,
        error: usize,
        (when, lasting): (When, Lasting),
        swept: &mut Swept,
    ) -> Result<Run> {
        let fault = Fault { at: self.at, error, when, lasting };
        let plan = Plan { faults: vec![fault], ..self.plan.clone() };
        let run = self.way.run(subject, self.case, &plan)?;
        swept.endings.count_in(&run, self.quiet);
        let violations = run.violations();
        if !violations.is_empty() {
            let name = errors(&self.task).get(error).copied().unwrap_or_default();
            let what = format!("`{}` fails with {name} {when:?} its effect, {lasting:?}", self.state);
            let where_ = format!("{:?} {:?} of `{}`", self.way, self.plan.intrusions, self.case.scenario);
            swept.wrong.push(format!("{what}, in {where_}: {}\n{}", violations.join("; "), run.tale()));
        }
        Ok(run)
    }
}
