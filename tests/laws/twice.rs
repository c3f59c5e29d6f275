//! The second and the third law, over the real binaries: restoring twice is restoring once, and each task twice is the
//! task once, also where the first call was done and its answer was lost.

use crate::responder::{Masked, NOTE, Responder, masked};
use crate::steps::{Gathered, RESPONSE, Step, ask};
use contract::Effect;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use tests::{Result, Trouble};

/// The actions that change something, of all that a task may call.
const CHANGES: &[&str] = &[
    "dynamodb:PutItem",
    "sns:Publish",
    "securityhub:BatchUpdateFindings",
    "iam:PutRolePolicy",
    "iam:DeleteRolePolicy",
];

/// The actions that only look.
const LOOKS: &[&str] = &["Get", "List", "Describe"];

/// A task that is not in `RESPONSE`, or an action in neither list, would be tested by nobody.
#[test]
fn every_task_and_every_change_is_covered() {
    let manifest = contract::manifest();
    let tested = |name: &str| name == "answer-approval" || RESPONSE.iter().any(|step| step.task == name);
    let untested: Vec<&str> = manifest.iter().map(|task| task.name).filter(|name| !tested(name)).collect();
    assert!(untested.is_empty(), "add a call of each to `RESPONSE` in tests/laws/steps.rs: {untested:?}");
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
    let responder = Responder::start("twice").await?;
    let mut gathered = Gathered::new(&responder.event);
    let roles = responder.part("/roles").await?;
    for step in RESPONSE {
        let payload = (step.payload)(&gathered);
        let first = responder.succeed(step.task, &payload).await?;
        let once = responder.aws.account().await?;
        let second = responder.succeed(step.task, &payload).await?;
        let twice = responder.aws.account().await?;
        let text = |value: &Value| masked(value, Masked::Times);
        assert_eq!(text(&once), text(&twice), "`{}` twice is not what it is once", step.task);
        let (first_output, second_output) = (what_matters(step, &first), what_matters(step, &second));
        assert_eq!(text(&first_output), text(&second_output), "`{}` says something else", step.task);
        gathered.keep(step, &first)?;
        check(step, &first, &second, &once, &roles)?;
    }
    only_what_the_manifest_allows(&responder).await
}

/// What single tasks must have done besides.
fn check(step: &Step, first: &Value, second: &Value, account: &Value, roles: &Value) -> Result<()> {
    match step.task {
        "update-finding" => {
            let text = account.pointer("/findings").map(Value::to_string).unwrap_or_default();
            assert!(text.contains(NOTE) && text.contains("SEC-7"), "what a person wrote is lost: {text}");
        }
        "notify" => {
            let repeated = |output: &Value| output.get("repeated").cloned();
            assert_eq!((repeated(first), repeated(second)), (Some(json!(false)), Some(json!(true))));
        }
        "contain-role" => assert_ne!(account.get("roles"), Some(roles), "the role is contained"),
        "restore-role" => {
            assert_eq!(account.get("roles"), Some(roles), "the account is as it was before the containment");
            let removed = |output: &Value| output.get("removed").cloned();
            assert_eq!((removed(first), removed(second)), (Some(json!(true)), Some(json!(false))));
        }
        _ => {}
    }
    Ok(())
}

async fn only_what_the_manifest_allows(responder: &Responder) -> Result<()> {
    let mut callers = BTreeSet::new();
    for call in responder.aws.calls().await? {
        let text = |name: &str| call.get(name).and_then(Value::as_str).unwrap_or_default();
        let Some(task) = text("caller").strip_prefix("redress-") else { continue };
        let action = format!("{}:{}", text("service"), text("action"));
        assert!(allowed(task).contains(&action.as_str()), "`{task}` called `{action}`: {call}");
        callers.insert(task.to_owned());
    }
    let called: BTreeSet<String> = RESPONSE.iter().map(|step| step.task.to_owned()).collect();
    assert_eq!(callers, called, "every task had something to call");
    Ok(())
}

/// The account after each step of a response.
async fn straight(test: &str) -> Result<Vec<Value>> {
    let responder = Responder::start(test).await?;
    let mut gathered = Gathered::new(&responder.event);
    let mut accounts = Vec::new();
    for step in RESPONSE {
        let output = responder.succeed(step.task, &(step.payload)(&gathered)).await?;
        gathered.keep(step, &output)?;
        accounts.push(responder.aws.account().await?);
    }
    Ok(accounts)
}

/// The same, where each task's first call of one of the actions that it changes something with is done, and its answer
/// is lost. The task fails then, and is tried again, as the workflow would.
async fn losing_answers(test: &str, which: usize) -> Result<Vec<Value>> {
    let responder = Responder::start(test).await?;
    let mut gathered = Gathered::new(&responder.event);
    let mut accounts = Vec::new();
    for step in RESPONSE {
        let payload = (step.payload)(&gathered);
        let changes: Vec<&str> =
            allowed(step.task).into_iter().filter(|action| CHANGES.contains(action)).collect();
        if let Some((service, action)) =
            changes.get(which % changes.len().max(1)).and_then(|action| action.split_once(':'))
        {
            let fault = json!([{ "service": service, "action": action, "code": "InternalFailure", "status": 500, "when": "after" }]);
            responder.aws.faults(&fault).await?;
            let lost = responder.invoke(step.task, &payload).await?;
            if lost != Err("Unavailable".to_owned()) {
                return Err(Trouble(format!(
                    "`{}` did not feel that {action} was lost: {lost:?}",
                    step.task
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
    let (straight, first, last) = tokio::try_join!(
        straight("straight"),
        losing_answers("lost-first", 0),
        losing_answers("lost-last", 1)
    )?;
    for lost in [first, last] {
        for ((step, clean), lost) in RESPONSE.iter().zip(&straight).zip(&lost) {
            assert_eq!(comparable(lost)?, comparable(clean)?, "`{}` tried again is not it once", step.task);
        }
        assert_eq!(lost.len(), RESPONSE.len());
    }
    Ok(())
}

#[tokio::test]
async fn a_decision_twice_is_the_decision_once() -> Result<()> {
    let responder = Responder::start("decided").await?;
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
