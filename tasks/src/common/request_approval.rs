//! `request-approval`: shows people a question under an opaque id. Its task token stays in the case table.

use super::case::Case;
use crate::approvals::actors::as_of_now;
use crate::approvals::asked::{Asked, circumstances};
use crate::approvals::people::patterns;
use crate::approvals::suspects::suspects;
use crate::approvals::{Approval, Pointer, Requested, hash, question_key, token};
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::messages::attributes::Attributes;
use crate::messages::compose::ask;
use crate::messages::{CaseDetails, Round, link, page, publish};
use crate::runtime::permissions::{
    BOUND_TO_A_QUESTION, CASE_TABLE, Statement, TOKEN_KEY, TOKEN_KEY_SETTING, keys,
};
use crate::runtime::{Run, Setting};
use contract::tasks::RequestApproval;
use contract::tasks::request_approval::{Error, Input, Output};
use contract::{Answer, Fault, Question};
use jiff::SignedDuration;
use serde::Deserialize;
use uuid::Uuid;

impl Run for RequestApproval {
    const SUMMARY: &'static str =
        "Records a question with its task token, tells people how to answer, and reminds them.";
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["dynamodb:GetItem", "dynamodb:PutItem"],
            CASE_TABLE,
            "Keeps the question and its task token under an opaque id, and what is asked without the token.",
        )
        .when(keys!("question#*", "approval#*", "asked#*")),
        Statement::allow(
            &["dynamodb:GetItem"],
            CASE_TABLE,
            "Reads who caused the events of the case, none of whom may decide, and how often the finding came again.",
        )
        .when(keys!("finding#*")),
        Statement::allow(&["kms:Encrypt"], TOKEN_KEY, "Encrypts the task token, and cannot read it again.")
            .when(BOUND_TO_A_QUESTION),
        Statement::allow(
            &["sns:Publish"],
            &["${Topic}"],
            "Sends the question, with the opaque id and never the token.",
        ),
    ];
    const ENVIRONMENT: &'static [&'static str] = &["CASE_TABLE", "TOPIC_ARN", "EXECUTION_LINK"];
    const SETTINGS: &'static [Setting] = &[
        TOKEN_KEY_SETTING,
        Setting {
            name: "APPROVAL_URL",
            default: "",
            meaning: "The page on which a question is answered, with `{id}` for its opaque id; empty if there is none.",
        },
        Setting {
            name: "APPROVERS",
            default: "",
            meaning: "Who may answer: patterns of identities, separated by commas; empty is everybody who can prove an identity.",
        },
        Setting {
            name: "APPROVALS_NEEDED",
            default: "1",
            meaning: "How many people must say yes, 1 or 2; one person is enough to say no.",
        },
    ];

    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let table = CaseTable::new(aws)?;
        let pointer = Pointer { case_id: input.case_id.clone(), question: input.question.name().to_owned() };
        let key = question_key(&pointer);
        let record: Option<Record<Approval>> = table.get(&key).await?;
        let asks = hash(&input.question, input.looked.as_ref())?;
        let open = record.as_ref().map(|record| &record.value).filter(|open| {
            input.again && open.execution == input.execution && open.hash().is_ok_and(|hash| hash == asks)
        });
        if let Some(answer) = open.and_then(|open| open.answer.as_ref()) {
            return Err(hand_over(answer, &table, &key, record.as_ref()).await?);
        }
        let mut approval = match open {
            Some(open) => continued(open, &input, &asks, aws)?,
            None => new_question(record.as_ref().map(|record| &record.value), &input, &asks, aws)?,
        };
        approval = as_of_now(&table, approval).await?;
        approval.requested = requested(&input, &table).await?;
        approval.task_token = token::seal(&input.task_token, &approval.approval_id, aws).await?;
        let round = if open.is_some() { Round::Reminder } else { Round::First };
        let written = match &record {
            None => table.create(&key, &approval).await?,
            Some(record) => table.replace(&key, record, &approval).await?,
        };
        if written == Written::No {
            // An answer that came in between is found by the next try, and kept.
            return Err(Fault::lost_race("recording the question").into());
        }
        let output = Output {
            approval_id: approval.approval_id.clone(),
            question: pointer.question.clone(),
            expires_at: approval.expires_at.clone(),
        };
        // An id that is there already was written by an earlier try, and points to the same question.
        let (Written::Yes | Written::No) =
            table.create(&Key::approval(&approval.approval_id), &pointer).await?;
        if let Question::Change { .. } = input.question {
            let asked = Asked {
                execution: input.execution.clone(),
                expires_at: approval.expires_at.clone(),
                looked: input.looked.clone(),
                circumstances: circumstances(&input.finding),
            };
            asked.write(&table, &input.case_id).await?;
            refuse_overtaken(&input, &table).await?;
        }
        if is_to_be_told(&approval, round, input.quietly, aws) {
            tell(&input, &approval, round, aws).await?;
            let record: Option<Record<Approval>> = table.get(&key).await?;
            if let Some(record) = record.filter(|record| record.value.approval_id == approval.approval_id) {
                let reminded = record.value.reminded || round == Round::Reminder;
                let told = Approval { told: true, reminded, ..record.value.clone() };
                // If this loses to an answer, nobody needs to know whether people were told.
                let (Written::Yes | Written::No) = table.replace(&key, &record, &told).await?;
            }
        }
        Ok(output)
    }
}

