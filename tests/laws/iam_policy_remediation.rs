//! The first law over `statemachines/iam-policy-remediation`.

use crate::dangerous_policy::{DangerousPolicy, Intrusion, Live, Scene};
use crate::fault::{Fault, Lasting, Plan, When, errors};
use crate::law::{Account, Person, Run, run, sweep};
use contract::CaseStatus;
use contract::tasks::check_guardrails::Ruling;
use engine::events::input::Delivery;
use engine::workflow::{DEFINITION, Functions, Place, Workflow};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;
use std::sync::LazyLock;
use tests::{Result, Trouble, repository};

const FOLDER: &str = "statemachines/iam-policy-remediation";

/// A change that CloudTrail saw, and a finding that Security Hub keeps: the event, and the scenario that has what
/// `open-case` reads of it.
const CLOUDTRAIL: (&str, &str) = ("create-policy-version", "remediated");
const SECURITY_HUB: (&str, &str) = ("security-hub-failed", "security-hub");

/// The workflow, with what its executions start from.
struct Subject {
    workflow: Workflow,
    input: Value,
    scene: Scene,
}

impl Subject {
    fn read(about: (&str, &str)) -> Result<Self> {
        Self::read_from(&repository().join(FOLDER), about)
    }

    fn read_from(folder: &Path, (event, scenario): (&str, &str)) -> Result<Self> {
        let functions = Functions::read(&repository().join("tasks/manifest.json")).map_err(trouble)?;
        let workflow =
            Workflow::read(folder, &functions, &Place::example(), &BTreeMap::new()).map_err(trouble)?;
        let event = json_file(&folder.join(format!("events/{event}.json")))?;
        let rule = workflow.rule_for(&event).ok_or_else(|| trouble("no rule takes the event"))?;
        let target = rule.targets.first().ok_or_else(|| trouble("the rule has no target"))?;
        let delivery = Delivery { rule_arn: "", rule_name: &rule.name, ingested: Timestamp::UNIX_EPOCH };
        let input = target.input_of(&event, &delivery).map_err(trouble)?;
        let scenario = json_file(&folder.join(format!("scenarios/{scenario}.json")))?;
        let finding = scenario.pointer("/tasks/Open the case/return/finding").cloned();
        let finding = finding.ok_or_else(|| trouble("the scenario has no finding"))?;
        let scene = Scene {
            finding: serde_json::from_value(finding)?,
            live: Live::Dangerous(0),
            ruling: Ruling::Proceed,
            lag: 0,
        };
        Ok(Self { workflow, input, scene })
    }

    fn run(&self, mode: &str, scene: &Scene, plan: &Plan<Intrusion>) -> Result<Run<DangerousPolicy>> {
        run(&self.workflow, &self.input(mode), &DangerousPolicy::new(scene.clone()), plan)
    }

    fn sweep(&self, mode: &str, scene: &Scene, plan: &Plan<Intrusion>, from: usize) -> Result<usize> {
        sweep(&self.workflow, &self.input(mode), &DangerousPolicy::new(scene.clone()), plan, from)
    }

    fn input(&self, mode: &str) -> Value {
        let mut input = self.input.clone();
        if let Some(fields) = input.as_object_mut() {
            fields.insert("mode".to_owned(), Value::from(mode));
        }
        input
    }
}

fn trouble(error: impl Display) -> Trouble {
    Trouble(error.to_string())
}

fn json_file(path: &Path) -> Result<Value> {
    Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

/// People's answers to questions, by their kind.
type Answers = &'static [(&'static str, Person)];

