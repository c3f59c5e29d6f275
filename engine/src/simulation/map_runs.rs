//! The children of a distributed Map: executions of their own in the same world, one after another as far as the world
//! sees, and side by side on its clock.

use super::{Simulation, World};
use crate::arn::Kind;
use crate::asl::state::distributed::Transformation;
use crate::datasets::{Child, results};
use crate::execution::{About, MapItems, MapRun, Status, Stimulus, Tolerated};
use crate::status::ExecutionStatus;
use serde_json::Value;
use std::sync::Arc;

/// How many run side by side where the state does not say.
const MOST_CONCURRENT: usize = 10_000;

/// Runs all children, and plans the end of the map run. A child that never ends keeps it from ending.
pub(super) fn run<W: World>(simulation: &mut Simulation<W>, run: &MapRun) -> Result<(), W::Error> {
    let attempt = run.attempt;
    let failed = |error: &str, cause: &str| Stimulus::Failed {
        attempt,
        error: Some(error.to_owned()),
        cause: Some(cause.to_owned()),
    };
    let MapItems::Inputs(inputs) = &run.items else {
        let cause = "a simulation has no datasets";
        simulation.at(simulation.now, failed("States.ItemReaderFailed", cause));
        return Ok(());
    };
    let Some(machine) = simulation.execution.machine().of_processor(&run.state).map(Arc::new) else {
        return Ok(());
    };
    let most = usize::try_from(run.concurrency).ok().filter(|most| *most > 0).unwrap_or(MOST_CONCURRENT);
    // When each place for a child is free again.
    let mut places = vec![simulation.now; most.min(inputs.len().max(1))];
    let (mut children, mut failures, mut end) = (Vec::new(), 0, simulation.now);
    for (n, input) in inputs.iter().enumerate() {
        let Some(place) = places.iter_mut().min() else { return Ok(()) };
        let about = child(simulation.execution.about(), run, n, input);
        let world: &mut dyn World<Error = W::Error> = &mut simulation.world;
        let mut child = Simulation::start(about, Arc::clone(&machine), *place, world)?;
        while child.step()? {}
        *place = child.now;
        end = end.max(child.now);
        match child.execution.status() {
            Status::Succeeded(_) => {}
            Status::Running => return Ok(()),
            _ => failures += 1,
        }
        children.push(ended(&child, input));
        if run.tolerated.is_exceeded(failures, inputs.len()) {
            let at = child.now;
            simulation.at(at, failed(Tolerated::ERROR, Tolerated::CAUSE));
            return Ok(());
        }
    }
    let transformation = run.writer.as_ref().map_or(Transformation::Compact, |writer| writer.transformation);
    let output = Value::Array(results(transformation, &children)).into();
    simulation.at(end, Stimulus::Succeeded { attempt, output });
    Ok(())
}

fn child(parent: &About, run: &MapRun, n: usize, input: &Value) -> About {
    About {
        arn: run.arn.machine().execution(Kind::Standard, &format!("{}:{n}", run.arn.id())),
        name: n.to_string(),
        input: input.to_string().into(),
        ..parent.clone()
    }
}

/// A child that has ended, as the results have it.
fn ended<W: World>(child: &Simulation<W>, input: &Value) -> Child {
    let (about, failure) = (child.execution.about(), |status: &Status| match status {
        Status::Failed(failure) => {
            (failure.error.as_ref().map(|error| error.as_str().to_owned()), failure.cause.clone())
        }
        _ => (None, None),
    });
    let status = child.execution.status();
    let (error, cause) = failure(status);
    let output = match status {
        Status::Succeeded(output) => Some(output.text().to_owned()),
        _ => None,
    };
    let status = match status.name() {
        // A child that never ends fails its map run.
        ExecutionStatus::Running => ExecutionStatus::Failed,
        ended => ended,
    };
    Child {
        arn: about.arn.clone(),
        name: about.name.clone(),
        machine_arn: about.machine_arn.clone(),
        status: Some(status),
        input: input.to_string(),
        output,
        error,
        cause,
        started_at: Some(child.execution.started()),
        stopped_at: Some(child.now),
        redrive: (0, "NOT_REDRIVABLE", None),
    }
}
