//! The second and the third law, over the real binaries: restoring twice is restoring once, and each task twice is the
//! task once, also where the first call was done and its answer was lost.

use crate::responder::{Masked, NOTE, Responder, masked};
use crate::steps::{Gathered, LEAKED_ROLE, RESPONSES, Response, Step, ask};
use contract::Effect;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::{Result, Trouble};

/// The actions that change something, of all that a task may call.
const CHANGES: &[&str] = &[
    "dynamodb:PutItem",
    "sns:Publish",
    "securityhub:BatchUpdateFindings",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreatePolicyVersion",
    "iam:DeleteGroupPolicy",
    "iam:DeletePolicyVersion",
    "iam:DeleteRolePolicy",
    "iam:DeleteUserPolicy",
    "iam:DetachGroupPolicy",
    "iam:DetachRolePolicy",
    "iam:DetachUserPolicy",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
];

/// The actions that only look, turn one text into another, or make somebody of whom IAM keeps nothing: a session.
const LOOKS: &[&str] = &[
    "Get",
    "List",
    "Describe",
    "Encrypt",
    "Decrypt",
    "GenerateServiceLastAccessedDetails",
    "AssumeRole",
    "TagSession",
];

/// A task that is in none of `RESPONSES`, or an action in neither list, would be tested by nobody.
#[test]
fn every_task_and_every_change_is_covered() {
    let manifest = contract::manifest();
    let steps = || RESPONSES.iter().flat_map(|response| response.steps);
    let tested = |name: &str| name == "answer-approval" || steps().any(|step| step.task == name);
    let untested: Vec<&str> = manifest.iter().map(|task| task.name).filter(|name| !tested(name)).collect();
    assert!(untested.is_empty(), "add a call of each to `RESPONSES` in tests/laws/steps.rs: {untested:?}");
    let actions = manifest.iter().flat_map(|task| allowed(task.name));
    let looks = |action: &str| {
        LOOKS.iter().any(|verb| action.split(':').nth(1).is_some_and(|name| name.starts_with(verb)))
    };
    let unknown: BTreeSet<&str> = actions
        .filter(|action| !looks(action) && !CHANGES.contains(action) && !action.starts_with("states:Send"))
        .collect();
    assert!(
        unknown.is_empty(),
        "say in `CHANGES` of tests/laws/twice.rs that these change something: {unknown:?}"
    );
}

/// What the manifest allows a task.
fn allowed(task: &str) -> Vec<&'static str> {
    let of_task = contract::manifest().into_iter().filter(|manifest| manifest.name == task);
    let statements = of_task.flat_map(|manifest| manifest.iam.iter());
    let allows = statements.filter(|statement| statement.effect == Effect::Allow);
    allows.flat_map(|statement| statement.actions.iter().copied()).collect()
}

/// A result without what tells a second call from the first.
fn what_matters(step: &Step, output: &Value) -> Value {
    let mut output = output.clone();
    if let Some(fields) = output.as_object_mut() {
        fields.retain(|field, _| !step.tells.contains(&field.as_str()));
    }
    output
}

#[tokio::test]
async fn each_task_twice_is_the_task_once() -> Result<()> {
    let mut responder = Responder::start("twice", &LEAKED_ROLE).await?;
    for response in RESPONSES {
        responder.begin(response).await?;
        each_twice(&responder, response).await?;
        only_what_the_manifest_allows(&responder, response).await?;
    }
    Ok(())
}

/// Calls each task of a response twice, in the account as it is now.
pub(crate) async fn each_twice(responder: &Responder, response: &Response) -> Result<()> {
    let mut gathered = Gathered::new(&responder.event);
    let before = responder.aws.account().await?;
    for step in response.steps {
        let payload = (step.payload)(&gathered);
        let first = responder.succeed(step.task, &payload).await?;
        let once = responder.aws.account().await?;
        let second = responder.succeed(step.task, &payload).await?;
        let twice = responder.aws.account().await?;
        let text = |value: &Value| masked(value, Masked::Times);
        let at = format!("{}: `{}`", response.event, step.task);
        assert_eq!(text(&once), text(&twice), "{at} twice is not what it is once");
        let (first_output, second_output) = (what_matters(step, &first), what_matters(step, &second));
        assert_eq!(text(&first_output), text(&second_output), "{at} says something else");
        gathered.keep(step, &first)?;
        check(step, &first, &second, &once, &before)?;
    }
    Ok(())
}

