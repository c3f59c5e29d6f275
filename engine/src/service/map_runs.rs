//! Map runs: the children of a distributed Map are executions of their own. They have names that come from the map run
//! and their index, so that after a restart the same ones go on.

use super::executor::{Executor, ExecutorError};
use super::machines::Machine;
use super::map_io::Plan;
use super::new_execution::NewExecution;
use super::settings::Kind;
use super::store::StoreError;
use super::store::executions::{self, RowId, Summary};
use super::store::map_runs::{self, MapRun};
use crate::datasets::Child;
use crate::execution::{Failure, MapItems, Stimulus, Tolerated};
use crate::status::{ExecutionStatus, MapRunStatus};
use crate::{asl, execution};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::RwLock;
use tokio::task::JoinSet;

/// How many children run at the same time at most, and where the state does not say. Source: Step Functions quotas.
const MOST_CONCURRENT: u64 = 10_000;

/// Whether children may begin.
#[derive(PartialEq, Eq)]
enum Gate {
    Open,
    Shut,
}

/// How a map run ends.
type Ended = Result<Value, Failure>;

impl MapRun {
    /// What the store keeps of a map run that begins.
    pub(super) fn of(run: &execution::MapRun, row: RowId, now: jiff::Timestamp) -> Self {
        let inputs = match &run.items {
            MapItems::Inputs(inputs) => Some(Value::Array(inputs.clone()).to_string()),
            MapItems::Dataset { .. } => None,
        };
        Self {
            arn: run.arn.clone(),
            execution: row,
            attempt: run.attempt,
            state: run.state.clone(),
            status: MapRunStatus::Running,
            inputs,
            plan: json!(Plan::of(run)).to_string(),
            concurrency: run.concurrency,
            tolerated_count: run.tolerated.count,
            tolerated_percentage: run.tolerated.percentage,
            started_at: now,
            stopped_at: None,
            redrive_count: 0,
            redriven_at: None,
        }
    }
}

impl map_runs::Standing {
    fn tolerated(&self) -> Tolerated {
        Tolerated { count: self.tolerated_count, percentage: self.tolerated_percentage }
    }

    /// How many children may run at the same time.
    fn most(&self) -> u64 {
        if self.concurrency == 0 { MOST_CONCURRENT } else { self.concurrency.min(MOST_CONCURRENT) }
    }
}

impl Executor {
    /// Runs map runs that have begun, each on its own.
    pub(super) fn run_maps(&self, runs: impl IntoIterator<Item = MapRun>) {
        for run in runs {
            let executor = self.clone();
            tokio::spawn(async move { executor.run_map(run).await });
        }
    }

    /// Runs all children, and tells the execution how it ended.
    async fn run_map(self, run: MapRun) {
        let (row, attempt, arn) = (run.execution, run.attempt, run.arn.clone());
        let ended = match self.children(&run).await {
            Ok(ended) => ended,
            Err(error) => {
                tracing::error!(map_run = run.arn.as_str(), %error, "a map run cannot go on");
                Err(Failure::new("States.Runtime", error.to_string()))
            }
        };
        let status = if ended.is_ok() { MapRunStatus::Succeeded } else { MapRunStatus::Failed };
        let now = self.0.clock.now();
        let written =
            self.0.store.write(move |connection| map_runs::end(connection, &arn, status, now)).await;
        if let Err(error) = written {
            tracing::error!(map_run = run.arn.as_str(), %error, "the end of a map run could not be kept");
        }
        let stimulus = match ended {
            Ok(output) => Stimulus::Succeeded { attempt, output: output.into() },
            Err(failure) => {
                let error = failure.error.map(|error| error.as_str().to_owned());
                Stimulus::Failed { attempt, error, cause: failure.cause }
            }
        };
        self.submit_or_log(row, stimulus).await;
    }

