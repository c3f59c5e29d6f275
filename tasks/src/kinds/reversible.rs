use crate::aws::Aws;
use crate::aws::fault::Answer;
use crate::aws::reach::Account;
use contract::{Fault, IamPrincipal, Words};
use serde::Serialize;

/// A recorded change: how it is made, checked and taken back. Containments and managed, inline, attached and trust
/// policies are peers here. `change`, `verify` and `restore` know a kind through this trait alone.
pub(crate) trait Reversible {
    /// The principal or policy that the change is made to, and whose path decides whether anybody may change it.
    fn owner(&self) -> Owner;

    /// Reads what earlier tries of the case noted. `again` says that somebody reverted the change since.
    async fn recall(&mut self, _aws: &Aws, _again: bool) -> Result<(), Fault> {
        Ok(())
    }

    /// Compares the live target with the record and the change.
    async fn standing(&self, account: &Account) -> Result<Standing, Fault>;

    /// Whether the change may be made over a target that is neither as recorded nor as changed.
    fn may_overwrite_drift(&self) -> bool {
        false
    }

    /// Makes the change.
    async fn apply(&self, account: &Account) -> Result<Answer<()>, Fault>;

    /// What was done, in one or two sentences, read from the live target: an earlier try may have done it.
    async fn applied(&self, account: &Account) -> Result<String, Fault>;

    /// Why what would be put back is not what was recorded any more, if it is not: something that the record only names
    /// can have been changed or replaced since.
    async fn cannot_put_back(&self, _account: &Account) -> Result<Option<String>, Fault> {
        Ok(None)
    }

    /// Restores what was recorded, and returns whether this call did it. What AWS cannot give back as it was is added
    /// to `not_as_before`.
    async fn put_back(
        &self,
        account: &Account,
        not_as_before: &mut Vec<String>,
    ) -> Result<Answer<bool>, Fault>;

    /// Removes what the change left behind, once the target is restored. Returns whether there was anything.
    async fn tidy(
        &self,
        _account: &Account,
        _not_as_before: &mut Vec<String>,
    ) -> Result<Answer<bool>, Fault> {
        Ok(Answer::Done(false))
    }

    /// What others changed since the target was recorded, one sentence each. It is not ours to change back.
    async fn changed_meanwhile(
        &self,
        _account: &Account,
        _not_as_before: &[String],
    ) -> Result<Vec<String>, Fault> {
        Ok(vec![])
    }

    /// What belongs to other cases, one sentence or command each.
    fn left_alone(&self) -> Vec<String> {
        vec![]
    }

    /// What the guardrails remember when a person takes the change back. Without it a recurrence is changed again.
    fn memory(&self) -> Result<Option<Memory>, Fault> {
        Ok(None)
    }

    /// The sentences for messages. `what` is the target as a noun phrase.
    fn words(&self, what: &str, taken_at: &str) -> Words;
}

/// The principal or the managed policy to which a change is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    Principal(IamPrincipal),
    /// The ARN, which has the path in it.
    Policy(String),
}

/// The live target compared with the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is as it was recorded.
    AsRecorded,
    /// It is as the change leaves it.
    AsChanged,
    /// Only a part of what the change put is there, and nothing else differs. The sentence names what is missing.
    Incomplete(String),
    /// It is neither. The sentence shows it.
    Otherwise(String),
    /// It is gone, or another resource has its name. The sentence names it.
    Gone(String),
}

/// A change that a person took back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Memory {
    /// The target, as JSON.
    pub(crate) target: String,
    /// The document that was put back, if the target has one.
    pub(crate) document: Option<String>,
}

impl Memory {
    pub(crate) fn new(target: &impl Serialize, document: Option<&str>) -> Result<Self, Fault> {
        let target = serde_json::to_string(target)
            .map_err(|error| Fault::internal("writing a target as JSON", error))?;
        Ok(Self { target, document: document.map(str::to_owned) })
    }
}
