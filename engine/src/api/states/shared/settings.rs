//! Logging, encryption and tags as they come in.

use super::ApiError;
use crate::arn::LogGroup;
use crate::service::settings::{Encryption, Level, Logging};
use crate::service::tags::Tag;

/// The most tags that a resource may have. Source: Step Functions quotas.
const MOST_TAGS: usize = 50;

/// A logging configuration that can be used: whatever is logged has exactly one place to go to.
pub(in crate::api) fn logging(logging: Logging) -> Result<Logging, ApiError> {
    let refused = |why: &str| {
        Err(ApiError::client("InvalidLoggingConfiguration", format!("Invalid Logging Configuration: {why}")))
    };
    let count = logging.destinations.as_ref().map_or(0, Vec::len);
    if count > 1 || logging.level != Level::Off && count == 0 {
        return refused("Must specify exactly one Log Destination.");
    }
    if count == 1 {
        match logging.group() {
            None => return refused("Log Destination must have a CloudWatch Logs log group."),
            Some(group) if LogGroup::read(group).is_none() => {
                return refused("Log Destination must be a log group ARN that ends with `:*`.");
            }
            Some(_) => {}
        }
    }
    Ok(logging)
}

/// An encryption configuration that can be used. A key of the customer's own needs the key's name.
pub(in crate::api) fn encryption(encryption: Option<Encryption>) -> Result<Option<Encryption>, ApiError> {
    let refused = |why: &str| {
        Err(ApiError::client(
            "InvalidEncryptionConfiguration",
            format!("Invalid Encryption Configuration: '{why}'"),
        ))
    };
    match &encryption {
        Some(it) if it.kind == "CUSTOMER_MANAGED_KMS_KEY" && it.kms_key_id.is_none() => {
            refused("kmsKeyId must be specified for CUSTOMER_MANAGED_KMS_KEY")
        }
        Some(it)
            if it.kind == "AWS_OWNED_KEY"
                && (it.kms_key_id.is_some() || it.kms_data_key_reuse_period_seconds.is_some()) =>
        {
            refused("kmsKeyId and kmsDataKeyReusePeriodSeconds must not be specified for AWS_OWNED_KEY")
        }
        _ => Ok(encryption),
    }
}

/// Refuses more tags than a resource may have, and those that AWS keeps for itself.
pub(in crate::api) fn check_tags(tags: &[Tag]) -> Result<(), ApiError> {
    if tags.len() > MOST_TAGS {
        return Err(too_many_tags());
    }
    match tags.iter().find(|tag| tag.key.to_ascii_lowercase().starts_with("aws:")) {
        Some(tag) => Err(ApiError::validation(format!(
            "Invalid tag key: '{}'. Tag keys cannot start with 'aws:'",
            tag.key
        ))),
        None => Ok(()),
    }
}

/// The same of what a resource has in the end.
pub(in crate::api) fn check_count(tags: &[Tag]) -> Result<(), ApiError> {
    if tags.len() > MOST_TAGS { Err(too_many_tags()) } else { Ok(()) }
}

fn too_many_tags() -> ApiError {
    ApiError::client("TooManyTags", format!("Too Many Tags: a resource has at most {MOST_TAGS} tags"))
}
