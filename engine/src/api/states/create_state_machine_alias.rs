use super::{Api, ApiError, Caller, routing};
use crate::service::aliases::{self, Alias, Route};
use crate::service::{StoreError, stored_machines as machines};
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The most aliases that a machine may have. Source: Step Functions quotas.
const MOST_ALIASES: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    name: String,
    description: Option<String>,
    routing_configuration: Vec<Route>,
}

enum Created {
    Alias(Alias),
    /// Another leads elsewhere under this name.
    Taken,
    Missing,
    TooMany,
}

/// `CreateStateMachineAlias`. Creating the same alias again gives the same alias.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let machine_arn = routing::check(&input.routing_configuration)?;
    if !caller.is_at_home(&machine_arn) {
        return Err(routing::not_found());
    }
    let now = api.clock.now();
    let alias = Alias {
        arn: format!("{machine_arn}:{}", input.name),
        machine_arn,
        name: input.name,
        description: input.description,
        routing: input.routing_configuration,
        created_at: now,
        updated_at: now,
    };
    let create = move |connection: &rusqlite::Connection| -> Result<Created, StoreError> {
        if let Some(before) = aliases::get(connection, &alias.arn)? {
            let is_same = before.routing == alias.routing && before.description == alias.description;
            return Ok(if is_same { Created::Alias(before) } else { Created::Taken });
        }
        if machines::get(connection, &alias.machine_arn)?.is_none()
            || routing::missing(connection, &alias.routing)?.is_some()
        {
            return Ok(Created::Missing);
        }
        if aliases::list(connection, &alias.machine_arn)?.len() >= MOST_ALIASES {
            return Ok(Created::TooMany);
        }
        aliases::put(connection, &alias)?;
        Ok(Created::Alias(alias))
    };
    match api.store.write(create).await? {
        Created::Alias(alias) => {
            Ok(json!({ "stateMachineAliasArn": alias.arn, "creationDate": seconds(alias.created_at) }))
        }
        Created::Missing => Err(routing::not_found()),
        Created::Taken => Err(ApiError::client(
            "ConflictException",
            "Failed to create alias because an alias with the same name and a different routing configuration already exists.",
        )),
        Created::TooMany => Err(ApiError::client(
            "ServiceQuotaExceededException",
            format!("A state machine can have at most {MOST_ALIASES} aliases"),
        )),
    }
}
