//! The children of a distributed Map: executions of their own in the same world, one after another as far as the world
//! sees, and side by side on its clock.

use super::{Simulation, World};
use crate::execution::{About, MapItems, MapRun, Status, Stimulus, Tolerated};
use serde_json::{Value, json};
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
    let (mut outputs, mut failures, mut end) = (Vec::new(), 0, simulation.now);
    for (n, input) in inputs.iter().enumerate() {
        let Some(place) = places.iter_mut().min() else { return Ok(()) };
        let about = child(simulation.execution.about(), run, n, input);
        let world: &mut dyn World<Error = W::Error> = &mut simulation.world;
        let mut child = Simulation::start(about, Arc::clone(&machine), *place, world)?;
        while child.step()? {}
        *place = child.now;
        end = end.max(child.now);
        match child.execution.status() {
            Status::Succeeded(output) => outputs.push(output.value().clone()),
            Status::Running => return Ok(()),
            status => {
                failures += 1;
                outputs.push(error(status));
            }
        }
        if run.tolerated.is_exceeded(failures, inputs.len()) {
            let at = child.now;
            simulation.at(at, failed(Tolerated::ERROR, Tolerated::CAUSE));
            return Ok(());
        }
    }
    simulation.at(end, Stimulus::Succeeded { attempt, output: Value::Array(outputs).into() });
    Ok(())
}

fn child(parent: &About, run: &MapRun, n: usize, input: &Value) -> About {
    About {
        arn: format!("{}:{n}", run.arn.replace(":mapRun:", ":execution:")),
        name: n.to_string(),
        input: input.to_string().into(),
        ..parent.clone()
    }
}

fn error(status: &Status) -> Value {
    match status {
        Status::Failed(failure) => {
            let name = failure.error.as_ref().map(|error| error.as_str().to_owned());
            json!({ "Error": name.unwrap_or_default(), "Cause": failure.cause.clone().unwrap_or_default() })
        }
        _ => json!({ "Error": "States.Timeout", "Cause": "" }),
    }
}
