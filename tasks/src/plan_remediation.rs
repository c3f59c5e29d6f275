//! Not written yet.

use crate::aws::Aws;
use crate::serve::Run;
use contract::Fault;
use contract::tasks::PlanRemediation;
use contract::tasks::plan_remediation::{Error, Input};

impl Run for PlanRemediation {
    async fn run(_: Input, _: &Aws) -> Result<contract::Plan, Error> {
        Err(Fault::Refused("this task is not written yet".to_owned()).into())
    }
}
