//! Everything that a task has of the outside world: AWS clients, the account that it runs in, the time, and its
//! settings.

pub(crate) mod case_table;
pub(crate) mod document;
pub(crate) mod fault;
pub(crate) mod last_used;
pub(crate) mod policy;
pub(crate) mod principal;
pub(crate) mod reach;
pub(crate) mod security_hub;

use crate::names::is_account;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use contract::Fault;
use jiff::Timestamp;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// The timeout of one call to AWS. A task makes a handful of them, and its own timeout is longer.
const CALL: Duration = Duration::from_secs(5);

/// How long a task waits for context that it can do without.
const PATIENCE: Duration = Duration::from_secs(8);

/// Forty pauses are ten seconds, which leaves a waiting task time to give up with an error.
const PAUSE: Duration = Duration::from_millis(250);

/// The outside world of a task.
pub struct Aws {
    pub(crate) here: Here,
    /// The name of the task.
    task: String,
    /// Whether the task changes the target of a finding.
    acts: bool,
    pub(crate) clock: fn() -> Timestamp,
    /// The pause before something is read again.
    pub(crate) pause: Duration,
    /// How long context may take that the task can do without.
    pub(crate) patience: Duration,
    config: SdkConfig,
    settings: Arc<HashMap<&'static str, String>>,
}

/// The home account, in which a task runs, with its partition and region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Here {
    pub(crate) partition: String,
    pub(crate) region: String,
    pub(crate) account: String,
}

impl Here {
    /// Reads the ARN of the invoked function, which needs no call to AWS.
    pub(crate) fn of_function(arn: &str) -> Result<Self, Fault> {
        let mut parts = arn.split(':');
        match (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("arn"), Some(partition), Some("lambda"), Some(region), Some(account))
                if is_account(account) =>
            {
                Ok(Self {
                    partition: partition.to_owned(),
                    region: region.to_owned(),
                    account: account.to_owned(),
                })
            }
            _ => Err(Fault::internal(
                "reading the ARN of the function",
                format!("the host gave `{arn}`, which is not the ARN of a Lambda function"),
            )),
        }
    }
}

impl Aws {
    pub(crate) async fn from_environment(settings: HashMap<&'static str, String>) -> Self {
        // One HTTP client for all services: otherwise each service's client reads the root certificates and connects
        // again at every invocation.
        let http = Builder::new().tls_provider(Provider::Rustls(CryptoMode::AwsLc)).build_https();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .retry_config(RetryConfig::disabled())
            .timeout_config(
                TimeoutConfig::builder().operation_timeout(CALL).connect_timeout(CALL / 2).build(),
            )
            .load()
            .await;
        Self::new(config, settings)
    }

    pub(crate) fn new(config: SdkConfig, settings: HashMap<&'static str, String>) -> Self {
        let here = Here { partition: String::new(), region: String::new(), account: String::new() };
        Self {
            here,
            task: String::new(),
            acts: false,
            clock: now,
            pause: PAUSE,
            patience: PATIENCE,
            config,
            settings: Arc::new(settings),
        }
    }

    /// The same for a task that runs here. `acts` tells whether it changes the target of a finding.
    pub(crate) fn at(&self, here: Here, task: impl Into<String>, acts: bool) -> Self {
        Self {
            here,
            task: task.into(),
            acts,
            clock: self.clock,
            pause: self.pause,
            patience: self.patience,
            config: self.config.clone(),
            settings: Arc::clone(&self.settings),
        }
    }

    pub(crate) fn setting(&self, name: &'static str) -> Result<&str, Fault> {
        self.settings.get(name).map(String::as_str).ok_or_else(|| {
            Fault::internal("reading a setting", format!("the task does not declare `{name}`"))
        })
    }

    /// Waits before something is read again.
    #[expect(clippy::disallowed_methods, reason = "the pause is a field; tests set it to zero")]
    pub(crate) async fn wait(&self) {
        tokio::time::sleep(self.pause).await;
    }

    /// The result of looking for context, unless it takes too long: what needs the task must not wait for it.
    pub(crate) async fn in_time<T>(&self, context: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout(self.patience, context).await.ok()
    }

    /// The time in RFC 3339, UTC, to the millisecond: the form of records and messages.
    pub(crate) fn now(&self) -> String {
        self.timestamp().to_string()
    }

    /// The time, to the millisecond.
    pub(crate) fn timestamp(&self) -> Timestamp {
        let now = (self.clock)();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    pub(crate) fn dynamodb(&self) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::new(&self.config)
    }

    pub(crate) fn kms(&self) -> aws_sdk_kms::Client {
        aws_sdk_kms::Client::new(&self.config)
    }

    pub(crate) fn security_hub(&self) -> aws_sdk_securityhub::Client {
        aws_sdk_securityhub::Client::new(&self.config)
    }

    pub(crate) fn sfn(&self) -> aws_sdk_sfn::Client {
        aws_sdk_sfn::Client::new(&self.config)
    }

    pub(crate) fn sns(&self) -> aws_sdk_sns::Client {
        aws_sdk_sns::Client::new(&self.config)
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock of a task; tests replace it")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_home_account_is_read_from_the_arn_of_the_function() {
        let here =
            Here::of_function("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:iam-policy-look:3");
        assert_eq!(
            here,
            Ok(Here {
                partition: "aws-us-gov".to_owned(),
                region: "us-gov-west-1".to_owned(),
                account: "123456789012".to_owned(),
            })
        );
        assert!(Here::of_function("iam-policy-look").is_err());
        assert!(Here::of_function("arn:aws:lambda:us-east-1:12345:function:x").is_err());
    }
}