    async fn children(&self, run: &MapRun) -> Result<Ended, ExecutorError> {
        let (parent, plan) = (Arc::new(self.parent(run).await?), Plan::read(&run.plan)?);
        let inputs: Vec<Value> = match &run.inputs {
            Some(inputs) => {
                serde_json::from_str(inputs).map_err(|error| StoreError::Record(error.to_string()))?
            }
            None => match self.read_dataset(run, &plan).await? {
                Ok(inputs) => inputs,
                Err(failure) => return Ok(Err(failure)),
            },
        };
        let total = inputs.len();
        let mut left = inputs.iter().enumerate();
        let (mut running, mut ended, mut failed) = (JoinSet::new(), HashMap::new(), 0_usize);
        let (mut exceeded, gate) = (false, Arc::new(RwLock::new(Gate::Open)));
        loop {
            // How many may run and fail can be changed while it goes on.
            let arn = run.arn.clone();
            let standing = self.0.store.read(move |connection| map_runs::standing(connection, &arn)).await?;
            let Some(standing) = standing else { return Err(StoreError::Closed.into()) };
            if standing.status != MapRunStatus::Running {
                self.stop_children(&run.arn).await?;
                return Ok(Err(Failure::new(Tolerated::ERROR, Tolerated::CAUSE)));
            }
            if !exceeded && standing.tolerated().is_exceeded(failed, total) {
                exceeded = true;
                // After this none begins, so that all that have begun are found.
                *gate.write().await = Gate::Shut;
                self.stop_children(&run.arn).await?;
            }
            while !exceeded
                && (running.len() as u64) < standing.most()
                && let Some((n, input)) = left.next()
            {
                let (executor, parent, input) = (self.clone(), Arc::clone(&parent), input.to_string());
                let gate = Arc::clone(&gate);
                running.spawn(async move { (n, executor.child(&parent, &gate, n, input).await) });
            }
            let Some(mut next) = running.join_next().await else { break };
            // Whoever else has ended by now is taken with it.
            loop {
                let (n, child) = next.map_err(|_| StoreError::Closed)?;
                if let Some(child) = child? {
                    failed += usize::from(child.status != ExecutionStatus::Succeeded);
                    ended.insert(n, child);
                }
                match running.try_join_next() {
                    Some(more) => next = more,
                    None => break,
                }
            }
        }
        let now = self.0.clock.now();
        let children: Vec<Child> = inputs
            .iter()
            .enumerate()
            .map(|(n, input)| match ended.get(&n) {
                Some(summary) => Child::of(summary, now),
                None => parent.pending(n, input),
            })
            .collect();
        // Where results go to files, those of a map run that has failed do so, too.
        let has_files = plan.writer.as_ref().is_some_and(|writer| writer.arguments.is_some());
        if exceeded && !has_files {
            return Ok(Err(Failure::new(Tolerated::ERROR, Tolerated::CAUSE)));
        }
        let results = self.results(run, plan.writer.as_ref(), &children).await?;
        Ok(if exceeded { Err(Failure::new(Tolerated::ERROR, Tolerated::CAUSE)) } else { results })
    }

    /// What children are made from.
    async fn parent(&self, run: &MapRun) -> Result<Parent, ExecutorError> {
        let row = run.execution;
        let found = self
            .0
            .store
            .read(move |connection| {
                Ok((executions::by_row(connection, row)?, executions::recovery(connection, row)?))
            })
            .await?;
        let (Some(summary), Some(recovery)) = found else { return Err(StoreError::Closed.into()) };
        let definition = asl::processor_of(&recovery.definition, &run.state);
        let definition = definition.ok_or_else(|| {
            StoreError::Record(format!("`{}` names a state that is no Map: `{}`", run.arn, run.state))
        })?;
        let machine = self.0.machines.stored(&definition)?;
        let kind = if Plan::read(&run.plan)?.express { Kind::Express } else { Kind::Standard };
        Ok(Parent { run: run.clone(), summary, about: recovery.about, definition, machine, kind })
    }