/// Modes, what the policy says, the guardrails' ruling, people's answers, and how it ends if nothing goes wrong.
const ENDS: &[(&str, Live, Ruling, Answers, CaseStatus)] = &[
    ("auto", BAD, Ruling::Proceed, &[("Undo", Person::Yes)], CaseStatus::Restored),
    ("auto", BAD, Ruling::Proceed, &[("Undo", Person::No)], CaseStatus::Remediated),
    ("auto", BAD, Ruling::Proceed, &[], CaseStatus::Remediated),
    ("auto", BAD, Ruling::AskFirst, &[("Remediate", Person::Yes)], CaseStatus::Remediated),
    ("auto", BAD, Ruling::HandOver, &[], CaseStatus::HandedOver),
    ("auto", Live::Harmless, Ruling::Proceed, &[], CaseStatus::Safe),
    ("auto", Live::Gone, Ruling::Proceed, &[], CaseStatus::HandedOver),
    (
        "approve",
        BAD,
        Ruling::Proceed,
        &[("Remediate", Person::Yes), ("Undo", Person::Yes)],
        CaseStatus::Restored,
    ),
    ("approve", BAD, Ruling::Proceed, &[("Remediate", Person::No)], CaseStatus::Denied),
    ("approve", BAD, Ruling::Proceed, &[], CaseStatus::HandedOver),
    ("plan", BAD, Ruling::Proceed, &[], CaseStatus::Planned),
    ("enrich", BAD, Ruling::Proceed, &[], CaseStatus::Enriched),
];

const BAD: Live = Live::Dangerous(0);

#[test]
fn without_faults_it_ends_as_it_should() -> Result<()> {
    for about in [CLOUDTRAIL, SECURITY_HUB] {
        let subject = Subject::read(about)?;
        for (mode, live, ruling, people, end) in ENDS {
            let scene = Scene { ruling: *ruling, live: *live, ..subject.scene.clone() };
            let run = subject.run(mode, &scene, &Plan::quiet(people))?;
            let what = format!("{about:?} {mode} {live:?} {ruling:?} {people:?}\n{}", run.tale());
            assert_eq!(run.violations(), Vec::<String>::new(), "{what}");
            assert_eq!(run.account.case(), Some(*end), "{what}");
            assert_eq!(run.account.is_changed(), *end == CaseStatus::Remediated, "{what}");
            let remediated = matches!(end, CaseStatus::Remediated | CaseStatus::Restored);
            assert_eq!(run.account.notified(), remediated && about == SECURITY_HUB, "{what}");
        }
    }
    Ok(())
}

/// An execution whose calls fail, one at a time and from one of them on. The calls before are the same in another.
struct Way {
    about: (&'static str, &'static str),
    mode: &'static str,
    live: Live,
    ruling: Ruling,
    people: Answers,
    intrusion: Option<(usize, Intrusion)>,
    lag: u64,
    from: usize,
}

impl Way {
    const STRAIGHT: Self = Self {
        about: CLOUDTRAIL,
        mode: "auto",
        live: BAD,
        ruling: Ruling::Proceed,
        people: &[],
        intrusion: None,
        lag: 0,
        from: 0,
    };

    /// Lets everything fail, and expects that this was not nothing.
    fn sweep(&self) -> Result<()> {
        let subject = Subject::read(self.about)?;
        let scene = Scene { ruling: self.ruling, lag: self.lag, live: self.live, ..subject.scene.clone() };
        let mut plan = Plan::quiet(self.people);
        plan.intrusions.extend(self.intrusion);
        let count = subject.sweep(self.mode, &scene, &plan, self.from)?;
        if count < 50 {
            return Err(trouble(format!("only {count} executions: the way is shorter than it should be")));
        }
        Ok(())
    }
}

#[test]
fn whatever_fails_until_it_is_undone() -> Result<()> {
    Way { people: &[("Undo", Person::Yes)], ..Way::STRAIGHT }.sweep()
}

#[test]
fn whatever_fails_around_an_approval() -> Result<()> {
    let people = &[("Remediate", Person::Yes)];
    Way { mode: "approve", ruling: Ruling::AskFirst, people, from: 3, ..Way::STRAIGHT }.sweep()?;
    Way { mode: "approve", people: &[("Remediate", Person::No)], from: 3, ..Way::STRAIGHT }.sweep()
}

/// Somebody changes the policy while a person thinks about it, and in the moment before it is changed.
#[test]
fn whatever_fails_while_somebody_edits() -> Result<()> {
    let people = &[("Remediate", Person::Yes)];
    for intrusion in [Intrusion::Edit, Intrusion::Disarm, Intrusion::Delete] {
        // The calls are: open, plan, tell, check, ask, check, record, remediate.
        for before in [5, 6, 7] {
            let intrusion = Some((before, intrusion));
            Way { mode: "approve", people, intrusion, from: before, ..Way::STRAIGHT }.sweep()?;
        }
    }
    Ok(())
}

