//! What the pages show: what is wrong is found, as that and as nothing else, and nothing is found in what is right.

use super::{PAGES, pages};
use crate::asl::{Problem, StateMachine};
use serde_json::{Value, json};
use std::path::Path;

/// The JSON behind a heading.
fn example(page: &str, heading: &str) -> Value {
    let (_, behind) = page.split_once(&format!("\n## {heading}\n")).unwrap_or_else(|| panic!("{heading}"));
    let (_, block) = behind.split_once("```json\n").unwrap();
    serde_json::from_str(block.split_once("```").unwrap().0).unwrap()
}

fn problems(definition: &Value) -> Vec<Problem> {
    StateMachine::check(&definition.to_string()).1
}

#[test]
fn what_a_page_shows_is_what_its_rule_finds() {
    for (rule, page) in PAGES {
        assert!(page.text.starts_with(&format!("# {}\n", page.id)), "{}", page.id);
        let wrong = problems(&example(page.text, "Wrong"));
        assert!(!wrong.is_empty(), "{} finds nothing", page.id);
        for problem in &wrong {
            assert_eq!(problem.rule, *rule, "{}: {problem}", page.id);
        }
        let right = problems(&example(page.text, "Right"));
        assert!(right.is_empty(), "{}: {right:?}", page.id);
    }
}

#[test]
fn every_page_is_that_of_a_rule_and_every_warning_has_one() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/asl/warnings");
    let mut files: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".md").map(str::to_owned))
        .collect();
    files.sort();
    let ids: Vec<&str> = pages().map(|page| page.id).collect();
    assert_eq!(files, ids);
    for (rule, page) in PAGES {
        assert_eq!(json!(rule), page.id);
        assert_eq!(rule.page(), Some(page));
        assert!(folder.join(format!("{}.md", page.id)).ends_with(page.path()), "{}", page.path());
    }
    for case in std::fs::read_dir(folder.join("../cases")).unwrap() {
        let case: Value =
            serde_json::from_str(&std::fs::read_to_string(case.unwrap().path()).unwrap()).unwrap();
        for warning in
            problems(&case["definition"]).iter().filter(|it| it.severity == super::super::Severity::Warning)
        {
            assert!(warning.rule.page().is_some(), "{warning}");
        }
    }
}
