//! The second and the third law, with the real executable: restoring twice is the same as once, and each task twice is the
//! same as once, also if the first call was done and its answer was lost.

use crate::responder::{Masked, NOTE, Responder, masked};
use crate::steps::{Gathered, Sample, Step, ask};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tests::{Result, Trouble, manifest};

/// Actions that change nothing begin with one of these, or leave nothing behind in the account. All others are changes.
const LOOKS: &[&str] = &[
    "Get",
    "List",
    "Describe",
    "Encrypt",
    "Decrypt",
    "GenerateServiceLastAccessedDetails",
    "AssumeRole",
    "TagSession",
    "SendTask",
];

/// The functions that go on without the case table: a message is sent, and a role contained, whether or not it is remembered.
const WITHOUT_TABLE: &[&str] = &["notify", "role-containment-check-guardrails"];

/// How a message begins that the escalation topic has because the topic of the team did not take it.
const INSTEAD: &str = "This message could not be sent to the security team's topic";

/// Called by people, and tested with an execution that waits.
const CALLED_BY_PEOPLE: &str = "answer-approval";

/// Whether a call such as `PutRolePolicy` changes the account.
fn is_change(action: &str) -> bool {
    !LOOKS.iter().any(|verb| action.starts_with(verb))
}

/// The actions that the manifest allows each function.
fn allowed() -> Result<BTreeMap<String, BTreeSet<String>>> {
    let entries = manifest()?.into_iter().map(|entry| {
        let actions = entry.allowed().into_iter().map(str::to_owned).collect();
        (entry.name, actions)
    });
    Ok(entries.collect())
}

/// A result without the members that are meant to differ in a second call.
fn without_differences(step: &Step, output: &Value) -> Value {
    let mut output = output.clone();
    if let Some(members) = output.as_object_mut() {
        members.retain(|name, _| !step.differs.contains(&name.as_str()));
    }
    output
}

#[tokio::test]
async fn each_task_twice_is_the_same_as_once() -> Result<()> {
    let mut responder = Responder::start("twice", &Sample::first()?).await?;
    let (allowed, mut calling, mut called) = (allowed()?, BTreeSet::new(), BTreeSet::new());
    for sample in Sample::all()? {
        if responder.begin(&sample).await? {
            called.extend(each_twice(&responder, &sample).await?);
            calling.extend(callers(&responder, &sample, &allowed).await?);
        }
    }
    let expected: BTreeSet<String> =
        allowed.keys().filter(|function| *function != CALLED_BY_PEOPLE).cloned().collect();
    let missing: Vec<_> = expected.difference(&called).collect();
    assert!(missing.is_empty(), "no sample event leads to a call of {missing:?}; add one that does");
    let needs_aws = |function: &&String| allowed.get(*function).is_some_and(|actions| !actions.is_empty());
    let silent: Vec<_> =
        called.iter().filter(needs_aws).filter(|function| !calling.contains(*function)).collect();
    assert!(silent.is_empty(), "these have permissions and called nothing: {silent:?}");
    Ok(())
}

/// Calls each task of a response twice. Returns the functions that were called.
pub(crate) async fn each_twice(responder: &Responder, sample: &Sample) -> Result<BTreeSet<String>> {
    let mut gathered = Gathered::new(sample, &responder.event);
    let mut called = BTreeSet::new();
    let mut before_the_change = None;
    for step in sample.steps() {
        if !gathered.calls(step) {
            continue;
        }
        let (function, payload) = (sample.function(step), gathered.payload(step));
        let before = responder.aws.account().await?;
        let first = responder.succeed(&function, &payload).await?;
        let once = responder.aws.account().await?;
        let second = responder.succeed(&function, &payload).await?;
        let twice = responder.aws.account().await?;
        let at = format!("{}: `{function}`", sample.name());
        let result = |output: &Value| masked(&without_differences(step, output), Masked::Times);
        assert_eq!(result(&second), result(&first), "{at}: the results differ");
        assert_eq!(masked(&twice, Masked::Times), masked(&once, Masked::Times), "{at}: the accounts differ");
        if step.name == "change" {
            before_the_change = Some(before);
        }
        effect(step, [&first, &second], &once, before_the_change.as_ref())
            .map_err(|Trouble(why)| Trouble(format!("{at}: {why}")))?;
        gathered.keep(step, &first)?;
        called.insert(function);
    }
    Ok(called)
}