#[test]
fn whatever_fails_while_it_is_put_back() -> Result<()> {
    // The seventh call, counted from 0, is the verification.
    let (people, from) = (&[("Undo", Person::No)], 5);
    for intrusion in [Intrusion::PutBack, Intrusion::Edit, Intrusion::Delete] {
        Way { people, intrusion: Some((6, intrusion)), from, ..Way::STRAIGHT }.sweep()?;
    }
    Ok(())
}

#[test]
fn whatever_fails_while_security_hub_lags() -> Result<()> {
    let about = SECURITY_HUB;
    Way { about, people: &[("Undo", Person::Yes)], lag: 3, ..Way::STRAIGHT }.sweep()?;
    Way { about, live: Live::Harmless, lag: 1, ..Way::STRAIGHT }.sweep()
}

#[test]
fn whatever_fails_where_nothing_is_changed() -> Result<()> {
    Way { ruling: Ruling::HandOver, from: 3, ..Way::STRAIGHT }.sweep()?;
    Way { live: Live::Harmless, ..Way::STRAIGHT }.sweep()?;
    Way { live: Live::Gone, ..Way::STRAIGHT }.sweep()?;
    Way { mode: "plan", from: 3, ..Way::STRAIGHT }.sweep()?;
    Way { about: SECURITY_HUB, mode: "enrich", lag: 1, from: 2, ..Way::STRAIGHT }.sweep()
}

/// A mistake that the definition could have: what it says instead of what, and how the law finds that out.
struct Mistake {
    says: &'static [(&'static str, &'static str)],
    mode: &'static str,
    people: Answers,
    intrusion: Option<(usize, Intrusion)>,
    /// From this call on the task fails with this error.
    fault: Option<(usize, &'static str, When)>,
    violation: &'static str,
}

const MISTAKES: &[Mistake] = &[
    // An approval that goes on to count after the policy was planned anew.
    Mistake {
        says: &[(", \"approved\": false, \"overruled\": []", "")],
        mode: "approve",
        people: &[("Remediate", Person::Yes)],
        intrusion: Some((5, Intrusion::Edit)),
        fault: None,
        violation: "otherwise than people were shown",
    },
    // A change that failed half-way is looked at and left as it is, and nobody hears of it.
    Mistake {
        says: &[
            ("${RestorePolicy}", "${VerifyRemediation}"),
            ("\"Next\": \"Tell people it failed\"\n    }", "\"Next\": \"Close the case\"\n    }"),
        ],
        mode: "auto",
        people: &[],
        intrusion: None,
        fault: Some((5, "Refused", When::After)),
        violation: "the resource is changed, and nobody was told",
    },
    // A service that sees a danger hears nothing of it that there is none.
    Mistake {
        says: &[("$plan.outcome = 'Safe' and $finding.source = 'CloudTrail'", "$plan.outcome != 'People'")],
        mode: "auto",
        people: &[],
        intrusion: None,
        fault: None,
        violation: "it succeeded as Safe, and nobody was told",
    },
];

#[test]
fn the_law_finds_mistakes() -> Result<()> {
    for (number, mistake) in MISTAKES.iter().enumerate() {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("laws/policy-mistake-{number}"));
        copy_with(mistake, &folder)?;
        let about = if mistake.violation.contains("Safe") { SECURITY_HUB } else { CLOUDTRAIL };
        let subject = Subject::read_from(&folder, about)?;
        let mut plan = Plan::quiet(mistake.people);
        plan.intrusions.extend(mistake.intrusion);
        if let Some((at, error, when)) = mistake.fault {
            let error = errors("remediate-policy").iter().position(|name| *name == error).unwrap_or_default();
            plan.faults.push(Fault { at, error, when, lasting: Lasting::ForGood });
        }
        let run = subject.run(mistake.mode, &subject.scene, &plan)?;
        let violations = run.violations().join("; ");
        let (says, tale) = (mistake.says, run.tale());
        assert!(violations.contains(mistake.violation), "{says:?} was not found out: {violations}\n{tale}");
    }
    Ok(())
}

