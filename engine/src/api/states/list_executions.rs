use super::describe::item;
use super::members::{PAGE_SIZE, may, text};
use super::shape::{Member, Shape};
use super::{Api, ApiError, Caller, arn, map_run, protocol};
use crate::service::lists::{Filter, Of, Place};
use crate::service::settings::Kind;
use crate::status::ExecutionStatus;
use serde::Deserialize;
use serde_json::Value;

/// The members of a request.
pub(super) const MEMBERS: &[Member] = &[
    may("stateMachineArn", text(1, 256)),
    may("statusFilter", Shape::OneOf(STATUSES)),
    may("maxResults", PAGE_SIZE),
    may("nextToken", text(1, 3096)),
    may("mapRunArn", text(1, 2000)),
    may("redriveFilter", Shape::OneOf(&["REDRIVEN", "NOT_REDRIVEN"])),
];

const STATUSES: &[&str] = &["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "PENDING_REDRIVE"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Input {
    state_machine_arn: Option<String>,
    map_run_arn: Option<String>,
    status_filter: Option<ExecutionStatus>,
    redrive_filter: Option<String>,
    max_results: Option<u64>,
    next_token: Option<String>,
}

/// `ListExecutions`, the latest first: of a machine, of a version, of an alias, or of a map run.
pub(super) async fn run(api: &Api, caller: &Caller, input: Input) -> Result<Value, ApiError> {
    let most = protocol::page_size(input.max_results);
    let after = match &input.next_token {
        None => None,
        Some(token) => Some(
            protocol::after(token)
                .and_then(|text| Place::parse(&text))
                .ok_or_else(ApiError::invalid_token)?,
        ),
    };
    let mut run_asked_for = None;
    let of = match (input.state_machine_arn, input.map_run_arn) {
        (Some(machine), None) => {
            let found = arn::resolved(api, caller, &machine).await?;
            if found.machine.stored.kind == Kind::Express {
                return Err(ApiError::wrong_kind());
            }
            match (found.alias_arn, found.version_arn) {
                (Some(alias), _) => Of::Alias(alias),
                (None, Some(version)) => Of::Version(version),
                (None, None) => Of::Machine(machine),
            }
        }
        (None, Some(run)) => {
            run_asked_for = Some(map_run::find(api, caller, &run).await?);
            Of::MapRun(run)
        }
        (None, None) => {
            return Err(ApiError::because(
                "MISSING_REQUIRED_PARAMETER",
                "Must provide a StateMachine ARN or MapRun ARN",
            ));
        }
        (Some(_), Some(_)) => {
            return Err(ApiError::validation(
                "Must provide either a StateMachine ARN or a MapRun ARN, not both",
            ));
        }
    };
    let redriven = input.redrive_filter.map(|filter| filter == "REDRIVEN");
    let filter = Filter { status: input.status_filter, redriven };
    let found = api.store.executions(of, filter, after, most + 1).await?;
    let (page, next) = protocol::page_after(found, most, |last| Place::of(last).to_text());
    let counts = match &run_asked_for {
        Some(run) => map_run::item_counts(api, run, page.iter().map(|it| it.input.as_str())).await?,
        None => Vec::new(),
    };
    let mut counts = counts.into_iter();
    let items = page.into_iter().map(|execution| item(execution, counts.next())).collect();
    Ok(protocol::listed("executions", items, next))
}
