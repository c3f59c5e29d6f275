use super::parameters::listed;
use super::response::Response;
use super::{Place, WorkflowError, read};
use crate::asl::{Problem, Rule};
use crate::placeholders;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::path::Path;

/// A function, as the manifest of the tasks declares it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Function {
    /// Also the handler name by which the executable of the tasks picks the task.
    pub name: String,
    /// How definitions refer to it: `${OpenCase}` without the `${}`.
    pub placeholder: String,
    /// The kind of response whose step it is, such as `iam-policy`. A task that all kinds share has none.
    #[serde(default)]
    pub kind: Option<String>,
    /// The step of its kind, such as `look`.
    #[serde(default)]
    pub step: Option<String>,
    /// The timeout of one invocation, in seconds.
    pub timeout_seconds: u64,
    /// The environment variables that it requires.
    pub environment: Vec<String>,
}

/// The functions that definitions can refer to.
#[derive(Debug, Clone, Default)]
pub struct Functions(Vec<Function>);

impl Functions {
    /// Reads a manifest.
    pub fn read(manifest: &Path) -> Result<Self, WorkflowError> {
        let text = read(manifest)?;
        let functions = serde_json::from_str(&text).map_err(|error| WorkflowError::File {
            file: manifest.to_owned(),
            why: format!("it is not a manifest: {error}"),
        })?;
        Ok(Self(functions))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Function> {
        self.0.iter()
    }

    /// The kinds that have a task.
    pub fn kinds(&self) -> BTreeSet<&str> {
        self.0.iter().filter_map(|function| function.kind.as_deref()).collect()
    }

    /// Fills the placeholders of a definition: ARNs for tasks, and `${Kind}` and `${Title}`. Those of parameters stay.
    /// Each placeholder that names none of them is a problem.
    pub(super) fn fill(
        &self,
        definition: &str,
        response: &Response,
        place: &Place,
    ) -> (String, Vec<Problem>) {
        let arns: BTreeMap<String, String> = self
            .placeholders(response)
            .map(|(name, function)| (name, place.arn("lambda", &format!("function:{}", function.name))))
            .collect();
        let mut problems = Vec::new();
        let mut value = |name: &str| {
            if response.parameters.contains_key(name) {
                return None;
            }
            let own = match name {
                "Kind" => response.kind.as_deref(),
                "Title" => response.title.as_deref(),
                _ => None,
            };
            if let Some(own) = own {
                return Some(escaped(own));
            }
            let arn = arns.get(name).cloned();
            arn.or_else(|| {
                problems.push(unknown(name, response, arns.keys()));
                Some("unknown".to_owned())
            })
        };
        let filled: Result<String, Infallible> = placeholders::fill(definition, |name| Ok(value(name)));
        let Ok(filled) = filled;
        (filled, problems)
    }

    /// The functions that a response can call, by placeholder: the common tasks and the steps of its kind. A definition of
    /// its own can name any step by the function's name in Pascal case.
    fn placeholders(&self, response: &Response) -> impl Iterator<Item = (String, &Function)> {
        let is_own = response.shape.is_none();
        let any = self.0.iter().filter(move |_| is_own).map(|function| (pascal(&function.name), function));
        let by_role =
            self.0.iter().filter(|function| function.kind.is_none() || function.kind == response.kind);
        any.chain(by_role.map(|function| (function.placeholder.clone(), function)))
    }
}

/// Fills the placeholders of parameters, which are in JSON strings of a definition.
pub(super) fn with_values(definition: &str, values: &BTreeMap<String, String>) -> String {
    let value = |name: &str| Ok(values.get(name).map(|value| escaped(value)));
    let filled: Result<String, Infallible> = placeholders::fill(definition, value);
    let Ok(filled) = filled;
    filled
}

fn unknown<'n>(name: &str, response: &Response, known: impl Iterator<Item = &'n String>) -> Problem {
    let known = listed(known);
    let message = match (name, &response.kind) {
        ("Kind" | "Title", _) => {
            let member = name.to_lowercase();
            format!("`${{{name}}}` has no value; give the response a `{member}` in `response.json`")
        }
        (_, Some(kind)) => {
            format!("`${{{name}}}` names no task of the kind `{kind}` and no common one; there are {known}")
        }
        (_, None) => format!("`${{{name}}}` names no task; the manifest has {known}"),
    };
    Problem::error(Rule::Placeholder, "", message)
}

