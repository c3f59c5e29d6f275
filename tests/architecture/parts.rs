//! The parts of a task, of an action of the API, and of a state type.

use crate::rooms::sources;
use crate::tree::{is_there, modules, pascal, text};
use std::collections::BTreeSet;
use tests::responses::responses;
use tests::{Result, manifest};

/// The tasks that people call, through `redress approve`, `deny` and `undo`, and no workflow.
const CALLED_BY_PEOPLE: &[&str] = &["answer-approval"];

/// The state types of the Amazon States Language.
const STATE_TYPES: &[&str] = &["choice", "fail", "map", "parallel", "pass", "succeed", "task", "wait"];

/// Whether a module exists, as a file or as a folder.
fn has_module(path: &str) -> bool {
    is_there(&format!("{path}.rs")) || is_there(&format!("{path}/mod.rs"))
}

#[test]
fn every_task_has_all_its_parts_and_a_caller() -> Result<()> {
    let mut wrong = Vec::new();
    let listed: BTreeSet<String> = manifest()?.into_iter().map(|entry| entry.name).collect();
    let definitions: String =
        responses()?.iter().map(|response| response.workflow.definition.as_str()).collect();
    for task in contract::declarations() {
        let name = &task.name;
        let module = task.step.unwrap_or(name).replace('-', "_");
        let parts = match task.kind.map(|kind| kind.replace('-', "_")) {
            None => vec![format!("tasks/contract/src/tasks/{module}"), format!("tasks/src/common/{module}")],
            Some(kind) => vec![
                format!("tasks/contract/src/steps/{module}"),
                format!("tasks/src/steps/{module}"),
                format!("tasks/contract/src/kinds/{kind}"),
                format!("tasks/src/kinds/{kind}"),
            ],
        };
        wrong.extend(
            parts
                .iter()
                .filter(|part| !has_module(part))
                .map(|part| format!("`{name}` has no module `{part}`")),
        );
        if !listed.contains(name) {
            wrong.push(format!("`{name}` is not in `tasks/manifest.json`; run `make golden`"));
        }
        let is_called = definitions.contains(&format!(":function:{name}\""));
        if is_called == CALLED_BY_PEOPLE.contains(&name.as_str()) {
            let who = if is_called { "a response calls" } else { "no response calls" };
            wrong.push(format!("{who} `{name}`"));
        }
    }
    let declared: BTreeSet<String> = contract::declarations().into_iter().map(|task| task.name).collect();
    wrong.extend(
        listed.difference(&declared).map(|name| format!("the manifest has `{name}`, which is not declared")),
    );
    for module in modules("tasks/contract/src/tasks")? {
        if !declared.contains(&module.replace('_', "-")) {
            wrong.push(format!("`tasks/contract/src/tasks/{module}.rs` is not in `contract::declarations`"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// The actions of a service: one file each, apart from `shared`.
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
            // Lambda has paths instead of names.
            let reached = if service == "lambda" {
                format!("{action}::run(")
            } else {
                format!("\n    \"{}\" => {action},", pascal(&action))
            };
            if !declared || !dispatch.contains(&reached) {
                wrong.push(format!(
                    "no request reaches `{folder}/{action}.rs`; add it to the table of `{folder}/mod.rs`"
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
fn every_action_of_the_api_is_declared_once() -> Result<()> {
    let mut wrong = Vec::new();
    for service in ["states", "events"] {
        let folder = format!("engine/src/api/{service}");
        let sources = sources(&folder)?.iter().map(|file| text(file)).collect::<Result<Vec<_>>>()?;
        for action in actions(&folder)? {
            let name = format!("\"{}\"", pascal(&action));
            let count: usize = sources.iter().map(|source| source.matches(&name).count()).sum();
            if count != 1 {
                wrong.push(format!("`{folder}/` names {name} {count} times; say what it is in its file"));
            }
        }
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