/// What the record of a case says.
#[derive(Deserialize)]
struct OfCase {
    #[serde(default)]
    unseen: u64,
}

/// Refuses a question that does not show what the last event brought. The execution of an event that joins later finds what
/// people are asked on record, and tells them if it is something else.
async fn refuse_overtaken(input: &Input, table: &CaseTable) -> Result<(), Error> {
    let Some(seen) = input.seen.filter(|_| !input.again) else { return Ok(()) };
    let record: Option<Record<OfCase>> = table.get(&Key::of_case(&input.case_id)).await?;
    match record.map(|record| record.value.unseen) {
        Some(arrived) if arrived > seen => {
            Err(Error::Overtaken { case_id: input.case_id.clone(), arrived, seen })
        }
        _ => Ok(()),
    }
}

/// The answer that was recorded when no token was valid. It is marked as delivered, so that nobody passes it on once more.
async fn hand_over(
    answer: &Answer,
    table: &CaseTable,
    key: &Key,
    record: Option<&Record<Approval>>,
) -> Result<Error, Fault> {
    if let Some(record) = record.filter(|record| !record.value.delivered) {
        let delivered = Approval { delivered: true, ..record.value.clone() };
        if table.replace(key, record, &delivered).await? == Written::No {
            return Err(Fault::lost_race("handing the answer over"));
        }
    }
    let answer = serde_json::to_string(answer)
        .map_err(|error| Fault::internal("writing the answer as JSON", error))?;
    Ok(Error::Answered { answer })
}

/// Whether people still have to hear of the question. A retried task does not tell them twice, and nobody is reminded of
/// a question that was answered.
fn is_to_be_told(approval: &Approval, round: Round, quietly: bool, aws: &Aws) -> bool {
    match round {
        Round::First => !approval.told,
        Round::Reminder => {
            !quietly
                && !approval.reminded
                && approval.answer.is_none()
                && !approval.has_expired(aws.timestamp())
        }
    }
}

/// The open question, without its token. Who may answer is as the settings say by now.
fn continued(open: &Approval, input: &Input, asks: &str, aws: &Aws) -> Result<Approval, Fault> {
    let Approval { again_at, approvers, needed, not_by, .. } = new_question(Some(open), input, asks, aws)?;
    Ok(Approval {
        task_token: String::new(),
        again_at,
        approvers,
        needed,
        not_by,
        delivered: false,
        ..open.clone()
    })
}

/// A question that is asked for the first time, or a retry of that, without its token.
fn new_question(before: Option<&Approval>, input: &Input, asks: &str, aws: &Aws) -> Result<Approval, Fault> {
    // A retried state brings a new token for the same question: the id that people have stays valid, and approvals count.
    // A question with other reasons or another plan, or of another execution, is a new one, of which nobody was told and
    // nobody approved anything.
    let asked = before.filter(|asked| {
        asked.answer.is_none()
            && asked.execution == input.execution
            && asked.hash().is_ok_and(|hash| hash == asks)
    });
    let random = || Uuid::new_v4().simple().to_string();
    Ok(Approval {
        approval_id: asked.map_or_else(random, |asked| asked.approval_id.clone()),
        secret: asked
            .map(|asked| asked.secret.clone())
            .filter(|secret| !secret.is_empty())
            .unwrap_or_else(|| random() + &random()),
        approvals: asked.map(|asked| asked.approvals.clone()).unwrap_or_default(),
        approvers: if input.approvers.is_empty() {
            patterns(aws.setting("APPROVERS")?)
        } else {
            input.approvers.clone()
        },
        needed: needed(input, aws)?,
        not_by: input
            .not_by
            .iter()
            .cloned()
            .chain(suspects(&input.question, &input.finding, input.looked.as_ref(), &[]))
            .collect(),
        requested: None,
        finding: Some(input.finding.clone()),
        looked: input.looked.clone(),
        link: link(aws.setting("EXECUTION_LINK")?, &input.execution),
        told: asked.is_some_and(|asked| asked.told),
        reminded: false,
        again_at: again_at(input, aws)?,
        expires_at: later(input.seconds, aws)?,
        case_id: input.case_id.clone(),
        question: input.question.clone(),
        execution: input.execution.clone(),
        task_token: String::new(),
        answer: None,
        tries: 0,
        delivered: false,
    })
}