/// A text for the inside of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = serde_json::Value::from(text).to_string();
    quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or_default().to_owned()
}

/// `IamPolicyLook` for `iam-policy-look`.
fn pascal(name: &str) -> String {
    name.split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn functions() -> Functions {
        let function = |name: &str, placeholder: &str, kind: Option<&str>| json!({ "name": name, "placeholder": placeholder, "kind": kind, "timeoutSeconds": 1, "environment": [] });
        let all = json!([
            function("iam-policy-look", "Look", Some("iam-policy")),
            function("iam-policy-change", "Change", Some("iam-policy")),
            function("finding-only-look", "Look", Some("finding-only")),
            function("open-case", "OpenCase", None),
        ]);
        Functions(serde_json::from_value(all).unwrap())
    }

    fn response(kind: Option<&str>, shape: bool) -> Response {
        Response {
            kind: kind.map(str::to_owned),
            title: Some("A \"title\"".to_owned()),
            shape: shape.then(|| "shapes/s".into()),
            ..Response::default()
        }
    }

    #[test]
    fn placeholders_are_filled_by_the_kind_of_the_response() {
        let definition = "${Look} ${OpenCase} ${Kind} ${Title}";
        for (kind, shape) in [("iam-policy", true), ("finding-only", true), ("iam-policy", false)] {
            let (filled, problems) =
                functions().fill(definition, &response(Some(kind), shape), &Place::example());
            let filled = filled.replace("arn:aws:lambda:us-east-1:123456789012:function:", "");
            assert_eq!(filled, format!("{kind}-look open-case {kind} A \\\"title\\\""));
            assert_eq!(problems, []);
        }
        let (filled, problems) =
            functions().fill("${IamPolicyLook}", &response(None, false), &Place::example());
        assert!(filled.ends_with(":iam-policy-look"), "{filled}");
        assert_eq!(problems, []);
    }

    #[test]
    fn values_of_parameters_are_filled_as_parts_of_json_strings() {
        let values = BTreeMap::from([("Modes".to_owned(), r#"{"1": "plan"}"#.to_owned())]);
        let filled = with_values(r#""{% $lookup(${Modes}, $x) & '${Other}' %}""#, &values);
        assert_eq!(filled, r#""{% $lookup({\"1\": \"plan\"}, $x) & '${Other}' %}""#);
    }

    #[test]
    fn a_placeholder_that_names_nothing_is_a_problem() {
        let cases = [
            (
                "${Change}",
                response(Some("finding-only"), true),
                "`${Change}` names no task of the kind `finding-only` and no common one; there are `Look`, `OpenCase`",
            ),
            (
                "${IamPolicyLook}",
                response(Some("finding-only"), true),
                "`${IamPolicyLook}` names no task of the kind `finding-only` and no common one; there are `Look`, `OpenCase`",
            ),
            (
                "${Look}",
                response(None, false),
                "`${Look}` names no task; the manifest has `FindingOnlyLook`, `IamPolicyChange`, `IamPolicyLook`, `OpenCase`",
            ),
            (
                "${Kind}",
                response(None, false),
                "`${Kind}` has no value; give the response a `kind` in `response.json`",
            ),
        ];
        for (definition, response, message) in cases {
            let (_, problems) = functions().fill(definition, &response, &Place::example());
            let messages: Vec<&str> = problems.iter().map(|problem| problem.message.as_str()).collect();
            assert_eq!(messages, [message]);
        }
    }
}
