//! `snapshot-policy`: arms the undo before anything changes. The change is worked out anew from what is recorded, so
//! that nothing can be done to a policy that the analysis of that very policy did not ask for.

use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::{Aws, policy};
use crate::remediation::look::{Looked, Place, look};
use crate::remediation::{judge, known};
use crate::serve::Run;
use contract::tasks::SnapshotPolicy;
use contract::tasks::snapshot_policy::{Error, Input};
use contract::{Fault, OldVersion, PolicyBefore, Was};

impl Run for SnapshotPolicy {
    async fn run(input: Input, aws: &Aws) -> Result<PolicyBefore, Error> {
        let subject = input.finding.subject.clone().ok_or_else(|| {
            Fault::InvalidInput("the finding is not about a policy, so there is nothing to record".to_owned())
        })?;
        if input.finding.account != aws.here.account {
            let message = format!("the policy belongs to the account {}", input.finding.account);
            return Err(Fault::InvalidInput(message).into());
        }
        let (table, key) = (CaseTable::new(aws)?, Key::before(&input.case_id));
        // The first snapshot of a case counts. A later one would show our own change as the state before.
        let record: Option<Record<PolicyBefore>> = table.get(&key).await?;
        if let Some(Record { value: before, .. }) = record {
            if before.subject == subject && before.change == input.change {
                return Ok(before);
            }
            let message = "another change was recorded for this case before".to_owned();
            return Err(Error::PolicyChanged(message));
        }
        let iam = aws.iam();
        let live = match look(&iam, &subject).await? {
            Looked::There(live) => live,
            Looked::Gone(why) | Looked::ForPeople(why) => return Err(Error::PolicyChanged(why)),
        };
        let plan = judge::judge(&live, input.finding.source, &known(aws)?);
        if plan.change.as_ref() != Some(&input.change) {
            let message = format!(
                "{} is not what the change was planned for: it was changed meanwhile, or is safe now",
                subject.words()
            );
            return Err(Error::PolicyChanged(message));
        }
        let document = live.document;
        let was = match live.place {
            Place::Managed { arn, policy_id, default_version, versions, attached } => {
                let oldest = match judge::oldest(&versions, &default_version) {
                    None => None,
                    Some(id) => match policy::version(&iam, &arn, id).await? {
                        Some(document) => Some(OldVersion { id: id.clone(), document }),
                        None => {
                            let message = format!("the version {id} was deleted at this moment");
                            return Err(Fault::Unavailable(message).into());
                        }
                    },
                };
                Was::Managed { policy_id, default_version, document, versions, oldest, attached }
            }
            Place::Inline { principal_id, .. } => Was::Inline { principal_id, document },
            Place::Attached { principal_id, attached, .. } => Was::Attached { principal_id, attached },
            Place::Trust { role_id, .. } => Was::Trust { role_id, document },
        };
        let before =
            PolicyBefore { case_id: input.case_id, subject, was, change: input.change, taken_at: aws.now() };
        match table.create(&key, &before).await? {
            Written::Yes => Ok(before),
            Written::No => Err(Fault::Unavailable(
                "another try of this task recorded the policy at the same moment".to_owned(),
            )
            .into()),
        }
    }
}
