//! Whether a Task's parameters are those of what it calls, as far as that is known before the call.

use super::Resource;
use crate::asl::fields::Fields;
use crate::asl::problem::{Problem, Rule};
use crate::asl::query::QueryLanguage;
use crate::aws::parameters::{self, FaultKind};

/// Reports what an integration does not take, and what it needs and does not get.
pub(super) fn check(fields: &Fields, resource: &Resource) {
    let Resource::Integration(integration) = resource else { return };
    let name = match fields.language {
        QueryLanguage::Jsonata => "Arguments",
        QueryLanguage::Jsonpath => "Parameters",
    };
    let Some(written) = fields.value(name) else {
        // AWS says so of the state, in the words that it has for the field.
        let arn = fields.value("Resource").and_then(|arn| arn.as_str()).unwrap_or_default();
        let message = format!("{name} field is required for resource ARN: {arn}");
        fields.problems.add(Rule::Parameters, fields.pointer.clone(), message);
        return;
    };
    let Some((operation, casing)) = integration.operation() else { return };
    let paths = fields.language == QueryLanguage::Jsonpath;
    for fault in parameters::check(&operation, casing, written, paths) {
        let at = format!("{}{}", fields.at(name), fault.pointer);
        let problem = match fault.kind {
            FaultKind::Missing(name) => {
                let message = format!("The field '{name}' is required but was missing");
                Problem::error(Rule::Parameters, at, message)
            }
            FaultKind::Unknown { name, similar } => {
                let message = format!("The field \"{name}\" is not supported by Step Functions");
                let problem = Problem::error(Rule::Parameters, at, message);
                match similar {
                    Some(similar) => problem.hint(format!("here it is spelt `{similar}`")),
                    None => problem,
                }
            }
            FaultKind::UnknownAtCall(name) => {
                let message = format!(
                    "`{}:{}` takes no `{name}`: the call will fail with `States.Runtime`, which nothing catches",
                    integration.service, integration.action
                );
                Problem::warning(Rule::Parameters, at, message)
            }
        };
        fields.problems.push(problem.of(fields.at(name)));
    }
}
