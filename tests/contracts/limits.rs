//! Mode and windows come from the deployment. The input of an execution can lower them, and never raise them.

use crate::subjects::{ScenarioCase, all, declaration};
use engine::scenario::{Run, Scenario};
use serde_json::{Value, json};
use tests::{Result, Trouble};

const ACCOUNT: &str = "123456789012";

/// A deployment, a direct input beside the event, and the deployment that does the same with the event alone.
#[derive(Clone, Copy)]
struct Case {
    deployed: &'static [(&'static str, &'static str)],
    input: fn() -> Value,
    like: &'static [(&'static str, &'static str)],
}

const CASES: &[Case] = &[
    Case { deployed: &[("Mode", "plan")], input: || json!({ "mode": "auto" }), like: &[("Mode", "plan")] },
    Case {
        deployed: &[("Mode", "enrich")],
        input: || json!({ "mode": "auto" }),
        like: &[("Mode", "enrich")],
    },
    Case { deployed: &[("Mode", "auto")], input: || json!({ "mode": "plan" }), like: &[("Mode", "plan")] },
    Case {
        deployed: &[("Mode", "auto")],
        input: || json!({ "mode": "enrich" }),
        like: &[("Mode", "enrich")],
    },
    Case { deployed: &[("Mode", "auto")], input: || json!({}), like: &[("Mode", "auto")] },
    Case {
        deployed: &[("Mode", "auto"), ("Modes", r#"{"123456789012": "plan"}"#)],
        input: || json!({ "mode": "auto" }),
        like: &[("Mode", "plan")],
    },
    Case {
        deployed: &[("Mode", "plan"), ("Modes", r#"{"123456789012": "auto"}"#)],
        input: || json!({}),
        like: &[("Mode", "auto")],
    },
    Case {
        deployed: &[("Mode", "plan"), ("Modes", r#"{"123456789012": "auto"}"#)],
        input: || json!({ "mode": "plan" }),
        like: &[("Mode", "plan")],
    },
    Case {
        deployed: &[("Mode", "plan"), ("Modes", r#"{"210987654321": "auto"}"#)],
        input: || json!({}),
        like: &[("Mode", "plan")],
    },
    Case {
        deployed: &[("UndoSeconds", "600"), ("UndoReminderSeconds", "0"), ("SettleSeconds", "10")],
        input: || json!({ "undoSeconds": 2_592_000, "settleSeconds": 60, "undoReminderSeconds": 60 }),
        like: &[("UndoSeconds", "600"), ("UndoReminderSeconds", "0"), ("SettleSeconds", "10")],
    },
    Case {
        deployed: &[("UndoSeconds", "600"), ("SettleSeconds", "10")],
        input: || json!({ "undoSeconds": 60, "settleSeconds": 5 }),
        like: &[("UndoSeconds", "60"), ("SettleSeconds", "5")],
    },
    // Whatever is below every window is the shortest that there is: a state with no time at all would fail.
    Case {
        deployed: &[("UndoSeconds", "600"), ("SettleSeconds", "10")],
        input: || json!({ "undoSeconds": -5, "settleSeconds": -1 }),
        like: &[("UndoSeconds", "1"), ("SettleSeconds", "0")],
    },
    Case {
        deployed: &[("UndoSeconds", "600")],
        input: || json!({ "undoSeconds": 0.5 }),
        like: &[("UndoSeconds", "1")],
    },
];

#[test]
fn an_input_lowers_the_limits_of_the_deployment_and_never_raises_them() -> Result<()> {
    let mut wrong = Vec::new();
    for changed in changing()? {
        for case in CASES {
            let direct = started(changed, case.deployed, &(case.input)())?;
            let like = started(changed, case.like, &json!({}))?;
            let differences = like.outcome.differences(&direct.outcome);
            let what = format!("{}: {:?} with {}", changed.name, case.deployed, (case.input)());
            wrong.extend(differences.iter().map(|difference| format!("{what}: {difference}")));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// The window of a question cannot be made longer either.
#[test]
fn an_input_cannot_keep_a_question_open_for_longer() -> Result<()> {
    for changed in changing()? {
        let unanswered = |set: &[(&str, &str)], input: &Value| {
            let mut scenario = deployed(changed, set, input)?;
            scenario.answers.clear();
            changed.run_as(&scenario).map(|run| run.outcome)
        };
        let set = [("Mode", "approve"), ("ApprovalSeconds", "60"), ("ApprovalReminderSeconds", "0")];
        let alone = unanswered(&set, &json!({}))?;
        let direct =
            unanswered(&set, &json!({ "approvalSeconds": 86_400, "approvalReminderSeconds": 43_200 }))?;
        assert_eq!(alone.differences(&direct), Vec::<String>::new(), "{}", changed.name);
    }
    Ok(())
}

#[test]
fn a_mode_that_does_not_exist_is_refused_before_anything_is_done() -> Result<()> {
    for changed in changing()? {
        for (set, input) in [
            (vec![("Mode", "auto")], json!({ "mode": "everything" })),
            (vec![("Mode", "auto")], json!({ "mode": null })),
            (vec![("Mode", "auto")], json!({ "mode": ["auto"] })),
        ] {
            let run = started(changed, &set, &input)?;
            let call = run.calls.first().ok_or_else(|| Trouble("nothing was called".to_owned()))?;
            let taken = (declaration(&call.function)?.takes)(call.payload.clone());
            assert!(taken.is_err(), "{} takes {input}", changed.name);
        }
    }
    Ok(())
}

/// The scenario of each response in which the change is made and stays.
fn changing() -> Result<Vec<&'static ScenarioCase>> {
    let scenarios = all()?.iter().flat_map(|subject| &subject.scenarios);
    let found: Vec<&ScenarioCase> = scenarios.filter(|case| case.name.ends_with(": shape/changed")).collect();
    assert!(found.len() >= 3, "the responses that change something have lost their scenario");
    Ok(found)
}

fn started(case: &ScenarioCase, set: &[(&str, &str)], input: &Value) -> Result<Run> {
    case.run_as(&deployed(case, set, input)?)
}

/// The scenario in another deployment, started directly with members beside the event.
fn deployed(case: &ScenarioCase, set: &[(&str, &str)], input: &Value) -> Result<Scenario> {
    let mut scenario = case.scenario.clone();
    scenario.set.extend(set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    scenario.event = None;
    // Whatever the mode, every task has an outcome.
    for other in all()?.iter().flat_map(|subject| &subject.scenarios).filter(|other| other.is_of(case)) {
        for (state, outcomes) in &other.scenario.tasks {
            scenario.tasks.entry(state.clone()).or_insert_with(|| outcomes.clone());
        }
    }
    let mut whole = json!({ "event": { "account": ACCOUNT } });
    if let (Some(whole), Some(members)) = (whole.as_object_mut(), input.as_object()) {
        whole.extend(members.clone());
    }
    scenario.input = Some(whole);
    Ok(scenario)
}
