//! A finding that no other response answers: people are told everything that the event contains. No call to AWS is made.

mod resource;

#[cfg(test)]
mod tests;

use super::{LookingKind, StepProfile, Subject};
use crate::events::Event;
use crate::text;
use contract::kinds::FindingOnly;
use contract::kinds::finding_only::Target;
use contract::steps::look::NoChange;
use contract::{Context, Fact, Fault, Finding, Looked};

impl LookingKind for FindingOnly {
    const LOOK: StepProfile = StepProfile {
        summary: "Collects what the finding contains, for the people who take it over.",
        iam: &[],
        environment: &[],
        settings: &[],
    };
    const IS_GLOBAL: bool = false;

    fn target(event: &Event<'_>) -> contract::Target<Target> {
        resource::read(event)
    }

    fn what(target: &Target) -> String {
        resource::what(target)
    }

    fn found(finding: &Finding<Target>) -> String {
        let title = if finding.title.is_empty() { &finding.kind } else { &finding.title };
        super::sentence(&text::line(title, 256))
    }

    async fn look(subject: &Subject<'_, Self>, target: &Target) -> Result<Looked<Target, NoChange>, Fault> {
        let facts = vec![
            Fact::new("Resource type", text::line(&target.resource_type, 128)),
            Fact::new("Resource", text::line(&target.ids.join(", "), 500)),
        ];
        let why = "No response of this deployment answers the finding.";
        Ok(Looked { context: Context { facts, ..Context::default() }, ..subject.for_people(why) })
    }
}
