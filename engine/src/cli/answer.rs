use super::connection::{Connection, with_progress};
use super::report::{Report, Tone};
use super::run::{Question, Visit};
use super::{CommandResult, Exit, Fault, run};
use crate::client::{Approvals, Client};
use clap::Args;
use serde_json::Value;
use std::path::PathBuf;

/// Approve what a run asks for, such as a change
#[derive(Args)]
#[command(
    after_help = "Example:\n  redress approve 0123456789abcdef0123456789abcdef --reason 'confirmed with the owner'"
)]
pub(super) struct Approve {
    #[command(flatten)]
    answer: Answer,
}

/// Deny what a run asks for: nothing is changed, or the change stays
#[derive(Args)]
#[command(
    after_help = "Example:\n  redress deny 0123456789abcdef0123456789abcdef --reason 'a known egress through the office'"
)]
pub(super) struct Deny {
    #[command(flatten)]
    answer: Answer,
}

/// Take a change back
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
    /// The id of the question, as the message and `redress show` say it; or a run that asks only one; or `last`, if
    /// only one question is open at all
    #[arg(value_name = "ID")]
    id: String,
    /// Why. It goes on record
    #[arg(long, value_parser = not_empty)]
    reason: String,
    /// Who decides [default: the user of this machine]. Not with `--aws`: there the caller's ARN goes on record, since
    /// AWS vouches for that and for no other name
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
        let looking = question(&client, &self.id, decision);
        let question = with_progress(report, "looking for the question", looking).await?;
        let api = match client.is_aws() {
            true => Approvals::of_aws(&client, self.api).await?,
            false => Approvals::of_engine(&client, self.key, &self.by.unwrap_or_else(who)).await?,
        };
        // The form of the question is answered, as on the page: it is void if anything else is asked by then.
        let shown =
            with_progress(report, "reading the question", api.question(&question.approval_id)).await?;
        let answer = match shown.get("token").and_then(Value::as_str) {
            Some(token) => {
                let deciding = api.answer(&question.approval_id, token, decision, &self.reason);
                with_progress(report, "deciding", deciding).await?
            }
            None => shown,
        };
        let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
        let (line, exit) = match text("outcome") {
            "Decided" => (report.paint(Tone::Good, decided(&answer, &question)), Exit::Done),
            "Counted" => {
                let by = answer.get("by").and_then(Value::as_array).into_iter().flatten();
                let by: Vec<&str> = by.filter_map(Value::as_str).collect();
                let needed = answer.get("needed").and_then(Value::as_u64).unwrap_or_default();
                let line = format!("{} of {needed} say {}: {}", by.len(), text("decision"), by.join(", "));
                if answer.get("repeated") == Some(&Value::Bool(true)) {
                    let line = format!("{line}; this was said before, and somebody else has to say it");
                    (report.paint(Tone::Warn, line), Exit::NotRight)
                } else {
                    (format!("{line}; somebody else has to say it too"), Exit::Done)
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

/// What was decided, and what about as far as that is known.
fn decided(answer: &Value, question: &Question) -> String {
    let text = |name: &str| answer.get(name).and_then(Value::as_str).unwrap_or_default();
    let line = format!("{} decided: {}", text("caseId"), text("decision"));
    if question.question.is_empty() { line } else { format!("{line} (it asked: {})", about(question)) }
}

/// A question and its subject, such as `change: the role web-frontend`.
fn about(question: &Question) -> String {
    if question.subject.is_empty() {
        question.question.clone()
    } else {
        format!("{}: {}", question.question, question.subject)
    }
}

/// The question that somebody means: the one of that id, or the only one of a run, or of all runs, that this decision
/// answers.
async fn question(client: &Client, id: &str, decision: &str) -> Result<Question, Fault> {
    if id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(Question { approval_id: id.to_owned(), ..Question::default() });
    }
    let mut runs = Vec::new();
    if id == "last" {
        for listed in run::list(client, Some("RUNNING")).await? {
            match run::read(client, &listed.arn).await {
                Ok(run) => runs.push(run),
                // Runs of others may be none of the caller's business, and a run may be deleted meanwhile.
                Err(error) if error.code().is_some_and(|code| OF_ONE_RUN.contains(&code)) => {}
                Err(error) => return Err(error.into()),
            }
        }
    } else {
        runs.push(run::read(client, &run::find(client, id).await?).await?);
    }
    Ok(only(id, decision, runs.iter().flat_map(|run| open_questions(&run.visits)).collect())?)
}

/// Errors that are about one run.
const OF_ONE_RUN: [&str; 2] = ["ExecutionDoesNotExist", "AccessDeniedException"];

/// Whether a decision about a run means this question. A `deny` that was meant for a change must not close the offer of
/// the undo that follows it, so that is denied by its id alone.
fn is_meant(question: &Question, decision: &str) -> bool {
    match question.question.as_str() {
        "change" => matches!(decision, "approve" | "deny"),
        "undo" => decision == "undo",
        _ => true,
    }
}

/// The questions that still stand: one in a branch that was given up was never answered, and nobody waits for it.
fn open_questions(visits: &[Visit]) -> Vec<Question> {
    let goes_on = |visit: &Visit| {
        let mut around = Some(visit);
        while let Some(visit) = around {
            if visit.exited.is_some() {
                return false;
            }
            around = visits.iter().find(|outer| Some(outer.id) == visit.within);
        }
        true
    };
    visits.iter().filter(|visit| goes_on(visit)).filter_map(|visit| visit.question.clone()).collect()
}

/// The one question that there is. A decision about another role than the one that was meant cannot be taken back, so
/// nothing is guessed.
fn only(wanted: &str, decision: &str, questions: Vec<Question>) -> Result<Question, String> {
    let line = |question: &Question| {
        format!("\n  {}  {}, case {}", question.approval_id, about(question), question.case_id)
    };
    let (mut meant, others): (Vec<_>, Vec<_>) =
        questions.into_iter().partition(|question| is_meant(question, decision));
    match (meant.pop(), meant.is_empty(), others.is_empty()) {
        (Some(one), true, _) => Ok(one),
        (None, _, true) if wanted == "last" => {
            Err("no run asks anything; `redress runs --status RUNNING` lists those that go on".to_owned())
        }
        (None, _, true) => {
            Err(format!("the run `{wanted}` asks nothing; look at it with `redress show {wanted}`"))
        }
        (None, _, false) => Err(format!(
            "`{decision}` answers none of the open questions; to answer one of these, give its id:{}",
            others.iter().map(line).collect::<String>()
        )),
        (Some(last), false, _) => {
            meant.push(last);
            Err(format!(
                "`{wanted}` could mean any of {} questions; say the id of the one you mean:{}",
                meant.len(),
                meant.iter().map(line).collect::<String>()
            ))
        }
    }
}

/// The name under which a decision on this machine is recorded.
pub(super) fn who() -> String {
    let user =
        std::env::var("USER").or_else(|_| std::env::var("LOGNAME")).unwrap_or_else(|_| "somebody".to_owned());
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{user}@{host}").chars().take(64).collect()
}

pub(super) fn not_empty(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("say why".to_owned()) } else { Ok(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::super::Cli;
    use super::*;
    use clap::Parser;
    use serde_json::json;

    fn asked(id: &str, kind: &str, subject: &str, case: &str) -> Question {
        Question {
            approval_id: id.to_owned(),
            question: kind.to_owned(),
            subject: subject.to_owned(),
            case_id: case.to_owned(),
            ..Question::default()
        }
    }

    #[test]
    fn last_is_the_only_question_or_none() {
        let (one, other) =
            (asked("1a", "change", "the role web", "c1"), asked("2b", "change", "batch", "c2"));
        assert_eq!(only("last", "approve", vec![one.clone()]), Ok(one.clone()));
        assert_eq!(
            only("last", "deny", vec![one, other]),
            Err("`last` could mean any of 2 questions; say the id of the one you mean:\n  1a  change: the role web, case c1\n  2b  change: batch, case c2".to_owned())
        );
        for (wanted, says) in [("last", "no run asks anything"), ("5c1f", "the run `5c1f` asks nothing")] {
            assert!(only(wanted, "approve", Vec::new()).unwrap_err().starts_with(says));
        }
    }

    /// After an approval the run offers the undo. A `deny` of the run that comes late must not close that offer.
    #[test]
    fn a_decision_about_a_run_answers_the_question_that_it_names() {
        let (change, undo) = (asked("1a", "change", "web", "c1"), asked("2b", "undo", "web", "c1"));
        for wanted in ["last", "5c1f"] {
            for (decision, answers) in [("approve", &change), ("deny", &change), ("undo", &undo)] {
                assert_eq!(only(wanted, decision, vec![change.clone(), undo.clone()]).as_ref(), Ok(answers));
                let other = if answers == &change { &undo } else { &change };
                let error = only(wanted, decision, vec![other.clone()]).unwrap_err();
                assert!(error.contains(&other.approval_id) && error.contains("give its id"), "{error}");
            }
        }
    }

    /// A question says what it is about, from what was asked and what came back; so does the decision.
    #[test]
    fn a_decision_says_what_it_is_about() {
        let details = |name: &str, value: Value| json!({ name: value.to_string() });
        let call =
            json!({ "Payload": { "caseId": "c1", "finding": { "target": { "what": "the role web" } } } });
        let output = json!({ "Payload": { "approvalId": "1a", "question": "change", "expiresAt": "later" } });
        let event = |id: u64, kind: &str, key: &str, details: Value| json!({ "id": id, "previousEventId": id - 1, "type": kind, key: details });
        let events = [
            event(1, "TaskStateEntered", "stateEnteredEventDetails", json!({ "name": "Ask" })),
            event(2, "TaskScheduled", "taskScheduledEventDetails", details("parameters", call)),
            event(3, "TaskSubmitted", "taskSubmittedEventDetails", details("output", output)),
        ];
        let question = run::visits(&events)[0].question.clone().unwrap();
        let expected =
            Question { expires_at: "later".to_owned(), ..asked("1a", "change", "the role web", "c1") };
        assert_eq!(question, expected);
        let answer = json!({ "outcome": "Decided", "caseId": "c1", "decision": "approve" });
        assert_eq!(decided(&answer, &question), "c1 decided: approve (it asked: change: the role web)");
        assert_eq!(decided(&answer, &Question::default()), "c1 decided: approve");
    }

    #[test]
    fn a_question_of_a_branch_that_was_given_up_does_not_stand() {
        let visit = |id: u64, within: Option<u64>, exited: Option<f64>, asks: bool| Visit {
            id,
            within,
            exited,
            question: asks.then(|| asked(&format!("{id}"), "undo", "batch", "c1")),
            ..Visit::default()
        };
        let given_up = [visit(1, None, Some(9.0), false), visit(2, Some(1), None, true)];
        let goes_on = [visit(3, None, None, false), visit(4, Some(3), None, true)];
        let open = open_questions(&[given_up, goes_on].concat());
        assert_eq!(open.iter().map(|question| question.approval_id.as_str()).collect::<Vec<_>>(), ["4"]);
    }

    /// On AWS nobody decides in another's name.
    #[test]
    fn who_decides_is_said_by_aws_where_there_is_one() {
        let parse = |more: &[&str]| {
            let command = ["redress", "undo", "last", "--reason", "why"];
            Cli::try_parse_from(command.iter().chain(more)).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(parse(&["--by", "ada"]), Ok(()));
        assert_eq!(parse(&["--aws"]), Ok(()));
        assert!(parse(&["--by", "ada", "--aws"]).unwrap_err().contains("cannot be used with '--aws'"));
    }
}
