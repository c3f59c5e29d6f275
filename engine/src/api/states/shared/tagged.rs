//! Resources that have tags: state machines and activities, but no versions and no aliases.

use super::{Api, ApiError, Caller, arn};
use crate::service::tags::{self, Tag};
use crate::service::{StoreError, activities, stored_machines as machines};

/// The tags of a resource, if there is such a resource.
pub(in crate::api) async fn tags_of(
    api: &Api,
    caller: &Caller,
    resource: &str,
) -> Result<Vec<Tag>, ApiError> {
    arn::check(resource, &["stateMachine", "activity"])?;
    let (wanted, is_at_home) = (resource.to_owned(), caller.is_at_home(resource));
    let read = move |connection: &rusqlite::Connection| -> Result<Option<Vec<Tag>>, StoreError> {
        let is_there = is_at_home
            && (machines::get(connection, &wanted)?.is_some()
                || activities::get(connection, &wanted)?.is_some());
        if is_there { tags::list(connection, &wanted).map(Some) } else { Ok(None) }
    };
    let found = api.store.read(read).await?;
    found.ok_or_else(|| ApiError::client("ResourceNotFound", format!("Resource not found: '{resource}'")))
}
