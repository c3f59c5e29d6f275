use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A parameter of a response: the inputs of its targets say `${Name}` where they want its value.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// For whoever deploys the response.
    pub description: String,
    /// The value if none is set.
    pub default: Value,
    /// The values it can have; any if this is empty.
    pub allowed_values: Vec<Value>,
    /// The lower limit of a number.
    pub min_value: Option<u64>,
    /// The upper limit of a number.
    pub max_value: Option<u64>,
}

/// A parameter as a file has it. In `response.json` it overrides the fields of the shape's parameter.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Fields {
    description: Option<String>,
    default: Option<Value>,
    allowed_values: Option<Vec<Value>>,
    min_value: Option<u64>,
    max_value: Option<u64>,
}

/// What is wrong with a parameter or a value for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// There is no parameter of that name.
    #[error("there is no parameter `{name}`; there are {known}")]
    Unknown {
        /// The name.
        name: String,
        /// The names of those that exist.
        known: String,
    },
    /// A new parameter lacks a field. It may be meant for one of the shape, with its name misspelt.
    #[error(
        "the parameter `{name}` has no `{missing}`; {shape}, so it must have `Description` and `Default`"
    )]
    Incomplete {
        /// The name.
        name: String,
        /// The field.
        missing: &'static str,
        /// What the shape has.
        shape: String,
    },
    /// The parameter does not allow the value.
    #[error("the parameter `{name}` cannot be `{value}`; it can be {allowed}")]
    Value {
        /// The name.
        name: String,
        /// The value.
        value: String,
        /// What it can be.
        allowed: String,
    },
}

/// The parameters of a response: those of its shape, with the fields that the response overrides, and its own.
pub(super) fn merged(
    shape: Option<&BTreeMap<String, Fields>>,
    own: BTreeMap<String, Fields>,
) -> Result<BTreeMap<String, Parameter>, ParameterError> {
    let mut fields = shape.cloned().unwrap_or_default();
    for (name, over) in own {
        let base = fields.remove(&name).unwrap_or_default();
        fields.insert(name, over.over(base));
    }
    let complete = |(name, fields): (String, Fields)| {
        let parameter = fields.complete(&name, shape)?;
        parameter.value(&name, &BTreeMap::new())?;
        Ok((name, parameter))
    };
    fields.into_iter().map(complete).collect()
}

