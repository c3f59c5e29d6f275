use crate::aws::Aws;
use crate::kinds::guardrails::Tried;
use crate::kinds::{LookingKind, Subject, sentence};
use crate::runtime::permissions::Statement;
use crate::runtime::{Run, Setting};
use contract::steps::Look;
use contract::steps::look::{Error, Input};
use contract::{Fault, Looked, Target};

impl<K: LookingKind> Run for Look<K> {
    const SUMMARY: &'static str = K::LOOK.summary;
    const IAM: &'static [Statement] = K::LOOK.iam;
    const ENVIRONMENT: &'static [&'static str] = K::LOOK.environment;
    const SETTINGS: &'static [Setting] = K::LOOK.settings;

    fn prepare() -> Result<(), Fault> {
        K::prepare()
    }

    async fn run(input: Input<K::Target>, aws: &Aws) -> Result<Looked<K::Target, K::Planned>, Error> {
        let subject =
            Subject { case_id: &input.case_id, finding: &input.finding, aws, tried: Tried::default() };
        match &input.finding.target {
            Target::Resource { resource, .. } => Ok(K::look(&subject, resource).await?),
            Target::Other { why, .. } => Ok(subject.for_people(sentence(why))),
        }
    }
}
