//! A case that a person asked to take back after its window. It is opened again under its own id, for which the state
//! before the change is on record, so that its undo can be offered once more.

use super::subject::{self, Claim};
use super::{ROUNDS, claim, has_ended, output_of};
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written, hash_of, is_case_id};
use crate::common::case::{Case, finding_hash, lane};
use crate::kinds::Registered;
use contract::tasks::open_case::{Disposition, Error, Input, Output};
use contract::{CaseStatus, Fault, Finding, Recorded};

/// Opens the case, if it is one of this response, its change is on record and nobody else works on its subject.
pub(super) async fn restore(
    case_id: &str,
    kind: &'static Registered,
    input: &Input,
    aws: &Aws,
) -> Result<Output, Error> {
    let refused = |why: &str| {
        let case_id = crate::text::line(case_id, 64);
        Error::NotRestorable { case_id, why: why.to_owned() }
    };
    if input.unrecorded {
        return Err(refused("the case table cannot be reached"));
    }
    if !is_case_id(case_id) {
        return Err(refused("it is not the id of a case"));
    }
    let (table, key) = (CaseTable::new(aws)?, Key::of_case(case_id));
    for round in 0..ROUNDS {
        if round > 0 {
            aws.wait().await;
        }
        let record: Option<Record<Case>> = table.get(&key).await?;
        let Some(record) = record else { return Err(refused("there is no such case")) };
        let case = &record.value;
        let finding = of_this_response(case, kind, &input.execution)
            .ok_or_else(|| refused("it is not a case of this response with a finding on record"))?;
        if case.case_id != case_id {
            return Err(refused(&format!("the danger came back, and the case is `{}` by now", case.case_id)));
        }
        let recorded: Option<Record<Recorded>> = table.get(&Key::before(kind.name, case_id)).await?;
        let Some(Record { value: recorded, .. }) = recorded else {
            return Err(refused("no state before a change is on record for it"));
        };
        let opened = |case: &Case| Output {
            recorded: Some(Box::new(recorded.clone())),
            occurrences: case.occurrences,
            ..output_of(Disposition::Restore, "a person asked to take it back", case_id, finding)
        };
        if case.status == CaseStatus::Open && case.execution == input.execution {
            return Ok(opened(case));
        }
        match case.status {
            CaseStatus::Changed | CaseStatus::Failed => {}
            CaseStatus::Open if has_ended(&case.execution, aws).await? => {}
            CaseStatus::Open => return Err(refused(&format!("`{}` works on it", case.execution))),
            status => return Err(refused(&format!("it has ended as `{status:?}`"))),
        }
        if let Some(subject) = subject::key(finding, kind, lane(&input.execution)?)? {
            let named: Option<Record<Claim>> = table.get(&subject).await?;
            if let Some(other) = other_at_work(named.as_ref(), case_id, &table, aws).await? {
                return Err(refused(&format!("the case `{other}` about the same resource is open")));
            }
            if claim(&table, &subject, named.as_ref(), case_id, &input.execution).await? == Written::No {
                continue;
            }
        }
        let mut open = Case { status: CaseStatus::Open, closed_at: None, reminded: None, ..case.clone() };
        open.take_over(&input.execution, input.mode);
        if table.replace(&key, &record, &open).await? == Written::Yes {
            return Ok(opened(&open));
        }
    }
    Err(Error::CaseContended { finding: case_id.to_owned(), rounds: ROUNDS })
}

/// The finding of a case, if this response has opened it.
fn of_this_response<'a>(case: &'a Case, kind: &'static Registered, execution: &str) -> Option<&'a Finding> {
    let lane = lane(execution).ok()?;
    let finding = case.finding.as_ref()?;
    let is_ours = finding_hash(finding, kind, lane) == hash_of(&case.case_id);
    Some(finding).filter(|_| is_ours)
}

/// The open case of another finding about the subject, if an execution works on it.
async fn other_at_work(
    named: Option<&Record<Claim>>,
    case_id: &str,
    table: &CaseTable,
    aws: &Aws,
) -> Result<Option<String>, Fault> {
    let Some(Record { value: named, .. }) = named.filter(|named| named.value.hash != hash_of(case_id)) else {
        return Ok(None);
    };
    let other: Option<Record<Case>> = table.get(&Key::finding(&named.hash)).await?;
    match other.map(|other| other.value).filter(|other| other.case_id == named.case_id) {
        Some(other) if other.status != CaseStatus::Open || has_ended(&other.execution, aws).await? => {
            Ok(None)
        }
        Some(other) => Ok(Some(other.case_id)),
        None if has_ended(&named.execution, aws).await? => Ok(None),
        None => Ok(Some(named.case_id.clone())),
    }
}
