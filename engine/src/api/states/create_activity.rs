use super::{Api, ApiError, Caller, check_name, settings};
use crate::service::activities::{self, Activity};
use crate::service::settings::Encryption;
use crate::service::tags::{self, Tag};
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    name: String,
    tags: Option<Vec<Tag>>,
    encryption_configuration: Option<Encryption>,
}

/// `CreateActivity`. Creating the same activity again gives the same activity; with other encryption it is refused.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    check_name(&input.name)?;
    let tags = input.tags.unwrap_or_default();
    settings::check_tags(&tags)?;
    let encryption = settings::encryption(input.encryption_configuration)?.unwrap_or_default();
    let encryption = json!(encryption).to_string();
    let activity = Activity {
        arn: caller.place.activity(&input.name),
        name: input.name,
        encryption: Some(encryption.clone()),
        created_at: api.clock.now(),
    };
    let create = move |connection: &rusqlite::Connection| {
        let is_new = activities::get(connection, &activity.arn)?.is_none();
        let activity = activities::create(connection, activity)?;
        if is_new {
            tags::put(connection, &activity.arn, &tags)?;
        }
        Ok(activity)
    };
    let activity = api.store.write(create).await?;
    if activity.encryption.is_some_and(|before| before != encryption) {
        return Err(ApiError::client(
            "ActivityAlreadyExists",
            format!("Activity Already Exists: '{}'", activity.arn),
        ));
    }
    Ok(json!({ "activityArn": activity.arn, "creationDate": seconds(activity.created_at) }))
}
