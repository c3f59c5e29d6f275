use crate::arn::{self, ExecutionArn, StateMachineArn};
use crate::aws::Place;
use crate::client::Credentials;
use crate::execution::About;

/// Whose call it is.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The execution's ARN.
    pub(crate) execution_arn: ExecutionArn,
    /// The ARN of its state machine.
    pub(crate) machine_arn: StateMachineArn,
    /// The name of its state machine.
    pub(crate) machine_name: String,
    /// The region that both are in. Calls go to the same one.
    pub(crate) region: String,
    /// The role of its state machine.
    pub(crate) role_arn: String,
    /// The role that was assumed for the call, where it is another one.
    assumed: Option<Assumed>,
}

#[derive(Debug, Clone)]
struct Assumed {
    account: String,
    session: Option<Credentials>,
}

impl Caller {
    pub(crate) fn of(about: &About) -> Self {
        Self {
            execution_arn: about.arn.clone(),
            machine_arn: about.machine_arn.clone(),
            machine_name: about.machine_name.clone(),
            region: about.region.clone(),
            role_arn: about.role_arn.clone(),
            assumed: None,
        }
    }

    /// The same in the name of a role, and with its session, where there is an AWS that gives one.
    pub(super) fn assuming(&self, role_arn: &str, session: Option<Credentials>) -> Self {
        let account = arn::account(role_arn).unwrap_or_default().to_owned();
        Self { assumed: Some(Assumed { account, session }), ..self.clone() }
    }

    /// Where its calls are made.
    pub(crate) fn place(&self) -> Place<'_> {
        let own = || self.execution_arn.account();
        Place {
            account: self.assumed.as_ref().map_or_else(own, |assumed| &assumed.account),
            region: &self.region,
            session: self.assumed.as_ref().and_then(|assumed| assumed.session.as_ref()),
        }
    }
}