/// The value of each parameter: the one that is set, or the default.
pub(super) fn values(
    parameters: &BTreeMap<String, Parameter>,
    set: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, ParameterError> {
    if let Some(name) = set.keys().find(|name| !parameters.contains_key(*name)) {
        return Err(ParameterError::Unknown { name: name.clone(), known: listed(parameters.keys()) });
    }
    let value = |(name, parameter): (&String, &Parameter)| Ok((name.clone(), parameter.value(name, set)?));
    parameters.iter().map(value).collect()
}

/// Names for a message.
pub(super) fn listed(names: impl Iterator<Item = impl AsRef<str>>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{}`", name.as_ref())).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

impl Fields {
    fn over(self, base: Self) -> Self {
        Self {
            description: self.description.or(base.description),
            default: self.default.or(base.default),
            allowed_values: self.allowed_values.or(base.allowed_values),
            min_value: self.min_value.or(base.min_value),
            max_value: self.max_value.or(base.max_value),
        }
    }

    fn complete(
        self,
        name: &str,
        shape: Option<&BTreeMap<String, Self>>,
    ) -> Result<Parameter, ParameterError> {
        let missing = |missing| {
            let shape = match shape {
                Some(parameters) => {
                    format!(
                        "the shape has no complete parameter of that name (it has {})",
                        listed(parameters.keys())
                    )
                }
                None => "the response has no shape that could have it".to_owned(),
            };
            ParameterError::Incomplete { name: name.to_owned(), missing, shape }
        };
        Ok(Parameter {
            description: self.description.ok_or_else(|| missing("Description"))?,
            default: self.default.ok_or_else(|| missing("Default"))?,
            allowed_values: self.allowed_values.unwrap_or_default(),
            min_value: self.min_value,
            max_value: self.max_value,
        })
    }
}

impl Parameter {
    fn value(&self, name: &str, set: &BTreeMap<String, String>) -> Result<String, ParameterError> {
        let value = set.get(name).cloned().unwrap_or_else(|| plain(&self.default));
        let values: Vec<String> = self.allowed_values.iter().map(plain).collect();
        let (least, most) = (self.min_value.unwrap_or(0), self.max_value.unwrap_or(u64::MAX));
        let fits = match &self.default {
            _ if !values.is_empty() => values.contains(&value),
            Value::Number(_) => value.parse().is_ok_and(|number| (least..=most).contains(&number)),
            _ => true,
        };
        if fits {
            return Ok(value);
        }
        let allowed = match (values.is_empty(), self.max_value) {
            (false, _) => values.join(", "),
            (true, Some(most)) => format!("a whole number from {least} to {most}"),
            (true, None) => format!("a whole number from {least}"),
        };
        Err(ParameterError::Value { name: name.to_owned(), value, allowed })
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: Value) -> BTreeMap<String, Fields> {
        serde_json::from_value(value).unwrap()
    }

    fn of_shape() -> BTreeMap<String, Fields> {
        fields(json!({
            "Mode": {"Description": "m", "Default": "plan", "AllowedValues": ["plan", "auto"]},
            "Seconds": {"Description": "s", "Default": 10, "MinValue": 1, "MaxValue": 60},
            "Name": {"Description": "n", "Default": "any"}
        }))
    }

    #[test]
    fn a_parameter_takes_the_values_it_allows_and_refuses_all_others() {
        let parameters = merged(Some(&of_shape()), BTreeMap::new()).unwrap();
        let cases = [
            (vec![], Ok("any plan 10")),
            (vec![("Mode", "auto"), ("Seconds", "60"), ("Name", "x")], Ok("x auto 60")),
            (vec![("Mode", "AUTO")], Err("the parameter `Mode` cannot be `AUTO`; it can be plan, auto")),
            (
                vec![("Seconds", "61")],
                Err("the parameter `Seconds` cannot be `61`; it can be a whole number from 1 to 60"),
            ),
            (
                vec![("Seconds", "1.5")],
                Err("the parameter `Seconds` cannot be `1.5`; it can be a whole number from 1 to 60"),
            ),
            (
                vec![("Moed", "auto")],
                Err("there is no parameter `Moed`; there are `Mode`, `Name`, `Seconds`"),
            ),
        ];
        for (set, expected) in cases {
            let set = set.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            let values = values(&parameters, &set)
                .map(|values| format!("{} {} {}", values["Name"], values["Mode"], values["Seconds"]));
            assert_eq!(
                values.map_err(|error| error.to_string()),
                expected.map(str::to_owned).map_err(str::to_owned)
            );
        }
    }

    #[test]
    fn a_response_overrides_single_fields_and_adds_parameters() {
        let own = fields(json!({
            "Mode": {"AllowedValues": ["plan"]},
            "Seconds": {"Default": 3, "Description": "own"},
            "Days": {"Description": "d", "Default": 1}
        }));
        let parameters = merged(Some(&of_shape()), own).unwrap();
        let mode = &parameters["Mode"];
        assert_eq!((mode.description.as_str(), &mode.allowed_values), ("m", &vec![json!("plan")]));
        let seconds = &parameters["Seconds"];
        assert_eq!((seconds.description.as_str(), seconds.max_value), ("own", Some(60)));
        assert_eq!(values(&parameters, &BTreeMap::new()).unwrap()["Seconds"], "3");
        assert_eq!(parameters["Days"].default, 1);
    }

    #[test]
    fn an_override_that_makes_no_sense_is_refused() {
        let cases = [
            (
                json!({"Moed": {"Default": "auto"}}),
                "the parameter `Moed` has no `Description`; the shape has no complete parameter of that name (it has `Mode`, `Name`, `Seconds`), so it must have `Description` and `Default`",
            ),
            (
                json!({"Seconds": {"MaxValue": 5}}),
                "the parameter `Seconds` cannot be `10`; it can be a whole number from 1 to 5",
            ),
            (
                json!({"Mode": {"Default": "ask"}}),
                "the parameter `Mode` cannot be `ask`; it can be plan, auto",
            ),
        ];
        for (own, expected) in cases {
            let refused = merged(Some(&of_shape()), fields(own)).unwrap_err();
            assert_eq!(refused.to_string(), expected);
        }
        let alone = merged(None, fields(json!({"Days": {"Description": "d"}}))).unwrap_err();
        assert_eq!(
            alone.to_string(),
            "the parameter `Days` has no `Default`; the response has no shape that could have it, so it must have `Description` and `Default`"
        );
    }
}
