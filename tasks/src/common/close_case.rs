//! `close-case`: how the case ended.

use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::open_case::{Case, finding_hash};
use crate::serve::Run;
use contract::CaseStatus;
use contract::tasks::CloseCase;
use contract::tasks::close_case::{Error, Input, Output};

const ROUNDS: usize = 4;

impl Run for CloseCase {
    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let table = CaseTable::new(aws)?;
        let key = Key::finding(&finding_hash(&input.finding));
        for _ in 0..ROUNDS {
            let record: Option<Record<Case>> = table.get(&key).await?;
            let Some(record) = record.filter(|record| record.value.execution == input.execution) else {
                return Err(Error::NotOurCase(format!(
                    "the case `{}` belongs to another execution",
                    input.case_id
                )));
            };
            let occurrences = record.value.occurrences;
            if record.value.status == input.status {
                return Ok(Output { status: input.status, occurrences });
            }
            let closed_at = (input.status != CaseStatus::Open).then(|| aws.now());
            let closed = Case { status: input.status, closed_at, ..record.value.clone() };
            if table.replace(&key, &record, &closed).await? == Written::Yes {
                return Ok(Output { status: input.status, occurrences });
            }
        }
        Err(Error::CaseContended(format!(
            "other events of the case `{}` were faster, {ROUNDS} times",
            input.case_id
        )))
    }
}
