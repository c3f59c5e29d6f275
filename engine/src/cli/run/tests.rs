//! Runs as people see them: machines, how their calls end, and the trees that are shown, one file a case.
//! `make golden` writes the trees anew.

use super::super::report::Report;
use super::super::show;
use super::{Visit, visits};
use crate::asl::StateMachine;
use crate::execution::About;
use crate::simulation::{Call, Ends, Simulation, World};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    comment: String,
    definition: Value,
    input: Value,
    /// How the calls end, in the order in which they are made: what they return, or an error and its cause.
    calls: VecDeque<Ending>,
    /// What `redress show` prints, and with `--full`.
    tree: Option<Vec<String>>,
    full: Option<Vec<String>>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Ending {
    Return(Value),
    Fail(String, String),
}

impl World for VecDeque<Ending> {
    type Error = Infallible;

    fn call(&mut self, _: &Call) -> Result<Option<Ends>, Infallible> {
        let end = |ending| match ending {
            Ending::Return(value) => Ends { after: 120, with: Ok(value) },
            Ending::Fail(error, cause) => Ends { after: 40, with: Err((error, cause)) },
        };
        Ok(self.pop_front().map(end))
    }

    /// Nobody answers: the question stays.
    fn answer(&mut self, _: &Call) -> Result<Option<Ends>, Infallible> {
        Ok(None)
    }
}

#[test]
fn runs_are_shown_as_trees() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/cli/run/cases");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let mut case: Case = serde_json::from_str(&std::fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let history = history(&case);
        let visits = visits(&history);
        // One that prints JSON has no colours.
        let report = Report::new(true);
        let lines = |full| -> Vec<String> {
            show::tree(&report, &visits, full).iter().map(|line| report.harmless(line)).collect()
        };
        if std::env::var_os("GOLDEN").is_some() {
            (case.tree, case.full) = (Some(lines(false)), Some(lines(true)));
            std::fs::write(&file, serde_json::to_string_pretty(&case).unwrap() + "\n").unwrap();
        }
        let text = |lines: Option<Vec<String>>| lines.unwrap_or_default().join("\n");
        assert_eq!(text(case.tree), text(Some(lines(false))), "{}: {}", file.display(), case.comment);
        assert_eq!(text(case.full), text(Some(lines(true))), "{} --full: {}", file.display(), case.comment);
        count += 1;
    }
    assert!(count >= 5, "the cases are missing");
}

/// The history of a run, as GetExecutionHistory answers it, until nothing more happens.
fn history(case: &Case) -> Vec<Value> {
    let (machine, problems) = StateMachine::parse(&case.definition.to_string());
    let machine = Arc::new(machine.unwrap_or_else(|| panic!("{}: {problems:?}", case.comment)));
    let about = About {
        arn: "arn:aws:states:us-east-1:123456789012:execution:machine:test".parse().unwrap(),
        name: "test".to_owned(),
        machine_arn: "arn:aws:states:us-east-1:123456789012:stateMachine:machine".parse().unwrap(),
        machine_name: "machine".to_owned(),
        role_arn: "arn:aws:iam::123456789012:role/test".to_owned(),
        region: "us-east-1".to_owned(),
        input: case.input.to_string().into(),
        seed: [1; 32],
    };
    let now = Timestamp::from_second(1_767_225_600).unwrap();
    let mut world = Simulation::start(about, machine, now, case.calls.clone()).unwrap();
    while world.step().unwrap() {}
    world.history().iter().map(|event| event.to_aws(true)).collect()
}

#[test]
fn nothing_that_a_terminal_obeys_gets_through() {
    let report = Report::new(true);
    for (hostile, harmless) in [
        ("plain, \u{e9}\u{4e2d}", "plain, \u{e9}\u{4e2d}"),
        ("\u{1b}[2J\u{1b}]0;title\u{7}", "\\u{1b}[2J\\u{1b}]0;title\\u{7}"),
        ("\u{1b}[32mgreen\u{1b}[0m", "\\u{1b}[32mgreen\\u{1b}[0m"),
        ("a\r\nb\tc", "a\\r\\nb\\tc"),
        ("\u{9b}31m \u{85} \u{7f}", "\\u{9b}31m \\u{85} \\u{7f}"),
        ("abc\u{202e}def\u{2069}", "abc\\u{202e}def\\u{2069}"),
    ] {
        assert_eq!(report.harmless(hostile), harmless);
    }
}

#[test]
fn a_question_names_what_it_is_about() {
    let output = json!({ "Payload": { "approvalId": "a", "question": "undo", "expiresAt": "later" } });
    let finding = json!({ "target": { "what": "the role web" } });
    let recorded = json!({ "kind": "Undo", "recorded": { "what": "the policy admin of the role web" } });
    for (payload, subject) in [
        (json!({ "finding": finding, "question": recorded }), "the policy admin of the role web"),
        (json!({ "finding": finding, "question": { "kind": "Change" } }), "the role web"),
        (json!({}), ""),
    ] {
        let call = json!({ "Payload": payload });
        assert_eq!(super::question(&output, Some(&call)).unwrap().subject, subject);
    }
}

/// The latest state that says what it was about counts, and one that passes its input on does not.
#[test]
fn a_run_says_what_it_was_about() {
    let visit = |input: Value, output: Value| Visit { input, output, ..Visit::default() };
    let changed = json!({ "what": "the role web" });
    let visits = [
        visit(Value::Null, json!({ "what": "a finding" })),
        visit(Value::Null, changed.clone()),
        visit(changed.clone(), changed),
        visit(Value::Null, json!({ "what": "" })),
        visit(Value::Null, json!({ "what": { "no": "text" } })),
    ];
    let what: Vec<Option<&str>> = visits.iter().map(Visit::what).collect();
    assert_eq!(what, [Some("a finding"), Some("the role web"), None, None, None]);
}
