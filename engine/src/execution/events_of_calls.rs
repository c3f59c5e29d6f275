//! The events of a call: AWS has other ones for integrations, for functions and for activities.

use super::Failure;
use super::data::{Data, Text};
use super::history::{
    ActivityScheduled, Credentials, EventKind, FunctionScheduled, Output, Resource as Called, Scheduled,
    TaskTrouble, Trouble, WHOLE, Worker,
};
use crate::asl::state::Resource;

/// What is known of a call when it is scheduled.
pub(super) struct Scheduling<'a> {
    pub(super) region: &'a str,
    /// As JSON.
    pub(super) arguments: Text,
    pub(super) timeout: Option<u64>,
    pub(super) heartbeat: Option<u64>,
    pub(super) role_arn: Option<&'a str>,
}

pub(super) fn scheduled(resource: &Resource, call: Scheduling) -> EventKind {
    let task_credentials = call.role_arn.map(|role_arn| Credentials { role_arn: role_arn.to_owned() });
    match resource {
        Resource::Integration(_) => {
            let Called { resource_type, resource } = called(resource);
            EventKind::TaskScheduled(Scheduled {
                resource_type,
                resource,
                region: call.region.to_owned(),
                parameters: call.arguments,
                timeout_in_seconds: call.timeout,
                heartbeat_in_seconds: call.heartbeat,
                task_credentials,
            })
        }
        Resource::Function(arn) => EventKind::LambdaFunctionScheduled(FunctionScheduled {
            resource: arn.clone(),
            input: call.arguments,
            input_details: WHOLE,
            timeout_in_seconds: call.timeout,
            task_credentials,
        }),
        Resource::Activity(arn) => EventKind::ActivityScheduled(ActivityScheduled {
            resource: arn.to_string(),
            input: call.arguments,
            input_details: WHOLE,
            timeout_in_seconds: call.timeout,
            heartbeat_in_seconds: call.heartbeat,
        }),
    }
}

/// The call goes out. An activity starts when a worker takes it on.
pub(super) fn started(resource: &Resource) -> EventKind {
    match resource {
        Resource::Integration(_) => EventKind::TaskStarted(called(resource)),
        Resource::Function(_) => EventKind::LambdaFunctionStarted,
        Resource::Activity(_) => taken(None),
    }
}

/// A worker takes an activity on.
pub(super) fn taken(worker_name: Option<String>) -> EventKind {
    EventKind::ActivityStarted(Worker { worker_name })
}

/// Only an integration gives an answer before its end.
pub(super) fn submitted(resource: &Resource, output: Text) -> Option<EventKind> {
    match resource {
        Resource::Integration(_) => {
            Some(EventKind::TaskSubmitted(EventKind::task_output(called(resource), output)))
        }
        Resource::Function(_) | Resource::Activity(_) => None,
    }
}

pub(super) fn succeeded(resource: &Resource, output: &Data) -> EventKind {
    match resource {
        Resource::Integration(_) => {
            EventKind::TaskSucceeded(EventKind::task_output(called(resource), output.shared_text()))
        }
        Resource::Function(_) => EventKind::LambdaFunctionSucceeded(Output::of(output)),
        Resource::Activity(_) => EventKind::ActivitySucceeded(Output::of(output)),
    }
}

pub(super) fn failed(resource: &Resource, failure: &Failure) -> EventKind {
    match resource {
        Resource::Integration(_) => EventKind::TaskFailed(task_trouble(resource, failure)),
        Resource::Function(_) => EventKind::LambdaFunctionFailed(trouble(failure)),
        Resource::Activity(_) => EventKind::ActivityFailed(trouble(failure)),
    }
}

pub(super) fn timed_out(resource: &Resource, failure: &Failure) -> EventKind {
    match resource {
        Resource::Integration(_) => EventKind::TaskTimedOut(task_trouble(resource, failure)),
        Resource::Function(_) => EventKind::LambdaFunctionTimedOut(trouble(failure)),
        Resource::Activity(_) => EventKind::ActivityTimedOut(trouble(failure)),
    }
}

fn called(resource: &Resource) -> Called {
    match resource {
        Resource::Integration(integration) => {
            Called { resource_type: integration.service.clone(), resource: integration.resource() }
        }
        Resource::Function(arn) => Called { resource_type: String::new(), resource: arn.clone() },
        Resource::Activity(arn) => Called { resource_type: String::new(), resource: arn.to_string() },
    }
}

fn task_trouble(resource: &Resource, failure: &Failure) -> TaskTrouble {
    let Called { resource_type, resource } = called(resource);
    let Trouble { error, cause } = trouble(failure);
    TaskTrouble { resource_type, resource, error, cause }
}

pub(super) fn trouble(failure: &Failure) -> Trouble {
    let error = failure.error.as_ref().map(|error| error.as_str().to_owned());
    Trouble { error, cause: failure.cause.clone() }
}
