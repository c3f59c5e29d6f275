//! What a Task calls.
//!
//! Source: Step Functions developer guide, "Service integration patterns in Step Functions".

use crate::arn::{ActivityArn, Task};
use crate::aws::{Casing, Operation};
use std::fmt;

/// What the `Resource` of a Task names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// `arn:aws:states:::lambda:invoke`: an integration.
    Integration(Integration),
    /// A Lambda function by its ARN. It gets the input, and gives what it returns.
    Function(String),
    /// An activity by its ARN: workers ask for it.
    Activity(ActivityArn),
}

/// A service integration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Integration {
    /// The service: `lambda`, `aws-sdk:dynamodb`.
    pub service: String,
    /// The action: `invoke`.
    pub action: String,
    /// What the state waits for.
    pub pattern: Pattern,
}

/// What a state waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// The answer to the call.
    RequestResponse,
    /// The end of the job that the call started (`.sync`).
    Sync,
    /// The same, with the output as JSON (`.sync:2`).
    Sync2,
    /// Somebody who answers the task token (`.waitForTaskToken`).
    WaitForTaskToken,
}

impl Pattern {
    /// As it stands behind an action: with its dot, or nothing.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::RequestResponse => "",
            Self::Sync => ".sync",
            Self::Sync2 => ".sync:2",
            Self::WaitForTaskToken => ".waitForTaskToken",
        }
    }
}

impl Integration {
    /// The operation that it calls and how its parameters are spelt, if the public models of AWS's services have it.
    /// Some integrations have an action of their own.
    pub(crate) fn operation(&self) -> Option<(Operation, Casing)> {
        if let Some(service) = self.service.strip_prefix("aws-sdk:") {
            return Some((Operation::find(service, &self.action)?, Casing::Sdk));
        }
        Some((Operation::find_optimized(&self.service, &self.action)?, Casing::Api))
    }

    /// The resource as a history writes it: `invoke.waitForTaskToken`.
    pub fn resource(&self) -> String {
        format!("{}{}", self.action, self.pattern.suffix())
    }
}

/// Why a `Resource` cannot be called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unusable {
    /// It is no ARN.
    NoArn,
    /// It is no ARN of anything that can be called.
    Unknown,
    /// The integration has no such pattern.
    Pattern(Pattern),
}

impl Resource {
    /// Reads the ARN of a function, an activity or an integration.
    pub(super) fn read(arn: &str) -> Result<Self, Unusable> {
        match Task::read(arn) {
            Task::Function => Ok(Self::Function(arn.to_owned())),
            Task::Activity(arn) => Ok(Self::Activity(arn)),
            Task::Integration { service, action, suffix } => {
                integration(service, action, suffix).map(Self::Integration)
            }
            Task::Unknown => Err(Unusable::Unknown),
            Task::NoArn => Err(Unusable::NoArn),
        }
    }

    /// The pattern, if it is an integration.
    pub fn pattern(&self) -> Pattern {
        match self {
            Self::Integration(integration) => integration.pattern,
            Self::Function(_) | Self::Activity(_) => Pattern::RequestResponse,
        }
    }

    /// Whether it is an activity.
    pub fn is_activity(&self) -> bool {
        matches!(self, Self::Activity(_))
    }

    /// Whether somebody must answer the token of its call: a person, a service, or the worker of an activity.
    pub fn has_token(&self) -> bool {
        matches!(self, Self::Activity(_)) || self.pattern() == Pattern::WaitForTaskToken
    }
}

impl fmt::Display for Resource {
    /// What it is in a message: the service, or the ARN.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integration(integration) => f.write_str(&integration.service),
            Self::Function(arn) => f.write_str(arn),
            Self::Activity(arn) => f.write_str(arn),
        }
    }
}

/// Reads `lambda:invoke.waitForTaskToken` and `aws-sdk:dynamodb:getItem`.
fn integration(service: &str, action: &str, suffix: Option<&str>) -> Result<Integration, Unusable> {
    let pattern = match suffix {
        None => Pattern::RequestResponse,
        Some("sync") => Pattern::Sync,
        Some("sync:2") => Pattern::Sync2,
        Some("waitForTaskToken") => Pattern::WaitForTaskToken,
        Some(_) => return Err(Unusable::Unknown),
    };
    if service.is_empty() || action.is_empty() {
        return Err(Unusable::Unknown);
    }
    let integration = Integration { service: service.to_owned(), action: action.to_owned(), pattern };
    if service.starts_with("aws-sdk:") {
        // An SDK integration starts no job: nothing would say when it ends.
        if matches!(pattern, Pattern::Sync | Pattern::Sync2) || integration.operation().is_none() {
            return Err(Unusable::Unknown);
        }
    } else {
        optimized(service, action, pattern)?;
    }
    Ok(integration)
}

