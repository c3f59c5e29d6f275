//! `contain-role`: one call changes the account. Everything around it makes sure that it is the right one.

use crate::aws::Aws;
use crate::aws::case_table::CaseTable;
use crate::aws::fault::{code, fault};
use crate::aws::role;
use crate::serve::Run;
use contract::tasks::ContainRole;
use contract::tasks::contain_role::{Error, Input};
use contract::{Before, Contained, deny_all};

impl Run for ContainRole {
    async fn run(input: Input, aws: &Aws) -> Result<Contained, Error> {
        let before = &input.before;
        CaseTable::new(aws)?.recorded(&input.case_id, before).await?;
        let account = aws.reach_arn(&before.role_arn, &input.case_id).await?.account()?;
        let iam = account.iam();
        is_the_role(before, &iam).await?;
        let document = deny_all(&before.case_id);
        let put = iam
            .put_role_policy()
            .role_name(&before.role_name)
            .policy_name(&before.policy_name)
            .policy_document(document.to_string())
            .send()
            .await;
        if let Err(error) = put {
            return Err(match code(&error) {
                "LimitExceeded" | "UnmodifiableEntity" | "NoSuchEntity" => {
                    let message = format!(
                        "IAM does not take a policy on `{}`: `{}`: {}",
                        before.role_name,
                        code(&error),
                        fault_text(&error)
                    );
                    Error::CannotBeContained(message)
                }
                _ => fault("putting the deny-all policy", &error).into(),
            });
        }
        // A role that was deleted and made again in between has our policy now, and the undo must know.
        is_the_role(before, &iam).await?;
        match role::inline_policy(&iam, &before.role_name, &before.policy_name).await? {
            Some(read) if read == document => Ok(Contained {
                role_name: before.role_name.clone(),
                policy_name: before.policy_name.clone(),
                applied_at: aws.now(),
            }),
            Some(_) => Err(Error::NotReadBack(format!(
                "`{}` says something else than what was put",
                before.policy_name
            ))),
            None => Err(Error::NotReadBack(format!("`{}` was put, and is not there", before.policy_name))),
        }
    }
}

/// Whether the role of that name is still the one that was recorded.
async fn is_the_role(before: &Before, iam: &aws_sdk_iam::Client) -> Result<(), Error> {
    let name = &before.role_name;
    match role::get(iam, name).await? {
        Some(role) if role.role_id() == before.role_id => Ok(()),
        Some(role) => {
            let message = format!("the role `{name}` is {} now, not {}", role.role_id(), before.role_id);
            Err(Error::RoleChanged(message))
        }
        None => Err(Error::RoleChanged(format!("there is no role `{name}` any more"))),
    }
}

fn fault_text(error: &impl aws_sdk_iam::error::ProvideErrorMetadata) -> &str {
    error.message().unwrap_or("no message")
}

#[cfg(test)]
#[path = "contain_role_tests.rs"]
pub(crate) mod tests;
