//! What Step Functions finds wrong with the parameters of a call before it makes it. Pure: the state fails before anything
//! is scheduled.
//!
//! Source: the words as workflows in public repositories met them, `An error occurred while executing the state '...'
//! (entered at the event id #7). The Parameters '...' could not be used to start the Task: [...]`.

use crate::asl::state::Integration;
use crate::aws::{Casing, Operation, faults};
use serde_json::Value;

/// The optimized integrations that take what their API takes and nothing else.
const PLAIN: [&str; 5] = ["dynamodb", "events", "sns", "sqs", "states"];

/// Why a call cannot be made with these arguments, if it cannot.
pub(super) fn refused(integration: &Integration, arguments: &Value) -> Option<String> {
    let (service, action) = (integration.service.as_str(), integration.action.as_str());
    let faults = match (service.strip_prefix("aws-sdk:"), service) {
        (Some(service), _) => faults(&Operation::find(service, action)?, arguments, Casing::Sdk),
        (None, "lambda") if action == "invoke" && arguments.get("FunctionName").is_none() => {
            vec!["The field 'FunctionName' is required but was missing".to_owned()]
        }
        (None, service) if PLAIN.contains(&service) => {
            faults(&Operation::find_optimized(service, action)?, arguments, Casing::Api)
        }
        _ => Vec::new(),
    };
    (!faults.is_empty()).then(|| refused_with(arguments, &faults))
}

/// What is said of arguments that an integration does not take.
pub(crate) fn refused_with(arguments: &Value, faults: &[String]) -> String {
    format!("The Parameters '{arguments}' could not be used to start the Task: [{}]", faults.join(", "))
}
