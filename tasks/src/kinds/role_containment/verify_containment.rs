//! `verify-containment`: IAM takes seconds to spread a deny, and an attacker can take it off in them.

use crate::aws::Aws;
use crate::aws::role;
use crate::serve::Run;
use contract::deny_all;
use contract::tasks::VerifyContainment;
use contract::tasks::verify_containment::{Error, Hold, Input, Output};

impl Run for VerifyContainment {
    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let before = &input.before;
        let account = aws.reach_arn(&before.role_arn, &input.case_id).await?.account()?;
        let iam = account.iam();
        let role = role::get(&iam, &before.role_name).await?;
        if role.is_none_or(|role| role.role_id() != before.role_id) {
            let detail = format!("The role {} ({}) is gone.", before.role_name, before.role_id);
            return Ok(Output { state: Hold::RoleGone, detail });
        }
        let (state, detail) = match role::inline_policy(&iam, &before.role_name, &before.policy_name).await? {
            Some(document) if document == deny_all(&before.case_id) => {
                (Hold::Holds, format!("{} is on {}, as it was put.", before.policy_name, before.role_name))
            }
            Some(_) => (
                Hold::Drifted,
                format!("{} on {} says something else now.", before.policy_name, before.role_name),
            ),
            None => (Hold::Drifted, format!("{} was taken off {}.", before.policy_name, before.role_name)),
        };
        Ok(Output { state, detail })
    }
}