/// The request for which the execution was started, if it was. The input names nobody: the record was written when the API
/// had authenticated that person.
async fn requested(input: &Input, table: &CaseTable) -> Result<Option<Requested>, Fault> {
    let Question::Undo { .. } = &input.question else { return Ok(None) };
    let pointer = Pointer { case_id: input.case_id.clone(), question: "restore".to_owned() };
    let record: Option<Record<Requested>> = table.get(&question_key(&pointer)).await?;
    let run = input.execution.rsplit(':').next();
    Ok(record.map(|record| record.value).filter(|requested| Some(requested.run.as_str()) == run))
}

/// The time at which the workflow asks again, if it does before the question expires.
fn again_at(input: &Input, aws: &Aws) -> Result<Option<String>, Fault> {
    input.wait_seconds.filter(|wait| *wait < input.seconds).map(|wait| later(wait, aws)).transpose()
}

/// The time so many seconds from now.
fn later(seconds: u64, aws: &Aws) -> Result<String, Fault> {
    let later = SignedDuration::from_secs(seconds.try_into().unwrap_or(i64::MAX));
    let later = aws.timestamp().checked_add(later);
    later
        .map(|at| at.to_string())
        .map_err(|_| Fault::invalid_input(format!("a question cannot be open for {seconds} seconds")))
}

/// How many people must say yes.
fn needed(input: &Input, aws: &Aws) -> Result<u8, Fault> {
    const LIMIT: &str = "one or two people can be asked for";
    match input.needed {
        Some(needed @ 1..=2) => Ok(needed),
        Some(needed) => Err(Fault::invalid_input(format!("{LIMIT}, and `needed` is {needed}"))),
        None => match aws.setting("APPROVALS_NEEDED")?.trim() {
            "1" => Ok(1),
            "2" => Ok(2),
            other => {
                let why = format!("must be 1 or 2, and is `{}`", crate::text::line(other, 64));
                Err(Fault::misconfigured("APPROVALS_NEEDED", why))
            }
        },
    }
}

async fn tell(input: &Input, approval: &Approval, round: Round, aws: &Aws) -> Result<(), Fault> {
    let details = CaseDetails {
        case_id: Some(&input.case_id),
        finding: Some(&input.finding),
        looked: input.looked.as_ref(),
        link: approval.link.clone(),
        page: page(aws.setting("APPROVAL_URL")?, &approval.approval_id),
        since: if round == Round::Reminder { since(input, aws).await } else { None },
        requested: approval.requested.as_ref().map(Requested::sentence),
    };
    let email = ask(&input.question, &approval.approval_id, &approval.expires_at, round, &details);
    let attributes = Attributes::of_question(&input.question, round, &input.execution, &details);
    publish(aws.setting("TOPIC_ARN")?, &email, &attributes, aws).await.map(|_| ())
}

/// What has arrived in the case, for a reminder. A reminder goes out whether or not that can be read.
async fn since(input: &Input, aws: &Aws) -> Option<String> {
    let table = CaseTable::new(aws).ok()?;
    let record: Result<Option<Record<Case>>, Fault> = table.get(&Key::of_case(&input.case_id)).await;
    match record {
        Ok(record) => {
            let case = record.map(|record| record.value).filter(|case| case.occurrences > 1)?;
            let last = case.last_seen.map(|last| format!(", the last at {last}")).unwrap_or_default();
            Some(format!("{} events have arrived in this case{last}.", case.occurrences))
        }
        Err(fault) => Some(format!("Whether the finding came again could not be read: {}.", fault.name())),
    }
}

#[cfg(test)]
mod tests;
