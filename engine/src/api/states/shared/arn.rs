//! ARNs, and what they lead to.

use super::{Api, ApiError, Caller, Summary};
use crate::service::{Machine, Resolved, draw};

/// Checks that an ARN is one of Step Functions and names a resource of one of these types.
pub(in crate::api) fn check(arn: &str, types: &[&str]) -> Result<(), ApiError> {
    if !arn.starts_with("arn:") {
        return Err(ApiError::invalid_arn(&format!("Invalid ARN prefix: {arn}")));
    }
    let parts: Vec<&str> = arn.splitn(7, ':').collect();
    let [_, _, "states", _, _, kind, name] = parts.as_slice() else {
        return Err(ApiError::invalid_arn(arn));
    };
    if !types.contains(kind) {
        let why = format!("Resource type not valid in this context: {kind}");
        return Err(ApiError::invalid_arn(&why));
    }
    if name.is_empty() { Err(ApiError::invalid_arn(arn)) } else { Ok(()) }
}

/// Refuses the ARN of a distributed Map state, `...:stateMachine:name/label`. Source: API reference, `DescribeStateMachine`.
pub(in crate::api) fn check_machine(arn: &str) -> Result<(), ApiError> {
    check(arn, &["stateMachine"])?;
    match arn.splitn(7, ':').nth(6) {
        Some(name) if name.contains('/') => Err(ApiError::because(
            "API_DOES_NOT_SUPPORT_LABELED_ARNS",
            format!("This API does not support labeled ARNs. Received: {arn}"),
        )),
        _ => Ok(()),
    }
}

/// The machine of an ARN: neither a version nor an alias.
pub(in crate::api) async fn machine(api: &Api, caller: &Caller, arn: &str) -> Result<Machine, ApiError> {
    check_machine(arn)?;
    let found = if caller.is_at_home(arn) { api.machines.get(arn).await? } else { None };
    found.ok_or_else(|| ApiError::no_machine(arn))
}

/// The machine, the version or what the alias leads to.
pub(in crate::api) async fn resolved(api: &Api, caller: &Caller, arn: &str) -> Result<Resolved, ApiError> {
    check_machine(arn)?;
    let found = if caller.is_at_home(arn) { api.machines.resolve(arn, draw()).await? } else { None };
    found.ok_or_else(|| ApiError::no_machine(arn))
}

/// The execution of an ARN. Those of Express machines are asked for in vain.
pub(in crate::api) async fn execution(api: &Api, caller: &Caller, arn: &str) -> Result<Summary, ApiError> {
    check(arn, &["execution"])?;
    let wanted = arn.to_owned();
    let found = if caller.is_at_home(arn) {
        api.store.read(move |connection| crate::service::executions::get(connection, &wanted)).await?
    } else {
        None
    };
    found.ok_or_else(|| ApiError::no_execution(arn))
}

/// Refuses what is no ARN of a role. Whether there is such a role nobody can tell here.
pub(in crate::api) fn check_role(arn: &str) -> Result<(), ApiError> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", _, _, role] if role.strip_prefix("role/").is_some_and(|name| !name.is_empty()) => {
            Ok(())
        }
        _ => Err(ApiError::client("InvalidArn", format!("Invalid Role Arn: '{arn}'"))),
    }
}
