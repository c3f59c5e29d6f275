//! The first law over `statemachines/credential-exfiltration`.

use crate::fault::{Fault, Lasting, Plan, When, errors};
use crate::law::{Account, Person, Run, run, sweep};
use crate::leaked_role::{Intrusion, LeakedRole, Scene};
use contract::CaseStatus;
use contract::tasks::check_guardrails::Ruling;
use engine::events::input::Delivery;
use engine::workflow::{DEFINITION, Functions, Place, Workflow};
use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;
use tests::{Result, Trouble, repository};

const FOLDER: &str = "statemachines/credential-exfiltration";

/// The workflow, with what its executions start from.
struct Subject {
    workflow: Workflow,
    input: Value,
    scene: Scene,
}

impl Subject {
    fn read() -> Result<Self> {
        Self::read_from(&repository().join(FOLDER))
    }

    fn read_from(folder: &Path) -> Result<Self> {
        let functions = Functions::read(&repository().join("tasks/manifest.json")).map_err(trouble)?;
        let workflow =
            Workflow::read(folder, &functions, &Place::example(), &BTreeMap::new()).map_err(trouble)?;
        let event = json_file(&folder.join("events/outside.json"))?;
        let rule = workflow.rule_for(&event).ok_or_else(|| trouble("no rule takes the event"))?;
        let target = rule.targets.first().ok_or_else(|| trouble("the rule has no target"))?;
        let delivery = Delivery { rule_arn: "", rule_name: &rule.name, ingested: Timestamp::UNIX_EPOCH };
        let input = target.input_of(&event, &delivery).map_err(trouble)?;
        // The scenario says what the tasks find out about the same event.
        let scenario = json_file(&folder.join("scenarios/contained.json"))?;
        let found = |pointer: &str| {
            scenario
                .pointer(pointer)
                .cloned()
                .ok_or_else(|| trouble(format!("the scenario has no `{pointer}`")))
        };
        let scene = Scene {
            finding: serde_json::from_value(found("/tasks/Open the case/return/finding")?)?,
            context: serde_json::from_value(found("/tasks/Enrich the finding/return")?)?,
            ruling: Ruling::Proceed,
            lag: 0,
        };
        Ok(Self { workflow, input, scene })
    }

    fn run(&self, mode: &str, scene: &Scene, plan: &Plan<Intrusion>) -> Result<Run<LeakedRole>> {
        run(&self.workflow, &self.input(mode), &LeakedRole::new(scene.clone()), plan)
    }

    fn sweep(&self, mode: &str, scene: &Scene, plan: &Plan<Intrusion>, from: usize) -> Result<usize> {
        sweep(&self.workflow, &self.input(mode), &LeakedRole::new(scene.clone()), plan, from)
    }

    fn input(&self, mode: &str) -> Value {
        let mut input = self.input.clone();
        if let Some(fields) = input.as_object_mut() {
            fields.insert("mode".to_owned(), Value::from(mode));
        }
        input
    }
}

fn trouble(error: impl std::fmt::Display) -> Trouble {
    Trouble(error.to_string())
}

fn json_file(path: &Path) -> Result<Value> {
    Ok(serde_json::from_str(&std::fs::read_to_string(path)?)?)
}

/// People's answers to questions, by their kind.
type Answers = &'static [(&'static str, Person)];

/// Modes, the guardrails' ruling, people's answers, and how it ends if nothing goes wrong.
const ENDS: &[(&str, Ruling, Answers, CaseStatus)] = &[
    ("auto", Ruling::Proceed, &[("Undo", Person::Yes)], CaseStatus::Restored),
    ("auto", Ruling::Proceed, &[("Undo", Person::No)], CaseStatus::Contained),
    ("auto", Ruling::Proceed, &[], CaseStatus::Contained),
    ("auto", Ruling::AskFirst, &[("Contain", Person::Yes)], CaseStatus::Contained),
    ("auto", Ruling::HandOver, &[], CaseStatus::HandedOver),
    ("approve", Ruling::Proceed, &[("Contain", Person::Yes), ("Undo", Person::Yes)], CaseStatus::Restored),
    ("approve", Ruling::Proceed, &[("Contain", Person::No)], CaseStatus::Denied),
    ("approve", Ruling::Proceed, &[], CaseStatus::HandedOver),
    ("plan", Ruling::Proceed, &[], CaseStatus::Planned),
    ("enrich", Ruling::Proceed, &[], CaseStatus::Enriched),
];

#[test]
fn without_faults_it_ends_as_it_should() -> Result<()> {
    let subject = Subject::read()?;
    for (mode, ruling, people, end) in ENDS {
        let scene = Scene { ruling: *ruling, ..subject.scene.clone() };
        let run = subject.run(mode, &scene, &Plan::quiet(people))?;
        assert_eq!(run.violations(), Vec::<String>::new(), "{mode} {ruling:?} {people:?}\n{}", run.tale());
        assert_eq!(run.account.case(), Some(*end), "{mode} {ruling:?} {people:?}\n{}", run.tale());
        assert_eq!(run.account.is_changed(), *end == CaseStatus::Contained, "{mode} {ruling:?} {people:?}");
        let contained = matches!(end, CaseStatus::Contained | CaseStatus::Restored);
        assert_eq!(run.account.notified(), contained, "{mode} {ruling:?} {people:?}");
    }
    Ok(())
}

/// An execution whose calls fail, one at a time and from one of them on. The calls before are the same in another.
struct Way {
    mode: &'static str,
    ruling: Ruling,
    people: Answers,
    intrusion: Option<(usize, Intrusion)>,
    lag: u64,
    from: usize,
}

impl Way {
    const STRAIGHT: Self =
        Self { mode: "auto", ruling: Ruling::Proceed, people: &[], intrusion: None, lag: 0, from: 0 };

