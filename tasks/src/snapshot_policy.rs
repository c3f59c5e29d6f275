//! Not written yet.

use crate::aws::Aws;
use crate::serve::Run;
use contract::Fault;
use contract::tasks::SnapshotPolicy;
use contract::tasks::snapshot_policy::{Error, Input};

impl Run for SnapshotPolicy {
    async fn run(_: Input, _: &Aws) -> Result<contract::PolicyBefore, Error> {
        Err(Fault::Refused("this task is not written yet".to_owned()).into())
    }
}
