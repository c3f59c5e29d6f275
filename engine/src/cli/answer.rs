use super::connection::{Connection, with_progress};
use super::report::{Report, Tone};
use super::{CommandResult, Exit, Fault, run};
use crate::client::Client;
use clap::Args;
use serde_json::{Value, json};

/// Approve what a run asks for, such as a containment
#[derive(Args)]
#[command(
    after_help = "Example:\n  redress approve 0123456789abcdef0123456789abcdef --reason 'confirmed with the owner'"
)]
pub(super) struct Approve {
    #[command(flatten)]
    answer: Answer,
}

/// Deny what a run asks for: nothing is contained, or the containment stays
#[derive(Args)]
#[command(
    after_help = "Example:\n  redress deny 0123456789abcdef0123456789abcdef --reason 'a known egress through the office'"
)]
pub(super) struct Deny {
    #[command(flatten)]
    answer: Answer,
}

/// Take a containment back
#[derive(Args)]
#[command(
    after_help = "Examples:\n  redress undo 0123456789abcdef0123456789abcdef --reason 'it was the nightly export'\n  redress undo last --reason 'it was the nightly export'"
)]
pub(super) struct Undo {
    #[command(flatten)]
    answer: Answer,
}

#[derive(Args)]
struct Answer {
    /// The id of the question, as the message and `redress show` say it; or a run that asks only one
    #[arg(value_name = "ID")]
    id: String,
    /// Why. It goes on record
    #[arg(long, value_parser = not_empty)]
    reason: String,
    /// Who decides [default: the user of this machine, or with `--aws` the caller's ARN]
    #[arg(long)]
    by: Option<String>,
    /// The function that takes answers
    #[arg(long, default_value = "answer-approval")]
    function: String,
    #[command(flatten)]
    connection: Connection,
}

impl Approve {
    pub(super) async fn run(self, report: &Report) -> CommandResult {
        self.answer.send("approve", report).await
    }
}

impl Deny {
    pub(super) async fn run(self, report: &Report) -> CommandResult {
        self.answer.send("deny", report).await
    }
}

impl Undo {
    pub(super) async fn run(self, report: &Report) -> CommandResult {
        self.answer.send("undo", report).await
    }
}

impl Answer {
    async fn send(self, decision: &str, report: &Report) -> CommandResult {
        let client = self.connection.open().await?;
        let id = with_progress(report, "looking for the question", question(&client, &self.id)).await?;
        let by = match self.by {
            Some(by) => by,
            None => with_progress(report, "asking who you are", who(&client)).await?,
        };
        let payload = json!({ "approvalId": id, "decision": decision, "by": by, "reason": self.reason });
        let answer = with_progress(report, "deciding", client.invoke(&self.function, &payload)).await?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
        let (line, exit) = match text("outcome") {
            "Decided" => (
                report.paint(Tone::Good, format!("{} decided: {}", text("caseId"), text("decision"))),
                Exit::Done,
            ),
            "Counted" => {
                let by = answer.get("by").and_then(Value::as_array).into_iter().flatten();
                let by: Vec<&str> = by.filter_map(Value::as_str).collect();
                let needed = answer.get("needed").and_then(Value::as_u64).unwrap_or_default();
                let line = format!("{} of {needed} say {}: {}", by.len(), text("decision"), by.join(", "));
                if answer.get("repeated") == Some(&Value::Bool(true)) {
                    let line = format!("{line}; this was said before, and somebody else has to say it");
                    (report.paint(Tone::Warn, line), Exit::NotRight)
                } else {
                    (format!("{line}; somebody else has to say it too, on the page"), Exit::Done)
                }
            }
            "AlreadyDecided" => {
                let line = format!(
                    "already decided: {} by {} at {}: {}",
                    text("decision"),
                    text("by"),
                    text("at"),
                    text("reason")
                );
                (report.paint(Tone::Warn, line), Exit::NotRight)
            }
            "Expired" => (
                report.paint(Tone::Warn, format!("too late: the question expired at {}", text("expiredAt"))),
                Exit::NotRight,
            ),
            other => (format!("the answer cannot be understood: `{other}`"), Exit::Failed),
        };
        report.line(line);
        report.value(&answer);
        Ok(exit)
    }
}

/// The id of a question: as it is, or that of the one question that a run asks.
async fn question(client: &Client, id: &str) -> Result<String, Fault> {
    if id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(id.to_owned());
    }
    let run = run::read(client, &run::find(client, id).await?).await?;
    let questions: Vec<String> =
        run.visits.iter().filter_map(|visit| Some(visit.question.as_ref()?.approval_id.clone())).collect();
    match questions.as_slice() {
        [one] => Ok(one.clone()),
        [] => {
            Err(format!("the run `{}` asks nothing; look at it with `redress show {}`", run.name, run.name)
                .into())
        }
        several => Err(format!(
            "the run `{}` asks {} questions: say which: {}",
            run.name,
            several.len(),
            several.join(", ")
        )
        .into()),
    }
}

/// Who decides: what goes on record.
async fn who(client: &Client) -> Result<String, Fault> {
    if client.is_aws() {
        return Ok(client.caller_arn().await?);
    }
    let user =
        std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "somebody".to_owned());
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Ok(format!("{user}@{host}"))
}

fn not_empty(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("say why".to_owned()) } else { Ok(text.to_owned()) }
}
