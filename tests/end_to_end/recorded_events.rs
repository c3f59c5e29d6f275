//! Recorded events of AWS services. Each ends as its own fields demand.

use crate::event::sample;
use crate::run::Run;
use crate::world::World;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use tests::responses::CREDENTIAL_EXFILTRATION;
use tests::{Result, Trouble, shared};

/// The ends of runs.
const CONTAINED: &str = "contained";
const HANDED_OVER: &str = "handed to people";
const IGNORED: &str = "ignored";
const UNREADABLE: &str = "not opened, people told";
const CORRECTED: &str = "corrected";
const ASKED: &str = "asked";
const NOTHING: &str = "nothing to do";

fn text<'e>(event: &'e Value, pointer: &str) -> &'e str {
    event.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Whether the rule is to take it.
fn is_ours(event: &Value) -> bool {
    let kinds =
        ["Instance", "Resource"].map(|of| format!("UnauthorizedAccess:IAMUser/{of}CredentialExfiltration."));
    let kind = text(event, "/detail/type");
    text(event, "/source") == "aws.guardduty" && kinds.iter().any(|begin| kind.starts_with(begin))
}

/// Whether the rule for findings that no other response answers is to match it.
fn is_unanswered(event: &Value) -> bool {
    let severity = event.pointer("/detail/severity").and_then(Value::as_f64).unwrap_or_default();
    text(event, "/detail-type") == "GuardDuty Finding" && severity >= 7.0 && !is_ours(event)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a rule of the workflow for policies is to take it.
fn is_about_a_policy(event: &Value) -> bool {
    let detail = |field: &str| text(event, &format!("/detail/{field}"));
    match text(event, "/source") {
        "aws.iam" => {
            let changes = ["Policy", "PolicyVersion"].iter().any(|end| detail("eventName").ends_with(end));
            changes && detail("errorCode").is_empty()
        }
        "aws.access-analyzer" => {
            text(event, "/detail-type") == "Access Analyzer Finding"
                && (detail("resourceType"), detail("status")) == ("AWS::IAM::Role", "ACTIVE")
        }
        "aws.config" => detail("configRuleName").contains("iam-policy-no-statements-with-"),
        "aws.securityhub" => {
            let control = text(event, "/detail/findings/0/Compliance/SecurityControlId");
            ["IAM.1", "IAM.21"].contains(&control)
        }
        _ => false,
    }
}

/// Whether it gives all rights, or gives them to another account.
fn is_dangerous(event: &Value) -> bool {
    let asked = |field: &str| text(event, &format!("/detail/requestParameters/{field}"));
    let document: Value = serde_json::from_str(asked("policyDocument")).unwrap_or_default();
    let statements = document.get("Statement").and_then(Value::as_array).into_iter().flatten();
    let own = format!("arn:aws:iam::{}:", text(event, "/account"));
    asked("policyArn").ends_with("/AdministratorAccess")
        || statements.into_iter().any(|statement| {
            let who = text(statement, "/Principal/AWS");
            text(statement, "/Action") == "*" || (!who.is_empty() && !who.starts_with(&own))
        })
}

/// How a workflow may end with it in mode `auto`, whether or not its rules take it.
fn expected(event: &Value) -> &'static [&'static str] {
    if is_about_a_policy(event) {
        return if is_dangerous(event) { &[CORRECTED, ASKED] } else { &[NOTHING] };
    }
    if text(event, "/detail-type") != "GuardDuty Finding" || !is_account(text(event, "/detail/accountId")) {
        // A rule that is too wide: whatever can be read of it, nothing is changed.
        return &[UNREADABLE, HANDED_OVER, IGNORED];
    }
    let info = event.pointer("/detail/service/additionalInfo");
    let inside = info.and_then(|info| serde_json::from_str::<Value>(text(info, "/value")).ok());
    let sample =
        [info.cloned(), inside].iter().flatten().any(|info| info.get("sample") == Some(&json!(true)));
    let archived = event.pointer("/detail/service/archived") == Some(&json!(true));
    let key = |field: &str| text(event, &format!("/detail/resource/accessKeyDetails/{field}"));
    if sample || archived {
        &[IGNORED]
    } else if is_unanswered(event) {
        &[HANDED_OVER]
    } else if key("userType") == "AssumedRole" && key("principalId").starts_with("AROA") {
        &[CONTAINED]
    } else {
        &[HANDED_OVER]
    }
}

fn end(run: &Run, event: &Value) -> String {
    let changed = if is_about_a_policy(event) { CORRECTED } else { CONTAINED };
    match (run.end(), run.error.as_deref()) {
        ("not ended", _) if run.asks("change").is_ok() => ASKED.to_owned(),
        ("not ended", _) if run.asks("undo").is_ok() => changed.to_owned(),
        ("Nothing to do", _) => NOTHING.to_owned(),
        ("Handed to people", _) => HANDED_OVER.to_owned(),
        ("Ignored", _) => IGNORED.to_owned(),
        ("The case was not opened", Some("CaseNotOpened")) => UNREADABLE.to_owned(),
        (end, error) => format!("{end} {error:?}"),
    }
}

