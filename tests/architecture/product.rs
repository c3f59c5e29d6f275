//! Where the emulator ends: what Redress knows of its own tasks is in few modules of the engine.

use crate::rooms::sources;
use crate::tree::{modules, text};
use tests::Result;

/// The modules of the engine that may know Redress's tasks: they read responses, show runs and answer questions. All others
/// are an emulator of AWS, which any state machine and any function can use.
const PRODUCT: &[&str] = &["approvals", "cli", "client", "scenario", "workflow", "fuzzing", "lib", "main"];

/// What only the contract between the tasks and those modules says, beside the names of the tasks.
const CONTRACT: &[&str] = &["/approvals", "caseId", "approvalId", "/Payload/", "operator.key", "redress:"];

#[test]
fn the_emulator_knows_nothing_of_the_tasks() -> Result<()> {
    let names: Vec<String> = contract::declarations().iter().map(|task| task.name.to_owned()).collect();
    assert!(names.iter().any(|name| name == "answer-approval"), "{names:?}");
    let mut wrong = Vec::new();
    for module in modules("engine/src")?.iter().filter(|module| !PRODUCT.contains(&module.as_str())) {
        for file in sources(&format!("engine/src/{module}"))? {
            let source = text(&file)?;
            let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
            for line in source.lines().filter(|line| !line.trim_start().starts_with("//!")) {
                let is_named = |name: &String| {
                    line.contains(&format!("\"{name}\"")) || line.contains(&format!("`{name}"))
                };
                let word = CONTRACT.iter().find(|word| line.contains(**word));
                if names.iter().any(is_named) || word.is_some() {
                    wrong.push(format!("`{file}` knows of Redress's tasks: `{}`", line.trim()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}
