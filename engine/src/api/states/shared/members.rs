//! The members of each action's request: their types, lengths, ranges and patterns.
//!
//! Source: the service model of Step Functions, 2016-11-23.

use super::shape::{Member, Pattern, Shape};

/// What the request of an action may hold. Nothing for an action that the service does not have.
pub(in crate::api) fn of(action: &str) -> Option<&'static [Member]> {
    ACTIONS.iter().find(|(names, _)| names.contains(&action)).map(|(_, members)| *members)
}

/// Actions, and the members of their requests.
const ACTIONS: &[(&[&str], &[Member])] = &[
    (
        &["CreateActivity"],
        &[
            must("name", text(1, 80)),
            may("tags", TAGS),
            may("encryptionConfiguration", structure("EncryptionConfiguration", ENCRYPTION)),
        ],
    ),
    (
        &["CreateStateMachine"],
        &[
            must("name", text(1, 80)),
            must("definition", secret(1, MOST_DEFINITION)),
            must("roleArn", text(1, 256)),
            may("type", KIND),
            may("loggingConfiguration", structure("LoggingConfiguration", LOGGING)),
            may("tags", TAGS),
            may("tracingConfiguration", structure("TracingConfiguration", TRACING)),
            may("publish", Shape::Flag),
            may("versionDescription", secret(0, 256)),
            may("encryptionConfiguration", structure("EncryptionConfiguration", ENCRYPTION)),
        ],
    ),
    (
        &["CreateStateMachineAlias"],
        &[
            may("description", secret(0, 256)),
            must("name", patterned(1, 80, Pattern::AliasName)),
            must("routingConfiguration", ROUTES),
        ],
    ),
    (&["DeleteActivity", "DescribeActivity"], &[must("activityArn", text(1, 256))]),
    (&["DeleteStateMachine"], &[must("stateMachineArn", text(1, 256))]),
    (
        &["DeleteStateMachineAlias", "DescribeStateMachineAlias"],
        &[must("stateMachineAliasArn", text(1, 256))],
    ),
    (&["DeleteStateMachineVersion"], &[must("stateMachineVersionArn", text(1, 2000))]),
    (
        &["DescribeExecution", "DescribeStateMachineForExecution"],
        &[must("executionArn", text(1, 256)), may("includedData", INCLUDED)],
    ),
    (&["DescribeMapRun"], &[must("mapRunArn", text(1, 2000))]),
    (&["DescribeStateMachine"], &[must("stateMachineArn", text(1, 256)), may("includedData", INCLUDED)]),
    (&["GetActivityTask"], &[must("activityArn", text(1, 256)), may("workerName", text(1, 80))]),
    (
        &["GetExecutionHistory"],
        &[
            must("executionArn", text(1, 256)),
            may("maxResults", PAGE_SIZE),
            may("reverseOrder", Shape::Flag),
            may("nextToken", text(1, 1024)),
            may("includeExecutionData", Shape::Flag),
        ],
    ),
    (
        &["ListActivities", "ListStateMachines"],
        &[may("maxResults", PAGE_SIZE), may("nextToken", text(1, 1024))],
    ),
    (
        &["ListExecutions"],
        &[
            may("stateMachineArn", text(1, 256)),
            may("statusFilter", Shape::OneOf(STATUSES)),
            may("maxResults", PAGE_SIZE),
            may("nextToken", text(1, 3096)),
            may("mapRunArn", text(1, 2000)),
            may("redriveFilter", Shape::OneOf(&["REDRIVEN", "NOT_REDRIVEN"])),
        ],
    ),
    (
        &["ListMapRuns"],
        &[must("executionArn", text(1, 256)), may("maxResults", PAGE_SIZE), may("nextToken", text(1, 1024))],
    ),
    (
        &["ListStateMachineAliases", "ListStateMachineVersions"],
        &[
            must("stateMachineArn", text(1, 256)),
            may("nextToken", text(1, 1024)),
            may("maxResults", PAGE_SIZE),
        ],
    ),
    (&["ListTagsForResource"], &[must("resourceArn", text(1, 256))]),
    (
        &["PublishStateMachineVersion"],
        &[
            must("stateMachineArn", text(1, 256)),
            may("revisionId", text(0, ANY)),
            may("description", secret(0, 256)),
        ],
    ),
    (
        &["RedriveExecution"],
        &[must("executionArn", text(1, 256)), may("clientToken", patterned(1, 64, Pattern::Printable))],
    ),
    (
        &["SendTaskFailure"],
        &[must("taskToken", secret(1, 2048)), may("error", secret(0, 256)), may("cause", secret(0, 32_768))],
    ),
    (&["SendTaskHeartbeat"], &[must("taskToken", secret(1, 2048))]),
    (&["SendTaskSuccess"], &[must("taskToken", secret(1, 2048)), must("output", DATA)]),
    (
        &["StartExecution"],
        &[
            must("stateMachineArn", text(1, 256)),
            may("name", text(1, 80)),
            may("input", DATA),
            may("traceHeader", patterned(0, 256, Pattern::Ascii)),
        ],
    ),
    (
        &["StartSyncExecution"],
        &[
            must("stateMachineArn", text(1, 256)),
            may("name", text(1, 80)),
            may("input", DATA),
            may("traceHeader", patterned(0, 256, Pattern::Ascii)),
            may("includedData", INCLUDED),
        ],
    ),
    (
        &["StopExecution"],
        &[must("executionArn", text(1, 256)), may("error", secret(0, 256)), may("cause", secret(0, 32_768))],
    ),
    (&["TagResource"], &[must("resourceArn", text(1, 256)), must("tags", TAGS)]),
    (
        &["TestState"],
        &[
            must("definition", secret(1, MOST_DEFINITION)),
            may("roleArn", text(1, 256)),
            may("input", DATA),
            may("inspectionLevel", Shape::OneOf(&["INFO", "DEBUG", "TRACE"])),
            may("revealSecrets", Shape::Flag),
            may("variables", DATA),
            may("stateName", secret(1, 80)),
            may("mock", structure("MockInput", MOCK)),
            may("context", DATA),
            may("stateConfiguration", structure("TestStateConfiguration", CONFIGURATION)),
        ],
    ),
    (
        &["UntagResource"],
        &[must("resourceArn", text(1, 256)), must("tagKeys", Shape::List { of: &TAG_KEY, min: 0, max: ANY })],
    ),
    (
        &["UpdateMapRun"],
        &[
            must("mapRunArn", text(1, 2000)),
            may("maxConcurrency", COUNT),
            may("toleratedFailurePercentage", Shape::Real { min: 0.0, max: 100.0 }),
            may("toleratedFailureCount", COUNT),
        ],
    ),
    (
        &["UpdateStateMachine"],
        &[
            must("stateMachineArn", text(1, 256)),
            may("definition", secret(1, MOST_DEFINITION)),
            may("roleArn", text(1, 256)),
            may("loggingConfiguration", structure("LoggingConfiguration", LOGGING)),
            may("tracingConfiguration", structure("TracingConfiguration", TRACING)),
            may("publish", Shape::Flag),
            may("versionDescription", secret(0, 256)),
            may("encryptionConfiguration", structure("EncryptionConfiguration", ENCRYPTION)),
        ],
    ),
    (
        &["UpdateStateMachineAlias"],
        &[
            must("stateMachineAliasArn", text(1, 256)),
            may("description", secret(0, 256)),
            may("routingConfiguration", ROUTES),
        ],
    ),
    (
        &["ValidateStateMachineDefinition"],
        &[
            must("definition", secret(1, MOST_DEFINITION)),
            may("type", KIND),
            may("severity", Shape::OneOf(&["ERROR", "WARNING"])),
            may("maxResults", Shape::Whole { min: 0, max: 100 }),
        ],
    ),
];

