use super::{RecordOf, on_record, reversible};
use crate::aws::Aws;
use crate::aws::fault::Answer;
use crate::kinds::{ChangingKind, Reversible, Standing};
use crate::runtime::permissions::Statement;
use crate::runtime::{Run, Setting};
use contract::Changed;
use contract::steps::change::Error;
use contract::steps::{Change, OnRecord};

impl<K: ChangingKind> Run for Change<K> {
    const SUMMARY: &'static str = K::CHANGE.summary;
    const IAM: &'static [Statement] = K::CHANGE.iam;
    const ENVIRONMENT: &'static [&'static str] = K::CHANGE.environment;
    const SETTINGS: &'static [Setting] = K::CHANGE.settings;

    async fn run(input: OnRecord<RecordOf<K>>, aws: &Aws) -> Result<Changed, Error> {
        let (_, account) = on_record::<K>(&input, aws).await?;
        let change = reversible::<K>(&input.recorded)?;
        let what = input.recorded.what.clone();
        let apply = match change.standing(&account).await? {
            Standing::AsRecorded => true,
            // An earlier try made the change. A change that may be made over anything is made again all the same: IAM may
            // answer with a state from before somebody reverted it.
            Standing::AsChanged => change.may_overwrite_drift(),
            Standing::Otherwise(_) if change.may_overwrite_drift() => true,
            Standing::Otherwise(how) | Standing::Gone(how) => {
                return Err(Error::TargetChanged { what, how });
            }
        };
        if apply {
            match change.apply(&account).await? {
                Answer::Done(()) => {}
                Answer::Gone => {
                    let how = "it has just been deleted".to_owned();
                    return Err(Error::TargetChanged { what, how });
                }
                Answer::Refused(why) => return Err(Error::CannotBeChanged { what, why }),
            }
        }
        match change.standing(&account).await? {
            Standing::AsChanged => {
                Ok(Changed { what: change.applied(&account).await?, applied_at: aws.now() })
            }
            Standing::AsRecorded => {
                Err(Error::NotReadBack { what, how: "it is as it was recorded".to_owned() })
            }
            Standing::Otherwise(how) => Err(Error::NotReadBack { what, how }),
            // A target that was deleted and created again in between may have the change now, and people must know.
            Standing::Gone(how) => {
                let how = format!("{how} It was replaced while the change was made.");
                Err(Error::TargetChanged { what, how })
            }
        }
    }
}
