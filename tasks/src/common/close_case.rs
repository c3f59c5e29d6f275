//! `close-case`: records how the case ended.

use super::case::Case;
use crate::approvals::asked::circumstances;
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
        let key = Key::of_case(&input.case_id);
        for _ in 0..ROUNDS {
            let record: Option<Record<Case>> = table.get(&key).await?;
            let owner = record.as_ref().map_or("none", |record| &record.value.execution).to_owned();
            let Some(record) = record else {
                return Err(Error::NotOurCase { case_id: input.case_id, owner });
            };
            let (case, finding) = (&record.value, &input.finding);
            if (&case.finding_id, case.source, &case.account)
                != (&finding.id, finding.source, &finding.account)
            {
                let why = format!("the case `{}` is of another finding", input.case_id);
                return Err(Fault::invalid_input(why).into());
            }
            // The danger came back while the undo was on offer, and opened the case again under another id.
            if case.case_id != input.case_id && case.generation > generation_of(&input.case_id) {
                return Ok(Output { status: input.status, occurrences: case.occurrences, again: false });
            }
            if case.execution != input.execution {
                return Err(Error::NotOurCase { case_id: input.case_id, owner });
            }
            let (occurrences, status) = (record.value.occurrences, input.status);
            let output = Output { status, occurrences, again: false };
            if record.value.status == status {
                return Ok(output);
            }
            if looks_again(&record.value, &input) {
                return Ok(Output { again: true, ..output });
            }
            let failures = if status == CaseStatus::Failed { record.value.failures + 1 } else { 0 };
            let closed_at = (status != CaseStatus::Open).then(|| aws.now());
            let mut closed = Case { status, closed_at, failures, ..record.value.clone() };
            if status == CaseStatus::Denied {
                closed.deny(circumstances(finding));
            }
            if table.replace(&key, &record, &closed).await? == Written::Yes {
                return Ok(output);
            }
        }
        Err(Error::CaseContended { case_id: input.case_id })
    }
}

/// Whether an event arrived that the last look may not have seen. A change is verified whatever arrives, and after a
/// failure people look themselves.
fn looks_again(case: &Case, input: &Input) -> bool {
    let is_judged = !matches!(input.status, CaseStatus::Changed | CaseStatus::Restored | CaseStatus::Failed);
    is_judged && input.looked.is_some_and(|looked| case.unseen > looked)
}

/// The number in a case id.
fn generation_of(case_id: &str) -> u64 {
    case_id.split_once('-').and_then(|(_, number)| number.parse().ok()).unwrap_or(1)
}
