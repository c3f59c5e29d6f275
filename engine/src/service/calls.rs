//! Making the calls of executions: what integrations do, or what a mock configuration says in their place.

use super::executor::{Executor, stimulus};
use super::store::executions::RowId;
use super::store::jobs::Job;
use super::store::mocked;
use crate::asl::state::{Pattern, Resource};
use crate::aws::Aws;
use crate::execution::{About, Failure, Invocation, Stimulus};
use crate::integrations::{Caller, Report, Trace};

impl Executor {
    /// Makes calls, each on its own, and takes in how they ended.
    pub(super) fn call(&self, row: RowId, caller: &Caller, invocations: Vec<Invocation>) {
        for invocation in invocations {
            if matches!(invocation.resource, Resource::Activity(_)) {
                // A worker's time is its own.
                self.0.scheduled.notify_waiters();
                continue;
            }
            let (executor, caller) = (self.clone(), caller.clone());
            let busy = self.0.clock.busy();
            tokio::spawn(async move {
                let (attempt, pattern) = (invocation.attempt, invocation.resource.pattern());
                let (report, submits) = match executor.mocked(&caller, &invocation.state).await {
                    // What is mocked is what the state gets in the end.
                    Some(report) => (report, false),
                    None => {
                        let integrations = executor.0.integrations.clone();
                        let call = async move { integrations.call(&caller, invocation).await };
                        let Some(report) = to_its_report(call).await else { return };
                        (report, pattern != Pattern::RequestResponse)
                    }
                };
                let job = submits.then(|| Job::of(row, attempt, pattern, &report)).flatten();
                executor.submit_or_log_with(row, stimulus(attempt, submits, report), job.clone()).await;
                // It may have ended before anybody knew that somebody waits for it.
                job.into_iter().for_each(|job| executor.look_at(job));
                drop(busy);
            });
        }
    }

    /// The AWS that calls go to, if there is one.
    pub(super) fn aws(&self) -> Option<&Aws> {
        self.0.integrations.aws()
    }

    /// Whether the mock configuration has a test case for a machine.
    pub(crate) fn has_test_case(&self, machine: &str, test_case: &str) -> bool {
        self.0.integrations.mocks().has(machine, test_case)
    }

    /// What stands in the place of a call, if the execution was started with a test case that has something for the state.
    async fn mocked(&self, caller: &Caller, state: &str) -> Option<Report> {
        let mocks = self.0.integrations.mocks();
        if mocks.is_empty() {
            return None;
        }
        let arn = caller.execution_arn.clone();
        let test_case = self.0.store.read(move |connection| mocked::test_case(connection, &arn)).await;
        let test_case = match test_case {
            Ok(test_case) => test_case?,
            Err(error) => return Some(Err(Failure::new("States.Runtime", error.to_string()))),
        };
        if !mocks.mocks(&caller.machine_name, &test_case, state) {
            return None;
        }
        let (arn, counted) = (caller.execution_arn.clone(), state.to_owned());
        let call = self.0.store.write(move |connection| mocked::count(connection, &arn, &counted)).await;
        Some(match call {
            Ok(call) => mocks.response(&caller.machine_name, &test_case, state, call),
            Err(error) => Err(Failure::new("States.Runtime", error.to_string())),
        })
    }

    /// Makes a call for somebody who is no execution of ours, and says how it ended. What goes over the wire is noted for
    /// whoever wants to know.
    pub(crate) async fn made(
        &self,
        about: &About,
        invocation: Invocation,
        trace: Option<&Trace>,
    ) -> Stimulus {
        let (attempt, _busy) = (invocation.attempt, self.0.clock.busy());
        let submits = invocation.resource.pattern() != Pattern::RequestResponse;
        let report = self.0.integrations.call_traced(&Caller::of(about), invocation, trace).await;
        stimulus(attempt, submits, report)
    }
}

/// How a call ended. Nobody else will say it, so a call that panics has an end too. There is none where the engine stops.
async fn to_its_report(call: impl Future<Output = Report> + Send + 'static) -> Option<Report> {
    match tokio::spawn(call).await {
        Ok(report) => Some(report),
        Err(error) if error.is_panic() => {
            let cause =
                "The engine could not make this call, which is a defect of the engine: please report it";
            Some(Err(Failure::new("States.Runtime", cause)))
        }
        Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_that_panics_has_an_end() {
        assert_eq!(to_its_report(async { Ok(1.into()) }).await, Some(Ok(1.into())));
        let ended = to_its_report(async { panic!("as an integration might") }).await;
        assert_eq!(ended.unwrap().unwrap_err().error.unwrap().as_str(), "States.Runtime");
    }
}
