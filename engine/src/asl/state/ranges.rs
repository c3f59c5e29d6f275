//! What numbers the fields of states may be: in a definition, and where an expression or a path gives them.
//!
//! Source: the pages of the state types in the Step Functions developer guide.

use std::ops::RangeInclusive;

/// `Seconds` of a Wait.
pub const WAIT_SECONDS: RangeInclusive<u64> = 0..=99_999_999;

/// `TimeoutSeconds` and `HeartbeatSeconds` of a Task.
pub const TASK_SECONDS: RangeInclusive<u64> = 1..=99_999_999;

/// `MaxConcurrency` and `ToleratedFailureCount` of a Map.
pub const COUNT: RangeInclusive<u64> = 0..=u64::MAX;

/// `MaxItems` of a dataset.
pub const ITEMS: RangeInclusive<u64> = 1..=100_000_000;

/// `MaxItemsPerBatch`.
pub const BATCH_ITEMS: RangeInclusive<u64> = 1..=4_294_967_295;

/// `MaxInputBytesPerBatch`.
pub const BATCH_BYTES: RangeInclusive<u64> = 1..=262_144;