/// What IAM has of an account.
fn iam(account: &Value) -> Vec<&Value> {
    ["roles", "users", "groups", "policies"].iter().filter_map(|part| account.get(*part)).collect()
}

/// What single tasks must have done besides.
fn check(step: &Step, first: &Value, second: &Value, account: &Value, before: &Value) -> Result<()> {
    let flag = |name: &str| [first, second].map(|output| output.get(name).and_then(Value::as_bool));
    match step.task {
        "update-finding" => {
            let text = account.pointer("/findings").map(Value::to_string).unwrap_or_default();
            assert!(text.contains(NOTE) && text.contains("SEC-7"), "what a person wrote is lost: {text}");
        }
        "notify" => {
            assert_eq!(flag("repeated"), [Some(false), Some(true)]);
        }
        "contain-role" | "remediate-policy" => assert_ne!(iam(account), iam(before), "it is changed"),
        "restore-role" => {
            assert_eq!(iam(account), iam(before), "the account is as it was before the containment");
            assert_eq!(flag("removed"), [Some(true), Some(false)]);
        }
        "restore-policy" => {
            // What IAM cannot give back is said.
            if first.get("notAsBefore") == Some(&json!([])) {
                assert_eq!(iam(account), iam(before), "the account is as it was before the remediation");
            }
            assert_eq!(flag("restored"), [Some(true), Some(false)]);
        }
        _ => {}
    }
    Ok(())
}

async fn only_what_the_manifest_allows(responder: &Responder, response: &Response) -> Result<()> {
    let mut callers = BTreeSet::new();
    for call in responder.aws.calls().await? {
        let text = |name: &str| call.get(name).and_then(Value::as_str).unwrap_or_default();
        let Some(task) = text("caller").strip_prefix("redress-") else { continue };
        let action = format!("{}:{}", text("service"), text("action"));
        assert!(allowed(task).contains(&action.as_str()), "`{task}` called `{action}`: {call}");
        callers.insert(task.to_owned());
    }
    let called: BTreeSet<String> = response.steps.iter().map(|step| step.task.to_owned()).collect();
    assert_eq!(callers, called, "{}: every task had something to call", response.event);
    Ok(())
}

/// What came of a step: the account, and the actions that changed something.
struct Done {
    account: Value,
    changes: Vec<(String, String)>,
}

/// What comes of each step of a response.
async fn straight(responder: &mut Responder, response: &Response) -> Result<Vec<Done>> {
    responder.begin(response).await?;
    let mut gathered = Gathered::new(&responder.event);
    let mut done = Vec::new();
    for step in response.steps {
        let before = responder.aws.calls().await?.len();
        let output = responder.succeed(step.task, &(step.payload)(&gathered)).await?;
        gathered.keep(step, &output)?;
        let calls = responder.aws.calls().await?;
        let text =
            |call: &Value, name: &str| call.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let calls = calls.iter().skip(before).map(|call| (text(call, "service"), text(call, "action")));
        let mut changes: Vec<_> = calls
            .filter(|(service, action)| CHANGES.contains(&format!("{service}:{action}").as_str()))
            .collect();
        changes.dedup();
        done.push(Done { account: responder.aws.account().await?, changes });
    }
    Ok(done)
}

