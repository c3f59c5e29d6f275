//! ARNs: read once, where they come in, and types from there on. No other module takes one apart.
//!
//! Source: IAM user guide, "Identify AWS resources with Amazon Resource Names (ARNs)"; Step Functions developer guide,
//! "State machine ARNs" and "Qualified ARNs".

mod loose;
mod resource;
mod states;

pub(crate) use loose::{
    account, bucket, bus_name, function, function_name, integration, last_part, place, type_of,
};
pub use resource::Destination;
pub(crate) use resource::{Automation, LogGroup, Target, Task};
pub use states::{ActivityArn, ExecutionArn, Kind, MapRunArn, NoArn, StateMachineArn};
pub(crate) use states::{Qualified, Qualifier};

/// An ARN in its parts: `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arn<'a> {
    pub(crate) partition: &'a str,
    pub(crate) service: &'a str,
    pub(crate) region: &'a str,
    pub(crate) account: &'a str,
    pub(crate) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Reads an ARN, whatever it is of.
    pub(crate) fn read(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, region, account, resource] = parts.as_slice() else { return None };
        Some(Self { partition, service, region, account, resource })
    }

    /// The type and the name of a resource of Step Functions: `stateMachine` and `name`.
    pub(crate) fn of_states(self) -> Option<(&'a str, &'a str)> {
        self.resource.split_once(':').filter(|_| self.service == "states")
    }
}

#[cfg(test)]
mod tests;
