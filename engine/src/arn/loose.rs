//! What is read of texts that may be ARNs, or names in their place. None of it is refused: who calls knows what to make of
//! what is not there.

/// Region and account, which stand in the same places in every ARN.
pub(crate) fn place(text: &str) -> Option<(&str, &str)> {
    let mut parts = text.split(':').skip(3);
    Some((parts.next()?, parts.next()?))
}

/// The account of an ARN.
pub(crate) fn account(text: &str) -> Option<&str> {
    place(text).map(|(_, account)| account)
}

/// The type of its resource: `activity`.
pub(crate) fn type_of(text: &str) -> Option<&str> {
    text.split(':').nth(5)
}

/// The name of a function in `name`, `name:3`, `123456789012:function:name` or `arn:...:function:name:3`.
pub(crate) fn function_name(text: &str) -> &str {
    function(text).0
}

/// The name, and the version or the alias if there is one.
pub(crate) fn function(text: &str) -> (&str, Option<&str>) {
    let name = text.split_once(":function:").map_or(text, |(_, name)| name);
    name.split_once(':').map_or((name, None), |(name, qualifier)| (name, Some(qualifier)))
}

/// The name of an event bus that may be named by its ARN.
pub(crate) fn bus_name(text: &str) -> &str {
    text.split_once(":event-bus/").map_or(text, |(_, name)| name)
}

/// The name of a bucket that may be named by its ARN.
pub(crate) fn bucket(text: &str) -> &str {
    last_part(text)
}

/// What stands behind `arn:aws:states:::`, the ARN of an integration.
pub(crate) fn integration(text: &str) -> Option<&str> {
    text.split_once(":states:::").map(|(_, action)| action)
}

/// What stands behind the last colon: the name of a machine, of an execution or of a queue.
pub(crate) fn last_part(text: &str) -> &str {
    text.rsplit(':').next().unwrap_or_default()
}
