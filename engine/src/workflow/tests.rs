//! Responses from folders: each test writes what it needs.

use super::*;
use crate::scratch::Scratch;
use serde_json::json;

/// A folder of responses with the shape `change` and the manifest of two kinds.
pub(crate) struct House {
    folder: Scratch,
}

impl House {
    pub(crate) fn new() -> Self {
        let house = Self { folder: Scratch::new() };
        house.write("shapes/change/definition.asl.json", &definition("${Look}"));
        house.write(
            "shapes/change/shape.json",
            &json!({
                "description": "Looks.",
                "parameters": {
                    "Mode": {"Description": "m", "Default": "plan", "AllowedValues": ["plan", "auto"]},
                    "Seconds": {"Description": "s", "Default": 5, "MaxValue": 60}
                },
                "inputTemplate": "{\"mode\": \"${Mode}\", \"seconds\": ${Seconds}, \"event\": <aws.events.event.json>}"
            }),
        );
        house.response("roles", &json!({"title": "A \"role\"", "shape": "change", "kind": "role"}));
        house
    }

    pub(crate) fn write(&self, file: &str, value: &Value) {
        let file = self.path(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, value.as_str().map_or_else(|| value.to_string(), str::to_owned)).unwrap();
    }

    /// Writes a response with a rule `seen` and an event.
    pub(crate) fn response(&self, name: &str, response: &Value) {
        self.write(&format!("{name}/response.json"), response);
        let targets = json!([{"Id": "workflow", "Arn": "${StateMachine}"}]);
        let rule = json!({"Description": "d", "EventPattern": {"source": [name]}, "Targets": targets});
        self.write(&format!("{name}/rules/seen.json"), &rule);
        self.write(&format!("{name}/events/seen.json"), &json!({"source": name, "detail": {}}));
    }

    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    pub(crate) fn read(&self, name: &str) -> Result<Workflow, WorkflowError> {
        self.read_with(name, &[])
    }

    fn read_with(&self, name: &str, set: &[(&str, &str)]) -> Result<Workflow, WorkflowError> {
        let set = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Workflow::read(&self.path(name), &functions(), &Place::example(), &set)
    }

