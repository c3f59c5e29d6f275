use crate::{Result, Trouble, binary, repository};
use serde_json::Value;
use std::process::Stdio;
use tokio::process::Command;

/// The command line.
pub struct Redress {
    endpoint: String,
}

/// The output and the exit code of a command.
#[derive(Debug, Clone)]
pub struct Output {
    /// The exit code.
    pub code: i32,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Output {
    /// Its standard output as JSON.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.stdout)
            .map_err(|error| Trouble(format!("{error} in {:?} {:?}", self.stdout, self.stderr)))
    }
}

impl Redress {
    pub(crate) fn new(endpoint: &str) -> Self {
        Self { endpoint: endpoint.to_owned() }
    }

    /// Runs a command and collects its output.
    pub async fn run(&self, arguments: &[&str]) -> Result<Output> {
        let output = self.command(arguments)?.output().await?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Ok(Output {
            code: output.status.code().unwrap_or(-1),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        })
    }

    /// Runs a command with `--json` and returns its output. An exit code above 1 is an error.
    pub async fn json(&self, arguments: &[&str]) -> Result<Value> {
        let output = self.run(&[arguments, &["--json"]].concat()).await?;
        if output.code > 1 {
            return Err(Trouble(format!(
                "`redress {}`: {} {}",
                arguments.join(" "),
                output.stdout,
                output.stderr
            )));
        }
        output.json()
    }

    /// Runs a command with the output of this program.
    pub async fn show(&self, arguments: &[&str]) -> Result<i32> {
        let status =
            self.command(arguments)?.stdout(Stdio::inherit()).stderr(Stdio::inherit()).status().await?;
        Ok(status.code().unwrap_or(-1))
    }

    fn command(&self, arguments: &[&str]) -> Result<Command> {
        let mut command = Command::new(binary("redress")?);
        command
            .args(arguments)
            .env("REDRESS_ENDPOINT", &self.endpoint)
            .current_dir(repository())
            .stdin(Stdio::null());
        Ok(command)
    }
}
