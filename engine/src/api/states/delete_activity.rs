use super::members::{must, text};
use super::shape::Member;
use super::{Api, ApiError, Caller, arn};
use crate::arn::ActivityArn;
use serde::Deserialize;
use serde_json::{Value, json};

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[must("activityArn", text(1, 256))];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    activity_arn: String,
}

/// `DeleteActivity`. One that is not there is no error.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let activity_arn: ActivityArn = arn::read(&input.activity_arn, "activity")?;
    if caller.is_at_home(&activity_arn) {
        api.store.delete_activity(activity_arn).await?;
    }
    Ok(json!({}))
}
