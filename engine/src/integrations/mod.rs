//! What a Task state can call. One file per integration.

mod aws_sdk;
mod caller;
mod dynamodb;
mod events_put_events;
mod http_invoke;
mod lambda_function;
mod lambda_invoke;
mod mocks;
mod optimized;
mod role;
mod rooms;
mod sns_publish;
mod sqs_send_message;
mod states_start_execution;

pub(crate) use caller::Caller;
pub(crate) use http_invoke::Trace;
pub(crate) use mocks::Mocks;
pub(crate) use states_start_execution::Ended;

use crate::asl::state::{Pattern, Resource};
use crate::aws::{Answer, Aws};
use crate::client::Http;
use crate::execution::{Failure, Invocation, refused_with};
use crate::lambda::Functions;
use http_invoke::Tokens;
use rooms::Rooms;
use serde_json::Value;
use std::sync::Arc;

/// How a call ended.
pub(crate) type Report = Result<Value, Failure>;

/// The integrations, and what they need. It can be cloned; all clones are the same.
#[derive(Clone)]
pub struct Integrations {
    functions: Functions,
    aws: Option<(Http, Aws)>,
    mocks: Arc<Mocks>,
    rooms: Rooms,
    tokens: Tokens,
}

impl Integrations {
    /// The integrations over these functions, without any AWS.
    pub fn new(functions: Functions) -> Self {
        Self {
            functions,
            aws: None,
            mocks: Arc::default(),
            rooms: Rooms::default(),
            tokens: Tokens::default(),
        }
    }

    /// The same, with an AWS to call. `http` is for `http:invoke`.
    pub fn over(self, http: Http, aws: Aws) -> Self {
        Self { aws: Some((http, aws)), ..self }
    }

    /// The same, with what a mock configuration says in the place of calls.
    pub fn mocked(self, mocks: Mocks) -> Self {
        Self { mocks: Arc::new(mocks), ..self }
    }

    /// What stands in the place of calls.
    pub(crate) fn mocks(&self) -> &Mocks {
        &self.mocks
    }

    /// The AWS that calls go to.
    pub(crate) fn aws(&self) -> Option<&Aws> {
        self.aws.as_ref().map(|(_, aws)| aws)
    }

    /// Makes a call. What the language takes and this engine does not call fails as what it is.
    pub(crate) async fn call(&self, caller: &Caller, invocation: Invocation) -> Report {
        self.call_traced(caller, invocation, None).await
    }

    /// The same, for somebody who wants to know what `http:invoke` sends and gets.
    pub(crate) async fn call_traced(
        &self,
        caller: &Caller,
        invocation: Invocation,
        trace: Option<&Trace>,
    ) -> Report {
        let Invocation { resource, at, arguments, role_arn, .. } = invocation;
        // A call that waits for another execution must not keep that one's calls from being made.
        let waits = matches!(&resource, Resource::Integration(it) if it.service == "aws-sdk:sfn");
        let _place = if waits { None } else { self.rooms.place(&caller.machine_arn).await };
        let assumed = match &role_arn {
            Some(role_arn) => Some(role::assume(self.aws(), caller, role_arn).await?),
            None => None,
        };
        let caller = assumed.as_ref().unwrap_or(caller);
        let integration = match &resource {
            Resource::Function(arn) => return lambda_function::call(&self.functions, arn, arguments).await,
            Resource::Integration(integration) => integration,
            Resource::Activity(arn) => {
                return Err(Failure::new("States.Runtime", format!("`{arn}` is for workers to ask for")));
            }
        };
        let (service, action) = (integration.service.as_str(), integration.action.as_str());
        if (service, action) == ("lambda", "invoke") {
            return lambda_invoke::call(&self.functions, at, arguments).await;
        }
        let Some((http, aws)) = &self.aws else { return Err(not_here(service, action)) };
        if let Some(service) = service.strip_prefix("aws-sdk:") {
            return aws_sdk::call(aws, caller, (service, action), &arguments).await;
        }
        let waits = matches!(integration.pattern, Pattern::Sync | Pattern::Sync2);
        match (service, action) {
            ("sns", "publish") => sns_publish::call(aws, caller, &arguments).await,
            ("sqs", "sendMessage") => sqs_send_message::call(aws, caller, &arguments).await,
            ("events", "putEvents") => events_put_events::call(aws, caller, arguments).await,
            ("states", "startExecution") => states_start_execution::call(aws, caller, &arguments).await,
            ("dynamodb", action) => dynamodb::call(aws, caller, action, &arguments).await,
            ("http", "invoke") => {
                let means = http_invoke::Means { http, aws, tokens: &self.tokens, trace };
                http_invoke::call(&means, caller, at, &arguments).await
            }
            ("apigateway" | "eks", _) => Err(not_here(service, action)),
            _ if waits => Err(not_here(service, &integration.resource())),
            what => optimized::call(aws, caller, what, &arguments).await,
        }
    }

    /// Calls S3 for a map run: what its dataset is in, and where its results go.
    pub(crate) async fn s3(
        &self,
        caller: &Caller,
        action: &str,
        arguments: &Value,
    ) -> Result<Answer, Failure> {
        let Some(aws) = self.aws() else { return Err(not_here("s3", action)) };
        let _place = self.rooms.place(&caller.machine_arn).await;
        aws_sdk::answer(aws, caller, ("s3", action), arguments).await
    }
}

fn not_here(service: &str, action: &str) -> Failure {
    Failure::new("States.Runtime", format!("this engine cannot call `{service}:{action}`"))
}

/// Arguments that an integration does not take.
fn parameters_refused(arguments: &Value, faults: &[String]) -> Failure {
    Failure::new("States.Runtime", refused_with(arguments, faults))
}
