//! What several actions need.

pub(super) mod arn;
pub(super) mod definition;
pub(super) mod describe;
pub(super) mod execution_input;
pub(super) mod map_run;
pub(super) mod members;
pub(super) mod routing;
pub(super) mod settings;
pub(super) mod shape;
pub(super) mod tagged;
pub(super) mod variables;

use super::{Api, ApiError, Caller, Summary, check_name};
