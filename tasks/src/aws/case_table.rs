//! The case table: JSON records with a version each, written only under a condition. It needs two calls (GetItem and
//! PutItem), so a role gets two actions at most, and only for the key prefixes that its statements name: a task that
//! sends messages cannot read a task token.

use crate::aws::Aws;
use crate::aws::fault::{code, fault};
use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::AttributeValue;
use contract::Fault;
use jiff::SignedDuration;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The key of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    partition: String,
    sort: String,
}

/// How long a record is kept after it was last written: longer than any question is open and than any execution runs.
const KEPT: SignedDuration = SignedDuration::from_hours(400 * 24);

/// What begins with one of these may go some time after it was last written. Cases, their subjects, the state before a
/// change, and what people took back stay: an undo needs them, however late it is.
const PASSING: [&str; 5] = ["sent#", "question#", "asked#", "approval#", "breaker#"];

impl Key {
    /// The case of a finding: the execution that has it, and how it ended.
    pub(crate) fn finding(hash: &str) -> Self {
        Self { partition: format!("finding#{hash}"), sort: "case".to_owned() }
    }

    /// The record of a case, by the case's id.
    pub(crate) fn of_case(case_id: &str) -> Self {
        Self::finding(hash_of(case_id))
    }

    /// The latest case about a subject.
    pub(crate) fn subject(hash: &str) -> Self {
        Self { partition: format!("subject#{hash}"), sort: "case".to_owned() }
    }

    /// The latest cases about a role, user or group.
    pub(crate) fn principal(hash: &str) -> Self {
        Self { partition: format!("principal#{hash}"), sort: "cases".to_owned() }
    }

    /// The target of a case before anything was changed. Each kind has records of its own: the steps of one cannot write
    /// those of another.
    pub(crate) fn before(kind: &str, case_id: &str) -> Self {
        Self { partition: format!("before#{kind}#{case_id}"), sort: "before".to_owned() }
    }

    /// The change of a case, which was about to be made.
    pub(crate) fn begun(kind: &str, case_id: &str) -> Self {
        Self { partition: format!("begun#{kind}#{case_id}"), sort: "begun".to_owned() }
    }

    /// A message of a case that was sent.
    pub(crate) fn sent(case_id: &str, message: &str) -> Self {
        Self { partition: format!("sent#{case_id}"), sort: message.to_owned() }
    }

    /// A question of a case, with its task token.
    pub(crate) fn question(case_id: &str, question: &str) -> Self {
        Self { partition: format!("question#{case_id}"), sort: question.to_owned() }
    }

    /// What people are asked about a case, without the task token.
    pub(crate) fn asked(case_id: &str) -> Self {
        Self { partition: format!("asked#{case_id}"), sort: "change".to_owned() }
    }

    /// The question that an opaque id names.
    pub(crate) fn approval(approval_id: &str) -> Self {
        Self { partition: format!("approval#{approval_id}"), sort: "approval".to_owned() }
    }

    /// The changes that a kind made within the last hour.
    pub(crate) fn breaker(kind: &str) -> Self {
        Self { partition: format!("breaker#{kind}"), sort: "hour".to_owned() }
    }

    /// A change that a person took back, by the hash of its target.
    pub(crate) fn restored(kind: &str, hash: &str) -> Self {
        Self { partition: format!("restored#{kind}#{hash}"), sort: "restored".to_owned() }
    }
}

/// The hash in a case id, which names the case's record.
pub(crate) fn hash_of(case_id: &str) -> &str {
    case_id.split_once('-').map_or(case_id, |(hash, _)| hash)
}

