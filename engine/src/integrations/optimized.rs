//! What optimized integrations have in common: names of the API, the metadata of the answer in the result, and errors in
//! the words of the first AWS SDK for Java.
//!
//! Source: Step Functions developer guide, "Integrating optimized services with Step Functions"; recorded histories.

use super::{Caller, Report, parameters_refused};
use crate::aws::{Answer, Aws, CallFault, Casing, Operation, ServiceError};
use crate::execution::Failure;
use serde_json::Value;

/// How a service is called in errors: before the dot, in the cause, and in what its model does not name.
struct Names {
    prefix: String,
    service: String,
    exception: String,
}

impl Names {
    fn of(service: &str, operation: &Operation) -> Self {
        let names = |prefix: &str, service: &str, exception: &str| Self {
            prefix: prefix.to_owned(),
            service: service.to_owned(),
            exception: exception.to_owned(),
        };
        match service {
            "states" => names("StepFunctions", "AWSStepFunctions", "AWSStepFunctionsException"),
            "dynamodb" => names("DynamoDB", "AmazonDynamoDBv2", "AmazonDynamoDBException"),
            "sns" => names("SNS", "AmazonSNS", "AmazonSNSException"),
            "sqs" => names("SQS", "AmazonSQS", "AmazonSQSException"),
            "events" => names("EventBridge", "AmazonEventBridge", "AmazonEventBridgeException"),
            _ => {
                let name = &operation.model().name;
                names(name, &format!("AWS{name}"), &format!("AWS{name}Exception"))
            }
        }
    }
}

/// The name in the models of a service that optimized integrations call otherwise.
pub(super) fn model(service: &str) -> &str {
    match service {
        "states" => "sfn",
        "events" => "eventbridge",
        "elasticmapreduce" => "emr",
        "emr-containers" => "emrcontainers",
        "emr-serverless" => "emrserverless",
        "bedrock" => "bedrockruntime",
        other => other,
    }
}

/// Makes a call and gives its whole answer.
pub(super) async fn answer(
    aws: &Aws,
    caller: &Caller,
    (service, action): (&str, &str),
    arguments: &Value,
) -> Result<Answer, Failure> {
    let Some(operation) = Operation::find(model(service), action) else {
        return Err(Failure::new(
            "States.Runtime",
            format!("there is no `{service}:{action}` in the service models of this engine"),
        ));
    };
    let called = aws.call(caller.place(), &operation, arguments, Casing::Api).await;
    called.map_err(|fault| failure(&Names::of(service, &operation), fault, arguments))
}

/// Makes a call and gives its result, with the metadata.
pub(super) async fn call(aws: &Aws, caller: &Caller, what: (&str, &str), arguments: &Value) -> Report {
    // Step Functions keeps its connections to services of the JSON protocols.
    let keeps_connection = !matches!(what.0, "sns" | "sqs");
    Ok(answer(aws, caller, what, arguments).await?.with_metadata(keeps_connection))
}

fn failure(names: &Names, fault: CallFault, arguments: &Value) -> Failure {
    let Names { prefix, service, exception } = names;
    match fault {
        CallFault::Parameters(faults) => parameters_refused(arguments, &faults),
        CallFault::Service(ServiceError { code, exception: modelled, message, status, request_id }) => {
            let exception = modelled.unwrap_or_else(|| exception.clone());
            let cause = format!(
                "{message} (Service: {service}; Status Code: {status}; Error Code: {code}; Request ID: {request_id}; Proxy: null)"
            );
            Failure::new(&format!("{prefix}.{exception}"), cause)
        }
        CallFault::Request(_) | CallFault::Answer(_) | CallFault::Connection(_) => {
            Failure::new(&format!("{prefix}.SdkClientException"), fault.to_string())
        }
    }
}
