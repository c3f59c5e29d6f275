//! The trust policy of a role: it is replaced, and put back.

use super::super::super::{Memory, Owner, Reversible, Standing};
use super::super::look::{Found as Look, holder, of_one};
use super::{Place, Proposed, Shown, is_there, otherwise, words};
use crate::aws::document::same;
use crate::aws::fault::Answer;
use crate::aws::principal;
use crate::aws::reach::Account;
use crate::policy::{Document, trusts_nobody};
use crate::text::json;
use aws_sdk_iam::Client;
use contract::kinds::iam_policy::{Change, Target};
use contract::{Fault, IamPrincipal, PrincipalKind, Words};

/// A live trust policy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) role: String,
    pub(crate) role_id: String,
}

impl Found {
    pub(super) fn propose(&self, after: Option<Document>) -> Proposed {
        let who = if after.is_none() { "Nobody" } else { "Only known principals" };
        let left = after.or_else(|| Document::from_value(trusts_nobody()).ok());
        let document = left.as_ref().map_or_else(trusts_nobody, Document::to_value).to_string();
        Proposed {
            change: Change::UpdateTrust { role: self.role.clone(), document },
            effect: format!("{who} can assume the role from then on. Open sessions go on."),
            shown: left.map_or(Shown::Nothing, Shown::Document),
        }
    }
}

pub(crate) async fn look(iam: &Client, role: &str) -> Result<Look, Fault> {
    let principal = IamPrincipal { kind: PrincipalKind::Role, name: role.to_owned() };
    let mut holder = match holder(iam, &principal).await? {
        Ok(holder) => holder,
        Err(gone) => return Ok(gone),
    };
    let Some(document) = holder.trust.take() else {
        return Ok(Look::ForPeople("IAM returned no trust policy of the role.".to_owned()));
    };
    let found = Found { role: role.to_owned(), role_id: holder.id.clone() };
    Ok(of_one(document, Place::Trust(found), &principal, holder, vec![]))
}

/// A recorded trust policy.
pub(crate) struct Recorded<'a> {
    pub(super) role: &'a str,
    pub(super) role_id: &'a str,
    pub(super) document: &'a str,
    /// The document after the change.
    pub(super) after: &'a str,
}

impl Reversible for Recorded<'_> {
    fn owner(&self) -> Owner {
        Owner::Principal(IamPrincipal { kind: PrincipalKind::Role, name: self.role.to_owned() })
    }

    async fn standing(&self, account: &Account) -> Result<Standing, Fault> {
        let iam = &account.iam();
        let who = IamPrincipal { kind: PrincipalKind::Role, name: self.role.to_owned() };
        let holder = match is_there(iam, &who, self.role_id).await? {
            Ok(holder) => holder,
            Err(gone) => return Ok(gone),
        };
        let found = holder.trust.unwrap_or_default();
        Ok(if same(&found, self.after) {
            Standing::AsChanged
        } else if same(&found, self.document) {
            Standing::AsRecorded
        } else {
            otherwise(&format!("The trust policy of the role {} was changed", self.role), &found)
        })
    }

    async fn apply(&self, account: &Account) -> Result<Answer<()>, Fault> {
        let iam = &account.iam();
        principal::update_trust(iam, self.role, self.after).await
    }

    async fn applied(&self, _account: &Account) -> Result<String, Fault> {
        Ok(format!("The trust policy of the role {} was replaced.", self.role))
    }

    async fn put_back(
        &self,
        account: &Account,
        _not_as_before: &mut Vec<String>,
    ) -> Result<Answer<bool>, Fault> {
        let iam = &account.iam();
        Ok(principal::update_trust(iam, self.role, self.document).await?.map(|()| true))
    }

    fn memory(&self) -> Result<Option<Memory>, Fault> {
        let target = Target::Trust { role: self.role.to_owned() };
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
            "aws iam update-assume-role-policy --role-name {} --policy-document '{}'",
            self.role,
            json(self.document)
        )]
    }
}
