use super::{RecordOf, on_record, refuse_untouchable, reversible, taken_back};
use crate::aws::Aws;
use crate::aws::fault::Answer;
use crate::kinds::{ChangingKind, Reversible, Standing};
use crate::runtime::permissions::Statement;
use crate::runtime::{Run, Setting};
use contract::Restored;
use contract::steps::restore::Error;
use contract::steps::{OnRecord, Restore};

impl<K: ChangingKind> Run for Restore<K> {
    const SUMMARY: &'static str = K::RESTORE.summary;
    const IAM: &'static [Statement] = K::RESTORE.iam;
    const ENVIRONMENT: &'static [&'static str] = K::RESTORE.environment;
    const SETTINGS: &'static [Setting] = K::RESTORE.settings;

    async fn run(input: OnRecord<RecordOf<K>>, aws: &Aws) -> Result<Restored, Error> {
        let (table, account) = on_record::<K>(&input, aws).await?;
        let mut change = reversible::<K>(&input.recorded)?;
        refuse_untouchable(&change, &account).await?;
        change.recall(aws, false).await?;
        let what = input.recorded.what.clone();
        let mut restored = Restored { left_alone: change.left_alone(), ..Restored::default() };
        match change.standing(&account).await? {
            Standing::AsChanged | Standing::Incomplete(_) if input.asked_by.is_none() => {
                return Err(Error::TookHold { what });
            }
            Standing::AsChanged | Standing::Incomplete(_) => {
                if let Some(how) = change.cannot_put_back(&account).await? {
                    return Err(Error::Drifted { what, how });
                }
                match change.put_back(&account, &mut restored.not_as_before).await? {
                    Answer::Done(done) => restored.restored = done,
                    Answer::Gone => {
                        let why = "it has just been deleted".to_owned();
                        return Err(Error::CannotBeRestored { what, why });
                    }
                    Answer::Refused(why) => return Err(Error::CannotBeRestored { what, why }),
                }
            }
            // An earlier try, or somebody else, has restored it.
            Standing::AsRecorded => {}
            Standing::Otherwise(how) | Standing::Gone(how) => return Err(Error::Drifted { what, how }),
        }
        match change.standing(&account).await? {
            Standing::AsRecorded => {}
            Standing::AsChanged => {
                return Err(Error::NotReadBack { what, how: "it is as the change left it".to_owned() });
            }
            Standing::Otherwise(how) | Standing::Incomplete(how) | Standing::Gone(how) => {
                return Err(Error::NotReadBack { what, how });
            }
        }
        match change.tidy(&account, &mut restored.not_as_before).await? {
            Answer::Done(tidied) => restored.restored |= tidied,
            Answer::Gone => {}
            Answer::Refused(why) => return Err(Error::CannotBeRestored { what, why }),
        }
        // A change that failed is taken back as well, and nobody has decided anything then.
        if let (Some(memory), Some(_)) = (change.memory()?, &input.asked_by) {
            taken_back::remember::<K>(&table, &input.case_id, &memory, &account, aws).await?;
        }
        restored.changed_meanwhile = change.changed_meanwhile(&account, &restored.not_as_before).await?;
        Ok(restored)
    }
}
