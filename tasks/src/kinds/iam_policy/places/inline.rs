//! An inline policy: it is replaced, or deleted where nothing would be left of it, and put back.

use super::{Applied, Place, Proposed, Shown, Undoable, is_there, option};
use crate::aws::document::same;
use crate::aws::fault::Answer;
use crate::aws::principal;
use crate::policy::Document;
use crate::remediation::look::{Looked, holder, of_one};
use crate::remediation::standing::{Standing, otherwise};
use crate::words::text::json;
use aws_sdk_iam::Client;
use contract::{Change, Fault, IamPrincipal};

/// One that is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) principal: IamPrincipal,
    pub(crate) principal_id: String,
    pub(crate) policy: String,
}

impl Found {
    pub(super) fn propose(&self, after: Option<Document>) -> Proposed {
        let (principal, policy) = (self.principal.clone(), self.policy.clone());
        match after {
            Some(left) => Proposed {
                change: Change::PutInline { principal, policy, document: left.to_value().to_string() },
                effect: "The inline policy is replaced by one without what is dangerous.".to_owned(),
                shown: Shown::Document(left),
            },
            None => Proposed {
                change: Change::DeleteInline { principal, policy },
                effect: "The inline policy is deleted: all that it allows is dangerous.".to_owned(),
                shown: Shown::Nothing,
            },
        }
    }
}

/// Looks at one.
pub(crate) async fn look(iam: &Client, principal: &IamPrincipal, policy: &str) -> Result<Looked, Fault> {
    let holder = match holder(iam, principal).await? {
        Ok(holder) => holder,
        Err(gone) => return Ok(gone),
    };
    let Some(document) = principal::inline(iam, principal, policy).await? else {
        let message = format!("There is no inline policy {policy} of {} any more.", principal.words());
        return Ok(Looked::Gone(message));
    };
    let found =
        Found { principal: principal.clone(), principal_id: holder.id.clone(), policy: policy.to_owned() };
    Ok(of_one(document, Place::Inline(found), principal, holder))
}

/// What was recorded of one.
pub(crate) struct Recorded<'a> {
    pub(super) principal: &'a IamPrincipal,
    pub(super) principal_id: &'a str,
    pub(super) policy: &'a str,
    /// What it said.
    pub(super) document: &'a str,
    /// What it says after the change; nothing where it is deleted.
    pub(super) after: Option<&'a str>,
}

impl Undoable for Recorded<'_> {
    async fn standing(&self, iam: &Client) -> Result<Standing, Fault> {
        if let Err(gone) = is_there(iam, self.principal, self.principal_id).await? {
            return Ok(gone);
        }
        let what = format!("The inline policy {} of {}", self.policy, self.principal.words());
        Ok(match (principal::inline(iam, self.principal, self.policy).await?, self.after) {
            (None, None) => Standing::AsChanged,
            (None, Some(_)) => Standing::Gone(format!("{what} is gone.")),
            (Some(says), Some(after)) if same(&says, after) => Standing::AsChanged,
            (Some(says), _) if same(&says, self.document) => Standing::AsRecorded,
            (Some(says), _) => otherwise(&format!("{what} was changed"), &says),
        })
    }

    async fn apply(&self, iam: &Client) -> Result<Answer<()>, Fault> {
        match self.after {
            Some(after) => principal::put_inline(iam, self.principal, self.policy, after).await,
            None => principal::delete_inline(iam, self.principal, self.policy).await,
        }
    }

    async fn applied(&self, _iam: &Client) -> Result<Applied, Fault> {
        let done = if self.after.is_some() { "replaced" } else { "deleted" };
        let what = format!("The inline policy {} of {} was {done}.", self.policy, self.principal.words());
        Ok(Applied::saying(what))
    }

    async fn put_back(&self, iam: &Client, _not_as_before: &mut Vec<String>) -> Result<Answer<()>, Fault> {
        principal::put_inline(iam, self.principal, self.policy, self.document).await
    }

    fn said(&self) -> Option<&str> {
        Some(self.document)
    }

    fn by_hand(&self) -> Vec<String> {
        vec![format!(
            "aws iam put-{}-policy {} --policy-name {} --policy-document '{}'",
            self.principal.kind.word(),
            option(self.principal),
            self.policy,
            json(self.document)
        )]
    }
}
