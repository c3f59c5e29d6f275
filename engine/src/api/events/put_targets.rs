use super::{Api, ApiError, Caller, rule_name};
use crate::events::Target;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Input {
    rule: String,
    event_bus_name: Option<String>,
    targets: Vec<Target>,
}

/// `PutTargets`: adds targets, and replaces those of the same id.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let key = rule_name::key(caller, input.event_bus_name.as_deref(), &input.rule)?;
    for target in &input.targets {
        rule_name::check(&target.id, "targets.1.member.id", 64)?;
        target.check().map_err(ApiError::validation)?;
    }
    let put = |targets: &mut Vec<Target>| {
        for target in input.targets {
            targets.retain(|other| other.id != target.id);
            targets.push(target);
        }
    };
    api.bus.rules().change_targets(key, put).await?;
    Ok(json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
}
