//! `arn:aws:states:::aws-sdk:SERVICE:ACTION`: any action of any service.
//!
//! Source: Step Functions developer guide, "Learning to use AWS service SDK integrations in Step Functions"; recorded
//! histories for the words of errors.

use super::{Caller, Report, parameters_refused};
use crate::aws::{Answer, Aws, CallFault, Casing, Operation};
use crate::execution::Failure;
use serde_json::Value;

pub(super) async fn call(
    aws: &Aws,
    caller: &Caller,
    (service, action): (&str, &str),
    arguments: &Value,
) -> Report {
    Ok(answer(aws, caller, (service, action), arguments).await?.output)
}

/// Makes a call and gives its whole answer.
pub(super) async fn answer(
    aws: &Aws,
    caller: &Caller,
    (service, action): (&str, &str),
    arguments: &Value,
) -> Result<Answer, Failure> {
    let Some(operation) = Operation::find(service, action) else {
        return Err(Failure::new(
            "States.Runtime",
            format!("there is no `aws-sdk:{service}:{action}` in the service models of this engine"),
        ));
    };
    let called = aws.call(caller.place(), &operation, arguments, Casing::Sdk).await;
    called.map_err(|fault| failure(&operation.model().name, fault, arguments))
}

/// The error that a fault becomes. `service` is the service's name in Pascal case.
fn failure(service: &str, fault: CallFault, arguments: &Value) -> Failure {
    match fault {
        CallFault::Parameters(faults) => parameters_refused(arguments, &faults),
        CallFault::Service(error) => {
            let exception = error.exception.unwrap_or_else(|| format!("{service}Exception"));
            let cause = format!(
                "{} (Service: {service}, Status Code: {}, Request ID: {}) (SDK Attempt Count: 1)",
                error.message, error.status, error.request_id
            );
            Failure::new(&format!("{service}.{exception}"), cause)
        }
        CallFault::Request(why) | CallFault::Answer(why) => {
            Failure::new(&format!("{service}.SdkClientException"), why)
        }
        CallFault::Connection(_) => {
            let cause = format!("{fault} (SDK Attempt Count: 1)");
            Failure::new(&format!("{service}.SdkClientException"), cause)
        }
    }
}
