//! A managed policy on a principal: it is detached, and attached again. The policy itself stays as it is.

use super::super::super::{Memory, Owner, Reversible, Standing};
use super::super::look::{Found as Look, holder, of_one};
use super::{Place, Proposed, Shown, is_there, option, words};
use crate::aws::fault::Answer;
use crate::aws::reach::Account;
use crate::aws::{policy, principal};
use aws_sdk_iam::Client;
use contract::kinds::iam_policy::{Change, Target};
use contract::{Fault, IamPrincipal, PolicyContent, Words};

/// A live attachment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) principal: IamPrincipal,
    pub(crate) principal_id: String,
    pub(crate) policy_arn: String,
    pub(crate) policy: PolicyContent,
    /// The ARNs of all attached policies.
    pub(crate) attached: Vec<String>,
}

impl Found {
    pub(super) fn propose(&self) -> Proposed {
        let change =
            Change::Detach { principal: self.principal.clone(), policy_arn: self.policy_arn.clone() };
        let effect = format!(
            "The policy is detached from {}. The policy itself stays as it is.",
            self.principal.words()
        );
        Proposed { change, effect, shown: Shown::NoDiff }
    }
}

pub(crate) async fn look(iam: &Client, principal: &IamPrincipal, policy_arn: &str) -> Result<Look, Fault> {
    let holder = match holder(iam, principal).await? {
        Ok(holder) => holder,
        Err(gone) => return Ok(gone),
    };
    let attached = principal::attached(iam, principal).await?;
    if !attached.iter().any(|arn| arn == policy_arn) {
        return Ok(Look::Gone(format!("The policy is not attached to {} any more.", principal.words())));
    }
    let Some((live, document)) = policy::default_document(iam, policy_arn).await? else {
        return Ok(Look::Gone("There is no such policy any more.".to_owned()));
    };
    let found = Found {
        principal: principal.clone(),
        principal_id: holder.id.clone(),
        policy_arn: policy_arn.to_owned(),
        policy: policy::content(&live, &document),
        attached: attached.clone(),
    };
    Ok(of_one(document, Place::Attached(found), principal, holder, attached))
}

/// A recorded attachment.
pub(crate) struct Recorded<'a> {
    pub(super) principal: &'a IamPrincipal,
    pub(super) principal_id: &'a str,
    pub(super) policy_arn: &'a str,
    pub(super) policy: &'a PolicyContent,
    /// The ARNs of all policies that were attached.
    pub(super) attached: &'a [String],
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
        let attached = principal::attached(iam, self.principal).await?;
        Ok(if attached.iter().any(|arn| arn == self.policy_arn) {
            Standing::AsRecorded
        } else {
            Standing::AsChanged
        })
    }

    async fn apply(&self, account: &Account) -> Result<Answer<()>, Fault> {
        let iam = &account.iam();
        principal::detach(iam, self.principal, self.policy_arn).await
    }

    async fn applied(&self, _account: &Account) -> Result<String, Fault> {
        Ok(format!("{} was detached from {}.", self.policy_arn, self.principal.words()))
    }

    async fn cannot_put_back(&self, account: &Account) -> Result<Option<String>, Fault> {
        policy::drift(&account.iam(), self.policy_arn, self.policy).await
    }

    async fn put_back(
        &self,
        account: &Account,
        _not_as_before: &mut Vec<String>,
    ) -> Result<Answer<bool>, Fault> {
        let iam = &account.iam();
        Ok(principal::attach(iam, self.principal, self.policy_arn).await?.map(|()| true))
    }

    async fn changed_meanwhile(
        &self,
        account: &Account,
        _not_as_before: &[String],
    ) -> Result<Vec<String>, Fault> {
        let iam = &account.iam();
        let now = principal::attached(iam, self.principal).await?;
        let new = now.iter().filter(|arn| !self.attached.contains(arn));
        let gone = self.attached.iter().filter(|arn| !now.contains(arn));
        let new = new.map(|arn| format!("{arn} was attached."));
        Ok(new.chain(gone.map(|arn| format!("{arn} was detached."))).collect())
    }

    fn memory(&self) -> Result<Option<Memory>, Fault> {
        let target =
            Target::Attached { principal: self.principal.clone(), policy_arn: self.policy_arn.to_owned() };
        Memory::new(&target, None).map(Some)
    }

    fn words(&self, what: &str, taken_at: &str) -> Words {
        words(what, taken_at, self.by_hand())
    }
}

impl Recorded<'_> {
    /// The commands that take the change back by hand. Names and ARNs need no quotes.
    fn by_hand(&self) -> Vec<String> {
        vec![format!(
            "aws iam attach-{}-policy {} --policy-arn {}",
            self.principal.kind.word(),
            option(self.principal),
            self.policy_arn
        )]
    }
}
