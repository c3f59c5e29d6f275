//! `snapshot-role`: arms the undo before anything changes.

use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::role;
use crate::serve::Run;
use contract::tasks::SnapshotRole;
use contract::tasks::snapshot_role::{Error, Input};
use contract::{Before, Fault, Principal, deny_all, policy_name};

impl Run for SnapshotRole {
    async fn run(input: Input, aws: &Aws) -> Result<Before, Error> {
        let Principal::Role { name, id, .. } = &input.finding.principal else {
            return Err(Fault::InvalidInput("the principal of the finding is not a role".to_owned()).into());
        };
        let account = aws.reach(&input.finding.account, &input.case_id).await?.account()?;
        let iam = account.iam();
        let role = match role::get(&iam, name).await? {
            Some(role) if role.role_id() == id => role,
            Some(role) => {
                return Err(Error::RoleChanged(format!(
                    "the role `{name}` is {} now, not {id}",
                    role.role_id()
                )));
            }
            None => return Err(Error::RoleChanged(format!("there is no role `{name}` any more"))),
        };
        let (table, key) = (CaseTable::new(aws)?, Key::before(&input.case_id));
        // The first snapshot of a case counts. A later one would show our own policy as the state before.
        let record: Option<Record<Before>> = table.get(&key).await?;
        if let Some(record) = record {
            return Ok(record.value);
        }
        let policy = policy_name(&input.case_id);
        if let Some(document) = role::inline_policy(&iam, name, &policy).await?
            && document != deny_all(&input.case_id)
        {
            let message = format!(
                "the role `{name}` has a policy `{policy}` already, and it is not ours; look at it, and delete it if nobody needs it"
            );
            return Err(Error::PolicyNameTaken(message));
        }
        let before = Before {
            inline_policies: role::inline_policies(&iam, name, &policy).await?,
            attached_policies: role::attached_policies(&iam, name).await?,
            boundary: role
                .permissions_boundary()
                .and_then(|boundary| boundary.permissions_boundary_arn())
                .map(str::to_owned),
            role_name: name.clone(),
            role_arn: role.arn().to_owned(),
            role_id: id.clone(),
            policy_name: policy,
            taken_at: aws.now(),
            case_id: input.case_id,
        };
        match table.create(&key, &before).await? {
            Written::Yes => Ok(before),
            Written::No => Err(Fault::Unavailable(
                "another try of this task recorded the role at the same moment".to_owned(),
            )
            .into()),
        }
    }
}

#[cfg(test)]
#[path = "snapshot_role_tests.rs"]
mod tests;
