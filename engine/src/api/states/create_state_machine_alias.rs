use super::members::{ROUTES, may, must, patterned, secret};
use super::shape::{Member, Pattern};
use super::{Api, ApiError, Caller, routing};
use crate::service::aliases::{Alias, Created, MOST_ALIASES, Route};
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[
    may("description", secret(0, 256)),
    must("name", patterned(1, 80, Pattern::AliasName)),
    must("routingConfiguration", ROUTES),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    name: String,
    description: Option<String>,
    routing_configuration: Vec<Route>,
}

/// `CreateStateMachineAlias`. Creating the same alias again gives the same alias.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let machine_arn = routing::check(&input.routing_configuration)?;
    if !caller.is_at_home(&machine_arn) {
        return Err(routing::not_found());
    }
    let now = api.clock.now();
    let alias = Alias {
        arn: machine_arn.qualified(&input.name),
        machine_arn,
        name: input.name,
        description: input.description,
        routing: input.routing_configuration,
        created_at: now,
        updated_at: now,
    };
    match api.store.create_alias(alias).await? {
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
