//! The first law over a response: each call of each way fails in each way, one at a time.

use crate::account::{Intrusion, Live, Person};
use crate::endings::Endings;
use crate::fault::{Fault, Lasting, People, Plan, When, errors};
use crate::law::{Run, run};
use crate::subjects::{Case, Subject};
use contract::CaseStatus;
use contract::steps::check_guardrails::Ruling;
use std::collections::{BTreeMap, BTreeSet};
use tests::{Result, Trouble, on_every_core};

/// How many violations a sweep reports.
const REPORTED: usize = 8;

/// The circumstances of an execution without faults, and how it ends.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    pub(crate) mode: &'static str,
    live: Live,
    ruling: Ruling,
    people: People,
    lag: u64,
    /// The end if the response can plan a change.
    end: CaseStatus,
}

const NOBODY: People = People { change: Person::Nobody, undo: Person::Nobody };
const UNDO: People = People { undo: Person::Yes, ..NOBODY };
const APPROVED: People = People { change: Person::Yes, ..NOBODY };

const AUTO: Way = Way {
    mode: "auto",
    live: Live::Dangerous,
    ruling: Ruling::Proceed,
    people: NOBODY,
    lag: 0,
    end: CaseStatus::Changed,
};
const APPROVE: Way = Way { mode: "approve", people: APPROVED, ..AUTO };

/// The ways, the longest first: a call that failed on one way is skipped on another that reaches it by the same states.
pub(crate) const WAYS: &[Way] = &[
    Way { people: UNDO, end: CaseStatus::Restored, ..AUTO },
    Way { people: People { undo: Person::No, ..NOBODY }, ..AUTO },
    AUTO,
    Way { people: People { change: Person::Yes, undo: Person::Yes }, end: CaseStatus::Restored, ..APPROVE },
    Way { ruling: Ruling::AskFirst, ..APPROVE },
    APPROVE,
    Way { people: People { change: Person::No, ..NOBODY }, end: CaseStatus::Denied, ..APPROVE },
    Way { people: NOBODY, end: CaseStatus::HandedOver, ..APPROVE },
    Way { ruling: Ruling::AskFirst, people: APPROVED, ..AUTO },
    Way { ruling: Ruling::HandOver, end: CaseStatus::HandedOver, ..AUTO },
    Way { mode: "plan", end: CaseStatus::Planned, ..AUTO },
    Way { mode: "enrich", end: CaseStatus::Enriched, ..AUTO },
    Way { live: Live::Harmless, end: CaseStatus::NothingToDo, ..AUTO },
    Way { live: Live::Gone, end: CaseStatus::HandedOver, ..AUTO },
    Way { people: UNDO, lag: 3, end: CaseStatus::Restored, ..AUTO },
    Way { live: Live::Harmless, lag: 1, end: CaseStatus::NothingToDo, ..AUTO },
    Way { mode: "plan", lag: 1, end: CaseStatus::Planned, ..AUTO },
    Way { mode: "enrich", lag: 1, end: CaseStatus::Enriched, ..AUTO },
];

/// The faults that are tried after the first. Most states retry three times.
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

    /// The end without faults. A response that cannot plan a change hands everything to people that is not harmless.
    fn end_of(&self, run: &Run, case: &Case) -> CaseStatus {
        if run.account.is_changeable() {
            self.end
        } else if self.live == Live::Harmless && case.has_resource() {
            CaseStatus::NothingToDo
        } else {
            CaseStatus::HandedOver
        }
    }

    pub(crate) fn quiet(&self) -> Plan {
        Plan::quiet(self.people)
    }

    /// Whether somebody interferes on this way: only if there is a change to interfere with.
    fn is_interfered_with(&self) -> bool {
        self.end == CaseStatus::Changed && self.ruling == Ruling::Proceed
    }
}

/// Every violation of the first law by executions in which nothing fails, and every end that is not the expected one.
pub(crate) fn without_faults(subject: &Subject) -> Result<Vec<String>> {
    let mut wrong = Vec::new();
    for (case, way) in subject.cases.iter().flat_map(|case| WAYS.iter().map(move |way| (case, way))) {
        let run = way.run(subject, case, &way.quiet())?;
        let mut violations = run.violations();
        let status = run.account.records.status();
        let expected = Some(way.end_of(&run, case));
        if status != expected {
            violations.push(format!("it ended as {status:?}, and {expected:?} was expected"));
        }
        if run.account.is_changed() != (status == Some(CaseStatus::Changed)) {
            violations.push(format!("it ended as {status:?}, and changed is {}", run.account.is_changed()));
        }
        if !violations.is_empty() {
            wrong.push(format!("{way:?} of `{}`: {}\n{}", case.name, violations.join("; "), run.log()));
        }
    }
    Ok(wrong)
}

