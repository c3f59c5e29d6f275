use super::describe::Answer;
use super::{Api, ApiError, Caller, arn};
use crate::service::{qualified, version_of};
use crate::time::seconds;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    state_machine_arn: String,
    included_data: Option<String>,
}

/// `DescribeStateMachine`: a machine, or one of its versions.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let asked = &input.state_machine_arn;
    arn::check(asked, &["stateMachine"])?;
    // An alias is described by an action of its own.
    let is_alias = qualified(asked).is_some() && version_of(asked).is_none();
    if is_alias {
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
    match found.version_arn {
        None => {
            answer.put("stateMachineArn", machine.arn);
            answer.put("creationDate", seconds(machine.created_at));
        }
        Some(version_arn) => {
            let number = version_of(&version_arn).map_or(0, |(_, number)| number);
            let machine_arn = machine.arn;
            let read = move |connection: &rusqlite::Connection| {
                crate::service::versions::get(connection, &machine_arn, number)
            };
            let version = api.store.read(read).await?.ok_or_else(|| ApiError::no_machine(&version_arn))?;
            answer.put("stateMachineArn", version_arn);
            answer.put("creationDate", seconds(version.created_at));
            answer.may("description", version.description);
        }
    }
    Ok(answer.finish())
}
