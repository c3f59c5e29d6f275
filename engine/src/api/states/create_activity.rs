use super::members::{ENCRYPTION, TAGS, may, must, structure, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, check_name, settings};
use crate::service::activities::Activity;
use crate::service::settings::Encryption;
use crate::service::tags::Tag;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[
    must("name", text(1, 80)),
    may("tags", TAGS),
    may("encryptionConfiguration", structure("EncryptionConfiguration", ENCRYPTION)),
];

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
    let activity = api.store.create_activity(activity, tags).await?;
    if activity.encryption.is_some_and(|before| before != encryption) {
        return Err(ApiError::client(
            "ActivityAlreadyExists",
            format!("Activity Already Exists: '{}'", activity.arn),
        ));
    }
    Ok(json!({ "activityArn": activity.arn, "creationDate": seconds(activity.created_at) }))
}
