//! What numbers the fields of states may be: in a definition, and where an expression or a path gives them.
//!
//! Source: the pages of the state types in the Step Functions developer guide; for the numbers of a Map what others
//! measured, github.com/floci-io/floci, issue 3733 and pull request 3732.

use std::ops::RangeInclusive;

/// `Seconds` of a Wait.
pub const WAIT_SECONDS: RangeInclusive<u64> = 0..=99_999_999;

/// `TimeoutSeconds` and `HeartbeatSeconds` of a Task.
pub const TASK_SECONDS: RangeInclusive<u64> = 1..=99_999_999;

/// `MaxConcurrency` and `ToleratedFailureCount` of a Map.
pub const COUNT: RangeInclusive<u64> = 0..=u64::MAX;

/// `MaxItems` of a dataset in a definition; 0 is all of them. What a path or an expression gives has no upper limit.
pub const ITEMS: RangeInclusive<u64> = 0..=100_000_000;

/// `MaxItemsPerBatch`; 0 is no limit.
pub const BATCH_ITEMS: RangeInclusive<u64> = 0..=4_294_967_295;

/// `MaxInputBytesPerBatch`; 0 is no limit.
pub const BATCH_BYTES: RangeInclusive<u64> = 0..=262_144;
