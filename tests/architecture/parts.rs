//! Where a task, an API action and a state type have their parts.

use crate::tree::{is_there, modules, names, pascal, text};
use serde_json::Value;
use tests::Result;

/// The tasks that no workflow calls, because people do: `redress approve`, `deny` and `undo`.
const CALLED_BY_PEOPLE: &[&str] = &["answer-approval"];

/// The state types of the Amazon States Language.
const STATE_TYPES: &[&str] = &["choice", "fail", "map", "parallel", "pass", "succeed", "task", "wait"];

/// The longest that the binary of a task may be: what it does is in the library, where it is tested.
const MOST_LINES_OF_A_BINARY: usize = 10;

#[test]
fn every_task_has_all_its_parts_and_somebody_calls_it() -> Result<()> {
    let mut wrong = Vec::new();
    let manifest: Vec<Value> = serde_json::from_str(&text("tasks/manifest.json")?)?;
    let mut definitions = String::new();
    for workflow in names("statemachines")? {
        definitions += &text(&format!("statemachines/{workflow}definition.asl.json"))?;
    }
    let tasks = contract::manifest();
    for task in &tasks {
        let module = task.name.replace('-', "_");
        let binary = format!("tasks/src/bin/{}.rs", task.name);
        for part in [
            format!("tasks/contract/src/tasks/{module}.rs"),
            format!("tasks/src/{module}.rs"),
            binary.clone(),
        ] {
            if !is_there(&part) {
                wrong.push(format!("`{}` lacks `{part}`", task.name));
            }
        }
        if text(&binary).is_ok_and(|text| text.lines().count() > MOST_LINES_OF_A_BINARY) {
            wrong.push(format!(
                "`{binary}` does more than to serve its task; move that to `tasks/src/{module}.rs`"
            ));
        }
        if !manifest.iter().any(|entry| entry.get("name") == Some(&Value::from(task.name))) {
            wrong.push(format!("`{}` is not in `tasks/manifest.json`; run `make golden`", task.name));
        }
        let called = definitions.contains(&format!("\"${{{}}}\"", task.placeholder));
        if called == CALLED_BY_PEOPLE.contains(&task.name) {
            let who = if called { "a workflow, and this test says that people do" } else { "nobody" };
            wrong.push(format!("`{}` is called by {who}", task.name));
        }
    }
    for module in modules("tasks/contract/src/tasks")? {
        if !tasks.iter().any(|task| task.name.replace('-', "_") == module) {
            wrong.push(format!("`tasks/contract/src/tasks/{module}.rs` is not in `contract::declarations`"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// The actions of a service: its files, but for what several of them need.
fn actions(folder: &str) -> Result<Vec<String>> {
    Ok(modules(folder)?.into_iter().filter(|name| name != "shared").collect())
}

#[test]
fn every_action_of_the_api_is_a_file_that_requests_reach() -> Result<()> {
    let mut wrong = Vec::new();
    for service in ["states", "events", "lambda"] {
        let folder = format!("engine/src/api/{service}");
        let dispatch = text(&format!("{folder}/mod.rs"))?;
        for action in actions(&folder)? {
            let declared = dispatch.contains(&format!("\nmod {action};"));
            // Lambda has paths in the place of names.
            let named = service == "lambda" || dispatch.contains(&format!("\"{}\" =>", pascal(&action)));
            if !declared || !named || !dispatch.contains(&format!("{action}::run(")) {
                wrong.push(format!(
                    "no request reaches `{folder}/{action}.rs`; add it to `dispatch` in `{folder}/mod.rs`"
                ));
            }
        }
        let named = dispatch.lines().filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" =>"));
        let files: Vec<String> = actions(&folder)?.iter().map(|action| pascal(action)).collect();
        wrong.extend(
            named
                .filter(|(name, _)| !files.iter().any(|file| file == name))
                .map(|(name, _)| format!("`{name}` has no file of its own in `{folder}/`")),
        );
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_state_type_has_a_file_that_reads_it_and_a_file_that_runs_it() -> Result<()> {
    for folder in ["engine/src/asl/state", "engine/src/execution/state"] {
        let files = modules(folder)?;
        let missing: Vec<_> =
            STATE_TYPES.iter().filter(|kind| !files.iter().any(|name| name == **kind)).collect();
        assert!(missing.is_empty(), "`{folder}/` lacks {missing:?}");
    }
    let read = text("engine/src/asl/state/mod.rs")?;
    let unread: Vec<_> =
        STATE_TYPES.iter().filter(|kind| !read.contains(&format!("Some(\"{}\") =>", pascal(kind)))).collect();
    assert!(unread.is_empty(), "`engine/src/asl/state/mod.rs` does not read {unread:?}");
    Ok(())
}