/// The integrations that AWS has made for Step Functions, with their patterns.
///
/// Source: Step Functions developer guide, "Integrating optimized services with Step Functions".
const OPTIMIZED: &[(&str, &[&str], &[Pattern])] = {
    use Pattern::{Sync, Sync2, WaitForTaskToken};
    &[
        ("apigateway", &["invoke"], &[WaitForTaskToken]),
        ("athena", &["startQueryExecution"], &[Sync]),
        ("athena", &["stopQueryExecution", "getQueryExecution", "getQueryResults"], &[]),
        ("batch", &["submitJob"], &[Sync]),
        ("bedrock", &["invokeModel"], &[WaitForTaskToken]),
        ("bedrock", &["createModelCustomizationJob"], &[Sync, WaitForTaskToken]),
        ("bedrockagentcore", &["invokeHarness"], &[]),
        ("codebuild", &["startBuild", "startBuildBatch"], &[Sync]),
        (
            "codebuild",
            &[
                "stopBuild",
                "batchDeleteBuilds",
                "batchGetReports",
                "stopBuildBatch",
                "retryBuildBatch",
                "deleteBuildBatch",
            ],
            &[],
        ),
        ("databrew", &["startJobRun"], &[Sync]),
        ("dynamodb", &["getItem", "putItem", "updateItem", "deleteItem"], &[]),
        ("ecs", &["runTask"], &[Sync, WaitForTaskToken]),
        ("eks", &["call"], &[WaitForTaskToken]),
        ("eks", &["runJob"], &[Sync, WaitForTaskToken]),
        (
            "eks",
            &[
                "createCluster",
                "deleteCluster",
                "createNodegroup",
                "deleteNodegroup",
                "createFargateProfile",
                "deleteFargateProfile",
            ],
            &[Sync],
        ),
        ("elasticmapreduce", &["createCluster", "terminateCluster", "addStep"], &[Sync]),
        (
            "elasticmapreduce",
            &[
                "cancelStep",
                "setClusterTerminationProtection",
                "modifyInstanceFleetByName",
                "modifyInstanceGroupByName",
            ],
            &[],
        ),
        ("emr-containers", &["createVirtualCluster"], &[]),
        ("emr-containers", &["deleteVirtualCluster", "startJobRun"], &[Sync]),
        (
            "emr-serverless",
            &[
                "createApplication",
                "startApplication",
                "stopApplication",
                "deleteApplication",
                "startJobRun",
                "cancelJobRun",
            ],
            &[Sync],
        ),
        ("events", &["putEvents"], &[WaitForTaskToken]),
        ("glue", &["startJobRun"], &[Sync]),
        ("http", &["invoke"], &[]),
        ("lambda", &["invoke"], &[WaitForTaskToken]),
        ("mediaconvert", &["createJob"], &[Sync]),
        ("sagemaker", &["createEndpoint", "createEndpointConfig", "createModel", "updateEndpoint"], &[]),
        (
            "sagemaker",
            &[
                "createHyperParameterTuningJob",
                "createLabelingJob",
                "createProcessingJob",
                "createTrainingJob",
                "createTransformJob",
            ],
            &[Sync],
        ),
        ("sns", &["publish"], &[WaitForTaskToken]),
        ("sqs", &["sendMessage"], &[WaitForTaskToken]),
        ("states", &["startExecution"], &[Sync, Sync2, WaitForTaskToken]),
    ]
};

fn optimized(service: &str, action: &str, pattern: Pattern) -> Result<(), Unusable> {
    let (_, _, patterns) = OPTIMIZED
        .iter()
        .find(|(name, actions, _)| *name == service && actions.contains(&action))
        .ok_or(Unusable::Unknown)?;
    if pattern == Pattern::RequestResponse || patterns.contains(&pattern) {
        Ok(())
    } else {
        Err(Unusable::Pattern(pattern))
    }
}