/// A call that is made to fail, in an execution that reaches it.
struct Target<'s> {
    case: &'s Case,
    way: Way,
    plan: Plan,
    at: usize,
    task: String,
    state: String,
    /// The end if the call does not fail.
    quiet: Option<CaseStatus>,
}

/// The result of failing calls.
#[derive(Default)]
struct Swept {
    endings: Endings,
    wrong: Vec<String>,
    /// The errors that the workflow treats differently, by state.
    different: BTreeMap<String, BTreeSet<usize>>,
}

impl Swept {
    fn add(&mut self, other: Self) {
        self.endings.add(&other.endings);
        self.wrong.extend(other.wrong);
    }
}

/// A part of the calls that are made to fail: the `nth` of `of` parts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) nth: usize,
    pub(crate) of: usize,
}

impl Share {
    pub(crate) const ALL: Self = Self { nth: 0, of: 1 };
}

/// Makes each call of each way of a response fail in each way, one at a time. Returns how the executions ended.
pub(crate) fn sweep(subject: &Subject, share: Share) -> Result<Endings> {
    let targets: Vec<Target> = targets(subject)?.into_iter().skip(share.nth).step_by(share.of).collect();
    let mut all = Swept::default();
    let (intruded, alone): (Vec<_>, Vec<_>) =
        targets.iter().partition(|target| !target.plan.intrusions.is_empty());
    for (target, swept) in alone.iter().zip(on_every_core(&alone, |target| target.fail(subject, None))?) {
        let mut swept = swept?;
        let different = all.different.entry(target.state.clone()).or_default();
        different.extend(swept.different.remove(&target.state).unwrap_or_default());
        all.add(swept);
    }
    // With an intruder, one of the errors that the workflow treats alike in a state is enough.
    let different = std::mem::take(&mut all.different);
    for swept in on_every_core(&intruded, |target| target.fail(subject, different.get(&target.state)))? {
        all.add(swept?);
    }
    if all.wrong.is_empty() {
        return Ok(all.endings);
    }
    let first: String = all.wrong.iter().take(REPORTED).map(|wrong| format!("  {wrong}")).collect();
    let (wrong, count) = (all.wrong.len(), all.endings.count());
    Err(Trouble(format!("{}: {wrong} of {count} executions break the first law:\n{first}", subject.name())))
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

    /// The intrusion directly before this call.
    fn intrusion_before(&self, call: usize) -> Option<Intrusion> {
        self.plan.intrusions.iter().find(|(before, _)| *before == call).map(|(_, what)| *what)
    }
}

/// Every call that is reached by other states than any before, or directly after an intrusion that changes the path.
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
            let reached_by: Vec<&str> = path.iter().take(at + 1).copied().collect();
            if covered.insert((reached_by, quiet.intrusion_before(at))) {
                targets.push(Target {
                    case: quiet.case,
                    way: quiet.way,
                    plan: quiet.plan.clone(),
                    at,
                    task: made.task.clone(),
                    state: made.state.clone(),
                    quiet: quiet.run.account.records.status(),
                });
            }
        }
    }
    Ok(targets)
}

/// The same ways with an intrusion before each call, for one way of each path.
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

/// Runs executions in which nothing fails. It is an error if one of them violates the law.
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
            subject.name(),
            case.name,
            violations.join("; "),
            run.log()
        )))
    });
    quiet.collect()
}

impl Target<'_> {
    /// Makes the call fail with every error for good, after it had its effect. Of the errors that the workflow treats
    /// alike, one is tried with all other faults as well.
    fn fail(&self, subject: &Subject, only: Option<&BTreeSet<usize>>) -> Result<Swept> {
        let (mut swept, mut alike) = (Swept::default(), BTreeSet::new());
        for error in
            (0..errors(&self.task).len()).filter(|error| only.is_none_or(|only| only.contains(error)))
        {
            let run = self.fail_with(subject, error, (When::After, Lasting::ForGood), &mut swept)?;
            let path: Vec<String> = run.made.into_iter().map(|made| made.state).collect();
            if alike.insert(path) {
                swept.different.entry(self.state.clone()).or_default().insert(error);
                for way in OTHER_WAYS {
                    self.fail_with(subject, error, *way, &mut swept)?;
                }
            }
        }
        Ok(swept)
    }

    fn fail_with(
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
            let where_ = format!("{:?} {:?} of `{}`", self.way, self.plan.intrusions, self.case.name);
            swept.wrong.push(format!("{what}, in {where_}: {}\n{}", violations.join("; "), run.log()));
        }
        Ok(run)
    }
}
