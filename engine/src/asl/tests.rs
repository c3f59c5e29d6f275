//! Definitions and every problem that they have: one file a case. `make golden` writes the problems anew.

use super::StateMachine;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::Path;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    comment: String,
    /// A definition, or its text where it is not JSON or has a key twice.
    definition: Value,
    /// `rule at pointer: AWS's words (ours)`, or `warning: ...`.
    problems: Option<Vec<String>>,
}

/// What an engine of yesterday took is brought to its end, although it is refused today.
#[test]
fn what_was_taken_before_is_still_a_machine() {
    let refused = r#"{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"},"B":{"Type":"Task","Next":"A",
        "Resource":"arn:aws:states:::aws-sdk:dynamodb:getItem","Parameters":{"TableNam":"t"}}}}"#;
    assert!(StateMachine::parse(refused).0.is_none());
    assert!(StateMachine::stored(refused).is_some());
    assert!(StateMachine::stored("{}").is_none());
    assert!(StateMachine::stored("[").is_none());
}

#[test]
fn every_problem_is_found_at_once() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/asl/cases");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        let mut case: Case = serde_json::from_str(&std::fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let text = case.definition.as_str().map_or_else(|| case.definition.to_string(), str::to_owned);
        let (machine, problems) = StateMachine::check(&text);
        let sound = problems.iter().all(|problem| problem.severity == super::Severity::Warning);
        assert_eq!(machine.is_some(), sound, "{}", file.display());
        let found: Vec<String> = problems.iter().map(line).collect();
        if std::env::var_os("GOLDEN").is_some() {
            case.problems = Some(found.clone());
            std::fs::write(&file, serde_json::to_string_pretty(&case).unwrap() + "\n").unwrap();
        }
        assert_eq!(case.problems, Some(found), "{}: {}", file.display(), case.comment);
        count += 1;
    }
    assert!(count > 20, "the cases are missing");
}

fn line(problem: &super::Problem) -> String {
    let rule = json!(problem.rule);
    let word = if problem.severity == super::Severity::Warning { "warning: " } else { "" };
    let hint = problem.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
    let said = match problem.severity {
        super::Severity::Error => problem.to_string(),
        super::Severity::Warning => problem.message.clone(),
    };
    format!("{word}{} at {}: {said}{hint}", rule.as_str().unwrap(), problem.pointer)
}

mod properties {
    use super::StateMachine;
    use proptest::prelude::*;

    proptest! {
        /// Whatever the text is, there is an answer.
        #[test]
        fn no_text_panics(text in "\\PC{0,200}") {
            let _ = StateMachine::parse(&text);
        }

        /// Whatever stands in the place of any field, there is an answer.
        #[test]
        fn no_value_panics(field in "StartAt|States|Type|Resource|Retry|Catch|Choices|Branches|Next|End|Seconds|Assign|Output|ItemProcessor", value in prop_oneof![Just("5"), Just("null"), Just("[]"), Just("{}"), Just("\"x\""), Just("\"{% %}\""), Just("[{}]"), Just("{\"a\":{\"a\":1}}")]) {
            for kind in ["Task", "Pass", "Choice", "Wait", "Parallel", "Map", "Succeed", "Fail"] {
                let _ = StateMachine::parse(&format!(r#"{{"QueryLanguage":"JSONata","StartAt":"A","{field}":{value},"States":{{"A":{{"Type":"{kind}","{field}":{value}}}}}}}"#));
            }
        }
    }
}
