//! A managed policy on somebody: it is detached, and attached again. The policy itself stays as it is.

use super::{Applied, Place, Proposed, Shown, Undoable, is_there, option};
use crate::aws::fault::Answer;
use crate::aws::principal;
use crate::remediation::look::{Looked, default_document, holder, of_one};
use crate::remediation::standing::Standing;
use aws_sdk_iam::Client;
use contract::{Change, Fault, IamPrincipal};

/// One that is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) principal: IamPrincipal,
    pub(crate) principal_id: String,
    pub(crate) policy_arn: String,
    /// All that is attached.
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

/// Looks at one.
pub(crate) async fn look(
    iam: &Client,
    principal: &IamPrincipal,
    policy_arn: &String,
) -> Result<Looked, Fault> {
    let holder = match holder(iam, principal).await? {
        Ok(holder) => holder,
        Err(gone) => return Ok(gone),
    };
    let attached = principal::attached(iam, principal).await?;
    if !attached.contains(policy_arn) {
        return Ok(Looked::Gone(format!("The policy is not attached to {} any more.", principal.words())));
    }
    let Some((_, document)) = default_document(iam, policy_arn).await? else {
        return Ok(Looked::Gone("There is no such policy any more.".to_owned()));
    };
    let found = Found {
        principal: principal.clone(),
        principal_id: holder.id.clone(),
        policy_arn: policy_arn.clone(),
        attached,
    };
    Ok(of_one(document, Place::Attached(found), principal, holder))
}

/// What was recorded of one.
pub(crate) struct Recorded<'a> {
    pub(super) principal: &'a IamPrincipal,
    pub(super) principal_id: &'a str,
    pub(super) policy_arn: &'a String,
    /// All that was attached.
    pub(super) attached: &'a [String],
}

impl Undoable for Recorded<'_> {
    async fn standing(&self, iam: &Client) -> Result<Standing, Fault> {
        if let Err(gone) = is_there(iam, self.principal, self.principal_id).await? {
            return Ok(gone);
        }
        let attached = principal::attached(iam, self.principal).await?;
        Ok(if attached.contains(self.policy_arn) { Standing::AsRecorded } else { Standing::AsChanged })
    }

    async fn apply(&self, iam: &Client) -> Result<Answer<()>, Fault> {
        principal::detach(iam, self.principal, self.policy_arn).await
    }

    async fn applied(&self, _iam: &Client) -> Result<Applied, Fault> {
        Ok(Applied::saying(format!("{} was detached from {}.", self.policy_arn, self.principal.words())))
    }

    async fn put_back(&self, iam: &Client, _not_as_before: &mut Vec<String>) -> Result<Answer<()>, Fault> {
        principal::attach(iam, self.principal, self.policy_arn).await
    }

    async fn changed_meanwhile(&self, iam: &Client, _not_as_before: &[String]) -> Result<Vec<String>, Fault> {
        let now = principal::attached(iam, self.principal).await?;
        let new = now.iter().filter(|arn| !self.attached.contains(arn));
        let gone = self.attached.iter().filter(|arn| !now.contains(arn));
        let new = new.map(|arn| format!("{arn} was attached."));
        Ok(new.chain(gone.map(|arn| format!("{arn} was detached."))).collect())
    }

    fn said(&self) -> Option<&str> {
        None
    }

    fn by_hand(&self) -> Vec<String> {
        vec![format!(
            "aws iam attach-{}-policy {} --policy-arn {}",
            self.principal.kind.word(),
            option(self.principal),
            self.policy_arn
        )]
    }
}
