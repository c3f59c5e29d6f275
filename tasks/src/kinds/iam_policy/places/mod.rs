//! The places of a policy, one file for each: how it is read, its smallest change, its record, how the live policy
//! compares with that, and how it is put back, by the task or by hand. To add a place, add a file here and a variant to
//! both enums below.

pub(crate) mod attached;
pub(crate) mod inline;
pub(crate) mod managed;
mod permissions;
pub(crate) mod trust;

pub(super) use permissions::{CHANGE, RESTORE, VERIFY};

use super::super::{Memory, Owner, Reversible, Standing, sentence};
use crate::aws::document::hash;
use crate::aws::fault::Answer;
use crate::aws::principal;
use crate::aws::reach::Account;
use crate::policy::Document;
use crate::text::{cut, json};
use aws_sdk_iam::Client;
use contract::kinds::iam_policy::{Change, Was};
use contract::{Fault, IamPrincipal, Words};

/// A recorded policy, with its change.
pub(crate) enum Recorded<'a> {
    Managed(managed::Recorded<'a>),
    Inline(inline::Recorded<'a>),
    Attached(attached::Recorded<'a>),
    Trust(trust::Recorded<'a>),
}

/// Calls the same method of every place.
macro_rules! each {
    ($recorded:expr, $it:ident => $call:expr) => {
        match $recorded {
            Recorded::Managed($it) => $call,
            Recorded::Inline($it) => $call,
            Recorded::Attached($it) => $call,
            Recorded::Trust($it) => $call,
        }
    };
}

impl<'a> Recorded<'a> {
    /// Reads a record. Nothing else has to check whether record and change belong together.
    pub(super) fn read(change: &'a Change, was: &'a Was) -> Result<Self, Fault> {
        match (was, change) {
            (was @ Was::Managed { .. }, Change::NewVersion { arn, document }) => {
                managed::Recorded::read(was, arn, document).map(Self::Managed)
            }
            (
                Was::Inline { principal_id, document },
                Change::PutInline { principal, policy, document: after },
            ) => {
                let after = Some(after.as_str());
                Some(Self::Inline(inline::Recorded { principal, principal_id, policy, document, after }))
            }
            (Was::Inline { principal_id, document }, Change::DeleteInline { principal, policy }) => {
                let after = None;
                Some(Self::Inline(inline::Recorded { principal, principal_id, policy, document, after }))
            }
            (Was::Attached { principal_id, policy, attached }, Change::Detach { principal, policy_arn }) => {
                Some(Self::Attached(attached::Recorded {
                    principal,
                    principal_id,
                    policy_arn,
                    policy,
                    attached,
                }))
            }
            (Was::Trust { role_id, document }, Change::UpdateTrust { role, document: after }) => {
                Some(Self::Trust(trust::Recorded { role, role_id, document, after }))
            }
            _ => None,
        }
        .ok_or_else(|| Fault::invalid_input("the record and the change do not belong together"))
    }
}

impl Reversible for Recorded<'_> {
    fn owner(&self) -> Owner {
        each!(self, it => it.owner())
    }

    async fn standing(&self, account: &Account) -> Result<Standing, Fault> {
        each!(self, it => it.standing(account).await)
    }

    async fn apply(&self, account: &Account) -> Result<Answer<()>, Fault> {
        each!(self, it => it.apply(account).await)
    }

    async fn applied(&self, account: &Account) -> Result<String, Fault> {
        each!(self, it => it.applied(account).await)
    }

    async fn cannot_put_back(&self, account: &Account) -> Result<Option<String>, Fault> {
        each!(self, it => it.cannot_put_back(account).await)
    }

    async fn put_back(
        &self,
        account: &Account,
        not_as_before: &mut Vec<String>,
    ) -> Result<Answer<bool>, Fault> {
        each!(self, it => it.put_back(account, not_as_before).await)
    }

    async fn tidy(&self, account: &Account, not_as_before: &mut Vec<String>) -> Result<Answer<bool>, Fault> {
        each!(self, it => it.tidy(account, not_as_before).await)
    }

    async fn changed_meanwhile(
        &self,
        account: &Account,
        not_as_before: &[String],
    ) -> Result<Vec<String>, Fault> {
        each!(self, it => it.changed_meanwhile(account, not_as_before).await)
    }

    fn memory(&self) -> Result<Option<Memory>, Fault> {
        each!(self, it => it.memory())
    }

    fn words(&self, what: &str, taken_at: &str) -> Words {
        each!(self, it => it.words(what, taken_at))
    }
}

/// The words that all places have in common.
fn words(what: &str, taken_at: &str, by_hand: Vec<String>) -> Words {
    Words {
        done: "put right".to_owned(),
        changed: sentence(&format!("{what} is not dangerous any more")),
        stays: sentence(&format!("{what} stays as it was changed")),
        undo: format!("It puts back what was there at {taken_at}, and nothing else, and checks it."),
        by_hand,
    }
}

/// A document that is neither the recorded one nor the changed one, for people who have to decide about it.
fn otherwise(what: &str, document: &str) -> Standing {
    let short: String = hash(document).chars().take(12).collect();
    Standing::Otherwise(format!("{what}. Its document (SHA-256 {short}...): {}", cut(&json(document), 1_500)))
}

/// The place of a live policy, with what a change of it needs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Place {
    Managed(managed::Found),
    Inline(inline::Found),
    Attached(attached::Found),
    Trust(trust::Found),
}

/// A change, and how people see it.
pub(crate) struct Proposed {
    pub(crate) change: Change,
    /// The effect in one or two sentences.
    pub(crate) effect: String,
    pub(crate) shown: Shown,
}

/// What people see of the remaining document.
pub(crate) enum Shown {
    Document(Document),
    Nothing,
    NoDiff,
}

impl Place {
    /// The change after which this is left of the document.
    pub(crate) fn propose(&self, after: Option<Document>) -> Proposed {
        match self {
            Self::Managed(found) => found.propose(after),
            Self::Inline(found) => found.propose(after),
            Self::Attached(found) => found.propose(),
            Self::Trust(found) => found.propose(after),
        }
    }

    /// Everything that an undo needs, with the document as IAM returned it.
    pub(crate) async fn record(self, iam: &Client, document: String) -> Result<Was, Fault> {
        match self {
            Self::Managed(found) => found.record(iam, document).await,
            Self::Inline(found) => Ok(Was::Inline { principal_id: found.principal_id, document }),
            Self::Attached(found) => Ok(Was::Attached {
                principal_id: found.principal_id,
                policy: found.policy,
                attached: found.attached,
            }),
            Self::Trust(found) => Ok(Was::Trust { role_id: found.role_id, document }),
        }
    }
}

/// The principal, if it is still the one that was recorded.
async fn is_there(
    iam: &Client,
    who: &IamPrincipal,
    id: &str,
) -> Result<Result<principal::Holder, Standing>, Fault> {
    Ok(match principal::get(iam, who).await? {
        Some(holder) if holder.id == id => Ok(holder),
        Some(holder) => {
            let message = format!("The {} {} is {} now, not {id}.", who.kind.word(), who.name, holder.id);
            Err(Standing::Gone(message))
        }
        None => Err(Standing::Gone(format!("There is no {} {} any more.", who.kind.word(), who.name))),
    })
}

/// The option of the AWS CLI that names a principal.
fn option(principal: &IamPrincipal) -> String {
    format!("--{}-name {}", principal.kind.word(), principal.name)
}
