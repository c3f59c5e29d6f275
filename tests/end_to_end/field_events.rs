//! Events that were written after public reports, sent to one world after the other in mode `auto` and in mode `approve`.
//! `tests/cases/field-events.json` has the right ending of each, and what the account must hold besides the event's own
//! resources.
//!
//! The endings: `changed`; `asked`, if a person decides first; `handed over`; `told`, if people hear of it and nothing
//! else happens (`told quietly`, if no message asks anybody to act); `nothing`, if nobody hears of it; `not taken`.

use crate::account::Account;
use crate::run::Run;
use crate::world::World;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::responses::{file_name, json as read};
use tests::{LocalAws, Result, Trouble, repository, shared};

/// The right ending of an event.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    auto: Vec<String>,
    approve: Vec<String>,
    /// What a message to people contains.
    #[serde(default)]
    says: Vec<String>,
    /// Calls of IAM that the administrator makes before the event.
    #[serde(default)]
    setup: Vec<Call>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    action: String,
    parameters: BTreeMap<String, String>,
}

/// Roles, users, groups and policies.
fn iam(account: &Account) -> Value {
    let part = |name: &str| account.0.get(name).cloned().unwrap_or_default();
    json!([part("roles"), part("users"), part("groups"), part("policies")])
}

fn asks_to_act(account: &Account) -> bool {
    let messages = account.0.get("messages").and_then(Value::as_array).into_iter().flatten();
    let mut attention = messages.filter_map(|message| message.pointer("/attributes/attention")?.as_str());
    attention.any(|attention| attention == "act")
}

/// How the run of an event ended, or which question it asks.
fn ending(run: &Run, account: &Account) -> String {
    let quiet = account.messages().is_empty();
    match run.end() {
        "not ended" if run.asks("change").is_ok() => "asked",
        "not ended" if run.asks("undo").is_ok() => "changed",
        "Handed to people" => "handed over",
        "Nothing to do" if quiet => "nothing",
        "Nothing to do" if asks_to_act(account) => "told",
        "Nothing to do" => "told quietly",
        end => return format!("{end} {:?}", run.error),
    }
    .to_owned()
}

/// Builds the account of an event.
async fn prepare(aws: &LocalAws, event: &Value, setup: &[Call]) -> Result<()> {
    aws.seed_anew(event).await?;
    for Call { action, parameters } in setup {
        let parameters: Vec<(&str, &str)> =
            parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        aws.iam(action, &parameters).await?;
    }
    Ok(())
}

/// Sends an event, and returns its ending and what is wrong with it.
async fn send(
    world: &World,
    name: &str,
    event: &Value,
    expected: &Expected,
) -> Result<(String, Vec<String>)> {
    prepare(&world.aws, event, &expected.setup).await?;
    let before = world.account().await?;
    let run = match world.send(event).await?.as_slice() {
        [] => return Ok(("not taken".to_owned(), vec![])),
        [arn] => world.follow(arn).await?,
        runs => return Err(Trouble(format!("{name} started {} runs", runs.len()))),
    };
    let after = world.account().await?;
    let ending = ending(&run, &after);
    let mut wrong = Vec::new();
    if (iam(&before) != iam(&after)) != (ending == "changed") {
        wrong.push(format!(
            "{name}: {ending}, and IAM is {}",
            if ending == "changed" { "as before" } else { "another" }
        ));
    }
    let told: String = after.messages().into_iter().map(|(_, body)| body).collect();
    let missing = expected.says.iter().filter(|text| !told.contains(*text));
    wrong.extend(missing.map(|text| format!("{name}: no message has `{text}`")));
    Ok((ending, wrong))
}

async fn every_event_ends_as_it_should(mode: &str) -> Result<()> {
    let Some(folder) = shared("field/security") else { return Ok(()) };
    let table: BTreeMap<String, Expected> =
        serde_json::from_value(read(&repository().join("tests/cases/field-events.json"))?)?;
    let mut world: Option<World> = None;
    let mut wrong = Vec::new();
    let mut files: Vec<_> = std::fs::read_dir(folder)?.collect::<std::io::Result<_>>()?;
    files.sort_by_key(std::fs::DirEntry::path);
    for file in files
        .iter()
        .map(std::fs::DirEntry::path)
        .filter(|file| file.extension().is_some_and(|of| of == "json"))
    {
        let (name, event) = (file_name(&file), read(&file)?);
        let name = name.trim_end_matches(".json");
        let Some(expected) = table.get(name) else {
            println!("{name}: no ending is known for it");
            continue;
        };
        let world = match &mut world {
            Some(world) => world,
            none => none.insert(
                World::start_with(&format!("field-{mode}"), &event, |options| {
                    mode.clone_into(&mut options.mode);
                    let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
                    options.environment = vec![set("CHANGES_PER_HOUR", "1000"), set("KNOWN_ACCOUNTS", "")];
                })
                .await?,
            ),
        };
        let right = if mode == "auto" { &expected.auto } else { &expected.approve };
        let (ending, problems) = send(world, name, &event, expected).await?;
        println!("{name}: {ending}");
        if !right.contains(&ending) {
            wrong.push(format!("{name}: {ending}, expected {right:?}"));
        }
        wrong.extend(problems);
    }
    assert!(world.is_some(), "no event of the table is in the folder");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[tokio::test]
async fn every_event_of_the_field_ends_as_it_should_in_mode_auto() -> Result<()> {
    every_event_ends_as_it_should("auto").await
}

#[tokio::test]
async fn every_event_of_the_field_ends_as_it_should_in_mode_approve() -> Result<()> {
    every_event_ends_as_it_should("approve").await
}