/// Copies what is read of the workflow's folder, with the mistake in the definition.
fn copy_with(mistake: &Mistake, folder: &Path) -> Result<()> {
    let from = repository().join(FOLDER);
    let mut files = vec![DEFINITION.to_owned()];
    for (event, scenario) in [CLOUDTRAIL, SECURITY_HUB] {
        files.extend([format!("events/{event}.json"), format!("scenarios/{scenario}.json")]);
    }
    for rule in ["cloudtrail", "security-hub"] {
        files.push(format!("rules/{rule}.json"));
    }
    for file in files {
        let mut text = std::fs::read_to_string(from.join(&file))?;
        if file == DEFINITION {
            for (right, wrong) in mistake.says {
                if !text.contains(right) {
                    return Err(trouble(format!("the definition does not say `{right}` any more")));
                }
                text = text.replace(right, wrong);
            }
        }
        let file = folder.join(file);
        std::fs::create_dir_all(file.parent().unwrap_or(folder))?;
        std::fs::write(file, text)?;
    }
    Ok(())
}

fn fault() -> impl Strategy<Value = Fault> {
    let when = prop_oneof![Just(When::Before), Just(When::After)];
    let lasting = prop_oneof![3 => (1_usize..6).prop_map(Lasting::Times), 1 => Just(Lasting::ForGood)];
    (0_usize..24, 0_usize..40, when, lasting).prop_map(|(at, error, when, lasting)| Fault {
        at,
        error,
        when,
        lasting,
    })
}

fn intrusion() -> impl Strategy<Value = (usize, Intrusion)> {
    let intrusion = prop_oneof![
        4 => Just(Intrusion::PutBack),
        2 => Just(Intrusion::Edit),
        1 => Just(Intrusion::Disarm),
        1 => Just(Intrusion::Delete),
    ];
    (0_usize..20, intrusion)
}

fn person(asked: &'static str) -> impl Strategy<Value = (&'static str, Person)> {
    let person = prop_oneof![
        4 => Just(Person::Yes),
        2 => Just(Person::No),
        2 => Just(Person::Nobody),
        1 => Just(Person::YesByHand),
        1 => Just(Person::NoByHand),
    ];
    person.prop_map(move |person| (asked, person))
}

fn plan() -> impl Strategy<Value = Plan<Intrusion>> {
    let people = (person("Remediate"), person("Undo"));
    (prop::collection::vec(fault(), 2..5), prop::collection::vec(intrusion(), 0..4), people).prop_map(
        |(faults, intrusions, (remediate, undo))| Plan {
            faults,
            intrusions,
            people: BTreeMap::from([remediate, undo]),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_fails_together(
        of_the_hub in any::<bool>(),
        mode in prop_oneof![6 => Just("auto"), 3 => Just("approve"), 1 => Just("plan"), 1 => Just("enrich")],
        live in prop_oneof![8 => Just(BAD), 1 => Just(Live::Harmless), 1 => Just(Live::Gone)],
        ruling in prop_oneof![6 => Just(Ruling::Proceed), 2 => Just(Ruling::AskFirst), 1 => Just(Ruling::HandOver)],
        lag in prop_oneof![3 => Just(0_u64), 1 => 1_u64..12],
        plan in plan(),
    ) {
        let subject = if of_the_hub { &HUB } else { &TRAIL };
        let subject = subject.as_ref().map_err(|error| TestCaseError::fail(error.to_string()))?;
        let scene = Scene { ruling, lag, live, ..subject.scene.clone() };
        let run = subject.run(mode, &scene, &plan).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(run.violations(), Vec::<String>::new(), "\n{}", run.tale());
    }
}

/// The workflow, read once for all cases.
static TRAIL: LazyLock<Result<Subject>> = LazyLock::new(|| Subject::read(CLOUDTRAIL));
static HUB: LazyLock<Result<Subject>> = LazyLock::new(|| Subject::read(SECURITY_HUB));
