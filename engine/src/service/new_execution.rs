use super::machines::{Machine, Resolved};
use super::settings::Kind;
use super::store::executions::Origin;
use crate::arn::ExecutionArn;

/// An execution to be started.
pub struct NewExecution {
    /// What runs.
    pub(super) machine: Machine,
    /// The execution's ARN.
    pub arn: ExecutionArn,
    /// Its name.
    pub name: String,
    /// The region of its machine.
    pub region: String,
    /// The input: JSON.
    pub input: String,
    pub(super) origin: Origin,
    pub(super) test_case: Option<String>,
}

impl NewExecution {
    /// An execution of a machine, of a version, or of what an alias leads to.
    ///
    /// An Express execution gets an id of its own, so that its name may be used again.
    pub fn new(what: impl Into<Resolved>, name: String, input: String) -> Self {
        let Resolved { machine, version_arn, alias_arn } = what.into();
        let stored = &machine.stored;
        let arn = match stored.kind {
            Kind::Standard => stored.arn.execution(Kind::Standard, &name),
            Kind::Express => stored.arn.execution(Kind::Express, &format!("{name}:{}", uuid::Uuid::new_v4())),
        };
        let region = stored.arn.region().to_owned();
        let origin = Origin {
            kind: stored.kind,
            version_arn,
            alias_arn,
            trace_header: None,
            revision: stored.revision.clone(),
            settings: stored.settings.clone(),
            machine_updated_at: Some(stored.updated_at),
            map_run_arn: None,
        };
        Self { machine, arn, name, region, input, origin, test_case: None }
    }

    /// The same with what X-Ray is to know it by. This engine keeps it and sends no traces.
    pub fn traced(mut self, trace_header: Option<String>) -> Self {
        self.origin.trace_header = trace_header;
        self
    }

    /// The same with what a test case of the mock configuration says in the place of its calls.
    pub fn mocked(mut self, test_case: Option<String>) -> Self {
        self.test_case = test_case;
        self
    }
}
