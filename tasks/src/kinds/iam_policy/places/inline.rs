//! An inline policy: it is replaced, or deleted if nothing would be left of it, and put back.

use super::super::super::{Memory, Owner, Reversible, Standing};
use super::super::look::{Found as Look, holder, of_one};
use super::{Place, Proposed, Shown, is_there, option, otherwise, words};
use crate::aws::document::same;
use crate::aws::fault::Answer;
use crate::aws::principal;
use crate::aws::reach::Account;
use crate::policy::Document;
use crate::text::json;
use aws_sdk_iam::Client;
use contract::kinds::iam_policy::{Change, Target};
use contract::{Fault, IamPrincipal, Words};

/// A live inline policy.
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
                effect: "The inline policy is replaced by one without the dangerous part.".to_owned(),
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

pub(crate) async fn look(iam: &Client, principal: &IamPrincipal, policy: &str) -> Result<Look, Fault> {
    let holder = match holder(iam, principal).await? {
        Ok(holder) => holder,
        Err(gone) => return Ok(gone),
    };
    let Some(document) = principal::inline(iam, principal, policy).await? else {
        let message = format!("There is no inline policy {policy} of {} any more.", principal.words());
        return Ok(Look::Gone(message));
    };
    let found =
        Found { principal: principal.clone(), principal_id: holder.id.clone(), policy: policy.to_owned() };
    let attached = principal::attached(iam, principal).await?;
    Ok(of_one(document, Place::Inline(found), principal, holder, attached))
}

/// A recorded inline policy.
pub(crate) struct Recorded<'a> {
    pub(super) principal: &'a IamPrincipal,
    pub(super) principal_id: &'a str,
    pub(super) policy: &'a str,
    pub(super) document: &'a str,
    /// The document after the change; none if the policy is deleted.
    pub(super) after: Option<&'a str>,
}

impl Reversible for Recorded<'_> {
    fn owner(&self) -> Owner {
        Owner::Principal(self.principal.clone())
    }

    async fn standing(&self, account: &Account) -> Result<Standing, Fault> {
        let iam = &account.iam();
        if let Err(gone) = is_there(iam, self.principal, self.principal_id).await? {
            return Ok(gone);
        }
        let what = format!("The inline policy {} of {}", self.policy, self.principal.words());
        Ok(match (principal::inline(iam, self.principal, self.policy).await?, self.after) {
            (None, None) => Standing::AsChanged,
            (None, Some(_)) => Standing::Gone(format!("{what} is gone.")),
            (Some(found), Some(after)) if same(&found, after) => Standing::AsChanged,
            (Some(found), _) if same(&found, self.document) => Standing::AsRecorded,
            (Some(found), _) => otherwise(&format!("{what} was changed"), &found),
        })
    }

    async fn apply(&self, account: &Account) -> Result<Answer<()>, Fault> {
        let iam = &account.iam();
        match self.after {
            Some(after) => principal::put_inline(iam, self.principal, self.policy, after).await,
            None => principal::delete_inline(iam, self.principal, self.policy).await,
        }
    }

    async fn applied(&self, _account: &Account) -> Result<String, Fault> {
        let done = if self.after.is_some() { "replaced" } else { "deleted" };
        let what = format!("The inline policy {} of {} was {done}.", self.policy, self.principal.words());
        Ok(what)
    }

    async fn put_back(
        &self,
        account: &Account,
        _not_as_before: &mut Vec<String>,
    ) -> Result<Answer<bool>, Fault> {
        let iam = &account.iam();
        let put = principal::put_inline(iam, self.principal, self.policy, self.document).await?;
        Ok(put.map(|()| true))
    }

    fn memory(&self) -> Result<Option<Memory>, Fault> {
        let target = Target::Inline { principal: self.principal.clone(), policy: self.policy.to_owned() };
        Memory::new(&target, Some(self.document)).map(Some)
    }

    fn words(&self, what: &str, taken_at: &str) -> Words {
        words(what, taken_at, self.by_hand())
    }
}

impl Recorded<'_> {
    /// The commands that take the change back by hand. Names and ARNs need no quotes.
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
