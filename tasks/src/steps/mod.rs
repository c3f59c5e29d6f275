//! The steps, one file each, written once for every kind. Look, record and verify never write to the target; change
//! never restores; restore never makes the change.

mod breaker;
mod change;
mod check_guardrails;
mod look;
mod record;
mod restore;
pub(crate) mod taken_back;
mod verify;

#[cfg(test)]
mod tests;

pub(crate) use breaker::ACCOUNT_LIMITS;

use crate::aws::Aws;
use crate::aws::case_table::CaseTable;
use crate::aws::principal;
use crate::aws::reach::Account;
use crate::kinds::{ChangingKind, Owner, Reversible};
use crate::names::{IamArn, matches_any};
use crate::runtime::Setting;
use crate::runtime::permissions::{
    CASE_TABLE, MEMBER_ACCOUNTS, MEMBER_EXTERNAL_ID, Statement, UNTOUCHABLE, keys,
};
use contract::steps::OnRecord;
use contract::{Changing, Fault, Recorded};

/// The record of a kind.
type RecordOf<K> = Recorded<<K as Changing>::Change, <K as Changing>::Was>;

/// The statement of `check-guardrails` for the breaker.
pub(crate) const COUNTS_CHANGES: Statement = Statement::allow(
    &["dynamodb:GetItem", "dynamodb:PutItem"],
    CASE_TABLE,
    "Counts the changes of the last hour, so that a flood of findings cannot stop a company.",
)
.when(keys!("breaker#${Kind}"));

/// The statement of `check-guardrails` of a kind whose undo is remembered.
pub(crate) const READS_WHAT_WAS_TAKEN_BACK: Statement = Statement::allow(
    &["dynamodb:GetItem"],
    CASE_TABLE,
    "Reads what a person has taken back, and asks before it is changed again.",
)
.when(keys!("restored#${Kind}#*"));

/// The statement of `record`.
pub(crate) const WRITES_THE_RECORD: Statement = Statement::allow(
    &["dynamodb:GetItem", "dynamodb:PutItem"],
    CASE_TABLE,
    "Writes the first record of a case: a later one would show the change as the state before it.",
)
.when(keys!("before#${Kind}#*"));

/// The statement of `change` and `restore`.
pub(crate) const READS_THE_RECORD: Statement = Statement::allow(
    &["dynamodb:GetItem"],
    CASE_TABLE,
    "Reads the record: the step acts on it, whatever its input contains.",
)
.when(keys!("before#${Kind}#*"));

/// The statement of `change` of a kind whose change could be somebody else's.
pub(crate) const MARKS_ITS_CHANGE: Statement = Statement::allow(
    &["dynamodb:GetItem", "dynamodb:PutItem"],
    CASE_TABLE,
    "Notes that it is about to make the change, so that a change that somebody else made is not taken for its own.",
)
.when(keys!("begun#${Kind}#*"));

/// The statement of a step that must know what `change` noted.
pub(crate) const READS_THE_MARK: Statement = Statement::allow(
    &["dynamodb:GetItem"],
    CASE_TABLE,
    "Reads in which way the change was made: only what the case itself put is verified and taken back.",
)
.when(keys!("begun#${Kind}#*"));

/// The statement of `restore` of a kind whose undo is remembered.
pub(crate) const REMEMBERS_WHAT_WAS_TAKEN_BACK: Statement = Statement::allow(
    &["dynamodb:GetItem", "dynamodb:PutItem"],
    CASE_TABLE,
    "Remembers what a person took back, so that the next finding about it asks before a change.",
)
.when(keys!("restored#${Kind}#*"));

/// The statement of `change` and `restore` that no other statement can overrule.
pub(crate) const fn never(actions: &'static [&'static str]) -> Statement {
    Statement::deny(
        actions,
        UNTOUCHABLE,
        "Never what is the responder's own, linked to a service, or managed by Identity Center.",
    )
}

/// The settings that `check-guardrails` does not start without, whichever the kind.
pub(crate) const GUARDRAIL_SETTINGS: &[&str] =
    &["CASE_TABLE", "PROTECTED_ROLES", "RESPONDER_ROLES", "CHANGES_PER_HOUR"];

/// Its settings that have a default.
pub(crate) const GUARDRAIL_OPTIONS: &[Setting] = &[ACCOUNT_LIMITS, MEMBER_ACCOUNTS, MEMBER_EXTERNAL_ID];

