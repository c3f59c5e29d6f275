//! What several actions need.

pub(super) mod rule_name;

use super::{ApiError, Caller};