/// The same, where each task's call of one of the actions that it changes something with is done, and its answer is
/// lost. The task fails then, and is tried again, as the workflow would.
async fn losing_answers(
    responder: &mut Responder,
    response: &Response,
    straight: &[Done],
    which: usize,
) -> Result<Vec<Value>> {
    responder.begin(response).await?;
    let mut gathered = Gathered::new(&responder.event);
    let mut accounts = Vec::new();
    for (step, Done { changes, .. }) in response.steps.iter().zip(straight) {
        let payload = (step.payload)(&gathered);
        if let Some((service, action)) = changes.get(which % changes.len().max(1)) {
            let fault = json!([{ "service": service, "action": action, "code": "InternalFailure", "status": 500, "when": "after" }]);
            responder.aws.faults(&fault).await?;
            let lost = responder.invoke(step.task, &payload).await?;
            if lost != Err("Unavailable".to_owned()) {
                return Err(Trouble(format!(
                    "{}: `{}` did not feel that {action} was lost: {lost:?}",
                    response.event, step.task
                )));
            }
            responder.aws.faults(&json!([])).await?;
        }
        let output = responder.succeed(step.task, &payload).await?;
        gathered.keep(step, &output)?;
        accounts.push(responder.aws.account().await?);
    }
    Ok(accounts)
}

/// An account without what differs from one to the next, and with each message once: an answer of SNS that is lost has
/// the message sent again, which is better than never.
fn comparable(account: &Value) -> Result<Vec<String>> {
    let mut account = account.clone();
    let messages = account.get_mut("messages").map(Value::take).unwrap_or_default();
    let mut parts = vec![masked(&account, Masked::TimesAndIds)];
    for message in messages.as_array().into_iter().flatten() {
        let text = masked(message, Masked::TimesAndIds);
        if !parts.contains(&text) {
            parts.push(text);
        }
    }
    Ok(parts)
}

#[tokio::test]
async fn a_task_whose_answer_was_lost_is_done_once() -> Result<()> {
    let mut responder = Responder::start("lost", &LEAKED_ROLE).await?;
    for response in RESPONSES {
        let straight = straight(&mut responder, response).await?;
        let most = straight.iter().map(|done| done.changes.len()).max().unwrap_or_default();
        for which in 0..most {
            let lost = losing_answers(&mut responder, response, &straight, which).await?;
            for ((step, clean), lost) in response.steps.iter().zip(&straight).zip(&lost) {
                let at = format!("{}: `{}`", response.event, step.task);
                assert_eq!(comparable(lost)?, comparable(&clean.account)?, "{at} tried again is not it once");
            }
            assert_eq!(lost.len(), response.steps.len());
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_decision_twice_is_the_decision_once() -> Result<()> {
    let responder = Responder::start("decided", &LEAKED_ROLE).await?;
    let (execution, id) = ask(&responder).await?;
    let decide = |decision: &str, by: &str| json!({ "approvalId": id, "decision": decision, "by": by, "reason": "she has looked" });
    let fault = json!([{ "service": "dynamodb", "action": "PutItem", "code": "InternalFailure", "status": 500, "when": "after" }]);
    responder.aws.faults(&fault).await?;
    let lost = responder.invoke("answer-approval", &decide("approve", "ada")).await?;
    assert_eq!(lost, Err("Unavailable".to_owned()), "the decision is on record, and the answer was lost");

    let again = responder.succeed("answer-approval", &decide("approve", "ada")).await?;
    assert_eq!(again.get("outcome"), Some(&json!("Decided")), "trying again tells the execution: {again}");
    let once = responder.aws.account().await?;
    let twice = responder.succeed("answer-approval", &decide("approve", "ada")).await?;
    let against = responder.succeed("answer-approval", &decide("deny", "eve")).await?;
    assert_eq!(twice, against, "the first decision counts, whoever comes later");
    assert_eq!(twice.get("outcome"), Some(&json!("AlreadyDecided")));
    assert_eq!((twice.get("decision"), twice.get("by")), (Some(&json!("approve")), Some(&json!("ada"))));
    assert_eq!(responder.aws.account().await?, once, "nothing was written after the first decision");

    let ended = responder.states("DescribeExecution", &json!({ "executionArn": execution })).await?;
    assert_eq!(ended.get("status"), Some(&json!("SUCCEEDED")), "the execution has the decision: {ended}");
    Ok(())
}