/// Compares the record of the input with the case table, and reaches its account.
async fn on_record<K: ChangingKind>(
    input: &OnRecord<RecordOf<K>>,
    aws: &Aws,
) -> Result<(CaseTable, Account), Fault> {
    let table = CaseTable::new(aws)?;
    is_of_kind::<K>(&input.recorded)?;
    table.compare(K::NAME, &input.case_id, &input.recorded).await?;
    Ok((table, reach_recorded::<K>(input, aws).await?))
}

/// Reaches the account of the record in the input. For steps that only read, which do not depend on the case table.
async fn reach_recorded<K: ChangingKind>(input: &OnRecord<RecordOf<K>>, aws: &Aws) -> Result<Account, Fault> {
    is_of_kind::<K>(&input.recorded)?;
    aws.reach(&input.recorded.account, &input.case_id).await?.account()
}

fn is_of_kind<K: ChangingKind>(recorded: &RecordOf<K>) -> Result<(), Fault> {
    if recorded.kind == K::NAME {
        return Ok(());
    }
    Err(Fault::invalid_input(format!(
        "the record is of the kind `{}`, not `{}`, so nothing was done",
        recorded.kind,
        K::NAME
    )))
}

/// The paths of IAM under which nothing is changed, whatever a finding or a record says: those of the responder itself, of
/// roles that are linked to a service, and of roles that Identity Center manages. IAM denies the same to the roles of the
/// tasks; here it is refused before anything is recorded, and where a wider role is used for a test.
const UNTOUCHABLE_PATHS: [&str; 3] = ["/redress/", "/aws-service-role/", "/aws-reserved/"];

/// Refuses a target that nobody may change, as it is now.
async fn refuse_untouchable(change: &impl Reversible, account: &Account) -> Result<(), Fault> {
    Holder::of(change, account).await?.map_or(Ok(()), |holder| holder.refuse_untouchable())
}

/// Refuses a target that nobody may change, and one on the list of protected resources that no person has approved. The
/// guardrails have asked about it; here it is refused whatever led to the step.
async fn refuse_unapproved(
    change: &impl Reversible,
    approved_by: Option<&str>,
    account: &Account,
    aws: &Aws,
) -> Result<(), Fault> {
    let Some(holder) = Holder::of(change, account).await? else { return Ok(()) };
    holder.refuse_untouchable()?;
    let Holder { what, path, name } = &holder;
    if approved_by.is_none() && matches_any(aws.setting("PROTECTED_ROLES")?, path, name) {
        return Err(Fault::invalid_input(format!(
            "{what} is on the list of protected resources, and nobody has approved the change, so nothing was done"
        )));
    }
    Ok(())
}

/// What a change is made to, as it is now.
struct Holder {
    what: String,
    path: String,
    name: String,
}

impl Holder {
    /// Nothing if it is gone: there is nothing that could be changed, and each step has words for that.
    async fn of(change: &impl Reversible, account: &Account) -> Result<Option<Self>, Fault> {
        match change.owner() {
            Owner::Principal(who) => {
                let found = principal::get(&account.iam(), &who).await?;
                Ok(found.map(|holder| Self { what: who.words(), path: holder.path, name: who.name }))
            }
            Owner::Policy(arn) => {
                let read = IamArn::read(&arn);
                let read =
                    read.ok_or_else(|| Fault::invalid_input("the policy has no ARN that can be read"))?;
                let (path, name) = (read.path.to_owned(), read.name.to_owned());
                Ok(Some(Self { what: format!("the policy {arn}"), path, name }))
            }
        }
    }

    fn refuse_untouchable(&self) -> Result<(), Fault> {
        let Self { what, path, .. } = self;
        if UNTOUCHABLE_PATHS.iter().any(|untouchable| path.starts_with(untouchable)) {
            return Err(Fault::invalid_input(format!(
                "{what} is under `{path}`, where nothing is changed, so nothing was done"
            )));
        }
        Ok(())
    }
}

/// The recorded change of the input.
fn reversible<K: ChangingKind>(recorded: &RecordOf<K>) -> Result<K::Reversible<'_>, Fault> {
    K::reversible(&recorded.case_id, &recorded.change, &recorded.was)
}
