use super::{Api, ApiError, Caller, rule_name};
use crate::events::Target;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Input {
    rule: String,
    event_bus_name: Option<String>,
    ids: Vec<String>,
    #[serde(default, rename = "Force")]
    _force: bool,
}

/// `RemoveTargets`. A target that is not there is removed already.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let key = rule_name::key(caller, input.event_bus_name.as_deref(), &input.rule)?;
    let remove = |targets: &mut Vec<Target>| targets.retain(|target| !input.ids.contains(&target.id));
    api.bus.rules().change_targets(key, remove).await?;
    Ok(json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
}
