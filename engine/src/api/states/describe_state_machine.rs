use super::describe::Answer;
use super::members::{INCLUDED, may, must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, arn};
use crate::arn::Qualifier;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::Value;

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[must("stateMachineArn", text(1, 256)), may("includedData", INCLUDED)];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    state_machine_arn: String,
    included_data: Option<String>,
}

/// `DescribeStateMachine`: a machine, or one of its versions.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let asked = &input.state_machine_arn;
    let qualifier = arn::qualified(asked)?.qualifier;
    // An alias is described by an action of its own.
    if matches!(qualifier, Qualifier::Alias(_)) {
        return Err(ApiError::no_machine(asked));
    }
    let found = arn::resolved(api, caller, asked).await?;
    let machine = found.machine.stored;
    let mut answer = Answer::default();
    answer.put("name", machine.name);
    answer.put("status", "ACTIVE");
    answer.put("type", machine.kind.as_str());
    answer.put("roleArn", machine.role_arn);
    answer.may("revisionId", machine.revision);
    answer.settings(&machine.settings);
    if input.included_data.as_deref() != Some("METADATA_ONLY") {
        answer.definition(machine.definition);
    } else {
        // AWS's model says that there always is one.
        answer.put("definition", "");
    }
    match (qualifier, found.version_arn) {
        (Qualifier::Version(number), Some(version_arn)) => {
            let version = api.store.version(machine.arn, number).await?;
            let version = version.ok_or_else(|| ApiError::no_machine(&version_arn))?;
            answer.put("stateMachineArn", version_arn);
            answer.put("creationDate", seconds(version.created_at));
            answer.may("description", version.description);
        }
        _ => {
            answer.put("stateMachineArn", machine.arn);
            answer.put("creationDate", seconds(machine.created_at));
        }
    }
    Ok(answer.finish())
}
