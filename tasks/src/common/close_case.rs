//! `close-case`: records how the case ended.

use super::open_case::{Case, hash_of};
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::runtime::Run;
use crate::runtime::permissions::{CASE_TABLE, Statement, keys};
use contract::tasks::CloseCase;
use contract::tasks::close_case::{Error, Input, Output};
use contract::{CaseStatus, Fault};

/// How often a lost race for the record is run again before the workflow's own retry.
const ROUNDS: usize = 4;

impl Run for CloseCase {
    const SUMMARY: &'static str = "Records how the case ended.";
    const IAM: &'static [Statement] = &[Statement::allow(
        &["dynamodb:GetItem", "dynamodb:PutItem"],
        CASE_TABLE,
        "Records how the case ended, if it is still this execution's.",
    )
    .when(keys!("finding#*"))];
    const ENVIRONMENT: &'static [&'static str] = &["CASE_TABLE"];

    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let table = CaseTable::new(aws)?;
        let key = Key::finding(hash_of(&input.case_id));
        for _ in 0..ROUNDS {
            let record: Option<Record<Case>> = table.get(&key).await?;
            let owner = record.as_ref().map_or("none", |record| &record.value.execution).to_owned();
            let Some(record) = record.filter(|record| record.value.execution == input.execution) else {
                return Err(Error::NotOurCase { case_id: input.case_id, owner });
            };
            if record.value.finding_id != input.finding.id {
                let why = format!("the case `{}` is of another finding", input.case_id);
                return Err(Fault::invalid_input(why).into());
            }
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
        Err(Error::CaseContended { case_id: input.case_id })
    }
}
