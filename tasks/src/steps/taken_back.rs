//! What people took back. Without it the next finding about the same target would be changed within the hour, although
//! a person has just restored it.

use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::document::hash;
use crate::aws::reach::Account;
use crate::kinds::Memory;
use crate::kinds::guardrails::{Spoken, reason};
use contract::steps::check_guardrails::Ruling;
use contract::{Fault, Kind};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The record of a target whose change a person took back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TakenBack {
    case_id: String,
    at: String,
    /// The hash of the document that was put back, if the target has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

fn key<K: Kind>(memory: &Memory, account: &Account) -> Key {
    let digest = Sha256::digest(format!("{} {}", account.id(), memory.target));
    Key::restored(K::NAME, &hex::encode(digest).chars().take(24).collect::<String>())
}

/// Records that a person took the change back.
pub(super) async fn remember<K: Kind>(
    table: &CaseTable,
    case_id: &str,
    memory: &Memory,
    account: &Account,
    aws: &Aws,
) -> Result<(), Fault> {
    let key = key::<K>(memory, account);
    let record: Option<Record<TakenBack>> = table.get(&key).await?;
    let sha256 = memory.document.as_deref().map(hash);
    let taken_back = TakenBack { case_id: case_id.to_owned(), at: aws.now(), sha256 };
    let written = match &record {
        None => table.create(&key, &taken_back).await?,
        Some(Record { value, .. }) if value.case_id == case_id => Written::Yes,
        Some(record) => table.replace(&key, record, &taken_back).await?,
    };
    match written {
        Written::Yes => Ok(()),
        Written::No => Err(Fault::lost_race("remembering the undo")),
    }
}

/// The guardrail that speaks if a person took back a change of the same target, and of the same document if it has one.
pub(crate) async fn check<K: Kind>(
    memory: &Memory,
    account: &Account,
    aws: &Aws,
) -> Result<Option<Spoken>, Fault> {
    let record: Option<Record<TakenBack>> = CaseTable::new(aws)?.get(&key::<K>(memory, account)).await?;
    let Some(TakenBack { case_id, at, sha256 }) = record.map(|record| record.value) else { return Ok(None) };
    let message = format!("A person took back the same change in the case {case_id}, at {at}.");
    let same = sha256 == memory.document.as_deref().map(hash);
    Ok(same.then(|| reason(Ruling::AskFirst, "taken-back", message)))
}