/// Roles, users, groups and policies.
fn iam(account: &Value) -> Value {
    let part = |name: &str| account.get(name).cloned().unwrap_or_default();
    json!([part("roles"), part("users"), part("groups"), part("policies")])
}

/// Checks the effects of some steps, for every kind.
fn effect(step: &Step, outputs: [&Value; 2], account: &Value, unchanged: Option<&Value>) -> Result<()> {
    let flag = |name: &str| outputs.map(|output| output.get(name).and_then(Value::as_bool));
    let holds = match step.name {
        "update-finding" => {
            let text = account.pointer("/findings").map(Value::to_string).unwrap_or_default();
            (text.contains(NOTE) && text.contains("SEC-7"), "what a person wrote is lost")
        }
        "notify" => (flag("repeated") == [Some(false), Some(true)], "a message was sent twice"),
        "change" => (unchanged.is_some_and(|was| iam(account) != iam(was)), "nothing is changed"),
        "verify" => (outputs.iter().all(|output| output["state"] == "Holds"), "the change does not hold"),
        "restore" => {
            // People are told what IAM cannot give back.
            let exact = outputs.iter().all(|output| output["notAsBefore"] == json!([]));
            let is_back = !exact || unchanged.is_some_and(|was| iam(account) == iam(was));
            (is_back && flag("restored") == [Some(true), Some(false)], "the account is not as it was before")
        }
        _ => return Ok(()),
    };
    match holds {
        (true, _) => Ok(()),
        (false, why) => Err(Trouble(format!("{why}: {outputs:?} {account}"))),
    }
}

/// The functions that called AWS. Every call must be one that the manifest allows.
async fn callers(
    responder: &Responder,
    sample: &Sample,
    allowed: &BTreeMap<String, BTreeSet<String>>,
) -> Result<BTreeSet<String>> {
    let mut callers = BTreeSet::new();
    for call in responder.aws.calls().await? {
        let text = |name: &str| call.get(name).and_then(Value::as_str).unwrap_or_default();
        let Some(function) = text("caller").strip_prefix("redress-") else { continue };
        let action = format!("{}:{}", text("service"), text("action"));
        let may = allowed.get(function).is_some_and(|actions| actions.contains(&action));
        assert!(may, "{}: `{function}` called `{action}`: {call}", sample.name());
        callers.insert(function.to_owned());
    }
    Ok(callers)
}

/// A step that was called, the account afterwards, and the actions that changed something.
struct Done {
    step: &'static Step,
    account: Value,
    changes: Vec<(String, String)>,
}

/// Calls each task of a response once.
async fn straight(responder: &mut Responder, sample: &Sample) -> Result<Vec<Done>> {
    let mut gathered = Gathered::new(sample, &responder.event);
    let mut done = Vec::new();
    for step in sample.steps() {
        if !gathered.calls(step) {
            continue;
        }
        let before = responder.aws.calls().await?.len();
        let output = responder.succeed(&sample.function(step), &gathered.payload(step)).await?;
        gathered.keep(step, &output)?;
        let calls = responder.aws.calls().await?;
        let text =
            |call: &Value, name: &str| call.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let calls = calls.iter().skip(before).map(|call| (text(call, "service"), text(call, "action")));
        let mut changes: Vec<_> = calls.filter(|(_, action)| is_change(action)).collect();
        changes.dedup();
        done.push(Done { step, account: responder.aws.account().await?, changes });
    }
    Ok(done)
}

