use super::permissions::Statement;
use super::settings::Setting;
use crate::aws::Aws;
use contract::{Fault, Task};
use serde_json::Value;

/// The code of a task, and everything that its function needs: its role's statements and its environment.
pub trait Run: Task {
    /// What the task does, in one sentence.
    const SUMMARY: &'static str;
    /// The statements of its role: all that it may do, and why.
    const IAM: &'static [Statement];
    /// The environment variables without which it does not start.
    const ENVIRONMENT: &'static [&'static str] = &[];
    /// The environment variables that have a default.
    const SETTINGS: &'static [Setting] = &[];
    /// Memory in MiB. The least, 128, would do: as release binaries the tasks held 10 to 21 MiB at their peak. But Lambda
    /// gives CPU by memory, one whole CPU at 1,769 MiB, and 256 gets twice the share of the least. Source: AWS Lambda,
    /// "Configure Lambda function memory".
    const MEMORY_MIB: u32 = 256;

    /// Reads what the task cannot work without, such as the tables of a judge. Called once at start, before the first
    /// invocation: an error ends the executable.
    fn prepare() -> Result<(), Fault> {
        Ok(())
    }

    /// Does the work. Called twice with the same input, it has the effect of one call.
    fn run(input: Self::Input, aws: &Aws) -> impl Future<Output = Result<Self::Output, Self::Error>>;

    /// Answers a request of an HTTP API, for a task that people reach with a browser. `invoked` is the ARN as which the
    /// function was invoked.
    fn page(_event: Value, _invoked: &str, _aws: &Aws) -> impl Future<Output = Result<Value, Self::Error>> {
        let refused = Fault::invalid_input(format!("`{}` has no page", Self::name()));
        std::future::ready(Err(Self::Error::from(refused)))
    }
}