    /// The error, with the folder left out of the paths.
    fn error(&self, name: &str) -> String {
        let error = self.read(name).unwrap_err().to_string();
        error.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

/// A definition of one state, which calls this function.
pub(crate) fn definition(function: &str) -> Value {
    json!({
        "Comment": "${Title}",
        "QueryLanguage": "JSONata",
        "StartAt": "Look at it",
        "States": {
            "Look at it": {
                "Type": "Task",
                "Resource": "arn:aws:states:::lambda:invoke",
                "Arguments": {"FunctionName": function, "Payload": "{% $states.input %}"},
                "Output": "{% $states.result.Payload %}",
                "TimeoutSeconds": 30,
                "End": true
            }
        }
    })
}

/// The manifest: `look` of the kinds `role` and `policy`.
pub(crate) fn functions() -> Functions {
    let file = Scratch::new();
    let file = file.path().join("manifest.json");
    let step = |kind: &str| {
        json!({
            "name": format!("{kind}-look"), "placeholder": "Look", "kind": kind, "step": "look",
            "timeoutSeconds": 1, "environment": []
        })
    };
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, json!([step("role"), step("policy")]).to_string()).unwrap();
    let functions = Functions::read(&file).unwrap();
    std::fs::remove_dir_all(file.parent().unwrap()).unwrap();
    functions
}

#[test]
fn a_response_is_its_shape_with_the_tasks_of_its_kind() {
    let house = House::new();
    let days = json!({"Days": {"Description": "d", "Default": 1}, "Seconds": {"Default": 7}});
    let policies = json!({"title": "A policy", "description": "d", "shape": "change", "kind": "policy", "parameters": days});
    house.response("policies", &policies);
    let (roles, policies) = (house.read("roles").unwrap(), house.read("policies").unwrap());
    assert!(roles.definition.contains(":function:role-look"), "{}", roles.definition);
    assert!(policies.definition.contains(":function:policy-look"), "{}", policies.definition);
    let comment: Value = serde_json::from_str(&roles.definition).unwrap();
    assert_eq!(comment["Comment"], "A \"role\"");
    assert_eq!((roles.kind.as_deref(), roles.title.as_deref()), (Some("role"), Some("A \"role\"")));
    assert_eq!(roles.shape, Some(house.path("shapes/change")));
    assert_eq!(policies.parameters.keys().collect::<Vec<_>>(), ["Days", "Mode", "Seconds"]);
    let template = |workflow: &Workflow| {
        let transformer = workflow.rules[0].targets[0].input_transformer.clone();
        transformer.unwrap().input_template
    };
    assert_eq!(roles.rules[0].name, "roles-seen");
    assert_eq!(roles.rules[0].targets[0].arn, roles.arn);
    let (plan, auto) = (
        r#"{"mode": "plan", "seconds": 7, "event": <aws.events.event.json>}"#,
        r#"{"mode": "auto", "seconds": 5, "event": <aws.events.event.json>}"#,
    );
    assert_eq!(template(&policies), plan);
    let set = BTreeMap::from([("Mode".to_owned(), "auto".to_owned())]);
    assert_eq!(template(&house.read_with("roles", &[("Mode", "auto")]).unwrap()), auto);
    assert_eq!(template(&roles.with_parameters(&set).unwrap()), auto);
    let refused = roles.with_parameters(&BTreeMap::from([("Moed".to_owned(), String::new())]));
    assert_eq!(
        refused.unwrap_err().to_string(),
        "roles: there is no parameter `Moed`; there are `Mode`, `Seconds`"
    );
}

#[test]
fn a_folder_with_a_definition_of_its_own_needs_nothing_else() {
    let house = House::new();
    let own = definition("${PolicyLook}").to_string().replace("${Title}", "c");
    house.write("own/definition.asl.json", &Value::from(own));
    let workflow = house.read("own").unwrap();
    assert!(workflow.definition.contains(":function:policy-look"), "{}", workflow.definition);
    assert_eq!((workflow.kind, workflow.title, workflow.shape), (None, None, None));
    assert_eq!((workflow.parameters.len(), workflow.rules.len()), (0, 0));
    let days = json!({"Days": {"Description": "d", "Default": 1}});
    let response = json!({"title": "t", "parameters": days, "inputTemplate": "{\"days\": ${Days}}"});
    house.response("own", &response);
    let target = house.read_with("own", &[("Days", "3")]).unwrap().rules[0].targets[0].clone();
    assert_eq!(target.input_transformer.unwrap().input_template, "{\"days\": 3}");
}

#[test]
fn an_error_names_the_file_and_what_to_do() {
    let with = |more: &str| format!(r#"{{"title": "t", "shape": "change", "kind": "role"{more}}}"#);
    let cases = [
        ("{", "`roles/response.json`: it is not JSON: EOF while parsing an object at line 1 column 1"),
        (
            "{\"title\": \"t\", \"shpae\": \"change\"}",
            "`roles/response.json`: unknown field `shpae`, expected one of `title`, `description`, `shape`, `kind`, `parameters`, `inputTemplate` at line 1 column 22",
        ),
        ("{\"shape\": \"change\"}", "`roles/response.json`: missing field `title` at line 1 column 19"),
        (
            "{\"title\": \"t\", \"shape\": \"chnage\", \"kind\": \"role\"}",
            "`roles/response.json`: there is no shape `chnage`; `shapes` has `change`",
        ),
        (
            "{\"title\": \"t\", \"shape\": \"../shapes/change\", \"kind\": \"role\"}",
            "`roles/response.json`: there is no shape `../shapes/change`; `shapes` has `change`",
        ),
        (
            "{\"title\": \"t\", \"shape\": \"change\"}",
            "`roles/response.json`: it has a `shape` and no `kind`; the kind decides which tasks the shape calls, so add `kind`",
        ),
        (
            "{\"title\": \"t\", \"shape\": \"change\", \"kind\": \"rloe\"}",
            "`roles/response.json`: no task is of the kind `rloe`; the manifest has the kinds `policy`, `role`",
        ),
        (
            "{\"title\": \"t\"}",
            "`roles/response.json`: there is no `shape` in it and no `definition.asl.json` beside it; add one of the two",
        ),
        (
            &with(r#", "parameters": {"Mode": {}, "Mode": {}}"#),
            "`roles/response.json`: two members have the same name, at `/parameters/Mode`; remove one of them",
        ),
        (
            &with(r#", "parameters": {"Mode": {"Defualt": "auto"}}"#),
            "`roles/response.json`: unknown field `Defualt`, expected one of `Description`, `Default`, `AllowedValues`, `MinValue`, `MaxValue` at line 1 column 83",
        ),
        (
            &with(r#", "parameters": {"Moed": {"Default": "auto"}}"#),
            "`roles/response.json`: the parameter `Moed` has no `Description`; the shape has no complete parameter of that name (it has `Mode`, `Seconds`), so it must have `Description` and `Default`",
        ),
        (
            &with(r#", "inputTemplate": "${Moed}""#),
            "`roles/response.json`: `inputTemplate` has `${Moed}`, which is not a parameter; the parameters are `Mode`, `Seconds`",
        ),
        (
            &with(r#", "inputTemplate": "{\"id\": <id>}""#),
            "`roles/response.json`: `inputTemplate` has `<id>`, which EventBridge does not know; a part of the event needs a path, so give the rule's target an `InputTransformer` of its own",
        ),
    ];
    for (response, error) in cases {
        let house = House::new();
        house.write("roles/response.json", &Value::from(response));
        assert_eq!(house.error("roles"), error, "{response}");
    }
}

#[test]
fn an_error_elsewhere_names_its_own_file() {
    let shape = |more: &str| Value::from(format!(r#"{{"description": "d", {more}}}"#));
    let rule = |targets: Value| json!({"Description": "d", "EventPattern": {"a": ["b"]}, "Targets": targets});
    let cases = [
        (
            "shapes/change/shape.json",
            shape(r#""inputTemplate": "${Moed}""#),
            "`shapes/change/shape.json`: `inputTemplate` has `${Moed}`, which is not a parameter; the parameters are none",
        ),
        (
            "shapes/change/shape.json",
            shape(r#""Parameters": {}"#),
            "`shapes/change/shape.json`: unknown field `Parameters`, expected one of `description`, `parameters`, `inputTemplate` at line 1 column 33",
        ),
        (
            "shapes/change/definition.asl.json",
            definition("${Restore}"),
            "`shapes/change/definition.asl.json` has problems:\n  SCHEMA_VALIDATION_FAILED: `${Restore}` names no task of the kind `role` and no common one; there are `Look` at /",
        ),
        (
            "roles/definition.asl.json",
            definition("${Look}"),
            "`roles/response.json`: it names the shape `change`, and there is a `definition.asl.json` beside it; remove one of the two",
        ),
        (
            "roles/rules/other.json",
            rule(json!([{"Id": "t", "Arn": "a", "Input": "${Moed}"}])),
            "`roles/rules/other.json`: `${Moed}` is not a parameter of the response; add it to `parameters` in `response.json`",
        ),
        (
            "roles/rule.json",
            rule(json!([])),
            "`roles/rule.json`: it is not read: rules are files of `rules/`, and parameters are in `response.json`; move it",
        ),
    ];
    for (file, value, error) in cases {
        let house = House::new();
        house.write(file, &value);
        assert_eq!(house.error("roles"), error, "{file}");
    }
}

/// All problems at once: of the definition as it is filled for the response, and of each rule.
#[test]
fn a_check_finds_everything_in_a_folder() {
    let house = House::new();
    let check = || {
        let errors = Workflow::check(&house.path("roles"), &functions(), &Place::example());
        errors.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(check(), [""; 0]);
    house.write("shapes/change/definition.asl.json", &definition("${Restore}"));
    house.write("roles/rules/a.json", &json!({}));
    house.write("roles/rules/b.json", &json!({"Description": "d", "EventPattern": {"a": 1}, "Targets": []}));
    let found = check();
    for (error, part) in found.iter().zip(["${Restore}", "a.json", "b.json"]) {
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(found.len(), 3, "{found:?}");
}

#[test]
fn folders_are_those_of_responses_and_never_shapes() {
    let house = House::new();
    house.write("own/definition.asl.json", &definition("f"));
    house.write("notes/README.md", &json!("not a response"));
    let names = |path: &str| {
        let found = folders(&house.path(path));
        let name = |folder: PathBuf| folder.file_name().unwrap().to_string_lossy().into_owned();
        found.map(|folders| folders.into_iter().map(name).collect::<Vec<_>>())
    };
    assert_eq!(names("").unwrap(), ["own", "roles"]);
    assert_eq!(names("roles").unwrap(), ["roles"]);
    for shape in ["shapes", "shapes/change"] {
        assert!(matches!(names(shape), Err(WorkflowError::Shape(_))), "{shape}");
    }
    assert!(matches!(names("notes"), Err(WorkflowError::None(_))));
    // Rules that nothing belongs to would never start anything.
    house.write("forgotten/rules/seen.json", &json!({}));
    let error = names("").unwrap_err().to_string();
    assert!(
        error.contains("forgotten/response.json`: there is no such file, and there are `rules/`"),
        "{error}"
    );
}

#[test]
fn the_scenarios_of_a_response_are_its_own_and_those_of_its_shape() {
    let house = House::new();
    for file in ["roles/scenarios/b", "roles/scenarios/a", "shapes/change/scenarios/a"] {
        house.write(&format!("{file}.json"), &json!({}));
    }
    let scenarios = house.read("roles").unwrap().scenarios().unwrap();
    let names: Vec<&str> = scenarios.iter().map(|scenario| scenario.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "shape/a"]);
    assert_eq!(scenarios[2].file, house.path("shapes/change/scenarios/a.json"));
}
