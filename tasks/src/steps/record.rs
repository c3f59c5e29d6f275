use super::{RecordOf, refuse_untouchable, reversible};
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record as Stored, Written};
use crate::kinds::guardrails::Tried;
use crate::kinds::{ChangingKind, Reversible, Subject};
use crate::runtime::permissions::Statement;
use crate::runtime::{Run, Setting};
use contract::steps::Record;
use contract::steps::record::{Error, Input};
use contract::{Fault, Recorded, Target};

impl<K: ChangingKind> Run for Record<K> {
    const SUMMARY: &'static str = K::RECORD.summary;
    const IAM: &'static [Statement] = K::RECORD.iam;
    const ENVIRONMENT: &'static [&'static str] = K::RECORD.environment;
    const SETTINGS: &'static [Setting] = K::RECORD.settings;

    fn prepare() -> Result<(), Fault> {
        K::prepare()
    }

    async fn run(input: Input<K::Target, K::Change>, aws: &Aws) -> Result<RecordOf<K>, Error> {
        let target = match &input.finding.target {
            Target::Resource { resource, .. } => resource,
            Target::Other { why, .. } => {
                return Err(Fault::invalid_input(format!("the finding has no target: {why}")).into());
            }
        };
        let what = K::what(target);
        let account = aws.reach(&input.finding.account, &input.case_id).await?.account()?;
        let (table, key) = (CaseTable::new(aws)?, Key::before(K::NAME, &input.case_id));
        // The first record of a case counts. A later one would show the change as the state before it.
        let stored: Result<Option<Stored<RecordOf<K>>>, Fault> = table.get(&key).await;
        let unreachable = stored.as_ref().err().cloned().filter(|_| input.unrecorded && K::MUST_NOT_WAIT);
        let stored = if unreachable.is_some() { None } else { stored? };
        if let Some(Stored { value: recorded, .. }) = stored {
            let same = recorded.kind == K::NAME
                && recorded.case_id == input.case_id
                && recorded.account == account.id()
                && recorded.what == what
                && K::is_same(&recorded.change, &input.change)
                && K::is_of(target, &recorded.was);
            if !same {
                let how = "another change was recorded for this case before".to_owned();
                return Err(Error::TargetChanged { what, how });
            }
            refuse_untouchable(&reversible::<K>(&recorded)?, &account).await?;
            return Ok(recorded);
        }
        let subject =
            Subject { case_id: &input.case_id, finding: &input.finding, aws, tried: Tried::default() };
        let was = K::record(&subject, target, &input.change, &account).await?;
        let taken_at = aws.now();
        let words = {
            let change = K::reversible(&input.case_id, &input.change, &was)?;
            refuse_untouchable(&change, &account).await?;
            change.words(&what, &taken_at)
        };
        let recorded = Recorded {
            case_id: input.case_id,
            account: account.id().to_owned(),
            kind: K::NAME.to_owned(),
            what,
            change: input.change,
            was,
            words,
            taken_at,
        };
        let written = match unreachable {
            Some(fault) => Err(fault),
            None => table.create(&key, &recorded).await,
        };
        match written {
            Ok(Written::Yes) => Ok(recorded),
            Ok(Written::No) => Err(Fault::lost_race("recording the target").into()),
            Err(fault) if input.unrecorded && K::MUST_NOT_WAIT => {
                tracing::warn!(%fault, "the record is in the execution alone");
                Ok(recorded)
            }
            Err(fault) => Err(fault.into()),
        }
    }
}
