//! What the requests of several actions hold: their members' types, lengths, ranges and patterns. What one action alone takes
//! is in its own file.
//!
//! Source: the service model of Step Functions, 2016-11-23.

use super::shape::{Member, Pattern, Shape};

pub(in crate::api) const ANY: usize = usize::MAX;
pub(in crate::api) const MOST_DEFINITION: usize = 1_048_576;
pub(in crate::api) const PAGE_SIZE: Shape = Shape::Whole { min: 0, max: 1000 };
pub(in crate::api) const COUNT: Shape = Shape::Whole { min: 0, max: i64::MAX };
pub(in crate::api) const KIND: Shape = Shape::OneOf(&["STANDARD", "EXPRESS"]);
pub(in crate::api) const INCLUDED: Shape = Shape::OneOf(&["ALL_DATA", "METADATA_ONLY"]);
/// Data is measured in bytes, which is looked at where it is read.
pub(in crate::api) const DATA: Shape = secret(0, 262_144);
pub(in crate::api) const TAG_KEY: Shape = text(1, 128);
pub(in crate::api) const TAGS: Shape = Shape::List {
    of: &structure("Tag", &[must("key", TAG_KEY), may("value", text(0, 256))]),
    min: 0,
    max: ANY,
};
pub(in crate::api) const ROUTES: Shape = Shape::List {
    of: &structure(
        "RoutingConfigurationListItem",
        &[must("stateMachineVersionArn", text(1, 256)), must("weight", Shape::Whole { min: 0, max: 100 })],
    ),
    min: 1,
    max: 2,
};
pub(in crate::api) const TRACING: &[Member] = &[may("enabled", Shape::Flag)];
pub(in crate::api) const LOGGING: &[Member] = &[
    may("level", Shape::OneOf(&["ALL", "ERROR", "FATAL", "OFF"])),
    may("includeExecutionData", Shape::Flag),
    may("destinations", Shape::List { of: &structure("LogDestination", DESTINATION), min: 0, max: ANY }),
];
const DESTINATION: &[Member] = &[may(
    "cloudWatchLogsLogGroup",
    structure("CloudWatchLogsLogGroup", &[may("logGroupArn", text(1, 256))]),
)];
pub(in crate::api) const ENCRYPTION: &[Member] = &[
    may("kmsKeyId", text(1, 2048)),
    may("kmsDataKeyReusePeriodSeconds", Shape::Whole { min: 60, max: 900 }),
    must("type", Shape::OneOf(&["AWS_OWNED_KEY", "CUSTOMER_MANAGED_KMS_KEY"])),
];

pub(in crate::api) const fn must(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, is_required: true }
}

pub(in crate::api) const fn may(name: &'static str, shape: Shape) -> Member {
    Member { name, shape, is_required: false }
}

pub(in crate::api) const fn structure(name: &'static str, members: &'static [Member]) -> Shape {
    Shape::Structure { name, members }
}

pub(in crate::api) const fn text(min: usize, max: usize) -> Shape {
    Shape::Text { min, max, pattern: None, is_secret: false }
}

pub(in crate::api) const fn secret(min: usize, max: usize) -> Shape {
    Shape::Text { min, max, pattern: None, is_secret: true }
}

pub(in crate::api) const fn patterned(min: usize, max: usize, pattern: Pattern) -> Shape {
    Shape::Text { min, max, pattern: Some(pattern), is_secret: false }
}