/// The same, where one call of each task that changes something is done and its answer is lost. The task fails then, and
/// is called again, as the workflow would.
async fn losing_answers(
    responder: &mut Responder,
    sample: &Sample,
    straight: &[Done],
    which: usize,
) -> Result<Vec<Value>> {
    responder.begin(sample).await?;
    let mut gathered = Gathered::new(sample, &responder.event);
    let mut accounts = Vec::new();
    for Done { step, changes, .. } in straight {
        let (function, payload) = (sample.function(step), gathered.payload(step));
        if let Some((service, action)) = changes.get(which % changes.len().max(1)) {
            let fault = json!([{ "service": service, "action": action, "code": "InternalFailure", "status": 500, "when": "after" }]);
            responder.aws.faults(&fault).await?;
            let lost = responder.invoke(&function, &payload).await?;
            let goes_on = service == "dynamodb" && WITHOUT_TABLE.contains(&function.as_str()) && lost.is_ok();
            if lost != Err("Unavailable".to_owned()) && !goes_on {
                return Err(Trouble(format!(
                    "{}: `{function}` did not notice that the answer of {action} was lost: {lost:?}",
                    sample.name()
                )));
            }
            responder.aws.faults(&json!([])).await?;
        }
        let output = responder.succeed(&function, &payload).await?;
        gathered.keep(step, &output)?;
        accounts.push(responder.aws.account().await?);
    }
    Ok(accounts)
}

/// An account without what differs from one to the next, and with each message once: if an answer of SNS is lost, the
/// message is sent again, and the escalation topic has it too, which is better than not at all.
fn comparable(account: &Value) -> Result<Vec<String>> {
    let mut account = account.clone();
    for (_, sent) in account.get_mut("cases").and_then(Value::as_object_mut).into_iter().flatten() {
        if let Some(sent) = sent.as_object_mut() {
            sent.retain(|message, _| !message.contains("-instead#"));
        }
    }
    if let Some(escalations) = account.get_mut("escalations").and_then(Value::as_array_mut) {
        escalations.retain(|message| {
            !message.pointer("/body").and_then(Value::as_str).is_some_and(|body| body.starts_with(INSTEAD))
        });
    }
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
    let mut responder = Responder::start("lost", &Sample::first()?).await?;
    let mut seen = BTreeSet::new();
    for sample in Sample::all()? {
        if !responder.begin(&sample).await? {
            continue;
        }
        let straight = straight(&mut responder, &sample).await?;
        // Another event that leads to the same calls proves nothing new.
        let calls: Vec<_> =
            straight.iter().map(|done| (sample.function(done.step), done.changes.clone())).collect();
        if !seen.insert(calls) {
            continue;
        }
        let most = straight.iter().map(|done| done.changes.len()).max().unwrap_or_default();
        for which in 0..most {
            let lost = losing_answers(&mut responder, &sample, &straight, which).await?;
            for (clean, lost) in straight.iter().zip(&lost) {
                let at = format!("{}: `{}`", sample.name(), sample.function(clean.step));
                assert_eq!(
                    comparable(lost)?,
                    comparable(&clean.account)?,
                    "{at} called again is not the same as once"
                );
            }
            assert_eq!(lost.len(), straight.len());
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_decision_twice_is_the_same_as_once() -> Result<()> {
    let sample = Sample::first()?;
    let responder = Responder::start("decided", &sample).await?;
    let (execution, id) = ask(&responder, &sample).await?;
    let fault = json!([{ "service": "dynamodb", "action": "PutItem", "code": "InternalFailure", "status": 500, "when": "after" }]);
    responder.aws.faults(&fault).await?;
    let lost = responder.decide(&id, "approve", "ada").await;
    assert!(lost.is_err(), "the decision is on record, and the answer was lost: {lost:?}");

    let again = responder.decide(&id, "approve", "ada").await?;
    assert_eq!(again.get("outcome"), Some(&json!("Decided")), "a second try tells the execution: {again}");
    let once = responder.aws.account().await?;
    let twice = responder.decide(&id, "approve", "ada").await?;
    let against = responder.decide(&id, "deny", "eve").await?;
    assert_eq!(twice, against, "the first decision counts");
    assert_eq!(twice.get("outcome"), Some(&json!("AlreadyDecided")));
    assert_eq!(
        (twice.get("decision"), twice.get("by")),
        (Some(&json!("approve")), Some(&json!("local:ada")))
    );
    assert_eq!(responder.aws.account().await?, once, "nothing was written after the first decision");

    let ended = responder.states("DescribeExecution", &json!({ "executionArn": execution })).await?;
    assert_eq!(ended.get("status"), Some(&json!("SUCCEEDED")), "the execution has the decision: {ended}");
    Ok(())
}
