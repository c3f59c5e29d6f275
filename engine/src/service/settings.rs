//! What a state machine is apart from its definition and its role: its type, its logging, its tracing and its encryption.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use serde::{Deserialize, Serialize};

pub use crate::arn::Kind;

/// How much of an execution is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Level {
    /// Every event.
    All,
    /// The events of errors.
    Error,
    /// The events that end an execution badly.
    Fatal,
    /// Nothing.
    #[default]
    Off,
}

/// `loggingConfiguration`, as the API takes it and gives it back.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Logging {
    /// How much is logged.
    #[serde(default)]
    pub level: Level,
    /// Whether inputs and outputs are logged, too.
    #[serde(default)]
    pub include_execution_data: bool,
    /// The log group, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destinations: Option<Vec<Destination>>,
}

/// Where logs go.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Destination {
    /// A log group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cloud_watch_logs_log_group: Option<LogGroup>,
}

/// A log group of CloudWatch Logs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LogGroup {
    /// Its ARN, which ends with `:*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_group_arn: Option<String>,
}

impl Logging {
    /// The ARN of the log group.
    pub fn group(&self) -> Option<&str> {
        let destination = self.destinations.as_ref()?.first()?;
        destination.cloud_watch_logs_log_group.as_ref()?.log_group_arn.as_deref()
    }
}

/// `tracingConfiguration`. This engine keeps it and sends no traces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tracing {
    /// Whether X-Ray is on.
    #[serde(default)]
    pub enabled: bool,
}

/// `encryptionConfiguration`. This engine keeps it; its state is as safe as the folder that it is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Encryption {
    /// The key, where it is not AWS's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// How long a data key is used, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kms_data_key_reuse_period_seconds: Option<u32>,
    /// `AWS_OWNED_KEY` or `CUSTOMER_MANAGED_KMS_KEY`.
    #[serde(rename = "type")]
    pub kind: String,
}

impl Default for Encryption {
    fn default() -> Self {
        Self { kms_key_id: None, kms_data_key_reuse_period_seconds: None, kind: "AWS_OWNED_KEY".to_owned() }
    }
}

/// All of it but the type.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Settings {
    /// What is logged.
    #[serde(default)]
    pub logging: Logging,
    /// What is traced.
    #[serde(default)]
    pub tracing: Tracing,
    /// How it is encrypted, where somebody has said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encryption: Option<Encryption>,
}

impl Settings {
    /// Whether it says the same: whoever chooses AWS's own key chooses what is there anyway.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let key = |settings: &Self| settings.encryption.clone().unwrap_or_default();
        self.logging == other.logging && self.tracing == other.tracing && key(self) == key(other)
    }

    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }
}

/// What `to_json` wrote.
impl FromSql for Settings {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let unreadable = |error: serde_json::Error| FromSqlError::Other(format!("settings: {error}").into());
        serde_json::from_str(value.as_str()?).map_err(unreadable)
    }
}

impl FromSql for Kind {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "STANDARD" => Ok(Self::Standard),
            "EXPRESS" => Ok(Self::Express),
            other => Err(FromSqlError::Other(format!("`{other}` is no type of state machine").into())),
        }
    }
}
