//! What an alias may lead to.

use super::ApiError;
use crate::arn::{Qualified, StateMachineArn};
use crate::service::aliases::Route;

/// Checks routes, and gives the machine that they belong to. Source: API reference, `CreateStateMachineAlias`, and the
/// messages that AWS was seen to answer.
pub(in crate::api) fn check(routes: &[Route]) -> Result<StateMachineArn, ApiError> {
    let arns: Vec<&str> = routes.iter().map(|route| route.state_machine_version_arn.as_str()).collect();
    let received = format!("Received: [{}]", arns.join(", "));
    for arn in &arns {
        super::arn::check(arn, &["stateMachine"])?;
    }
    let parts: Option<Vec<_>> = arns.iter().map(|arn| Qualified::version(arn)).collect();
    let Some(parts) = parts else {
        return Err(refused(format!(
            "Routing configuration must contain state machine version ARNs. {received}"
        )));
    };
    if let [left, right] = arns.as_slice()
        && left == right
    {
        return Err(refused(format!(
            "Routing configuration must contain distinct state machine version ARNs. {received}"
        )));
    }
    if routes.iter().map(|route| route.weight).sum::<u32>() != 100 {
        let weights: Vec<String> = routes.iter().map(|route| route.weight.to_string()).collect();
        return Err(refused(format!(
            "Sum of routing configuration weights must equal 100. Received: [{}]",
            weights.join(", ")
        )));
    }
    match parts.as_slice() {
        [(machine, _)] => Ok(machine.clone()),
        [(left, _), (right, _)] if left == right => Ok(left.clone()),
        _ => Err(refused(format!(
            "Routing configuration must contain versions of the same state machine. {received}"
        ))),
    }
}

fn refused(why: String) -> ApiError {
    ApiError::because("INVALID_ROUTING_CONFIGURATION", why)
}

pub(in crate::api) fn not_found() -> ApiError {
    ApiError::client("ResourceNotFound", "Request references a resource that does not exist.")
}
