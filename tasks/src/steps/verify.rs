use super::{RecordOf, reach_recorded, reversible};
use crate::aws::Aws;
use crate::kinds::{ChangingKind, Reversible, Standing, sentence};
use crate::runtime::permissions::Statement;
use crate::runtime::{Run, Setting};
use contract::steps::verify::{Error, Hold, Output};
use contract::steps::{OnRecord, Verify};

impl<K: ChangingKind> Run for Verify<K> {
    const SUMMARY: &'static str = K::VERIFY.summary;
    const IAM: &'static [Statement] = K::VERIFY.iam;
    const ENVIRONMENT: &'static [&'static str] = K::VERIFY.environment;
    const SETTINGS: &'static [Setting] = K::VERIFY.settings;

    async fn run(input: OnRecord<RecordOf<K>>, aws: &Aws) -> Result<Output, Error> {
        let account = reach_recorded::<K>(&input, aws).await?;
        let change = reversible::<K>(&input.recorded)?;
        let what = &input.recorded.what;
        let (state, detail) = match change.standing(&account).await? {
            Standing::AsChanged => (Hold::Holds, sentence(&format!("{what} is as the change left it"))),
            Standing::AsRecorded => (
                Hold::PutBack,
                sentence(&format!("{what} is as it was before the change: somebody reverted it")),
            ),
            Standing::Otherwise(how) | Standing::Incomplete(how) if change.may_overwrite_drift() => {
                (Hold::PutBack, how)
            }
            Standing::Otherwise(how) | Standing::Incomplete(how) => (Hold::Drifted, how),
            Standing::Gone(how) => (Hold::Gone, how),
        };
        Ok(Output { state, detail })
    }
}
