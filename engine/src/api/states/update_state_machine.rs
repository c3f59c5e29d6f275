use super::{Api, ApiError, Caller, arn, definition, settings};
use crate::service::settings::{Encryption, Logging, Tracing};
use crate::service::stored_machines as machines;
use crate::service::versions::{self, Published};
use crate::service::{StoreError, StoredMachine};
use crate::time::seconds;
use rusqlite::Connection;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    state_machine_arn: String,
    definition: Option<String>,
    role_arn: Option<String>,
    logging_configuration: Option<Logging>,
    tracing_configuration: Option<Tracing>,
    encryption_configuration: Option<Encryption>,
    publish: Option<bool>,
    version_description: Option<String>,
}

/// `UpdateStateMachine`. Executions that run keep the definition that they started with.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let publish = input.publish.unwrap_or(false);
    if !publish && input.version_description.is_some() {
        return Err(ApiError::validation("Version description can only be set when publish is true"));
    }
    let found = arn::machine(api, caller, &input.state_machine_arn).await?;
    let changes = input.definition.is_some()
        || input.role_arn.is_some()
        || input.logging_configuration.is_some()
        || input.tracing_configuration.is_some()
        || input.encryption_configuration.is_some();
    if !changes {
        return Err(ApiError::client(
            "MissingRequiredParameter",
            "Either the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration must be specified",
        ));
    }
    if let Some(role) = &input.role_arn {
        arn::check_role(role)?;
    }
    let logging = input.logging_configuration.map(settings::logging).transpose()?;
    let encryption = settings::encryption(input.encryption_configuration)?;
    if let Some(definition) = &input.definition {
        definition::check(api, definition, found.stored.kind)?;
    }
    let (now, revision) = (api.clock.now(), uuid::Uuid::new_v4().to_string());
    let (definition, role, tracing) = (input.definition, input.role_arn, input.tracing_configuration);
    let (machine_arn, description) = (input.state_machine_arn.clone(), input.version_description);
    let update = move |connection: &Connection| -> Result<Option<(StoredMachine, Option<u64>)>, StoreError> {
        let Some(mut machine) = machines::get(connection, &machine_arn)? else { return Ok(None) };
        let before = machine.clone();
        machine.definition = definition.unwrap_or(machine.definition);
        machine.role_arn = role.unwrap_or(machine.role_arn);
        machine.settings.logging = logging.unwrap_or(machine.settings.logging);
        machine.settings.tracing = tracing.unwrap_or(machine.settings.tracing);
        machine.settings.encryption = encryption.or(machine.settings.encryption);
        if !is_same(&before, &machine) {
            machine.revision = Some(revision);
        }
        machine.updated_at = now;
        machines::put(connection, &machine)?;
        let mut number = None;
        if publish {
            let published = versions::publish(connection, &machine_arn, None, description.as_deref(), now)?;
            if let Published::Version(published, _) = published {
                number = Some(published);
            }
        }
        Ok(Some((machine, number)))
    };
    let updated = api.store.write(update).await?;
    let (machine, number) = updated.ok_or_else(|| ApiError::no_machine(&input.state_machine_arn))?;
    let mut answer = super::describe::Answer::default();
    answer.put("updateDate", seconds(machine.updated_at));
    answer.may("revisionId", machine.revision);
    answer.may("stateMachineVersionArn", number.map(|number| format!("{}:{number}", machine.arn)));
    Ok(answer.finish())
}

/// Whether it is the same revision. How a definition is spaced makes no other.
fn is_same(left: &StoredMachine, right: &StoredMachine) -> bool {
    let parsed = |machine: &StoredMachine| serde_json::from_str::<Value>(&machine.definition).ok();
    left.role_arn == right.role_arn
        && left.settings.is_same(&right.settings)
        && (left.definition == right.definition || parsed(left) == parsed(right))
}
