//! The page of a question in a real browser, without scripts: what an engineer sees, and does.
//!
//! `PICTURE=1 cargo test --workspace --test end_to_end chromium` renews the picture in README.md.

use crate::browser::key;
use crate::event::sample_of;
use crate::patience::in_time;
use crate::world::World;
use serde::Deserialize;
use serde_json::json;
use std::path::PathBuf;
use std::process::Stdio;
use tests::responses::IAM_POLICY_REMEDIATION;
use tests::{Result, Trouble, repository};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

/// The pages that the browser saw.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Seen {
    question: Page,
    answer: Page,
    afterwards: Page,
    /// The addresses that it was led to and that are not the engine's.
    elsewhere: Vec<String>,
    /// The messages of its console.
    complaints: Vec<String>,
}

/// A page, as it is read.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    title: String,
    headings: Vec<String>,
    removed: Vec<String>,
    added: Vec<String>,
    /// The accessibility tree.
    tree: String,
}

/// Where Chromium and what drives it are, if they are there.
fn chromium() -> Option<(PathBuf, PathBuf)> {
    let modules = repository().join("target/browser");
    let names = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let browser = names.iter().map(PathBuf::from).find(|file| file.exists());
    match browser {
        Some(browser) if modules.join("node_modules/playwright-core").exists() => Some((browser, modules)),
        _ => {
            eprintln!("SKIPPED: Chromium or Node.js is not there, so no browser looks at the page");
            None
        }
    }
}

/// Signs in, looks at a question and decides it.
async fn decide(world: &World, id: &str, decision: &str, picture: Option<PathBuf>) -> Result<Option<Seen>> {
    let Some((chromium, modules)) = chromium() else { return Ok(None) };
    let asked = json!({
        "chromium": chromium,
        "endpoint": world.engine.endpoint(),
        "id": id,
        "name": "ada",
        "key": key(world)?,
        "decision": decision,
        "reason": "seen in a browser",
        "picture": picture,
    });
    let mut command = Command::new("node");
    command.arg(repository().join("tests/browser/decide.mjs")).arg(modules);
    let mut node = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    if let Some(mut stdin) = node.stdin.take() {
        stdin.write_all(asked.to_string().as_bytes()).await?;
    }
    let output = in_time("the browser", async { Ok(node.wait_with_output().await?) }).await?;
    if !output.status.success() {
        return Err(Trouble(format!("the browser: {}", String::from_utf8_lossy(&output.stderr))));
    }
    Ok(Some(serde_json::from_slice(&output.stdout)?))
}

#[tokio::test]
async fn an_engineer_approves_and_takes_back_in_chromium() -> Result<()> {
    let event = sample_of(IAM_POLICY_REMEDIATION, "create-policy-version")?;
    let world = World::start_with("chromium", &event, |options| options.mode = "approve".to_owned()).await?;
    let asked = world.respond(&event).await?;
    let picture = std::env::var_os("PICTURE").map(|_| repository().join("tests/browser/question.png"));
    let Some(seen) = decide(&world, &asked.asks("change")?, "Approve: make the change", picture).await?
    else {
        return Ok(());
    };
    let headings = ["What is dangerous", "The change", "Who is affected", "The finding", "The run"];
    let Page { title, headings: found, removed, added, tree } = seen.question;
    assert_eq!(title, "Shall the policy report-access be changed? - Redress");
    for heading in headings {
        assert!(found.iter().any(|text| text == heading), "no `{heading}` in {found:?}");
    }
    assert!(removed.iter().any(|line| line.contains("\"Sid\": \"Temporary\"")), "{removed:?}");
    assert!(added.iter().all(|line| line.starts_with('+')), "{added:?}");
    assert!(tree.contains("heading \"Shall the policy report-access be changed?\" [level=1]"), "{tree}");
    assert!(tree.contains("textbox \"Why"), "{tree}");
    assert_eq!(seen.answer.title, "Your decision counts - Redress", "{:?}", seen.answer);
    assert!(seen.afterwards.tree.contains("seen in a browser"), "{:?}", seen.afterwards);
    assert_eq!(
        (seen.elsewhere, seen.complaints),
        (vec![], vec![]),
        "nothing is fetched, and nothing is refused"
    );

    let run = world.follow(&asked.arn).await?;
    let undo = run.asks("undo")?;
    let seen = decide(&world, &undo, "Undo: take the change back", None).await?;
    assert!(seen.is_some_and(|seen| seen.answer.tree.contains("take the change back")));
    let run = world.follow(&asked.arn).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Restored"));
    Ok(())
}
