//! `snapshot-policy`: arms the undo before anything changes. The change is worked out anew from what is recorded, so
//! that nothing can be done to a policy that the analysis of that very policy did not ask for.

use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::remediation::look::{Looked, look};
use crate::remediation::{judge, known};
use crate::serve::Run;
use contract::tasks::SnapshotPolicy;
use contract::tasks::snapshot_policy::{Error, Input};
use contract::{Fault, PolicyBefore};

impl Run for SnapshotPolicy {
    async fn run(input: Input, aws: &Aws) -> Result<PolicyBefore, Error> {
        let subject = input.finding.subject.clone().ok_or_else(|| {
            Fault::InvalidInput("the finding is not about a policy, so there is nothing to record".to_owned())
        })?;
        let account = aws.reach(&input.finding.account, &input.case_id).await?.account()?;
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
        let iam = account.iam();
        let live = match look(&iam, &subject).await? {
            Looked::There(live) => live,
            Looked::Gone(why) | Looked::ForPeople(why) => return Err(Error::PolicyChanged(why)),
        };
        let plan = judge::judge(&live, input.finding.source, &known(&account, aws)?);
        if plan.change.as_ref() != Some(&input.change) {
            let message = format!(
                "{} is not what the change was planned for: it was changed meanwhile, or is safe now",
                subject.words()
            );
            return Err(Error::PolicyChanged(message));
        }
        let was = live.place.record(&iam, live.document).await?;
        let before = PolicyBefore {
            case_id: input.case_id,
            account: Some(account.id().to_owned()),
            subject,
            was,
            change: input.change,
            taken_at: aws.now(),
        };
        match table.create(&key, &before).await? {
            Written::Yes => Ok(before),
            Written::No => Err(Fault::Unavailable(
                "another try of this task recorded the policy at the same moment".to_owned(),
            )
            .into()),
        }
    }
}
