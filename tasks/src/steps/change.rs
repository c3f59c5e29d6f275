use super::{RecordOf, on_record, reach_recorded, refuse_unapproved, reversible};
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::fault::Answer;
use crate::aws::reach::Account;
use crate::kinds::{ChangingKind, Reversible, Standing};
use crate::runtime::permissions::Statement;
use crate::runtime::{Run, Setting};
use contract::steps::change::Error;
use contract::steps::{Change, OnRecord};
use contract::{Changed, Fault};

/// Compares the record of the input with the case table, and reaches its account. A change that must not wait for a case
/// table that cannot be reached, however often it is tried, is checked without its record.
async fn account_of_record<K: ChangingKind>(
    input: &OnRecord<RecordOf<K>>,
    aws: &Aws,
) -> Result<Account, Fault> {
    let fault = match on_record::<K>(input, aws).await {
        Ok((_, account)) => return Ok(account),
        Err(fault) => fault,
    };
    let is_unreachable = matches!(
        fault,
        Fault::Throttled { .. }
            | Fault::Unavailable { .. }
            | Fault::AccessDenied { .. }
            | Fault::Refused { .. }
    );
    let recorded = &input.recorded;
    if !K::MUST_NOT_WAIT || !input.unrecorded || !is_unreachable || recorded.case_id != input.case_id {
        return Err(fault);
    }
    let account = reach_recorded::<K>(input, aws).await?;
    K::check_unrecorded(&input.case_id, &recorded.change, &recorded.was, &account, aws).await?;
    tracing::warn!(%fault, "the change is made without the case table");
    Ok(account)
}

impl<K: ChangingKind> Run for Change<K> {
    const SUMMARY: &'static str = K::CHANGE.summary;
    const IAM: &'static [Statement] = K::CHANGE.iam;
    const ENVIRONMENT: &'static [&'static str] = K::CHANGE.environment;
    const SETTINGS: &'static [Setting] = K::CHANGE.settings;

    async fn run(input: OnRecord<RecordOf<K>>, aws: &Aws) -> Result<Changed, Error> {
        let account = account_of_record::<K>(&input, aws).await?;
        let table = CaseTable::new(aws)?;
        let mut change = reversible::<K>(&input.recorded)?;
        refuse_unapproved(&change, input.asked_by.as_deref(), &account, aws).await?;
        if let Err(fault) = change.recall(aws, input.again).await {
            tracing::warn!(%fault, "what earlier tries noted is not known");
        }
        let what = input.recorded.what.clone();
        let apply = match change.standing(&account).await? {
            Standing::AsRecorded => true,
            // An earlier try made the change. A change that may be made over anything is made again all the same: IAM may
            // answer with a state from before somebody reverted it.
            Standing::AsChanged if change.may_overwrite_drift() => true,
            Standing::AsChanged if has_begun::<K>(&table, &input.case_id).await? => false,
            Standing::AsChanged => return Err(Error::AlreadyMade { what }),
            Standing::Otherwise(_) | Standing::Incomplete(_) if change.may_overwrite_drift() => true,
            Standing::Otherwise(how) | Standing::Incomplete(how) | Standing::Gone(how) => {
                return Err(Error::TargetChanged { what, how });
            }
        };
        if apply {
            if !change.may_overwrite_drift() {
                begin::<K>(&table, &input.case_id, aws).await?;
            }
            match change.apply(&account).await? {
                Answer::Done(()) => {}
                Answer::Gone => {
                    let how = "it has just been deleted".to_owned();
                    return Err(Error::TargetChanged { what, how });
                }
                Answer::Refused(why) => return Err(Error::CannotBeChanged { what, why }),
            }
        }
        // From here on the change may have taken hold. A fault of the read-back must not look as if it had not.
        let read_back = match change.standing(&account).await {
            Ok(standing) => standing,
            Err(fault) => {
                return Err(Error::NotReadBack { what, how: format!("it could not be read: {fault}") });
            }
        };
        match read_back {
            Standing::AsChanged => {
                // The description is for people. If it cannot be read, the recorded one is true as well.
                let described = change.applied(&account).await;
                let what = described.unwrap_or_else(|_| input.recorded.words.changed.clone());
                Ok(Changed { what, applied_at: aws.now() })
            }
            Standing::AsRecorded => {
                Err(Error::NotReadBack { what, how: "it is as it was recorded".to_owned() })
            }
            Standing::Otherwise(how) | Standing::Incomplete(how) => Err(Error::NotReadBack { what, how }),
            // A target that was deleted and created again in between may have the change now, and people must know.
            Standing::Gone(how) => {
                let how = format!("{how} It was replaced while the change was made.");
                Err(Error::TargetChanged { what, how })
            }
        }
    }
}

/// The time at which a case was about to make its change.
type Begun = String;

/// Whether an earlier try of the case was about to make the change.
async fn has_begun<K: ChangingKind>(table: &CaseTable, case_id: &str) -> Result<bool, Fault> {
    let record: Option<Record<Begun>> = table.get(&Key::begun(K::NAME, case_id)).await?;
    Ok(record.is_some())
}

/// Notes that the case is about to make the change. The note of an earlier try is as good.
async fn begin<K: ChangingKind>(table: &CaseTable, case_id: &str, aws: &Aws) -> Result<(), Fault> {
    let now: Begun = aws.now();
    let (Written::Yes | Written::No) = table.create(&Key::begun(K::NAME, case_id), &now).await?;
    Ok(())
}
