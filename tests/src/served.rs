use crate::{Result, Trouble};
use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdin, Command};

/// A Python program that prints its endpoint once it serves, and ends with its standard input: when this value is dropped,
/// or when this program ends.
pub struct Served {
    endpoint: String,
    _child: Child,
    _stdin: ChildStdin,
}

impl Served {
    /// Starts a module in a folder, with these arguments, and waits until it serves.
    pub async fn start(python: &Path, folder: &Path, arguments: &[&str]) -> Result<Self> {
        let mut child = Command::new(python)
            .arg("-m")
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                Trouble(format!(
                    "local AWS cannot be started (`{}`): {error}; `make run` and `make test` prepare it",
                    python.display()
                ))
            })?;
        let lacks = |what: &str| Trouble(format!("local AWS {what}"));
        let stdin = child.stdin.take().ok_or_else(|| lacks("has no standard input"))?;
        let stdout = child.stdout.take().ok_or_else(|| lacks("has no standard output"))?;
        let line = BufReader::new(stdout).lines().next_line().await?;
        let ready: Value = serde_json::from_str(&line.ok_or_else(|| lacks("ended at once"))?)?;
        let endpoint = ready.get("endpoint").and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Self { endpoint, _child: child, _stdin: stdin })
    }

    /// Its URL.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }
}
