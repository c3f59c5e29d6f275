//! ARNs, and what they lead to.

use super::{Api, ApiError, Caller, Summary};
use crate::arn::{Arn, ExecutionArn, Qualified, Qualifier};
use crate::service::{Machine, Resolved, draw};
use std::str::FromStr;

/// Checks that an ARN is one of Step Functions and names a resource of one of these types. What has passed is read into the
/// type of its resource.
pub(in crate::api) fn check(arn: &str, types: &[&str]) -> Result<(), ApiError> {
    if !arn.starts_with("arn:") {
        return Err(ApiError::invalid_arn(&format!("Invalid ARN prefix: {arn}")));
    }
    let Some((kind, name)) = Arn::read(arn).and_then(Arn::of_states) else {
        return Err(ApiError::invalid_arn(arn));
    };
    if !types.contains(&kind) {
        let why = format!("Resource type not valid in this context: {kind}");
        return Err(ApiError::invalid_arn(&why));
    }
    if name.is_empty() { Err(ApiError::invalid_arn(arn)) } else { Ok(()) }
}

/// An ARN of a resource of this type.
pub(in crate::api) fn read<T: FromStr>(arn: &str, kind: &str) -> Result<T, ApiError> {
    check(arn, &[kind])?;
    arn.parse().map_err(|_| ApiError::invalid_arn(arn))
}

/// The ARN of a machine, of a version or of an alias.
pub(in crate::api) fn qualified(arn: &str) -> Result<Qualified, ApiError> {
    check(arn, &["stateMachine"])?;
    Qualified::read(arn).ok_or_else(|| ApiError::invalid_arn(arn))
}

/// The same, but refuses the ARN of a distributed Map state, `...:stateMachine:name/label`. Source: API reference,
/// `DescribeStateMachine`.
pub(in crate::api) fn of_machine(arn: &str) -> Result<Qualified, ApiError> {
    let found = qualified(arn)?;
    if Arn::read(arn).is_some_and(|arn| arn.resource.contains('/')) {
        return Err(ApiError::because(
            "API_DOES_NOT_SUPPORT_LABELED_ARNS",
            format!("This API does not support labeled ARNs. Received: {arn}"),
        ));
    }
    Ok(found)
}

/// The machine of an ARN: neither a version nor an alias.
pub(in crate::api) async fn machine(api: &Api, caller: &Caller, arn: &str) -> Result<Machine, ApiError> {
    let asked = of_machine(arn)?;
    let found = match asked.qualifier {
        Qualifier::None if caller.is_at_home(arn) => api.machines.get(&asked.machine).await?,
        _ => None,
    };
    found.ok_or_else(|| ApiError::no_machine(arn))
}

/// The machine, the version or what the alias leads to.
pub(in crate::api) async fn resolved(api: &Api, caller: &Caller, arn: &str) -> Result<Resolved, ApiError> {
    of_machine(arn)?;
    let found = if caller.is_at_home(arn) { api.machines.resolve(arn, draw()).await? } else { None };
    found.ok_or_else(|| ApiError::no_machine(arn))
}

/// The execution of an ARN. Those of Express machines are asked for in vain.
pub(in crate::api) async fn execution(api: &Api, caller: &Caller, arn: &str) -> Result<Summary, ApiError> {
    let wanted: ExecutionArn = read(arn, "execution")?;
    let found = if caller.is_at_home(arn) { api.store.execution(wanted).await? } else { None };
    found.ok_or_else(|| ApiError::no_execution(arn))
}

/// Refuses what is no ARN of a role. Whether there is such a role nobody can tell here.
pub(in crate::api) fn check_role(arn: &str) -> Result<(), ApiError> {
    match Arn::read(arn) {
        Some(Arn { service: "iam", resource, .. })
            if resource.strip_prefix("role/").is_some_and(|name| !name.is_empty()) =>
        {
            Ok(())
        }
        _ => Err(ApiError::client("InvalidArn", format!("Invalid Role Arn: '{arn}'"))),
    }
}
