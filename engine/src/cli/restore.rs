use super::answer::{not_empty, who};
use super::connection::{Connection, with_progress};
use super::report::{Report, Tone};
use super::{CommandResult, Exit};
use crate::client::Approvals;
use clap::Args;
use serde_json::Value;
use std::path::PathBuf;

/// Ask to take back the change of a case whose undo is not on offer any more
///
/// A new run offers the undo, people are told who asked and why, and they decide with `redress undo`, as within the
/// window. This command alone takes nothing back.
#[derive(Args)]
#[command(after_help = "Example:\n  redress restore 4f1b2c3d4e5f --reason 'the incident is closed'")]
pub(super) struct Restore {
    /// The id of the case, which is in each of its messages
    #[arg(value_name = "CASE", value_parser = case_id)]
    case: String,
    /// Why. It goes on record, and people who decide read it
    #[arg(long, value_parser = not_empty)]
    reason: String,
    /// Who asks [default: the user of this machine]. Not with `--aws`: there the caller's ARN goes on record
    #[arg(long, conflicts_with = "aws")]
    by: Option<String>,
    /// The file with the operator's key [default: as the engine says, if it runs on this machine]
    #[arg(long, value_name = "FILE", env = "REDRESS_OPERATOR_KEY", conflicts_with = "aws")]
    key: Option<PathBuf>,
    /// With `--aws`: the address of the API that takes answers [default: the parameter `/redress/answers-url`]
    #[arg(long, value_name = "URL", env = "REDRESS_ANSWERS_URL", requires = "aws")]
    api: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

impl Restore {
    pub(super) async fn run(self, report: &Report) -> CommandResult {
        let client = self.connection.open().await?;
        let api = match client.is_aws() {
            true => Approvals::of_aws(&client, self.api).await?,
            false => Approvals::of_engine(&client, self.key, &self.by.unwrap_or_else(who)).await?,
        };
        let answer = with_progress(report, "asking", api.restore(&self.case, &self.reason)).await?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
        let exit = if text("outcome") == "Asked" {
            let run = text("run");
            report.line(report.paint(Tone::Good, format!("asked: the run {run} offers the undo")));
            // On AWS people who answer may not read runs: the message has the id of the question.
            let question = if client.is_aws() { "ID" } else { run };
            report.line(format!(
                "people decide with `redress undo {question} --reason '...'`; the message has its id"
            ));
            Exit::Done
        } else {
            report.line(format!("the answer cannot be understood: `{}`", text("outcome")));
            Exit::Failed
        };
        report.value(&answer);
        Ok(exit)
    }
}

/// The id of a case: twelve hexadecimal digits, and a number if the case was opened again.
fn case_id(text: &str) -> Result<String, String> {
    let (hash, number) = text.split_once('-').map_or((text, "1"), |(hash, number)| (hash, number));
    let is_case = hash.len() == 12
        && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_case { Ok(text.to_owned()) } else { Err("it is no id of a case, such as 4f1b2c3d4e5f".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::super::Cli;
    use super::*;
    use clap::Parser;

    #[test]
    fn a_case_is_named_by_its_id_and_a_reason_is_given() {
        for good in ["4f1b2c3d4e5f", "4f1b2c3d4e5f-2", "4f1b2c3d4e5f-x1a2b3c4d"] {
            assert_eq!(case_id(good).as_deref(), Ok(good));
        }
        for bad in ["", "last", "4f1b2c3d4e5", "4F1B2C3D4E5F", "4f1b2c3d4e5f-", "4f1b2c3d4e5f/..", "-2"] {
            assert!(case_id(bad).is_err(), "{bad}");
        }
        let parse = |more: &[&str]| {
            let command = ["redress", "restore", "4f1b2c3d4e5f"];
            Cli::try_parse_from(command.iter().chain(more)).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(parse(&["--reason", "why", "--aws"]), Ok(()));
        assert!(parse(&[]).unwrap_err().contains("--reason"));
        assert!(parse(&["--reason", " "]).unwrap_err().contains("say why"));
        assert!(parse(&["--reason", "why", "--by", "ada", "--aws"]).is_err());
    }
}