    /// Runs one child to its end: a new one, or the one that is there already. Nothing, if it may not begin any more.
    async fn child(
        &self,
        parent: &Parent,
        gate: &RwLock<Gate>,
        n: usize,
        input: String,
    ) -> Result<Option<Summary>, ExecutorError> {
        let new = parent.child(n, input);
        let arn = new.arn.clone();
        let before = self.0.store.read({
            let arn = arn.clone();
            move |connection| executions::get(connection, &arn)
        });
        let is_old = |before: &Summary| before.stopped_at < parent.run.redriven_at;
        match before.await? {
            Some(before)
                if before.status.has_ended()
                    && before.status != ExecutionStatus::Succeeded
                    && is_old(&before) =>
            {
                if parent.kind == Kind::Standard {
                    return self.redrive_to_end(before).await.map(Some);
                }
                // An Express execution cannot go on: it is run once more.
                let row = before.row;
                self.0.store.write(move |connection| executions::forget(connection, row)).await?;
            }
            Some(before) if before.status.has_ended() => return Ok(Some(before)),
            _ => {}
        }
        let open = gate.read().await;
        if *open == Gate::Shut {
            return Ok(None);
        }
        let ending = self.begin(new).await?;
        drop(open);
        ending.wait().await.map(Some)
    }

    /// Stops the children of map runs that nobody waits for.
    pub(super) fn stop_map_runs(&self, arns: Vec<String>) {
        for arn in arns {
            let executor = self.clone();
            tokio::spawn(async move {
                if let Err(error) = executor.stop_children(&arn).await {
                    tracing::error!(map_run = arn, %error, "the children of a map run could not be stopped");
                }
            });
        }
    }

    /// Stops the children that still run.
    async fn stop_children(&self, map_run: &str) -> Result<(), ExecutorError> {
        let arn = map_run.to_owned();
        let rows =
            self.0.store.read(move |connection| executions::running_of_map_run(connection, &arn)).await?;
        for row in rows {
            self.submit_or_log(row, Stimulus::Stop { error: None, cause: None }).await;
        }
        Ok(())
    }
}

/// What the children of a map run are made from.
struct Parent {
    run: MapRun,
    summary: Summary,
    about: execution::About,
    definition: String,
    machine: Arc<asl::StateMachine>,
    kind: Kind,
}

impl Parent {
    /// A child that was never begun.
    fn pending(&self, n: usize, input: &Value) -> Child {
        let new = self.child(n, input.to_string());
        let reason = "Execution is PENDING and cannot be redriven".to_owned();
        Child {
            arn: new.arn,
            name: new.name,
            machine_arn: new.machine.stored.arn,
            status: None,
            input: new.input,
            output: None,
            error: None,
            cause: None,
            started_at: None,
            stopped_at: None,
            redrive: (0, "NOT_REDRIVABLE", Some(reason)),
        }
    }

    fn child(&self, n: usize, input: String) -> NewExecution {
        let (machine_arn, name, kind) = (self.run.arn.machine(), name(&self.run.arn, n), self.kind);
        let arn = machine_arn.execution(kind, &name);
        let stored = super::StoredMachine {
            name: machine_arn.name().to_owned(),
            arn: machine_arn,
            kind,
            definition: self.definition.clone(),
            role_arn: self.about.role_arn.clone(),
            revision: None,
            settings: self.summary.origin.settings.clone(),
            created_at: self.run.started_at,
            updated_at: self.run.started_at,
        };
        let machine = Machine { stored, machine: Arc::clone(&self.machine) };
        let mut new = NewExecution::new(machine, name.clone(), input);
        new.arn = arn;
        new.origin.map_run_arn = Some(self.run.arn.clone());
        new
    }
}

/// The name of a child: always the same for the same index, in the form of a UUID, as AWS names them.
fn name(map_run: &str, n: usize) -> String {
    use sha2::{Digest, Sha256};
    let digest: [u8; 32] = Sha256::digest(format!("{map_run}/{n}")).into();
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}
