use crate::asl::evaluated::Seen;
use crate::asl::fields::Problems;
use crate::asl::problem::{Problem, Rule};
use serde_json::Value;

pub(super) fn check(state: &Seen, problems: &Problems) {
    let seconds = |field| state.fields.get(field).and_then(Value::as_u64);
    if let (Some(timeout), Some(heartbeat)) = (seconds("TimeoutSeconds"), seconds("HeartbeatSeconds"))
        && heartbeat >= timeout
    {
        let message =
            format!("the heartbeat of {heartbeat} s must be shorter than the timeout of {timeout} s");
        let at = format!("{}/HeartbeatSeconds", state.pointer);
        problems.push(Problem::warning(Rule::Heartbeat, at, message));
    }
}
