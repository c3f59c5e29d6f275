//! Not written yet.

use crate::aws::Aws;
use crate::serve::Run;
use contract::Fault;
use contract::tasks::RestorePolicy;
use contract::tasks::restore_policy::{Error, Input};

impl Run for RestorePolicy {
    async fn run(_: Input, _: &Aws) -> Result<contract::tasks::restore_policy::Output, Error> {
        Err(Fault::Refused("this task is not written yet".to_owned()).into())
    }
}
