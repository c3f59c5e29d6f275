//! `Credentials`: a call in the name of a role that is not the state machine's.
//!
//! Source: Step Functions developer guide, "Accessing resources in other AWS accounts in Step Functions"; the words of the
//! refusal as workflows in public repositories catch them.

use super::Caller;
use crate::aws::{Aws, CallFault, Casing, Operation};
use crate::client::Credentials;
use crate::execution::Failure;
use serde_json::{Value, json};

/// The longest name of a session.
const MOST_CHARACTERS: usize = 64;

/// Assumes the role, if there is an AWS that has roles. Without one the call is made in the role's account.
pub(super) async fn assume(aws: Option<&Aws>, caller: &Caller, role_arn: &str) -> Result<Caller, Failure> {
    let Some(aws) = aws.filter(|aws| aws.has_sessions()) else { return Ok(caller.assuming(role_arn, None)) };
    let refused = |why: String| Failure::new("States.TaskFailed", why);
    let Some(operation) = Operation::find("sts", "assumeRole") else {
        return Err(refused("there is no `sts:assumeRole` in the service models of this engine".to_owned()));
    };
    let name = session_name(&caller.machine_name);
    // A trust policy may ask for the state machine as the external id.
    let parameters =
        json!({ "RoleArn": role_arn, "RoleSessionName": name, "ExternalId": caller.machine_arn });
    let answer = match aws.call(caller.place(), &operation, &parameters, Casing::Sdk).await {
        Ok(answer) => answer.output,
        Err(CallFault::Service(error)) if error.code.starts_with("AccessDenied") => {
            let own = &caller.role_arn;
            return Err(refused(format!(
                "The role {own} is not authorized to assume the task state's role, {role_arn}."
            )));
        }
        Err(fault) => return Err(refused(format!("the role {role_arn} cannot be assumed: {fault}"))),
    };
    let part = |name: &str| answer.pointer(&format!("/Credentials/{name}")).and_then(Value::as_str);
    match (part("AccessKeyId"), part("SecretAccessKey"), part("SessionToken")) {
        (Some(key), Some(secret), Some(token)) => {
            Ok(caller.assuming(role_arn, Some(Credentials::session(key, secret, token))))
        }
        _ => Err(refused(format!("the role {role_arn} cannot be assumed: STS gave no credentials"))),
    }
}

/// The name of the session: the state machine's, as far as STS takes it. Source: STS API reference, `AssumeRole`.
fn session_name(machine: &str) -> String {
    let taken = |letter: char| letter.is_ascii_alphanumeric() || "_+=,.@-".contains(letter);
    let name: String =
        machine.chars().take(MOST_CHARACTERS).map(|it| if taken(it) { it } else { '-' }).collect();
    if name.len() < 2 { format!("{name}-") } else { name }
}

#[cfg(test)]
mod tests {
    use super::session_name;

    #[test]
    fn a_session_has_a_name_that_sts_takes() {
        for (machine, expected) in [("orders", "orders"), ("a", "a-"), ("café ☕", "caf---")] {
            assert_eq!(session_name(machine), expected);
        }
        assert_eq!(session_name(&"x".repeat(80)).len(), MOST);
    }

    const MOST: usize = super::MOST_CHARACTERS;
}