const ANY: usize = usize::MAX;
const MOST_DEFINITION: usize = 1_048_576;
const STATUSES: &[&str] = &["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"];
const PAGE_SIZE: Shape = Shape::Whole { min: 0, max: 1000 };
const COUNT: Shape = Shape::Whole { min: 0, max: i64::MAX };
const KIND: Shape = Shape::OneOf(&["STANDARD", "EXPRESS"]);
const INCLUDED: Shape = Shape::OneOf(&["ALL_DATA", "METADATA_ONLY"]);
/// Data is measured in bytes, which is looked at where it is read.
const DATA: Shape = secret(0, 262_144);
const TAG_KEY: Shape = text(1, 128);
const TAGS: Shape = Shape::List {
    of: &structure("Tag", &[must("key", TAG_KEY), may("value", text(0, 256))]),
    min: 0,
    max: ANY,
};
const ROUTES: Shape = Shape::List {
    of: &structure(
        "RoutingConfigurationListItem",
        &[must("stateMachineVersionArn", text(1, 256)), must("weight", Shape::Whole { min: 0, max: 100 })],
    ),
    min: 1,
    max: 2,
};
const TRACING: &[Member] = &[may("enabled", Shape::Flag)];
const LOGGING: &[Member] = &[
    may("level", Shape::OneOf(&["ALL", "ERROR", "FATAL", "OFF"])),
    may("includeExecutionData", Shape::Flag),
    may("destinations", Shape::List { of: &structure("LogDestination", DESTINATION), min: 0, max: ANY }),
];
const DESTINATION: &[Member] = &[may(
    "cloudWatchLogsLogGroup",
    structure("CloudWatchLogsLogGroup", &[may("logGroupArn", text(1, 256))]),
)];
const ENCRYPTION: &[Member] = &[
    may("kmsKeyId", text(1, 2048)),
    may("kmsDataKeyReusePeriodSeconds", Shape::Whole { min: 60, max: 900 }),
    must("type", Shape::OneOf(&["AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"])),
];
const MOCK: &[Member] = &[
    may("result", DATA),
    may(
        "errorOutput",
        structure("MockErrorOutput", &[may("error", secret(0, 256)), may("cause", secret(0, 32_768))]),
    ),
    may("fieldValidationMode", Shape::OneOf(&["STRICT", "PRESENT", "NONE"])),
];
const CONFIGURATION: &[Member] = &[
    may("retrierRetryCount", COUNT),
    may("errorCausedByState", secret(1, 80)),
    may("mapIterationFailureCount", COUNT),
    may("mapItemReaderData", DATA),
];

const fn must(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, is_required: true }
}

const fn may(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, is_required: false }
}

const fn structure(name: &'static str, members: &'static [Member]) -> Shape {
    Shape::Structure { name, members }
}

const fn text(min: usize, max: usize) -> Shape {
    Shape::Text { min, max, pattern: None, is_secret: false }
}

const fn secret(min: usize, max: usize) -> Shape {
    Shape::Text { min, max, pattern: None, is_secret: true }
}

const fn patterned(min: usize, max: usize, pattern: Pattern) -> Shape {
    Shape::Text { min, max, pattern: Some(pattern), is_secret: false }
}
