use super::members::{ENCRYPTION, LOGGING, MOST_DEFINITION, TRACING, may, must, secret, structure, text};
use super::shape::{Member, Shape};
use super::{Api, ApiError, Caller, arn, definition, settings};
use crate::service::settings::{Encryption, Logging, Tracing};
use crate::service::stored_machines::{Change, Publish};
use crate::time::seconds;
use serde::Deserialize;
use serde_json::Value;

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[
    must("stateMachineArn", text(1, 256)),
    may("definition", secret(1, MOST_DEFINITION)),
    may("roleArn", text(1, 256)),
    may("loggingConfiguration", structure("LoggingConfiguration", LOGGING)),
    may("tracingConfiguration", structure("TracingConfiguration", TRACING)),
    may("publish", Shape::Flag),
    may("versionDescription", secret(0, 256)),
    may("encryptionConfiguration", structure("EncryptionConfiguration", ENCRYPTION)),
];

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
    let publish = if publish { Publish::Yes(input.version_description) } else { Publish::No };
    let change = Change {
        definition: input.definition,
        role_arn: input.role_arn,
        logging,
        tracing: input.tracing_configuration,
        encryption,
    };
    let updated = api.store.update_machine(found.stored.arn, change, publish, api.clock.now()).await?;
    let (machine, number) = updated.ok_or_else(|| ApiError::no_machine(&input.state_machine_arn))?;
    let mut answer = super::describe::Answer::default();
    answer.put("updateDate", seconds(machine.updated_at));
    answer.may("revisionId", machine.revision);
    answer.may("stateMachineVersionArn", number.map(|number| machine.arn.qualified(number)));
    Ok(answer.finish())
}
