//! A call of IAM that gives somebody a way in, or takes a denial away: people are told. What is not dangerous is left out
//! here, because a rule cannot compare two fields of an event or read a policy.

mod look;
mod target;

#[cfg(test)]
mod tests;

use super::{LookingKind, StepProfile, Subject};
use crate::events::Event;
use crate::policy;
use crate::text;
use contract::kinds::IamActivity;
use contract::kinds::iam_activity::Target;
use contract::steps::look::NoChange;
use contract::{Fault, Finding, Looked};

impl LookingKind for IamActivity {
    const LOOK: StepProfile = look::LOOK;
    const IS_GLOBAL: bool = true;

    fn target(event: &Event<'_>) -> contract::Target<Target> {
        target::read(event)
    }

    fn what(target: &Target) -> String {
        target::what(target)
    }

    fn found(finding: &Finding<Target>) -> String {
        super::sentence(&text::line(&finding.title, 256))
    }

    async fn look(subject: &Subject<'_, Self>, target: &Target) -> Result<Looked<Target, NoChange>, Fault> {
        look::look(subject, target).await
    }

    fn prepare() -> Result<(), Fault> {
        policy::tables()
            .map_err(|broken| Fault::internal("reading the tables of the policy analyser", broken))
    }
}
