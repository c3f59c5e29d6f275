use super::arn;
use super::members::{
    ENCRYPTION, KIND, LOGGING, MOST_DEFINITION, TAGS, TRACING, may, must, secret, structure, text,
};
use super::shape::{Member, Shape};
use super::{Api, ApiError, Caller, check_name, definition, settings};
use crate::service::StoredMachine;
use crate::service::settings::{Encryption, Kind, Logging, Settings, Tracing};
use crate::service::stored_machines::{Created, Publish};
use crate::service::tags::Tag;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[
    must("name", text(1, 80)),
    must("definition", secret(1, MOST_DEFINITION)),
    must("roleArn", text(1, 256)),
    may("type", KIND),
    may("loggingConfiguration", structure("LoggingConfiguration", LOGGING)),
    may("tags", TAGS),
    may("tracingConfiguration", structure("TracingConfiguration", TRACING)),
    may("publish", Shape::Flag),
    may("versionDescription", secret(0, 256)),
    may("encryptionConfiguration", structure("EncryptionConfiguration", ENCRYPTION)),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    name: String,
    definition: String,
    role_arn: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    logging_configuration: Option<Logging>,
    tracing_configuration: Option<Tracing>,
    encryption_configuration: Option<Encryption>,
    tags: Option<Vec<Tag>>,
    publish: Option<bool>,
    version_description: Option<String>,
}

/// `CreateStateMachine`. Creating the same machine again gives the same machine; another role and other tags are ignored
/// then.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    check_name(&input.name)?;
    let publish = input.publish.unwrap_or(false);
    if !publish && input.version_description.is_some() {
        return Err(ApiError::validation("Version description can only be set when publish is true"));
    }
    let arn = caller.place.machine(&input.name);
    arn::check_role(&input.role_arn)?;
    let logging = settings::logging(input.logging_configuration.unwrap_or_default())?;
    let kind = input.kind.as_deref().map_or(Kind::Standard, Kind::read);
    let tags = input.tags.unwrap_or_default();
    settings::check_tags(&tags)?;
    definition::check(api, &input.definition, kind)?;
    let now = api.clock.now();
    let machine = StoredMachine {
        arn: arn.clone(),
        name: input.name,
        kind,
        definition: input.definition,
        role_arn: input.role_arn,
        revision: None,
        settings: Settings {
            logging,
            tracing: input.tracing_configuration.unwrap_or_default(),
            encryption: settings::encryption(input.encryption_configuration)?,
        },
        created_at: now,
        updated_at: now,
    };
    let publish = if publish { Publish::Yes(input.version_description) } else { Publish::No };
    match api.store.create_machine(machine, tags, publish, now).await? {
        Created::Taken => Err(ApiError::client(
            "StateMachineAlreadyExists",
            format!("State Machine Already Exists: '{arn}'"),
        )),
        Created::Machine(machine, number) => {
            let mut answer =
                json!({ "stateMachineArn": machine.arn, "creationDate": seconds(machine.created_at) });
            if let (Some(number), Some(answer)) = (number, answer.as_object_mut()) {
                answer.insert("stateMachineVersionArn".to_owned(), arn.qualified(number).into());
            }
            Ok(answer)
        }
    }
}
