//! A permissions boundary was removed or replaced. The required one is put back after a person has approved it, since a
//! boundary can stop work that is possible without it.

mod look;
mod required;
mod reversible;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

use super::guardrails::{Spoken, ask_first, hands_over, missing, of_principal, template};
use super::{ChangingKind, LookingKind, Memory, StepProfile, Subject, resource, sentence};
use crate::aws::principal;
use crate::aws::reach::Account;
use crate::events::Event;
use crate::names;
use crate::steps::taken_back;
use contract::kinds::PermissionsBoundary;
use contract::kinds::permissions_boundary::{PutBoundary, Target, Was};
use contract::steps::record::Error;
use contract::{Fault, Finding, IamPrincipal, Looked, PrincipalKind, Source};

impl LookingKind for PermissionsBoundary {
    const LOOK: StepProfile = look::LOOK;
    const IS_GLOBAL: bool = true;

    fn target(event: &Event<'_>) -> contract::Target<Target> {
        let other = |why: &str| contract::Target::Other {
            what: "something that is no permissions boundary".to_owned(),
            why: why.to_owned(),
        };
        let is_iam =
            event.source == Source::CloudTrail && event.text("/eventSource") == Some("iam.amazonaws.com");
        let (kind, name) = match event.text("/eventName").filter(|_| is_iam) {
            Some("DeleteRolePermissionsBoundary" | "PutRolePermissionsBoundary") => {
                (PrincipalKind::Role, event.text("/requestParameters/roleName"))
            }
            Some("DeleteUserPermissionsBoundary" | "PutUserPermissionsBoundary") => {
                (PrincipalKind::User, event.text("/requestParameters/userName"))
            }
            _ => return other("the event is no call of IAM that touches a permissions boundary"),
        };
        match name.and_then(|name| names::principal(kind, name)) {
            Some(principal) => resource::<Self>(Target { principal }),
            None => other("the parameters of the call do not identify a role or a user"),
        }
    }

    fn what(target: &Target) -> String {
        format!("the permissions boundary of {}", target.principal.words())
    }

    fn principal(target: &Target) -> Option<IamPrincipal> {
        Some(target.principal.clone())
    }

    fn found(finding: &Finding<Target>) -> String {
        sentence(&format!("{} was removed or replaced", finding.target.what()))
    }

    async fn look(
        subject: &Subject<'_, Self>,
        target: &Target,
    ) -> Result<Looked<Target, PutBoundary>, Fault> {
        look::look(subject, target).await
    }
}

impl ChangingKind for PermissionsBoundary {
    const CHECK_GUARDRAILS: StepProfile = look::CHECK_GUARDRAILS;
    const RECORD: StepProfile = look::RECORD;
    const CHANGE: StepProfile = reversible::CHANGE;
    const VERIFY: StepProfile = reversible::VERIFY;
    const RESTORE: StepProfile = reversible::RESTORE;
    type Reversible<'a> = reversible::Boundary<'a>;

    async fn guardrails(
        subject: &Subject<'_, Self>,
        target: &Target,
        account: &Account,
    ) -> Result<Vec<Spoken>, Fault> {
        let who = &target.principal;
        let Some(holder) = principal::get(&account.iam(), who).await? else { return Ok(vec![missing(who)]) };
        let mut spoken = of_principal(who, &holder, account, subject.aws)?;
        if hands_over(&spoken) {
            return Ok(spoken);
        }
        spoken.extend(template(&holder.tags));
        spoken.extend(taken_back::check::<Self>(&Memory::new(target, None)?, account, subject.aws).await?);
        let message = format!("A boundary can stop work of {} that is possible now.", who.words());
        spoken.push(ask_first("may-stop-work", message));
        Ok(spoken)
    }

    async fn record(
        subject: &Subject<'_, Self>,
        target: &Target,
        change: &PutBoundary,
        account: &Account,
    ) -> Result<Was, Error> {
        look::record(subject, target, change, account).await
    }

    fn reversible<'a>(
        _case_id: &'a str,
        change: &'a PutBoundary,
        was: &'a Was,
    ) -> Result<reversible::Boundary<'a>, Fault> {
        Ok(reversible::Boundary { change, was })
    }
}
