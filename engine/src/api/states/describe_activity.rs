use super::members::{must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, activity};
use crate::service::settings::Encryption;
use crate::time::seconds;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[must("activityArn", text(1, 256))];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    activity_arn: String,
}

/// `DescribeActivity`
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let found = activity(api, caller, &input.activity_arn).await?;
    let encryption: Option<Encryption> = found.encryption.and_then(|text| serde_json::from_str(&text).ok());
    Ok(json!({
        "activityArn": found.arn,
        "name": found.name,
        "creationDate": seconds(found.created_at),
        "encryptionConfiguration": encryption.unwrap_or_default(),
    }))
}