    /// Lets everything fail, and expects that this was not nothing.
    fn sweep(&self) -> Result<()> {
        let subject = Subject::read()?;
        let scene = Scene { ruling: self.ruling, lag: self.lag, ..subject.scene.clone() };
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
    let people = &[("Contain", Person::Yes)];
    Way { mode: "approve", ruling: Ruling::AskFirst, people, from: 4, ..Way::STRAIGHT }.sweep()?;
    Way { mode: "approve", people: &[("Contain", Person::No)], from: 4, ..Way::STRAIGHT }.sweep()
}

#[test]
fn whatever_fails_while_somebody_fights_back() -> Result<()> {
    // The seventh call is the containment: the policy is taken off before it is verified.
    let intrusion = Some((7, Intrusion::Detach));
    Way { people: &[("Undo", Person::No)], intrusion, from: 7, ..Way::STRAIGHT }.sweep()
}

#[test]
fn whatever_fails_while_security_hub_lags() -> Result<()> {
    Way { people: &[("Undo", Person::Yes)], lag: 3, from: 8, ..Way::STRAIGHT }.sweep()
}

#[test]
fn whatever_fails_where_nothing_is_changed() -> Result<()> {
    Way { ruling: Ruling::HandOver, from: 4, ..Way::STRAIGHT }.sweep()?;
    Way { mode: "plan", lag: 1, from: 4, ..Way::STRAIGHT }.sweep()?;
    Way { mode: "enrich", lag: 1, from: 3, ..Way::STRAIGHT }.sweep()
}

/// A mistake that a definition could have: what it says instead of what, and how the law finds that out.
struct Mistake {
    says: &'static [(&'static str, &'static str)],
    mode: &'static str,
    /// From this call on the task fails with this error.
    fault: Option<(usize, &'static str, When)>,
    violation: &'static str,
}

const MISTAKES: &[Mistake] = &[
    Mistake {
        says: &[("{% true %}", "{% $verified %}")],
        mode: "auto",
        fault: Some((7, "AccessDenied", When::Before)),
        violation: "NOTIFIED was set, and nobody had verified",
    },
    Mistake {
        says: &[
            ("${VerifyContainment}", "${RestoreRole}"),
            ("\"Next\": \"Close the case\"\n    }", "\"Next\": \"Tell people it failed\"\n    }"),
        ],
        mode: "auto",
        fault: Some((6, "RoleChanged", When::After)),
        violation: "the resource is changed, and nobody was told",
    },
    Mistake {
        says: &[("{% false %}\", \"Next\"", "{% $trouble != null %}\", \"Next\"")],
        mode: "plan",
        fault: Some((5, "AccessDenied", When::Before)),
        violation: "it succeeded as Failed, and nobody was told",
    },
    Mistake {
        says: &[("true or (", "($approved and ")],
        mode: "approve",
        fault: None,
        violation: "was contained, and nobody had allowed that",
    },
    Mistake {
        says: &[("", "\"TimeoutSeconds\": \"{% $settings.undoSeconds %}\",")],
        mode: "auto",
        fault: None,
        violation: "it is TIMED_OUT at the end",
    },
    Mistake {
        says: &[(
            "{\"end\": \"Restored\", \"reason\": \"nobody",
            "{\"end\": \"Contained\", \"reason\": \"nobody",
        )],
        mode: "auto",
        fault: None,
        violation: "it succeeded as Restored, and that is not so",
    },
];

#[test]
fn the_law_finds_mistakes() -> Result<()> {
    for (number, mistake) in MISTAKES.iter().enumerate() {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("laws/mistake-{number}"));
        copy_with(mistake, &folder)?;
        let subject = Subject::read_from(&folder)?;
        let mut plan = Plan::quiet(&[]);
        let quiet = subject.run(mistake.mode, &subject.scene, &plan)?;
        if let Some((at, error, when)) = mistake.fault {
            let task = quiet.made.get(at).map(|made| made.task.clone()).unwrap_or_default();
            let error = errors(&task).iter().position(|name| *name == error).unwrap_or_default();
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
    for file in [DEFINITION, "rule.json", "events/outside.json", "scenarios/contained.json"] {
        let mut text = std::fs::read_to_string(from.join(file))?;
        if file == DEFINITION {
            for (wrong, right) in mistake.says {
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
        4 => Just(Intrusion::Detach),
        2 => Just(Intrusion::Rewrite),
        2 => Just(Intrusion::AddPolicy),
        1 => Just(Intrusion::Recreate),
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
    let people = (person("Contain"), person("Undo"));
    (prop::collection::vec(fault(), 2..5), prop::collection::vec(intrusion(), 0..4), people).prop_map(
        |(faults, intrusions, (contain, undo))| Plan {
            faults,
            intrusions,
            people: BTreeMap::from([contain, undo]),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_fails_together(
        mode in prop_oneof![6 => Just("auto"), 3 => Just("approve"), 1 => Just("plan"), 1 => Just("enrich")],
        ruling in prop_oneof![6 => Just(Ruling::Proceed), 2 => Just(Ruling::AskFirst), 1 => Just(Ruling::HandOver)],
        lag in prop_oneof![3 => Just(0_u64), 1 => 1_u64..12],
        plan in plan(),
    ) {
        let subject = SUBJECT.as_ref().map_err(|error| TestCaseError::fail(error.to_string()))?;
        let scene = Scene { ruling, lag, ..subject.scene.clone() };
        let run = subject.run(mode, &scene, &plan).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(run.violations(), Vec::<String>::new(), "\n{}", run.tale());
    }
}

/// The workflow, read once for all cases.
static SUBJECT: LazyLock<Result<Subject>> = LazyLock::new(Subject::read);
