//! A role whose credentials are in other hands is contained: everything is denied to it, by an inline policy or, where IAM
//! takes none, by the AWS managed policy `AWSDenyAll`.

mod guardrails;
mod look;
mod noted;
mod record;
mod reversible;
mod room;
mod target;
mod ways;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

use super::guardrails::Spoken;
use super::{ChangingKind, LookingKind, StepProfile, Subject};
use crate::aws::Aws;
use crate::aws::reach::Account;
use crate::events::Event;
use contract::kinds::RoleContainment;
use contract::kinds::role_containment::{Contain, Role, Target};
use contract::steps::record::Error;
use contract::{Fault, Finding, IamPrincipal, Looked, PrincipalKind};

impl LookingKind for RoleContainment {
    const LOOK: StepProfile = look::LOOK;
    /// GuardDuty reports a finding in one region.
    const IS_GLOBAL: bool = false;

    fn target(event: &Event<'_>) -> contract::Target<Target> {
        target::read(event)
    }

    fn what(target: &Target) -> String {
        format!("the role {}", target.role_name)
    }

    /// The role, whichever instance its credentials were issued to.
    fn subject(target: &Target) -> Result<String, Fault> {
        Ok(target.role_id.clone())
    }

    fn principal(target: &Target) -> Option<IamPrincipal> {
        Some(role(&target.role_name))
    }

    fn found(finding: &Finding<Target>) -> String {
        format!("The credentials of {} were used where they should not be.", finding.target.what())
    }

    async fn look(subject: &Subject<'_, Self>, target: &Target) -> Result<Looked<Target, Contain>, Fault> {
        look::look(subject, target).await
    }
}

impl ChangingKind for RoleContainment {
    const CHECK_GUARDRAILS: StepProfile = guardrails::CHECK_GUARDRAILS;
    const RECORD: StepProfile = record::RECORD;
    const CHANGE: StepProfile = reversible::CHANGE;
    const VERIFY: StepProfile = reversible::VERIFY;
    const RESTORE: StepProfile = reversible::RESTORE;
    /// The credentials are in other hands.
    const MUST_NOT_WAIT: bool = true;
    type Reversible<'a> = reversible::Containment<'a>;

    async fn guardrails(
        subject: &Subject<'_, Self>,
        target: &Target,
        account: &Account,
    ) -> Result<Vec<Spoken>, Fault> {
        guardrails::check(subject, target, account).await
    }

    async fn record(
        subject: &Subject<'_, Self>,
        target: &Target,
        change: &Contain,
        account: &Account,
    ) -> Result<Role, Error> {
        record::record(subject.case_id, target, change, account).await
    }

    async fn check_unrecorded(
        case_id: &str,
        change: &Contain,
        was: &Role,
        account: &Account,
        aws: &Aws,
    ) -> Result<(), Fault> {
        guardrails::check_unrecorded(case_id, change, was, account, aws).await
    }

    fn is_of(target: &Target, was: &Role) -> bool {
        target.role_id == was.role_id
    }

    /// How full the role is may have changed since. The way that IAM takes is found when the change is made.
    fn is_same(recorded: &Contain, planned: &Contain) -> bool {
        *recorded == Contain { way: recorded.way, ..planned.clone() }
    }

    fn reversible<'a>(
        case_id: &'a str,
        change: &'a Contain,
        was: &'a Role,
    ) -> Result<reversible::Containment<'a>, Fault> {
        Ok(reversible::Containment { case_id, change, was, ways: noted::Ways::default() })
    }
}

/// A role by its name.
fn role(name: &str) -> IamPrincipal {
    IamPrincipal { kind: PrincipalKind::Role, name: name.to_owned() }
}
