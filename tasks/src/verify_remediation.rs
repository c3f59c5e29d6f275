//! Not written yet.

use crate::aws::Aws;
use crate::serve::Run;
use contract::Fault;
use contract::tasks::VerifyRemediation;
use contract::tasks::verify_remediation::{Error, Input};

impl Run for VerifyRemediation {
    async fn run(_: Input, _: &Aws) -> Result<contract::tasks::verify_remediation::Output, Error> {
        Err(Fault::Refused("this task is not written yet".to_owned()).into())
    }
}
