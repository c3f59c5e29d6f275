//! Who may use a role: its trust policy is replaced, and put back.

use super::{Applied, Place, Proposed, Shown, Undoable, is_there};
use crate::aws::document::same;
use crate::aws::fault::Answer;
use crate::aws::principal;
use crate::policy::{Document, trusts_nobody};
use crate::remediation::look::{Looked, holder, of_one};
use crate::remediation::standing::{Standing, otherwise};
use crate::words::text::json;
use aws_sdk_iam::Client;
use contract::{Change, Fault, IamPrincipal, PrincipalKind};

/// One that is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) role: String,
    pub(crate) role_id: String,
}

impl Found {
    pub(super) fn propose(&self, after: Option<Document>) -> Proposed {
        let who = if after.is_none() { "Nobody" } else { "Only whom we know" };
        let left = after.or_else(|| Document::from_value(trusts_nobody()).ok());
        let document = left.as_ref().map_or_else(trusts_nobody, Document::to_value).to_string();
        Proposed {
            change: Change::UpdateTrust { role: self.role.clone(), document },
            effect: format!("{who} can use the role from then on. Sessions that are open go on."),
            shown: left.map_or(Shown::Nothing, Shown::Document),
        }
    }
}

/// Looks at one.
pub(crate) async fn look(iam: &Client, role: &str) -> Result<Looked, Fault> {
    let principal = IamPrincipal { kind: PrincipalKind::Role, name: role.to_owned() };
    let mut holder = match holder(iam, &principal).await? {
        Ok(holder) => holder,
        Err(gone) => return Ok(gone),
    };
    let Some(document) = holder.trust.take() else {
        return Ok(Looked::ForPeople("IAM did not say what the role's trust policy is.".to_owned()));
    };
    let found = Found { role: role.to_owned(), role_id: holder.id.clone() };
    Ok(of_one(document, Place::Trust(found), &principal, holder))
}

/// What was recorded of one.
pub(crate) struct Recorded<'a> {
    pub(super) role: &'a str,
    pub(super) role_id: &'a str,
    /// What it said.
    pub(super) document: &'a str,
    /// What it says after the change.
    pub(super) after: &'a str,
}

impl Undoable for Recorded<'_> {
    async fn standing(&self, iam: &Client) -> Result<Standing, Fault> {
        let who = IamPrincipal { kind: PrincipalKind::Role, name: self.role.to_owned() };
        let holder = match is_there(iam, &who, self.role_id).await? {
            Ok(holder) => holder,
            Err(gone) => return Ok(gone),
        };
        let says = holder.trust.unwrap_or_default();
        Ok(if same(&says, self.after) {
            Standing::AsChanged
        } else if same(&says, self.document) {
            Standing::AsRecorded
        } else {
            otherwise(&format!("The trust policy of the role {} was changed", self.role), &says)
        })
    }

    async fn apply(&self, iam: &Client) -> Result<Answer<()>, Fault> {
        principal::update_trust(iam, self.role, self.after).await
    }

    async fn applied(&self, _iam: &Client) -> Result<Applied, Fault> {
        Ok(Applied::saying(format!("The trust policy of the role {} was replaced.", self.role)))
    }

    async fn put_back(&self, iam: &Client, _not_as_before: &mut Vec<String>) -> Result<Answer<()>, Fault> {
        principal::update_trust(iam, self.role, self.document).await
    }

    fn said(&self) -> Option<&str> {
        Some(self.document)
    }

    fn by_hand(&self) -> Vec<String> {
        vec![format!(
            "aws iam update-assume-role-policy --role-name {} --policy-document '{}'",
            self.role,
            json(self.document)
        )]
    }
}
