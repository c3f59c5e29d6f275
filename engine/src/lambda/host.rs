use super::instance::{Ended, Instance, Work};
use super::logs::Logs;
use super::runtime_api::RuntimeApi;
use super::{Answer, InvokeError};
use crate::clock::Clock;
use crate::time::after;
use crate::workflow::{Functions, Place};
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Semaphore, oneshot};

/// How many instances of one function run at the same time at most.
const MOST_INSTANCES: usize = 8;

/// The executable of the tasks of Redress. `_HANDLER` has the name of the task.
pub const TASKS: &str = "tasks";

/// How long an instance may take from its start to its first request, in milliseconds. Source: Lambda, "Init phase".
const INIT: u64 = 10_000;

/// What the host needs to know.
pub struct Options {
    /// The executable of all functions, or a folder: with an executable `tasks` or `bootstrap` for all of them, or else
    /// with one for each function, of its name.
    pub tasks: PathBuf,
    /// Where the functions write their logs: a file each.
    pub logs: PathBuf,
    /// What stands in the environment of every function.
    pub environment: BTreeMap<String, String>,
    /// What stands in the environment of single functions besides.
    pub of_function: BTreeMap<String, BTreeMap<String, String>>,
    /// Where the functions seem to live.
    pub place: Place,
}

/// The host. It can be cloned; all clones are the same.
#[derive(Clone)]
pub struct Host(Arc<Inner>);

struct Inner {
    pools: HashMap<String, Pool>,
    api: RuntimeApi,
    clock: Clock,
}

/// A function, and those of its instances that have nothing to do.
struct Pool {
    start: Start,
    timeout_seconds: u64,
    idle: Mutex<Vec<Instance>>,
    room: Semaphore,
}

/// How an instance of a function is started.
pub(super) struct Start {
    pub(super) name: String,
    pub(super) binary: PathBuf,
    pub(super) arn: String,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) logs: Logs,
}

/// The executable of a function. In a folder, one for all functions goes before one of the function's name: that may be
/// left over from an older build.
pub(super) fn binary(tasks: &Path, function: &str) -> PathBuf {
    if !tasks.is_dir() {
        return tasks.to_owned();
    }
    let of_all = [TASKS, "bootstrap"].map(|name| tasks.join(name));
    of_all.into_iter().find(|file| file.is_file()).unwrap_or_else(|| tasks.join(function))
}

impl Host {
    /// Starts the Runtime API and gets ready for the functions. None of them is started before it is invoked.
    pub async fn start(functions: &Functions, options: Options, clock: Clock) -> Result<Self, InvokeError> {
        let api = RuntimeApi::start(clock).await.map_err(|error| InvokeError::Start {
            function: "the Lambda Runtime API".to_owned(),
            why: error.to_string(),
        })?;
        let mut pools = HashMap::new();
        for function in functions.iter() {
            let mut environment = options.environment.clone();
            environment.extend(options.of_function.get(&function.name).cloned().unwrap_or_default());
            let start = Start {
                name: function.name.clone(),
                binary: binary(&options.tasks, &function.name),
                arn: options.place.arn("lambda", &format!("function:{}", function.name)),
                environment,
                logs: Logs::new(options.logs.join(format!("{}.log", function.name))),
            };
            let pool = Pool {
                start,
                timeout_seconds: function.timeout_seconds,
                idle: Mutex::default(),
                room: Semaphore::new(MOST_INSTANCES),
            };
            pools.insert(function.name.clone(), pool);
        }
        Ok(Self(Arc::new(Inner { pools, api, clock })))
    }

    /// The functions and how long each may take, in seconds.
    pub(crate) fn functions(&self) -> impl Iterator<Item = (&str, &str, u64)> {
        self.0
            .pools
            .values()
            .map(|pool| (pool.start.name.as_str(), pool.start.arn.as_str(), pool.timeout_seconds))
    }

    pub(super) async fn invoke(
        &self,
        name: &str,
        qualifier: Option<&str>,
        payload: Bytes,
    ) -> Result<Answer, InvokeError> {
        let pool = self.0.pools.get(name).ok_or_else(|| InvokeError::NoSuchFunction(name.to_owned()))?;
        let Ok(_room) = pool.room.acquire().await else {
            return Err(InvokeError::Start {
                function: name.to_owned(),
                why: "the engine is shutting down".to_owned(),
            });
        };
        let instance = match pool.take_idle() {
            Some(instance) => instance,
            None => Instance::start(&pool.start, &self.0.api)
                .map_err(|why| InvokeError::Start { function: name.to_owned(), why: why.to_string() })?,
        };
        let (answer, instance) = self.work(pool, instance, qualifier, payload).await;
        if let Some(instance) = instance {
            pool.give_back(instance);
        }
        Ok(answer)
    }

    /// Gives an instance a request and waits for the answer, as long as the function may take. An instance that ended
    /// or was too slow is not given back.
    async fn work(
        &self,
        pool: &Pool,
        mut instance: Instance,
        qualifier: Option<&str>,
        payload: Bytes,
    ) -> (Answer, Option<Instance>) {
        let request_id = uuid::Uuid::new_v4().to_string();
        let (taken, is_taken) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let timeout = pool.timeout_seconds * 1000;
        let work = Work {
            request_id: request_id.clone(),
            payload,
            timeout,
            // A function sees as what it was invoked.
            arn: qualifier.map_or_else(
                || pool.start.arn.clone(),
                |qualifier| format!("{}:{qualifier}", pool.start.arn),
            ),
            taken,
            answer,
        };
        if instance.give(work).is_err() {
            return (
                Answer::error(&request_id, "Runtime.ExitError", "Runtime exited before the request"),
                None,
            );
        }
        let clock = self.0.clock;
        // Where an instance does not get ready in its time, Lambda tries once more in that of the function.
        let ready = after(clock.now(), timeout + if instance.is_new() { INIT } else { 0 });
        let waiting = async {
            let deadline = tokio::select! {
                deadline = is_taken => deadline.map_err(|_| NoAnswer::Ended)?,
                () = clock.sleep_until(ready) => return Err(NoAnswer::OutOfTime),
            };
            tokio::select! {
                answer = answered => answer.map_err(|_| NoAnswer::Ended),
                () = clock.sleep_until(deadline) => Err(NoAnswer::OutOfTime),
            }
        };
        let answered = tokio::select! {
            answered = waiting => answered,
            ended = instance.ended() => return (exit(&request_id, &ended), None),
        };
        match answered {
            Ok((payload, function_error)) => {
                (Answer { request_id, payload, function_error, log: None }, Some(instance.used()))
            }
            Err(NoAnswer::Ended) => {
                (Answer::error(&request_id, "Runtime.ExitError", "Runtime exited without answering"), None)
            }
            Err(NoAnswer::OutOfTime) => {
                let message = format!("Task timed out after {}.00 seconds", pool.timeout_seconds);
                (Answer::error(&request_id, "Sandbox.Timedout", &message), None)
            }
        }
    }
}

/// Why an instance did not answer.
enum NoAnswer {
    Ended,
    OutOfTime,
}

fn exit(request_id: &str, ended: &Ended) -> Answer {
    Answer::error(request_id, "Runtime.ExitError", &ended.to_string())
}

impl Pool {
    /// An instance that has nothing to do and still runs.
    fn take_idle(&self) -> Option<Instance> {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(mut instance) = idle.pop() {
            if instance.runs() {
                return Some(instance);
            }
        }
        None
    }

    fn give_back(&self, instance: Instance) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(instance);
    }
}
