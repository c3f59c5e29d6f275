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
    Case {
        deployed: &[("UndoSeconds", "600"), ("WatchSeconds", "3"), ("LookSeconds", "60")],
        input: || json!({ "watchSeconds": 300, "lookSeconds": 3600 }),
        like: &[("UndoSeconds", "600"), ("WatchSeconds", "3"), ("LookSeconds", "60")],
    },
    Case {
        deployed: &[("UndoSeconds", "600"), ("WatchSeconds", "60"), ("LookSeconds", "300")],
        input: || json!({ "watchSeconds": 2, "lookSeconds": 100 }),
        like: &[("UndoSeconds", "600"), ("WatchSeconds", "2"), ("LookSeconds", "100")],
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

/// The most looks that there can be, in the longest window, fit into a history: a longer one fails the execution, and then
/// nobody could take the change back. Source: Step Functions, "Service quotas", 25,000 events.
#[test]
fn the_longest_window_fits_into_a_history() -> Result<()> {
    // The responses share the definition.
    for changed in changing()?.into_iter().take(1) {
        let often = [("UndoSeconds", "2592000"), ("WatchSeconds", "300"), ("LookSeconds", "1")];
        let mut scenario = changed.scenario.clone();
        scenario.set.extend(often.map(|(name, value)| (name.to_owned(), value.to_owned())));
        for failing in [false, true] {
            if failing {
                let throttled = json!({ "fail": { "error": "Throttled", "cause": "slow down" } });
                scenario.tasks.insert("Verify it meanwhile".to_owned(), serde_json::from_value(throttled)?);
                let told = scenario.tasks.get("Tell people it is changed").cloned();
                scenario.tasks.extend(told.map(|told| ("Tell people it does not hold".to_owned(), told)));
            }
            let run = changed.run_as(&scenario)?;
            let looks = run.calls.iter().filter(|call| call.state == "Verify it meanwhile").count();
            assert_eq!(run.outcome.status, "SUCCEEDED", "{}: {:?}", changed.name, run.outcome);
            assert!(looks > 700, "{}: {looks} looks", changed.name);
            assert!(run.history.len() < 25_000, "{}: {} events", changed.name, run.history.len());
            println!("{}: {looks} looks in 30 days, {} events", changed.name, run.history.len());
        }
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
