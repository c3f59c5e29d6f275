use crate::redress::Redress;
use crate::{LocalAws, Result, Seeded, Trouble, binary, repository};
use engine::client::{Client, Target};
use engine::clock::Clock;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs::{DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// The role in which the responder changes something, as its tasks are told: its path with its name.
pub const ACTING_ROLE: &str = "/redress/redress-iam-policy-change";

/// The engine: a process of its own.
pub struct Engine {
    endpoint: String,
    child: Child,
}

/// How the engine is started.
pub struct Options {
    /// The folder with its state.
    pub state: PathBuf,
    /// The port, or 0 for a free one.
    pub port: u16,
    /// The mode of the workflows.
    pub mode: String,
    /// How long the verification waits for IAM, in seconds.
    pub settle_seconds: u64,
    /// How often the change is verified, a second apart, before the undo is offered.
    pub watch_seconds: u64,
    /// How long the undo is on offer, in seconds.
    pub undo_seconds: u64,
    /// Other parameters of the responses, as `--set` takes them.
    pub set: Vec<String>,
    /// More environment variables of the tasks.
    pub environment: Vec<(String, String)>,
    /// The executable of the tasks. Default: the one that was built.
    pub tasks: Option<PathBuf>,
    /// A file for everything that the engine prints in its most verbose mode. Default: the output of this program.
    pub output: Option<PathBuf>,
}

impl Options {
    /// The options of tests: mode `auto`, and no waiting.
    pub fn test(state: PathBuf) -> Self {
        Self {
            state,
            port: 0,
            mode: "auto".to_owned(),
            settle_seconds: 0,
            watch_seconds: 1,
            undo_seconds: 86_400,
            set: Vec::new(),
            environment: Vec::new(),
            tasks: None,
            output: None,
        }
    }
}

impl Engine {
    /// Starts it with a seeded account. Each task has a session with the permissions of the manifest.
    pub async fn start(options: &Options, aws: &LocalAws, seeded: &Seeded) -> Result<Self> {
        let sessions = aws.task_sessions().await?;
        let task_env = sessions.into_iter().map(|(task, session)| (task, session.environment())).collect();
        Self::start_over(options, aws.endpoint(), &task_env, seeded).await
    }

    /// Starts it with the AWS at an endpoint, and with environment variables for single tasks.
    pub async fn start_over(
        options: &Options,
        aws: &str,
        task_env: &BTreeMap<String, BTreeMap<String, String>>,
        seeded: &Seeded,
    ) -> Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(&options.state)?;
        let file = options.state.join("task-env.json");
        write_private(&file, &serde_json::to_string_pretty(task_env)?)?;
        let tasks = match &options.tasks {
            Some(executable) => executable.clone(),
            None => binary("tasks")?,
        };
        let mut command = Command::new(binary("redress")?);
        command
            .args(["up", "--json", "--port", &options.port.to_string()])
            .args(["--aws-endpoint", aws, "--account", &seeded.account, "--region", &seeded.region])
            .arg("--state")
            .arg(&options.state)
            .arg("--task-env")
            .arg(&file)
            .arg("--tasks")
            .arg(tasks)
            .args(["--set", &format!("Mode={}", options.mode)])
            .args(["--set", &format!("SettleSeconds={}", options.settle_seconds)])
            .args(["--set", &format!("WatchSeconds={}", options.watch_seconds)])
            .args(["--set", &format!("UndoSeconds={}", options.undo_seconds)])
            .args([
                "--env",
                &format!("CASE_TABLE={}", seeded.table),
                "--env",
                &format!("TOPIC_ARN={}", seeded.topic_arn),
                "--env",
                &format!("ESCALATION_TOPIC_ARN={}", seeded.escalation_topic_arn),
                "--env",
                &format!("TOKEN_KEY={}", seeded.token_key_arn),
            ])
            .args([
                "--env",
                "PROTECTED_ROLES=/break-glass/*,OrganizationAccountAccessRole",
                "--env",
                "RESPONDER_ROLES=/redress/*",
                "--env",
                &format!("ACTING_ROLES={ACTING_ROLE}"),
            ])
            .args(["--env", "CHANGES_PER_HOUR=5", "--env", "KNOWN_ACCOUNTS=111122223333"]);
        for (name, value) in crate::responses::settings()? {
            command.args(["--env", &format!("{name}={value}")]);
        }
        for parameter in &options.set {
            command.args(["--set", parameter]);
        }
        for (name, value) in &options.environment {
            command.args(["--env", &format!("{name}={value}")]);
        }
        Self::spawn(command, options.output.as_deref()).await
    }

    /// Starts it on a free port with these arguments and without an account.
    pub async fn start_bare(state: &Path, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(binary("redress")?);
        command.args(["up", "--json", "--port", "0", "--state"]).arg(state).args(arguments);
        Self::spawn(command, None).await
    }

    /// Starts it and waits until it serves.
    async fn spawn(mut command: Command, output: Option<&Path>) -> Result<Self> {
        let output = match output {
            None => None,
            Some(file) => {
                let file = std::fs::File::create(file)?;
                command.arg("--verbose").stderr(file.try_clone()?);
                Some(tokio::fs::File::from_std(file))
            }
        };
        let mut child = command
            .current_dir(repository())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout =
            child.stdout.take().ok_or_else(|| Trouble("the engine has no standard output".to_owned()))?;
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        if stdout.read_line(&mut line).await? == 0 {
            return Err(Trouble("the engine ended at once, see above".to_owned()));
        }
        if let Some(mut output) = output {
            // Copies its output to the file until it ends.
            tokio::spawn(async move { tokio::io::copy_buf(&mut stdout, &mut output).await });
        }
        let ready: Value = serde_json::from_str(&line)?;
        match ready.get("endpoint").and_then(Value::as_str) {
            Some(endpoint) => Ok(Self { endpoint: endpoint.to_owned(), child }),
            None => Err(Trouble(format!("the engine did not start: {ready}"))),
        }
    }

    /// Its URL.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// A client of it.
    pub async fn client(&self) -> Result<Client> {
        Ok(Client::new(Target::Endpoint(self.endpoint.clone()), None, Clock).await?)
    }

    /// The command line, speaking to it.
    pub fn redress(&self) -> Redress {
        Redress::new(&self.endpoint)
    }

    /// Its process id.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// Sends it SIGTERM.
    pub async fn terminate(&self) -> Result<()> {
        let pid = self.pid().ok_or_else(|| Trouble("the engine has ended".to_owned()))?;
        let status = Command::new("kill").arg(pid.to_string()).status().await?;
        if status.success() { Ok(()) } else { Err(Trouble(format!("`kill {pid}` failed"))) }
    }

    /// Waits until it has ended, and returns its exit code.
    pub async fn ended(mut self) -> Result<Option<i32>> {
        Ok(self.child.wait().await?.code())
    }

    /// `kill -9`.
    pub async fn kill(mut self) -> Result<()> {
        self.child.kill().await?;
        Ok(())
    }
}

/// Writes a file that only its owner can read: it has the keys of the tasks.
fn write_private(file: &Path, text: &str) -> Result<()> {
    let mut file = File::options().write(true).create(true).truncate(true).mode(0o600).open(file)?;
    Ok(file.write_all(text.as_bytes())?)
}
