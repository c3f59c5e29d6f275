//! An engine with toy functions and a toy workflow, so that what is tested here is the engine alone.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tests::{Engine, Result, Trouble, repository, scratch};
use tokio::process::Command;

/// The functions, each a line of `toy/manifest.json`.
const FUNCTIONS: [&str; 5] = ["echo", "ask", "tell", "fail", "exit"];

/// An engine of its own, in a folder of its own.
pub(crate) struct Toy {
    folder: PathBuf,
    engine: Engine,
    /// What it was started with.
    arguments: Vec<String>,
    /// What commands find in their environment besides.
    environment: Vec<(&'static str, String)>,
}

impl Toy {
    /// Starts one. The folder's name must be no other test's.
    pub(crate) async fn start(name: &str, arguments: &[&str]) -> Result<Self> {
        let folder = empty(name)?;
        let functions = folder.join("functions");
        std::fs::create_dir_all(&functions)?;
        for function in FUNCTIONS {
            write_program(&functions.join(function))?;
        }
        // The functions leave their mail in pipes: whoever reads one waits until there is some, without asking often.
        for mail in ["token", "told"] {
            make_pipe(&folder.join(mail)).await?;
        }
        let toy = Self::files();
        let text = |path: PathBuf| path.display().to_string();
        let (workflows, manifest) = (text(toy.join("workflows")), text(toy.join("manifest.json")));
        let (tasks, mail) = (text(functions), format!("MAIL={}", folder.display()));
        let all = vec!["--workflows", &workflows, "--manifest", &manifest, "--tasks", &tasks, "--env", &mail];
        Self::begin(folder, &all, arguments).await
    }

    async fn begin(folder: PathBuf, common: &[&str], arguments: &[&str]) -> Result<Self> {
        let engine = Engine::start_bare(&folder.join("state"), &[common, arguments].concat()).await?;
        let arguments = common.iter().map(|argument| (*argument).to_owned()).collect();
        Ok(Self { folder, engine, arguments, environment: Vec::new() })
    }

    /// Kills it as `kill -9` does, and starts it again in the same state folder, with these arguments in the place of those
    /// that were its own.
    pub(crate) async fn killed(self, arguments: &[&str]) -> Result<Self> {
        let Self { folder, engine, arguments: common, environment } = self;
        engine.kill().await?;
        let common: Vec<&str> = common.iter().map(String::as_str).collect();
        Ok(Self { environment, ..Self::begin(folder, &common, arguments).await? })
    }

    /// The same, with one more variable for its commands.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.environment.push((name, value.to_owned()));
        self
    }

    /// Starts one that has the tasks of Redress instead of toys, and no workflow.
    pub(crate) async fn start_with_tasks(name: &str, arguments: &[&str]) -> Result<Self> {
        let folder = empty(name)?;
        let none = folder.join("none").display().to_string();
        let mut all =
            vec!["--workflows", &none, "--env", "CASE_TABLE=redress-cases", "--env", "TOPIC_ARN=none"];
        all.extend(["--env", "PROTECTED_ROLES=none", "--env", "RESPONDER_ROLES=none"]);
        all.extend(["--env", "CONTAINMENTS_PER_HOUR=5"]);
        Self::begin(folder, &all, arguments).await
    }

    /// The files of the toys.
    pub(crate) fn files() -> PathBuf {
        repository().join("tests/clients/toy")
    }

    /// Where the engine answers.
    pub(crate) fn endpoint(&self) -> &str {
        self.engine.endpoint()
    }

    /// The engine.
    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Waits until the engine has ended, and says with which exit code.
    pub(crate) async fn ended(self) -> Result<Option<i32>> {
        self.engine.ended().await
    }

    /// The folder with the state of the engine.
    pub(crate) fn state(&self) -> PathBuf {
        self.folder.join("state")
    }

    /// A program that finds the AWS CLI, boto3 and the engine, and nothing of whoever runs the tests.
    pub(crate) fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", format!("{}:{path}", repository().join("target/venv/bin").display()))
            .env("AWS_CONFIG_FILE", Self::files().join("aws-config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.folder.join("none"))
            .env("AWS_ACCESS_KEY_ID", "local")
            .env("AWS_SECRET_ACCESS_KEY", "local")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ENDPOINT_URL", self.endpoint())
            .env("MAIL", &self.folder)
            .envs(self.environment.iter().map(|(name, value)| (*name, value.as_str())))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .current_dir(Self::files())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }
}

/// An empty folder.
fn empty(name: &str) -> Result<PathBuf> {
    scratch(&format!("clients/{name}"))
}

/// A function is a program that the engine starts without arguments; what it does goes by its name.
fn write_program(file: &Path) -> Result<()> {
    let python = repository().join("target/venv/bin/python");
    let program =
        format!("#!/bin/sh\nexec {} {}\n", python.display(), Toy::files().join("function.py").display());
    std::fs::write(file, program)?;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755))?;
    Ok(())
}

async fn make_pipe(file: &Path) -> Result<()> {
    let status = Command::new("mkfifo").arg(file).status().await?;
    if status.success() { Ok(()) } else { Err(Trouble(format!("`mkfifo {}` failed", file.display()))) }
}
