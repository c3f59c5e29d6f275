//! Resources that have tags: state machines and activities, but no versions and no aliases.

use super::{Api, ApiError, Caller, arn};
use crate::service::tags::Tag;

/// The tags of a resource, if there is such a resource.
pub(in crate::api) async fn tags_of(
    api: &Api,
    caller: &Caller,
    resource: &str,
) -> Result<Vec<Tag>, ApiError> {
    arn::check(resource, &["stateMachine", "activity"])?;
    let found =
        if caller.is_at_home(resource) { api.store.tags_of_states(resource.to_owned()).await? } else { None };
    found.ok_or_else(|| ApiError::client("ResourceNotFound", format!("Resource not found: '{resource}'")))
}
