//! One process of a function.

use super::host::Start;
use super::runtime_api::{Registration, RuntimeApi};
use bytes::Bytes;
use jiff::Timestamp;
use std::fmt;
use std::io;
use std::process::{ExitStatus, Stdio};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

/// A request on its way to an instance.
pub(super) struct Work {
    pub(super) request_id: String,
    pub(super) payload: Bytes,
    /// How long the function may take from when it has asked for the request, in milliseconds.
    pub(super) timeout: u64,
    pub(super) arn: String,
    /// Told when the function's time will be up, once the instance has asked for it.
    pub(super) taken: oneshot::Sender<Timestamp>,
    /// Told what the instance answered, and whether that is an error.
    pub(super) answer: oneshot::Sender<(Bytes, bool)>,
}

/// How a process ended, in Lambda's words.
pub(super) struct Ended(io::Result<ExitStatus>);

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Ok(status) if status.success() => write!(f, "Runtime exited without providing a reason"),
            Ok(status) => match status.code() {
                Some(code) => write!(f, "Runtime exited with error: exit status {code}"),
                None => write!(f, "Runtime exited with error: {status}"),
            },
            Err(error) => write!(f, "Runtime exited with error: {error}"),
        }
    }
}

/// A running process. Dropping it kills the process.
pub(super) struct Instance {
    child: Child,
    registration: Registration,
    new: bool,
}

impl Instance {
    /// Starts one, with the environment that Lambda gives and nothing of the engine's own: a function must not find
    /// the credentials of whoever started the engine.
    pub(super) fn start(start: &Start, api: &RuntimeApi) -> io::Result<Self> {
        let registration = api.register();
        let mut command = Command::new(&start.binary);
        command
            .env_clear()
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(&start.environment)
            // Lambda lets nobody set these.
            .env("AWS_LAMBDA_RUNTIME_API", registration.endpoint())
            .env("AWS_LAMBDA_FUNCTION_NAME", &start.name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", format!("/aws/lambda/{}", start.name))
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "local")
            .env("_HANDLER", &start.name)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        die_with_the_engine(&mut command);
        let mut child = command.spawn().map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("`{}`: {error}; build the tasks with `cargo build`", start.binary.display()),
            )
        })?;
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(start.logs.clone().copy(stdout));
        }
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(start.logs.clone().copy(stderr));
        }
        tracing::debug!(function = start.name, pid = child.id(), "an instance was started");
        Ok(Self { child, registration, new: true })
    }

    /// Hands it a request. It asks for one when it has nothing to do.
    pub(super) fn give(&self, work: Work) -> Result<(), ()> {
        self.registration.give(work)
    }

    /// Whether it has answered no request yet.
    pub(super) fn is_new(&self) -> bool {
        self.new
    }

    pub(super) fn used(mut self) -> Self {
        self.new = false;
        self
    }

    /// Whether the process still runs.
    pub(super) fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for the process to end.
    pub(super) async fn ended(&mut self) -> Ended {
        Ended(self.child.wait().await)
    }
}

/// Lets the kernel kill the process when the engine dies, however it dies: a function that outlived a killed engine
/// would go on changing things that nobody records.
#[cfg(target_os = "linux")]
#[expect(
    unsafe_code,
    reason = "`pre_exec` is the only way to set the parent-death signal; prctl is async-signal-safe"
)]
fn die_with_the_engine(command: &mut Command) {
    // SAFETY: between fork and exec only `prctl` is called, which is async-signal-safe and allocates nothing.
    unsafe {
        command.pre_exec(|| {
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))
                .map_err(io::Error::from)
        });
    }
}

#[cfg(not(target_os = "linux"))]
fn die_with_the_engine(_: &mut Command) {}
