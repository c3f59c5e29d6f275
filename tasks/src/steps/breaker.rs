//! The breaker: a limit on the changes of a kind within an hour.

use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::kinds::guardrails::{Spoken, reason};
use contract::Fault;
use contract::steps::check_guardrails::{Error, Ruling};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How often a lost race for the record is run again before the workflow's own retry takes over.
const ROUNDS: usize = 4;
const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// When the change of each case was counted, in seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Counted {
    changes: BTreeMap<String, i64>,
}

/// Counts the change of a case among those of its kind within the last hour, or speaks if there are too many. Each case
/// is counted once.
pub(super) async fn check(
    kind: &str,
    case_id: &str,
    count: bool,
    aws: &Aws,
) -> Result<Option<Spoken>, Error> {
    let limit: usize = aws
        .setting("CHANGES_PER_HOUR")?
        .parse()
        .map_err(|_| Fault::misconfigured("CHANGES_PER_HOUR", "must be a whole number"))?;
    let (table, key) = (CaseTable::new(aws)?, Key::breaker(kind));
    let since = (aws.timestamp() - WINDOW).as_second();
    for _ in 0..ROUNDS {
        let record: Option<Record<Counted>> = table.get(&key).await?;
        let mut counted = record.as_ref().map(|record| record.value.clone()).unwrap_or_default();
        counted.changes.retain(|_, at| *at > since);
        if counted.changes.contains_key(case_id) {
            return Ok(None);
        }
        if counted.changes.len() >= limit {
            // Without the number of changes, which rises while people decide: an approval covers this message.
            let message = format!(
                "The limit of {limit} changes of the kind {kind} within an hour is reached: look at them before more are made."
            );
            // An alarm counts these lines: nothing else reports that the breaker is open.
            tracing::warn!(guardrail = "breaker", "the breaker is open");
            return Ok(Some(reason(Ruling::AskFirst, "breaker", message)));
        }
        if !count {
            return Ok(None);
        }
        counted.changes.insert(case_id.to_owned(), aws.timestamp().as_second());
        let written = match &record {
            None => table.create(&key, &counted).await?,
            Some(record) => table.replace(&key, record, &counted).await?,
        };
        if written == Written::Yes {
            return Ok(None);
        }
    }
    Err(Error::BreakerContended { rounds: ROUNDS })
}
