use super::*;
use crate::workflow::tests::House;
use serde_json::json;

/// A response `roles` with samples, and a response `policies` with others.
fn house() -> House {
    let house = House::new();
    let response = json!({"title": "A policy", "shape": "change", "kind": "policy"});
    house.response("policies", &response);
    for (name, role) in [("roles", "web"), ("policies", "admin")] {
        let samples = json!({
            "event": "../events/seen.json",
            "finding": {"id": "f1", "count": 2, "target": {"what": format!("the role {role}")}},
            "found": [{"name": role}]
        });
        house.write(&format!("{name}/samples.json"), &samples);
    }
    house
}

fn scenario_of(house: &House, response: &str, file: &str) -> Result<Scenario, String> {
    let workflow = house.read(response).unwrap();
    let folder = house.path("").display().to_string();
    read(&workflow, &house.path(file)).map_err(|error| error.to_string().replace(&folder, ""))
}

/// What the one call returns in a scenario of `roles`.
fn returned(house: &House, returns: Value) -> Result<Value, String> {
    let tasks = json!({"Look at it": {"return": returns}});
    house.write("roles/scenarios/s.json", &json!({"comment": "c", "input": {}, "tasks": tasks}));
    let scenario = scenario_of(house, "roles", "roles/scenarios/s.json")?;
    match &scenario.tasks["Look at it"].iter().next().unwrap().ending {
        Ending::Return(value) => Ok(value.clone()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn references_are_the_samples_of_the_response() {
    let house = house();
    for (written, filled) in [
        (json!("${finding.count}"), json!(2)),
        (json!("${finding.target}"), json!({"what": "the role web"})),
        (json!("${found.0.name}"), json!("web")),
        (json!("${finding.id}: ${finding.target.what}, ${finding.count}"), json!("f1: the role web, 2")),
        (json!({"a": ["${finding.id}"]}), json!({"a": ["f1"]})),
        (json!({"${finding.target}": {"id": "${finding.id}"}}), json!({"what": "the role web", "id": "f1"})),
        (json!({"${finding.target}": {"what": null}}), json!({"what": null})),
        (json!("${aws:username} $x ${"), json!("${aws:username} $x ${")),
        (json!([1, true, null]), json!([1, true, null])),
    ] {
        assert_eq!(returned(&house, written.clone()), Ok(filled), "{written}");
    }
}

#[test]
fn a_reference_to_nothing_is_an_error() {
    let house = house();
    let at = |reference: &str, why: &str| {
        format!("`roles/scenarios/s.json` refers to `${{{reference}}}`, and {why} in `roles/samples.json`")
    };
    let merge = "an object replaces members of a sample only if both are objects and the reference is its only member";
    for (written, error) in [
        (json!("${finding.name}"), at("finding.name", "there is no such sample")),
        (json!("a ${looked} b"), at("looked", "there is no such sample")),
        (json!("a ${finding} b"), at("finding", "it is no text that could be part of a longer one")),
        (json!({"${finding}": 1}), at("finding", merge)),
        (json!({"${finding.id}": {}}), at("finding.id", merge)),
        (json!({"${finding}": {}, "more": 1}), at("finding", merge)),
    ] {
        assert_eq!(returned(&house, written.clone()), Err(error), "{written}");
    }
    std::fs::remove_file(house.path("roles/samples.json")).unwrap();
    assert_eq!(returned(&house, json!("${finding}")), Err(at("finding", "the response has no samples")));
    assert_eq!(returned(&house, json!("plain")), Ok(json!("plain")));
}

fn write_shape_scenario(house: &House, expect: &Value) {
    let scenario = json!({
        "comment": "c",
        "event": "${event}",
        "set": {"Mode": "auto"},
        "tasks": {"Look at it": {"return": {"what": "${finding.target.what}", "kept": 1}}},
        "expect": expect
    });
    house.write("shapes/change/scenarios/looks.json", &scenario);
}

fn run_of(house: &House, response: &str, file: &str) -> Run {
    let (workflow, file) = (house.read(response).unwrap(), house.path(file));
    run(&workflow, &read(&workflow, &file).unwrap(), &file).unwrap()
}

/// The event, the input and the samples are those of the response; the parameters those of the scenario.
#[test]
fn a_scenario_of_a_shape_runs_for_each_of_its_responses() {
    let house = house();
    write_shape_scenario(&house, &Value::Null);
    for (response, role) in [("roles", "the role web"), ("policies", "the role admin")] {
        let run = run_of(&house, response, "shapes/change/scenarios/looks.json");
        assert_eq!(run.outcome.output, Some(json!({"what": role, "kept": 1})));
        let payload = &run.calls[0].payload;
        assert_eq!((&payload["mode"], &payload["event"]["source"]), (&json!("auto"), &json!(response)));
    }
}

#[test]
fn a_scenario_takes_what_it_does_not_have_from_its_base() {
    let house = house();
    write_shape_scenario(&house, &Value::Null);
    let fails = json!({"Look at it": {"fail": {"error": "E", "cause": "${finding.id}"}}});
    let own = json!({"comment": "c", "base": "shape/looks", "set": {"Seconds": "9"}, "tasks": fails});
    house.write("roles/scenarios/own.json", &own);
    house
        .write("roles/scenarios/more.json", &json!({"comment": "c", "base": "own", "set": {"Mode": "plan"}}));
    house.write("shapes/change/scenarios/more.json", &json!({"comment": "c", "base": "looks"}));
    let more = run_of(&house, "roles", "roles/scenarios/more.json");
    assert_eq!((more.outcome.error.as_deref(), more.outcome.cause.as_deref()), (Some("E"), Some("f1")));
    let payload = &more.calls[0].payload;
    assert_eq!((&payload["mode"], &payload["seconds"]), (&json!("plan"), &json!(9)));
    let of_shape = run_of(&house, "roles", "shapes/change/scenarios/more.json");
    assert_eq!(of_shape.outcome.status, "SUCCEEDED");
}

#[test]
fn a_scenario_that_cannot_be_read_says_why() {
    let house = house();
    house.write("own/definition.asl.json", &json!({"StartAt": "E", "States": {"E": {"Type": "Succeed"}}}));
    let cases = [
        ("roles", r#"{"comment": "c", "coment": 1}"#, "unknown field `coment`"),
        (
            "roles",
            r#"{"comment": "c", "tasks": {"A": {"return": 1}, "A": {"return": 2}}}"#,
            "two members have the same name, at `/tasks/A`",
        ),
        ("roles", r#"{"comment": "c", "base": "s"}"#, "its base `s` leads back to itself"),
        (
            "roles",
            r#"{"comment": "c", "base": "shape/none"}"#,
            "`shapes/change/scenarios/none.json` cannot be read",
        ),
        (
            "own",
            r#"{"comment": "c", "base": "shape/looks"}"#,
            "its base is `shape/looks`, and the response has no shape",
        ),
    ];
    for (response, text, part) in cases {
        let file = format!("{response}/scenarios/s.json");
        house.write(&file, &Value::from(text));
        let error = scenario_of(&house, response, &file).unwrap_err();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn a_scenario_that_cannot_be_run_says_why() {
    let house = house();
    house.write("roles/events/other.json", &json!({"source": "other"}));
    let workflow = house.read("roles").unwrap();
    let cases = [
        (
            json!({"event": "${event}", "set": {"Moed": "x"}}),
            "`set` does not fit the response: roles: there is no parameter `Moed`",
        ),
        (
            json!({"event": "../events/other.json"}),
            "no rule of the response matches the event `../events/other.json`",
        ),
        (json!({}), "it has neither `event` nor `input`"),
        (
            json!({"event": "${event}"}),
            "has no outcome for the state `Look at it`, which calls `role-look`: add it to `tasks`",
        ),
    ];
    for (mut scenario, part) in cases {
        scenario["comment"] = json!("c");
        house.write("roles/scenarios/s.json", &scenario);
        let file = house.path("roles/scenarios/s.json");
        let error =
            run(&workflow, &read(&workflow, &file).unwrap(), &file).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

/// What a person wrote stays where it still holds: the references most of all, which keep a shape's scenario true of all
/// its responses.
#[test]
fn accepting_keeps_references_that_hold() {
    let house = house();
    let output = json!({"what": "${finding.target.what}", "kept": 2});
    write_shape_scenario(&house, &json!({"status": "FAILED", "path": [], "takes": "1s", "output": output}));
    let file = house.path("shapes/change/scenarios/looks.json");
    let happened = run_of(&house, "roles", "shapes/change/scenarios/looks.json").outcome;
    accept(&house.read("roles").unwrap(), &file, &happened).unwrap();
    let written: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    let expected = json!({
        "status": "SUCCEEDED",
        "path": ["Look at it"],
        "takes": "0s",
        "output": {"what": "${finding.target.what}", "kept": 1}
    });
    assert_eq!(written["expect"], expected);
    assert_eq!((&written["comment"], &written["event"]), (&json!("c"), &json!("${event}")));
    for response in ["roles", "policies"] {
        let workflow = house.read(response).unwrap();
        let scenario = read(&workflow, &file).unwrap();
        let run = run(&workflow, &scenario, &file).unwrap();
        assert_eq!(scenario.expect.unwrap().differences(&run.outcome), [""; 0]);
    }
}

#[test]
fn durations_are_read_and_written() {
    for (text, length) in
        [("250ms", 250), ("3s", 3_000), ("10m", 600_000), ("1d 2h 3m 4s 5ms", 93_784_005), ("0s", 0)]
    {
        assert_eq!(milliseconds(text), Some(length), "{text}");
        assert_eq!(duration(length), text);
    }
    for wrong in ["", "3", "s", "3 s", "3x", "-3s", "1.5h"] {
        assert_eq!(milliseconds(wrong), None, "{wrong}");
    }
}
