//! What can be put right, one file for each kind: how it is looked at, what the smallest change of it is, what is
//! recorded for the undo, how the live one stands to that, and how it is put back, by the task or by hand. A kind more is
//! a file here and a line in each of the two enums below; everything else knows only these.

pub(crate) mod attached;
pub(crate) mod inline;
pub(crate) mod managed;
pub(crate) mod trust;

use crate::aws::fault::Answer;
use crate::aws::principal;
use crate::policy::Document;
use crate::remediation::standing::Standing;
use aws_sdk_iam::Client;
use contract::{Change, Fault, IamPrincipal, PolicyBefore, Was};

/// What the undo of one kind is made of.
pub(crate) trait Undoable {
    /// How the live one stands to what was recorded.
    async fn standing(&self, iam: &Client) -> Result<Standing, Fault>;

    /// Makes the recorded change. It is called while the live one is as recorded.
    async fn apply(&self, iam: &Client) -> Result<Answer<()>, Fault>;

    /// What was done, read from what is there now: an earlier try may have done it.
    async fn applied(&self, iam: &Client) -> Result<Applied, Fault>;

    /// Puts back what was recorded. What IAM cannot give back as it was goes to `not_as_before`, for people.
    async fn put_back(&self, iam: &Client, not_as_before: &mut Vec<String>) -> Result<Answer<()>, Fault>;

    /// Takes away what the change left behind, once the rest is back. Says whether there was something.
    async fn tidy(&self, _iam: &Client, _not_as_before: &mut Vec<String>) -> Result<Answer<bool>, Fault> {
        Ok(Answer::Done(false))
    }

    /// What is otherwise than it was recorded, and not by us. It is not ours to change back.
    async fn changed_meanwhile(
        &self,
        _iam: &Client,
        _not_as_before: &[String],
    ) -> Result<Vec<String>, Fault> {
        Ok(vec![])
    }

    /// What it said, where it is a document.
    fn said(&self) -> Option<&str>;

    /// The exact commands that put it back. Names and ARNs were read from an event only if they need no quoting.
    fn by_hand(&self) -> Vec<String>;
}

/// What a change did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Applied {
    /// In a sentence.
    pub(crate) what: String,
    /// The version that was made, where one was.
    pub(crate) version: Option<String>,
    /// The version that made room for it, where one had to.
    pub(crate) deleted_version: Option<String>,
}

impl Applied {
    fn saying(what: String) -> Self {
        Self { what, ..Self::default() }
    }
}

/// What was recorded, with the change that belongs to it.
pub(crate) enum Kind<'a> {
    Managed(managed::Recorded<'a>),
    Inline(inline::Recorded<'a>),
    Attached(attached::Recorded<'a>),
    Trust(trust::Recorded<'a>),
}

/// What is done is the same for every kind.
macro_rules! each {
    ($kind:expr, $it:ident => $does:expr) => {
        match $kind {
            Kind::Managed($it) => $does,
            Kind::Inline($it) => $does,
            Kind::Attached($it) => $does,
            Kind::Trust($it) => $does,
        }
    };
}

impl<'a> Kind<'a> {
    /// Reads what was recorded. Nothing else in these tasks has to ask whether record and change belong together.
    pub(crate) fn of(before: &'a PolicyBefore) -> Result<Self, Fault> {
        match (&before.was, &before.change) {
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
                Some(Self::Inline(inline::Recorded {
                    principal,
                    principal_id,
                    policy,
                    document,
                    after: None,
                }))
            }
            (Was::Attached { principal_id, attached }, Change::Detach { principal, policy_arn }) => {
                Some(Self::Attached(attached::Recorded { principal, principal_id, policy_arn, attached }))
            }
            (Was::Trust { role_id, document }, Change::UpdateTrust { role, document: after }) => {
                Some(Self::Trust(trust::Recorded { role, role_id, document, after }))
            }
            _ => None,
        }
        .ok_or_else(|| {
            Fault::InvalidInput("what was recorded and the change do not belong together".to_owned())
        })
    }
}

impl Undoable for Kind<'_> {
    async fn standing(&self, iam: &Client) -> Result<Standing, Fault> {
        each!(self, it => it.standing(iam).await)
    }

    async fn apply(&self, iam: &Client) -> Result<Answer<()>, Fault> {
        each!(self, it => it.apply(iam).await)
    }

    async fn applied(&self, iam: &Client) -> Result<Applied, Fault> {
        each!(self, it => it.applied(iam).await)
    }

    async fn put_back(&self, iam: &Client, not_as_before: &mut Vec<String>) -> Result<Answer<()>, Fault> {
        each!(self, it => it.put_back(iam, not_as_before).await)
    }

    async fn tidy(&self, iam: &Client, not_as_before: &mut Vec<String>) -> Result<Answer<bool>, Fault> {
        each!(self, it => it.tidy(iam, not_as_before).await)
    }

    async fn changed_meanwhile(&self, iam: &Client, not_as_before: &[String]) -> Result<Vec<String>, Fault> {
        each!(self, it => it.changed_meanwhile(iam, not_as_before).await)
    }

    fn said(&self) -> Option<&str> {
        each!(self, it => it.said())
    }

    fn by_hand(&self) -> Vec<String> {
        each!(self, it => it.by_hand())
    }
}

/// Where a live policy stands, with what has to be known of it to change it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Place {
    Managed(managed::Found),
    Inline(inline::Found),
    Attached(attached::Found),
    Trust(trust::Found),
}

/// A change, and how people are told of it.
pub(crate) struct Proposed {
    pub(crate) change: Change,
    /// What would happen, in a sentence or two.
    pub(crate) effect: String,
    pub(crate) shown: Shown,
}

/// What people are shown of the document that is left.
pub(crate) enum Shown {
    Document(Document),
    Nothing,
    NoDiff,
}

impl Place {
    /// The change that leaves this of the document.
    pub(crate) fn propose(&self, after: Option<Document>) -> Proposed {
        match self {
            Self::Managed(found) => found.propose(after),
            Self::Inline(found) => found.propose(after),
            Self::Attached(found) => found.propose(),
            Self::Trust(found) => found.propose(after),
        }
    }

    /// What an undo will need, with the document as IAM returned it.
    pub(crate) async fn record(self, iam: &Client, document: String) -> Result<Was, Fault> {
        match self {
            Self::Managed(found) => found.record(iam, document).await,
            Self::Inline(found) => Ok(Was::Inline { principal_id: found.principal_id, document }),
            Self::Attached(found) => {
                Ok(Was::Attached { principal_id: found.principal_id, attached: found.attached })
            }
            Self::Trust(found) => Ok(Was::Trust { role_id: found.role_id, document }),
        }
    }
}

/// The one whose policy it is, if it is still the one that was recorded.
async fn is_there(
    iam: &Client,
    who: &IamPrincipal,
    id: &str,
) -> Result<Result<principal::Holder, Standing>, Fault> {
    Ok(match principal::get(iam, who).await? {
        Some(holder) if holder.id == id => Ok(holder),
        Some(holder) => {
            let message =
                format!("There is another {} {} now: {}, not {id}.", who.kind.word(), who.name, holder.id);
            Err(Standing::Gone(message))
        }
        None => Err(Standing::Gone(format!("There is no {} {} any more.", who.kind.word(), who.name))),
    })
}

/// The option of the command line that names somebody.
fn option(principal: &IamPrincipal) -> String {
    format!("--{}-name {}", principal.kind.word(), principal.name)
}
