//! Every known way to more is found in every form in which a policy can be written: plain, with the service that the
//! role is passed to, with the resources as patterns, with wildcards in the actions, and split over statements.

use super::cases::{assert_witnesses, known};
use super::knowledge::knowledge;
use super::{Document, Severity, identity};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The services to which a role is passed, by the service of the action that takes it.
const PASSED_TO: &[(&str, &str)] = &[
    ("ec2", "ec2.amazonaws.com"),
    ("autoscaling", "ec2.amazonaws.com"),
    ("ecs", "ecs-tasks.amazonaws.com"),
    ("apprunner", "tasks.apprunner.amazonaws.com"),
    ("datapipeline", "datapipeline.amazonaws.com"),
];

/// The actions of a way, and whether it is found.
struct Way {
    name: String,
    needs: Vec<String>,
    services: Vec<String>,
}

/// The resources of an action as patterns that stand for all of them.
fn patterns(action: &str) -> Vec<String> {
    let shape = knowledge().unwrap().requests.find(&action.to_ascii_lowercase());
    let types = shape.map(|shape| shape.types.as_slice()).unwrap_or_default();
    let mut all: Vec<String> =
        types.iter().map(|kind| kind.format.arn("aws", "*", "123456789012", "*")).collect();
    if all.is_empty() {
        all.push("*".to_owned());
    }
    all
}

/// The action in another spelling that stands for the same: in capitals, with a star or question marks at its end.
fn spelled(action: &str, how: usize) -> String {
    let (service, name) = action.split_once(':').unwrap();
    match how % 3 {
        0 => format!("{}:{}*", service.to_uppercase(), &name[..name.len() - 1]),
        1 => format!("{service}:{}??", &name[..name.len() - 2]),
        _ => format!("{service}:*{}", &name[1..]),
    }
}

fn statement(actions: Value, resources: Value, services: Option<&[String]>) -> Value {
    let mut statement = json!({ "Effect": "Allow", "Action": actions, "Resource": resources });
    if let Some(services) = services {
        statement["Condition"] = json!({ "StringEquals": { "iam:PassedToService": services } });
    }
    statement
}

fn forms(way: &Way) -> Vec<(&'static str, Value)> {
    let passes = |action: &String| action == "iam:PassRole";
    let condition = |action: &String| passes(action).then_some(way.services.as_slice());
    let each = |write: &dyn Fn(usize, &String) -> Value| -> Value {
        way.needs.iter().enumerate().map(|(at, action)| write(at, action)).collect()
    };
    let mut forms = vec![
        ("plain", json!([statement(json!(way.needs), json!("*"), None)])),
        ("split", each(&|_, action| statement(json!(action), json!("*"), None))),
        ("patterns", each(&|_, action| statement(json!([action]), json!(patterns(action)), None))),
        ("wildcards", each(&|at, action| statement(json!(spelled(action, at)), json!("*"), None))),
        (
            "all at once",
            each(&|at, action| {
                statement(json!([spelled(action, at)]), json!(patterns(action)), condition(action))
            }),
        ),
    ];
    if way.needs.iter().any(passes) {
        forms.push(("passed to", each(&|_, action| statement(json!(action), json!("*"), condition(action)))));
    }
    forms
}

/// The dangers of each form: none where a way is not found in it.
fn missing(way: &Way, is_found: &dyn Fn(&str, Severity) -> bool) -> Vec<String> {
    let mut missing = Vec::new();
    for (form, statements) in forms(way) {
        let document =
            Document::from_value(json!({ "Version": "2012-10-17", "Statement": statements })).unwrap();
        let dangers = identity(&document, &known()).unwrap();
        assert_witnesses(&document, &dangers);
        if !dangers.iter().any(|danger| is_found(&danger.kind, danger.severity)) {
            let found: Vec<&str> = dangers.iter().map(|danger| danger.kind.as_str()).collect();
            missing.push(format!("{} {form}: {found:?} of {:#}", way.name, document.to_value()));
        }
    }
    missing
}

#[test]
fn every_path_is_found_in_every_form() {
    let known_ways = &knowledge().unwrap().escalations;
    let mut lost = Vec::new();
    for path in &known_ways.paths {
        let kind = format!("escalation-{}", path.id);
        let way = Way { name: kind.clone(), needs: path.needs.clone(), services: path.services.clone() };
        lost.extend(missing(&way, &|found, severity| found == kind && severity == path.severity));
    }
    for taker in &known_ways.takers {
        for action in &taker.actions {
            let needs = vec!["iam:PassRole".to_owned(), action.clone()];
            let name = format!("{} {action}", taker.id);
            let way = Way { name, needs, services: taker.services.clone() };
            lost.extend(missing(&way, &|found, _| found.starts_with("escalation-pass-role-to-")));
        }
    }
    assert!(lost.is_empty(), "{} are not found:\n{}", lost.len(), lost.join("\n"));
}

/// The list of pathfinding.cloud that lies beside the repository.
#[test]
fn every_path_of_pathfinding_is_found_in_every_form() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let file = here
        .ancestors()
        .map(|folder| folder.join("shared/field/pathfinding.json"))
        .find(|file| file.exists());
    let Some(file) = file else {
        eprintln!("SKIPPED: there is no shared/field/pathfinding.json beside the repository");
        return;
    };
    let list: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut lost = Vec::new();
    let paths = list["paths"].as_array().unwrap();
    for path in paths {
        let needs: Vec<String> = serde_json::from_value(path["required"].clone()).unwrap();
        let taking = needs.iter().rfind(|action| !action.starts_with("iam:")).cloned().unwrap_or_default();
        let service = taking.split(':').next().unwrap_or_default();
        let passed = PASSED_TO.iter().find(|(prefix, _)| *prefix == service);
        let passed = passed.map_or(format!("{service}.amazonaws.com"), |(_, name)| (*name).to_owned());
        let name = path["id"].as_str().unwrap().to_owned();
        let way = Way { name, needs, services: vec![passed] };
        lost.extend(missing(&way, &|kind, _| {
            kind.starts_with("escalation-") || kind == "assume-any-role" || kind == "whole-iam"
        }));
    }
    assert!(paths.len() >= 65 && lost.is_empty(), "{} are not found:\n{}", lost.len(), lost.join("\n"));
}
