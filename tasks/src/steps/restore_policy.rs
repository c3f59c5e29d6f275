//! `restore-policy`: the undo. It puts back what was recorded, if what stands there is still what the remediation made,
//! looks that it is there, and remembers that a person wanted it so.

use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::document::hash;
use crate::aws::fault::Answer;
use crate::aws::reach::Account;
use crate::remediation::kind::{Kind, Undoable};
use crate::remediation::standing::Standing;
use crate::remediation::{reach, subject_hash};
use crate::serve::Run;
use contract::tasks::RestorePolicy;
use contract::tasks::restore_policy::{Error, Input, Output};
use contract::{Fault, PolicyBefore};
use serde::{Deserialize, Serialize};

/// What stands on record of a subject that a person took back: the guardrails ask before it is changed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TakenBack {
    pub(crate) case_id: String,
    pub(crate) at: String,
    /// The hash of what the policy says; none where the attachment itself was taken back.
    #[serde(default)]
    pub(crate) sha256: Option<String>,
}

impl Run for RestorePolicy {
    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let before = &input.before;
        let table = CaseTable::new(aws)?;
        table.recorded(&input.case_id, before).await?;
        let account = reach(before, &input.case_id, aws).await?;
        let (iam, kind) = (account.iam(), Kind::of(before)?);
        let mut output = Output { restored: false, changed_meanwhile: vec![], not_as_before: vec![] };
        match kind.standing(&iam).await? {
            Standing::AsChanged => match kind.put_back(&iam, &mut output.not_as_before).await? {
                Answer::Done(()) => output.restored = true,
                Answer::Gone => {
                    let what = before.subject.words();
                    let what = what.trim_start_matches("the ");
                    return Err(Error::CannotBeRestored(format!(
                        "IAM says that there is no {what} any more"
                    )));
                }
                Answer::Refused(why) => return Err(Error::CannotBeRestored(why)),
            },
            // An earlier try, or somebody else, has put it back.
            Standing::AsRecorded => {}
            Standing::Otherwise(how) | Standing::Gone(how) => {
                return Err(Error::Drifted(format!(
                    "nothing was changed, because it is not what was left: {how}"
                )));
            }
        }
        let now = kind.standing(&iam).await?;
        if now != Standing::AsRecorded {
            return Err(Error::NotReadBack(format!("it was put back, and is not as it was: {now:?}")));
        }
        match kind.tidy(&iam, &mut output.not_as_before).await? {
            Answer::Done(tidied) => output.restored |= tidied,
            Answer::Gone => {}
            Answer::Refused(why) => return Err(Error::CannotBeRestored(why)),
        }
        remember(&table, before, &account, kind.said(), aws).await?;
        output.changed_meanwhile = kind.changed_meanwhile(&iam, &output.not_as_before).await?;
        Ok(output)
    }
}

/// Without this the next finding about the same policy would change in an hour what a person has just put back.
async fn remember(
    table: &CaseTable,
    before: &PolicyBefore,
    account: &Account,
    said: Option<&str>,
    aws: &Aws,
) -> Result<(), Error> {
    let sha256 = said.map(hash);
    let key = Key::restored(&subject_hash(&before.subject, account.id()));
    let record: Option<Record<TakenBack>> = table.get(&key).await?;
    let taken_back = TakenBack { case_id: before.case_id.clone(), at: aws.now(), sha256 };
    let written = match &record {
        None => table.create(&key, &taken_back).await?,
        Some(Record { value, .. }) if value.case_id == before.case_id => Written::Yes,
        Some(record) => table.replace(&key, record, &taken_back).await?,
    };
    match written {
        Written::Yes => Ok(()),
        Written::No => {
            Err(Fault::Unavailable("another undo of the same policy was written at this moment".to_owned())
                .into())
        }
    }
}
