//! The breaker: a limit on the changes of a kind within an hour.

use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::kinds::guardrails::{Spoken, reason};
use crate::runtime::Setting;
use crate::text::digest;
use contract::Fault;
use contract::steps::check_guardrails::{Error, Ruling};
use jiff::SignedDuration;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How often a lost race for the record is run again before the workflow's own retry takes over.
const ROUNDS: usize = 4;
const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// The setting with limits of single accounts.
pub(crate) const ACCOUNT_LIMITS: Setting = Setting {
    name: "ACCOUNT_CHANGES_PER_HOUR",
    default: "",
    meaning: "How many changes within an hour single accounts may have before people are asked: `210987654321=2`, with commas between them, and `*=3` for each account that is not named; without that these have no limit of their own.",
};

/// When the change of each subject was counted, in seconds since 1970, and in which account it is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Counted {
    changes: BTreeMap<String, i64>,
    #[serde(default)]
    accounts: BTreeMap<String, String>,
}

impl Counted {
    /// Forgets what is older than the window.
    fn keep(&mut self, since: i64) {
        self.changes.retain(|_, at| *at > since);
        self.accounts.retain(|slot, _| self.changes.contains_key(slot));
    }

    /// The changes in an account.
    fn of(&self, account: &str) -> usize {
        self.accounts.values().filter(|other| *other == account).count()
    }
}

/// The limit of a single account, if it has one.
fn limit_of(account: &str, aws: &Aws) -> Result<Option<usize>, Fault> {
    let wrong = || Fault::misconfigured(ACCOUNT_LIMITS.name, "must be like `210987654321=2,310987654321=5`");
    let (mut limit, mut of_others) = (None, None);
    for entry in aws.setting(ACCOUNT_LIMITS.name)?.split(',').filter(|entry| !entry.is_empty()) {
        let (other, most) = entry.split_once('=').ok_or_else(wrong)?;
        let most: usize = most.parse().map_err(|_| wrong())?;
        match other {
            "*" => of_others = Some(most),
            other if other == account => limit = Some(most),
            _ => {}
        }
    }
    Ok(limit.or(of_others))
}

/// Counts the change of a subject among those of its kind within the last hour, or speaks if there are too many. Each
/// subject is counted once, however many cases there are about it: nobody can fill the breaker with one policy.
pub(super) async fn check(
    kind: &str,
    subject: &str,
    account: &str,
    count: bool,
    aws: &Aws,
) -> Result<Option<Spoken>, Error> {
    let limit: usize = aws
        .setting("CHANGES_PER_HOUR")?
        .parse()
        .map_err(|_| Fault::misconfigured("CHANGES_PER_HOUR", "must be a whole number"))?;
    let limit_there = limit_of(account, aws)?;
    let (table, key) = (CaseTable::new(aws)?, Key::breaker(kind));
    let slot: String = digest(&[account, subject]).chars().take(16).collect();
    let since = (aws.timestamp() - WINDOW).as_second();
    for _ in 0..ROUNDS {
        let record: Option<Record<Counted>> = table.get(&key).await?;
        let mut counted = record.as_ref().map(|record| record.value.clone()).unwrap_or_default();
        counted.keep(since);
        if counted.changes.contains_key(&slot) {
            return Ok(None);
        }
        let whole = (counted.changes.len() >= limit)
            .then(|| format!("limit of {limit} changes of the kind {kind} within an hour"));
        let there = limit_there.filter(|most| counted.of(account) >= *most).map(|most| {
            format!("limit of {most} changes of the kind {kind} within an hour in the account {account}")
        });
        if let Some(reached) = whole.or(there) {
            // Without the number of changes, which rises while people decide: an approval covers this message.
            let message = format!("The {reached} is reached: look at them before more are made.");
            // An alarm counts these lines: nothing else reports that the breaker is open.
            tracing::warn!(guardrail = "breaker", "the breaker is open");
            return Ok(Some(reason(Ruling::AskFirst, "breaker", message)));
        }
        if !count {
            return Ok(None);
        }
        counted.changes.insert(slot.clone(), aws.timestamp().as_second());
        counted.accounts.insert(slot.clone(), account.to_owned());
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Wire;
    use contract::TaskError;

    async fn counted(wire: &Wire, case_id: &str, account: &str) -> Option<String> {
        let limits = "210987654321=1,310987654321=0";
        let aws = wire.aws_with(ACCOUNT_LIMITS.name, limits);
        check("a-kind", case_id, account, true, &aws).await.unwrap().map(|(_, reason)| reason.message)
    }

    #[tokio::test]
    async fn an_account_has_a_limit_of_its_own_within_that_of_all() {
        let wire = Wire::default();
        assert_eq!(counted(&wire, "a", "210987654321").await, None);
        assert_eq!(counted(&wire, "a", "210987654321").await, None, "the case is counted");
        let reached = counted(&wire, "b", "210987654321").await.unwrap();
        assert!(
            reached
                .contains("limit of 1 changes of the kind a-kind within an hour in the account 210987654321"),
            "{reached}"
        );
        let none = counted(&wire, "c", "310987654321").await.unwrap();
        assert!(none.contains("limit of 0 changes"), "{none}");
        assert_eq!(counted(&wire, "d", "123456789012").await, None);
        assert_eq!(counted(&wire, "e", "123456789012").await, None);
        let whole = counted(&wire, "f", "123456789012").await.unwrap();
        assert!(whole.contains("limit of 3 changes of the kind a-kind within an hour is"), "{whole}");
    }

    /// A sandbox that uses up its own limit leaves room for production.
    #[tokio::test]
    async fn an_account_that_is_not_named_has_the_limit_of_others() {
        let wire = Wire::default();
        let aws = wire.aws_with(ACCOUNT_LIMITS.name, "310987654321=1,*=2");
        let mut asked = Vec::new();
        for (subject, account) in
            [("a", "210987654321"), ("b", "210987654321"), ("c", "210987654321"), ("d", "123456789012")]
        {
            let spoken = check("a-kind", subject, account, true, &aws).await.unwrap();
            asked.push(spoken.is_some());
        }
        assert_eq!(asked, [false, false, true, false]);
        let named = check("another-kind", "a", "310987654321", true, &aws).await.unwrap();
        assert!(named.is_none());
        assert!(check("another-kind", "b", "310987654321", true, &aws).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn limits_that_cannot_be_read_are_a_wrong_setting() {
        for wrong in ["210987654321", "210987654321=many", "123456789012=1;210987654321=1"] {
            let aws = Wire::default().aws_with(ACCOUNT_LIMITS.name, wrong);
            let error = check("a-kind", "a", "123456789012", true, &aws).await.unwrap_err();
            assert_eq!(error.name(), "Misconfigured", "{wrong}");
        }
    }
}
