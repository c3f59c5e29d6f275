//! A dangerous IAM policy is put right by the smallest change that removes the danger. `places` has one file for each
//! place of a policy: managed, inline, attached, trust.

mod denials;
mod guardrails;
mod judge;
mod known;
mod look;
mod past;
pub(crate) mod places;
mod record;
mod target;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

use super::guardrails::Spoken;
use super::{ChangingKind, LookingKind, StepProfile, Subject};
use crate::aws::reach::Account;
use crate::events::Event;
use crate::policy;
use contract::kinds::IamPolicy;
use contract::kinds::iam_policy::{Change, Target, Was};
use contract::steps::record::Error;
use contract::{Fault, Finding, IamPrincipal, Looked, PrincipalKind};

impl LookingKind for IamPolicy {
    const LOOK: StepProfile = look::LOOK;
    /// The same finding about a policy may come from every region.
    const IS_GLOBAL: bool = true;

    fn target(event: &Event<'_>) -> contract::Target<Target> {
        target::read(event)
    }

    fn what(target: &Target) -> String {
        target.words()
    }

    fn principal(target: &Target) -> Option<IamPrincipal> {
        match target {
            Target::Inline { principal, .. } | Target::Attached { principal, .. } => Some(principal.clone()),
            Target::Trust { role } => Some(IamPrincipal { kind: PrincipalKind::Role, name: role.clone() }),
            Target::Managed { .. } | Target::ManagedId { .. } => None,
        }
    }

    fn found(finding: &Finding<Target>) -> String {
        super::sentence(&format!("{} may be dangerous", finding.target.what()))
    }

    async fn look(subject: &Subject<'_, Self>, target: &Target) -> Result<Looked<Target, Change>, Fault> {
        look::look(subject, target).await
    }

    fn prepare() -> Result<(), Fault> {
        policy::tables()
            .map_err(|broken| Fault::internal("reading the tables of the policy analyser", broken))
    }
}

impl ChangingKind for IamPolicy {
    const CHECK_GUARDRAILS: StepProfile = guardrails::CHECK_GUARDRAILS;
    const RECORD: StepProfile = record::RECORD;
    const CHANGE: StepProfile = places::CHANGE;
    const VERIFY: StepProfile = places::VERIFY;
    const RESTORE: StepProfile = places::RESTORE;
    type Reversible<'a> = places::Recorded<'a>;

    async fn guardrails(
        subject: &Subject<'_, Self>,
        target: &Target,
        account: &Account,
    ) -> Result<Vec<Spoken>, Fault> {
        guardrails::check(subject.aws, target, account).await
    }

    async fn record(
        subject: &Subject<'_, Self>,
        target: &Target,
        change: &Change,
        account: &Account,
    ) -> Result<Was, Error> {
        record::record(subject, target, change, account).await
    }

    fn reversible<'a>(
        _case_id: &'a str,
        change: &'a Change,
        was: &'a Was,
    ) -> Result<places::Recorded<'a>, Fault> {
        places::Recorded::read(change, was)
    }
}