/// Whether a text can be the id of a case.
pub(crate) fn is_case_id(text: &str) -> bool {
    let (hash, rest) = text.split_once('-').map_or((text, None), |(hash, rest)| (hash, Some(rest)));
    let is_hash = hash.len() == 12 && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    is_hash
        && rest.is_none_or(|rest| {
            (1..=20).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

/// A record as it was read, with the version that a write must still find.
#[derive(Debug)]
pub(crate) struct Record<T> {
    pub(crate) value: T,
    version: u64,
}

/// Whether a conditional write took place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Written {
    Yes,
    /// Another call wrote first. Read the record again.
    No,
}

/// The table.
pub(crate) struct CaseTable {
    client: aws_sdk_dynamodb::Client,
    name: String,
    /// When a record that is written now may go, in seconds since 1970.
    expires: i64,
}

impl CaseTable {
    pub(crate) fn new(aws: &Aws) -> Result<Self, Fault> {
        let expires = aws.timestamp().as_second() + KEPT.as_secs();
        Ok(Self { client: aws.dynamodb(), name: aws.setting("CASE_TABLE")?.to_owned(), expires })
    }

    /// Reads a record consistently: every acknowledged write is seen.
    pub(crate) async fn get<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<Record<T>>, Fault> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .key("pk", AttributeValue::S(key.partition.clone()))
            .key("sk", AttributeValue::S(key.sort.clone()))
            .consistent_read(true)
            .send()
            .await
            .map_err(|error| of_table("reading the case table", &error))?;
        let Some(item) = answer.item else { return Ok(None) };
        let version = item.get("version").and_then(|value| value.as_n().ok()?.parse().ok());
        let value = item.get("doc").and_then(|value| value.as_s().ok()).map(|doc| serde_json::from_str(doc));
        match (version, value) {
            (Some(version), Some(Ok(value))) => Ok(Some(Record { value, version })),
            _ => Err(Fault::Refused {
                doing: "reading the case table".to_owned(),
                why: format!(
                    "the record `{}` `{}` is not one that this version of the tasks wrote",
                    key.partition, key.sort
                ),
            }),
        }
    }

    /// Refuses a record that is not the one in the table. The input of a task can be anything; only `record` writes to
    /// the table.
    pub(crate) async fn compare<T: Serialize>(
        &self,
        kind: &str,
        case_id: &str,
        recorded: &T,
    ) -> Result<(), Fault> {
        let record: Option<Record<Value>> = self.get(&Key::before(kind, case_id)).await?;
        let given = serde_json::to_value(recorded)
            .map_err(|error| Fault::internal("comparing the record with the case table", error))?;
        if record.is_some_and(|record| record.value == given) {
            Ok(())
        } else {
            Err(Fault::invalid_input(format!(
                "the input is not what was recorded for the case `{case_id}`, so nothing was done"
            )))
        }
    }

    /// Writes a record that must not be there yet.
    pub(crate) async fn create<T: Serialize>(&self, key: &Key, value: &T) -> Result<Written, Fault> {
        self.put(key, value, None).await
    }

    /// Writes over a record that must still be as it was read.
    pub(crate) async fn replace<T: Serialize>(
        &self,
        key: &Key,
        read: &Record<T>,
        value: &T,
    ) -> Result<Written, Fault> {
        self.put(key, value, Some(read.version)).await
    }

    async fn put<T: Serialize>(&self, key: &Key, value: &T, over: Option<u64>) -> Result<Written, Fault> {
        let doc = serde_json::to_string(value)
            .map_err(|error| Fault::internal("writing a record as JSON", error))?;
        let put = self
            .client
            .put_item()
            .table_name(&self.name)
            .item("pk", AttributeValue::S(key.partition.clone()))
            .item("sk", AttributeValue::S(key.sort.clone()))
            .item("version", AttributeValue::N((over.unwrap_or(0) + 1).to_string()))
            .item("doc", AttributeValue::S(doc));
        let put = match PASSING.iter().any(|prefix| key.partition.starts_with(prefix)) {
            true => put.item("expires", AttributeValue::N(self.expires.to_string())),
            false => put,
        };
        let put = match over {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(version) => put
                .condition_expression("version = :version")
                .expression_attribute_values(":version", AttributeValue::N(version.to_string())),
        };
        match put.send().await {
            Ok(_) => Ok(Written::Yes),
            Err(error) if code(&error) == "ConditionalCheckFailedException" => Ok(Written::No),
            Err(error) => Err(of_table("writing to the case table", &error)),
        }
    }
}

/// A table that is gone is as unreachable as one that does not answer.
fn of_table<E>(doing: &str, error: &SdkError<E, HttpResponse>) -> Fault
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match fault(doing, error) {
        Fault::Refused { doing, why } if code(error) == "ResourceNotFoundException" => {
            Fault::Unavailable { doing, why }
        }
        fault => fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Wire;

    #[tokio::test]
    async fn records_go_after_400_days_but_those_that_an_undo_needs() {
        let cases = [
            (Key::sent("4f1b2c3d4e5f", "Changed"), true),
            (Key::question("4f1b2c3d4e5f", "undo"), true),
            (Key::asked("4f1b2c3d4e5f"), true),
            (Key::approval("0f1e2d"), true),
            (Key::breaker("a-kind"), true),
            (Key::finding("4f1b2c3d4e5f"), false),
            (Key::subject("4f1b2c3d4e5f"), false),
            (Key::before("a-kind", "4f1b2c3d4e5f"), false),
            (Key::restored("a-kind", "4f1b2c3d4e5f"), false),
        ];
        for (key, expires) in cases {
            let wire = Wire::default();
            let table = CaseTable::new(&wire.aws()).unwrap();
            assert_eq!(table.create(&key, &1).await.unwrap(), Written::Yes);
            let put: Value = serde_json::from_str(&wire.bodies("PutItem")[0]).unwrap();
            // 2026-01-01T12:00:00Z and 400 days.
            let expected = expires.then(|| serde_json::json!({ "N": "1801828800" }));
            assert_eq!(put["Item"].get("expires").cloned(), expected, "{}", key.partition);
        }
    }
}
