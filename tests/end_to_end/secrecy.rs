//! Whoever has a task token can decide, and so can whoever has the operator's key or what a form is signed with. They are
//! where they belong and in nothing that people or logs see.

use crate::event::sample;
use crate::world::World;
use serde_json::{Value, json};
use std::path::Path;
use tests::{Result, Trouble};

/// A place where a secret must not be, and its content.
type Place = (String, Vec<u8>);

fn text(name: &str, text: impl ToString) -> Place {
    (name.to_owned(), text.to_string().into_bytes())
}

/// Every file under a folder.
fn files(folder: &Path, places: &mut Vec<Place>) -> Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, places)?;
        } else {
            places.push((path.display().to_string(), std::fs::read(&path)?));
        }
    }
    Ok(())
}

/// All answers of the engine and the command line about a run.
async fn answers(world: &World, arn: &str) -> Result<Vec<Place>> {
    let client = world.engine.client().await?;
    let request = json!({ "executionArn": arn });
    let mut places = Vec::new();
    for action in ["GetExecutionHistory", "DescribeExecution", "DescribeStateMachineForExecution"] {
        places.push(text(action, client.states(action, &request).await?));
    }
    for arguments in [
        &["show", arn, "--full"][..],
        &["show", arn, "--full", "--json"][..],
        &["show", arn, "--follow", "--json"][..],
        &["runs", "--json"][..],
    ] {
        places.push(text(
            &format!("redress {}", arguments.join(" ")),
            world.command(0, arguments).await?.stdout,
        ));
    }
    Ok(places)
}

#[tokio::test]
async fn a_task_token_is_nowhere_but_encrypted_in_the_case_table() -> Result<()> {
    let event = sample("outside")?;
    let world = World::start_with("secrecy", &event, |options| options.mode = "approve".to_owned()).await?;
    let asked = world.respond(&event).await?;
    let mut places = answers(&world, &asked.arn).await?;
    let approved =
        world.command(0, &["approve", &asked.asks("change")?, "--reason", "seen", "--json"]).await?;
    let run = world.follow(&asked.arn).await?;
    places.extend(answers(&world, &run.arn).await?);
    let undone = world.command(0, &["undo", &run.asks("undo")?, "--reason", "known", "--json"]).await?;
    let run = world.follow(&run.arn).await?;
    assert_eq!(run.end(), "Restored");
    places.extend(answers(&world, &run.arn).await?);
    places.push(text("approve", format!("{approved:?}")));
    places.push(text("undo", format!("{undone:?}")));

    let account = world.account().await?;
    let (mut tokens, mut form_secrets) = (Vec::new(), Vec::new());
    for (partition, records) in account.cases() {
        for (sort, record) in records.as_object().into_iter().flatten() {
            match record.get("taskToken").and_then(Value::as_str) {
                Some(kept) => {
                    let id = record.get("approvalId").and_then(Value::as_str).unwrap_or_default();
                    let opened = world.aws.open_token(kept, id).await?;
                    tokens.push(opened.map_err(|refusal| Trouble(format!("{id}: {refusal}")))?);
                    let moved = world.aws.open_token(kept, &"f".repeat(32)).await?;
                    assert!(moved.is_err(), "the token of one question opens in the record of another");
                    let form = record.get("secret").and_then(Value::as_str).map(str::to_owned);
                    form_secrets.push(form.ok_or_else(|| Trouble("a question has no secret".to_owned()))?);
                }
                None => places.push(text(&format!("the record {partition} {sort}"), record)),
            }
        }
    }
    // A question's record has the secret of its form, but no task token in clear.
    for token in &tokens {
        assert!(!account.0.to_string().contains(token), "a task token stands in the case table in clear");
    }
    places.push(text("messages", format!("{:?}", account.messages())));
    places.push(text("the finding", account.finding(&world.seeded.finding_arn)));
    places.push(text("the calls", format!("{:?}", world.aws.calls().await?)));
    assert_eq!(tokens.len(), 2, "one for the approval and one for the undo");
    assert!(tokens.iter().all(|token| token.len() >= 64), "a token that can be found where it is");

    // The keys of the tasks' sessions, which the engine is given in a file.
    let keys = world.folder.join("state/task-env.json");
    let sessions: Value = serde_json::from_str(&std::fs::read_to_string(&keys)?)?;
    let mut secrets = tokens;
    assert!(form_secrets.iter().all(|secret| secret.len() == 64), "secrets that can be found where they are");
    secrets.append(&mut form_secrets);
    secrets.push(std::fs::read_to_string(world.folder.join("state/operator.key"))?.trim().to_owned());
    for session in sessions.as_object().into_iter().flat_map(|sessions| sessions.values()) {
        for name in ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
            let secret = session.get(name).and_then(Value::as_str);
            secrets.push(secret.ok_or_else(|| Trouble(format!("a session has no {name}")))?.to_owned());
        }
    }
    let mut on_disk = Vec::new();
    files(&world.folder, &mut on_disk)?;
    on_disk.retain(|(name, _)| !name.ends_with("task-env.json") && !name.ends_with("operator.key"));
    for expected in ["engine.log", "redress.sqlite", "logs/request-approval.log", "logs/answer-approval.log"]
    {
        let there = on_disk.iter().any(|(name, held)| name.ends_with(expected) && !held.is_empty());
        assert!(there, "`{expected}` is not there to be looked at");
    }
    places.extend(on_disk);
    for (name, held) in &places {
        let held = String::from_utf8_lossy(held);
        let found = secrets.iter().any(|secret| held.contains(secret.as_str()));
        assert!(!found, "a secret stands in {name}");
    }
    Ok(())
}