fn events(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(events(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Starts the workflow with an event that its rule may not take, as a wider rule would.
async fn start_anyway(world: &World, name: &str, event: &Value) -> Result<Run> {
    let client = world.engine.client().await?;
    let machines = client.states("ListStateMachines", &json!({})).await?;
    let mut arns = machines.get("stateMachines").and_then(Value::as_array).into_iter().flatten();
    let machine = arns.find_map(|machine| {
        machine.get("stateMachineArn").filter(|_| text(machine, "/name") == CREDENTIAL_EXFILTRATION)
    });
    let input = json!({ "event": event });
    let request = json!({ "stateMachineArn": machine, "name": name, "input": input.to_string() });
    let started = client.states("StartExecution", &request).await?;
    let arn = started.get("executionArn").and_then(Value::as_str);
    world.follow(arn.ok_or_else(|| Trouble(format!("this is no execution: {started}")))?).await
}

/// Sends an event and starts the workflow with it: whether the rule took it, and how the workflow ended.
async fn try_out(world: &World, name: &str, event: &Value) -> Result<(bool, String)> {
    // An account for an event that no response answers cannot be built. Sending it must not change anything either.
    let seeded = world.aws.seed_member(event).await.ok();
    let role = seeded.and_then(|seeded| seeded.role).map(|role| role.name);
    let before = world.account().await?;
    let runs = world.send(event).await?;
    let run = match runs.as_slice() {
        [] => start_anyway(world, name, event).await?,
        [arn] => world.follow(arn).await?,
        several => return Err(Trouble(format!("{name} started {} runs", several.len()))),
    };
    let (end, after) = (end(&run, event), world.account().await?);
    let mut changed = after.roles_changed_since(&before);
    if end == CONTAINED {
        let role = role.ok_or_else(|| Trouble(format!("{name} names no role, and one is contained")))?;
        assert_eq!(after.containments(&role).len(), 1, "{name}");
        changed.remove(&role);
    } else if end == CORRECTED {
        changed.remove(&role.unwrap_or_default());
    }
    assert_eq!(changed, BTreeSet::new(), "{name}: no other role was changed");
    let told = after.messages().len() - before.messages().len();
    // A harmless change that CloudTrail saw troubles nobody; where a service sees a danger, people hear that it is none.
    let quiet = end == IGNORED || (end == NOTHING && text(event, "/source") == "aws.iam");
    assert_eq!(told == 0, quiet, "{name}: {told} messages, {end}");
    Ok((!runs.is_empty(), end))
}

#[tokio::test]
async fn every_recorded_event_ends_as_it_should() -> Result<()> {
    let Some(folder) = shared("events") else { return Ok(()) };
    let mut worlds: BTreeMap<String, World> = BTreeMap::new();
    let (mut table, mut wrong, mut matched) = (Vec::new(), Vec::new(), 0);
    for file in events(&folder)? {
        let name = file.strip_prefix(&folder).unwrap_or(&file).display().to_string();
        let event: Value = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
        // An engine works in one account. An event that is about none is sent to one that has a role to lose.
        let account = text(&event, "/detail/accountId");
        let of_guardduty = text(&event, "/source") == "aws.guardduty" && is_account(account);
        let home = if of_guardduty || is_about_a_policy(&event) { event.clone() } else { sample("outside")? };
        let account = [text(&home, "/detail/accountId"), text(&home, "/account")];
        let account = account.into_iter().find(|account| is_account(account)).unwrap_or_default();
        // An event about a policy has an account of its own: two of them may be about one role.
        let about =
            if is_about_a_policy(&event) { name.replace(['/', '.'], "-") } else { "roles".to_owned() };
        let account = format!("{account}-{about}");
        if !worlds.contains_key(&account) {
            worlds.insert(account.clone(), World::start(&format!("recorded-{account}"), &home).await?);
        }
        let Some(world) = worlds.get(&account) else { continue };
        let execution = name.replace(['/', '.'], "-").chars().take(80).collect::<String>();
        let (taken, end) = try_out(world, &execution, &event).await?;
        let (ours, may) =
            (is_ours(&event) || is_about_a_policy(&event) || is_unanswered(&event), expected(&event));
        if taken != ours || !may.contains(&end.as_str()) {
            wrong.push(format!("{name}: {taken} {end}, expected {ours} {may:?}"));
        }
        matched += usize::from(taken);
        let rule = if taken { "matched" } else { "not matched" };
        table.push(format!("| {name} | {rule} | {}{end} |", if taken { "" } else { "(started anyway) " }));
    }
    println!("| event | rule | workflow |\n|---|---|---|\n{}", table.join("\n"));
    assert_eq!(wrong, Vec::<String>::new());
    assert!(matched > 0, "none of {} events is one that the rule takes", table.len());
    for world in worlds.values() {
        assert_no_panic(&world.folder)?;
    }
    Ok(())
}

/// Looks into everything that the engine and the tasks printed.
fn assert_no_panic(folder: &Path) -> Result<()> {
    let mut logs = vec![folder.join("engine.log")];
    for entry in std::fs::read_dir(folder.join("state/logs"))? {
        logs.push(entry?.path());
    }
    for log in logs {
        let text = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
        assert!(!text.contains("panicked at"), "`{}`: {text}", log.display());
    }
    Ok(())
}
