use crate::execution::About;

/// Whose call it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Caller {
    /// The execution's ARN.
    pub(crate) execution_arn: String,
    /// The ARN of its state machine.
    pub(crate) machine_arn: String,
    /// The name of its state machine.
    pub(crate) machine_name: String,
    /// The region that both are in. Calls go to the same one.
    pub(crate) region: String,
}

impl Caller {
    pub(crate) fn of(about: &About) -> Self {
        Self {
            execution_arn: about.arn.clone(),
            machine_arn: about.machine_arn.clone(),
            machine_name: about.machine_name.clone(),
            region: about.region.clone(),
        }
    }

    /// The account and the region.
    pub(crate) fn place(&self) -> (&str, &str) {
        (self.execution_arn.split(':').nth(4).unwrap_or_default(), &self.region)
    }
}
