//! Not written yet.

use crate::aws::Aws;
use crate::serve::Run;
use contract::Fault;
use contract::tasks::RemediatePolicy;
use contract::tasks::remediate_policy::{Error, Input};

impl Run for RemediatePolicy {
    async fn run(_: Input, _: &Aws) -> Result<contract::Remediated, Error> {
        Err(Fault::Refused("this task is not written yet".to_owned()).into())
    }
}
