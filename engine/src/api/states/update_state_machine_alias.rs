use super::members::{ROUTES, may, must, secret, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, arn, routing};
use crate::arn::Qualifier;
use crate::service::aliases::Route;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[
    must("stateMachineAliasArn", text(1, 256)),
    may("description", secret(0, 256)),
    may("routingConfiguration", ROUTES),
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    state_machine_alias_arn: String,
    description: Option<String>,
    routing_configuration: Option<Vec<Route>>,
}

/// `UpdateStateMachineAlias`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let alias_arn = input.state_machine_alias_arn;
    let alias = arn::qualified(&alias_arn)?;
    if input.description.is_none() && input.routing_configuration.is_none() {
        return Err(ApiError::because(
            "MISSING_REQUIRED_PARAMETER",
            "Either the description or the RoutingConfiguration must be specified",
        ));
    }
    if let Some(routes) = &input.routing_configuration {
        let machine = routing::check(routes)?;
        if alias.qualifier == Qualifier::None || alias.machine != machine {
            return Err(ApiError::because(
                "INVALID_ROUTING_CONFIGURATION",
                "Routing configuration must contain versions of the state machine of the alias",
            ));
        }
    }
    if !caller.is_at_home(&alias_arn) {
        return Err(routing::not_found());
    }
    let (now, routes) = (api.clock.now(), input.routing_configuration);
    if api.store.update_alias(alias_arn, input.description, routes, now).await? {
        Ok(json!({ "updateDate": seconds(now) }))
    } else {
        Err(routing::not_found())
    }
}
