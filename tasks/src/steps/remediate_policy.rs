//! `remediate-policy`: the one change that was recorded. Everything around it makes sure that the policy is still what
//! was recorded, and is what it should be afterwards.

use crate::aws::Aws;
use crate::aws::case_table::CaseTable;
use crate::aws::fault::Answer;
use crate::remediation::kind::{Applied, Kind, Undoable};
use crate::remediation::reach;
use crate::remediation::standing::Standing;
use crate::serve::Run;
use contract::Remediated;
use contract::tasks::RemediatePolicy;
use contract::tasks::remediate_policy::{Error, Input};

impl Run for RemediatePolicy {
    async fn run(input: Input, aws: &Aws) -> Result<Remediated, Error> {
        let before = &input.before;
        CaseTable::new(aws)?.recorded(&input.case_id, before).await?;
        let account = reach(before, &input.case_id, aws).await?;
        let (iam, kind) = (account.iam(), Kind::of(before)?);
        match kind.standing(&iam).await? {
            Standing::AsRecorded => match kind.apply(&iam).await? {
                Answer::Done(()) => {}
                Answer::Gone => {
                    let what = before.subject.words();
                    return Err(Error::PolicyChanged(format!("{what} is gone since a moment ago")));
                }
                Answer::Refused(why) => return Err(Error::CannotBeRemediated(why)),
            },
            // An earlier try made the change.
            Standing::AsChanged => {}
            Standing::Otherwise(how) | Standing::Gone(how) => return Err(Error::PolicyChanged(how)),
        }
        match kind.standing(&iam).await? {
            Standing::AsChanged => {
                let Applied { what, version, deleted_version } = kind.applied(&iam).await?;
                Ok(Remediated { what, version, deleted_version, applied_at: aws.now() })
            }
            Standing::AsRecorded => Err(Error::NotReadBack(
                "the change was made, and the policy says what it said before".to_owned(),
            )),
            Standing::Otherwise(how) | Standing::Gone(how) => Err(Error::NotReadBack(how)),
        }
    }
}

#[cfg(test)]
#[path = "remediate_policy_tests.rs"]
pub(crate) mod tests;
