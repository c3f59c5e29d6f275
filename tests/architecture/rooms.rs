//! The modules of the packages `tasks` and `engine`: which of them uses which.

use crate::tree::{files, modules, text};
use std::collections::BTreeSet;
use tests::Result;

/// The modules of `tasks/src`, each with those that it may use. `kinds` and `steps` belong together: a step is written once
/// for every kind, and a kind declares what its steps need.
const ROOMS: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("names", &[]),
    ("policy", &["text"]),
    ("aws", &["names", "text"]),
    ("runtime", &["aws", "text"]),
    ("events", &["aws", "names", "text"]),
    ("messages", &["aws", "names", "text"]),
    ("approvals", &["aws", "messages", "names", "text"]),
    ("kinds", &["aws", "events", "names", "policy", "runtime", "steps", "text"]),
    ("steps", &["aws", "kinds", "names", "runtime", "text"]),
    ("common", &["approvals", "aws", "events", "kinds", "messages", "names", "runtime", "text"]),
];

/// The modules of `engine/src`, the lowest first: each may use those before it, so no arrow goes up and there is no circle.
const ENGINE: &[&str] = &[
    "arn",
    "status",
    "time",
    "java",
    "json",
    "placeholders",
    "clock",
    "client",
    "aws",
    "jsonpath",
    "intrinsics",
    "jsonata",
    "asl",
    "datasets",
    "execution",
    "simulation",
    "events",
    "workflow",
    "lambda",
    "integrations",
    "service",
    "scenario",
    "api",
    "approvals",
    "cli",
];

/// The modules for tests.
const OF_TESTS: &[&str] = &["fuzzing", "scratch"];

#[test]
fn modules_of_the_engine_use_only_lower_ones() -> Result<()> {
    let mut wrong = Vec::new();
    for room in modules("engine/src")? {
        if !["lib", "main"].contains(&room.as_str())
            && !ENGINE.contains(&room.as_str())
            && !OF_TESTS.contains(&room.as_str())
        {
            wrong.push(format!("`engine/src/{room}` is not in `ENGINE`; add it above all that it uses"));
        }
    }
    for (place, room) in ENGINE.iter().enumerate() {
        for file in sources(&format!("engine/src/{room}"))? {
            for used in used_rooms(&text(&file)?) {
                if ENGINE.iter().position(|known| *known == used).is_some_and(|other| other > place) {
                    wrong.push(format!("`{file}` uses `{used}`, which is above `{room}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// The module for tests.
const TESTING: &str = "testing";

#[test]
fn modules_of_the_tasks_use_each_other_only_as_declared() -> Result<()> {
    let mut wrong = Vec::new();
    let known: BTreeSet<&str> = ROOMS.iter().map(|(room, _)| *room).collect();
    for room in modules("tasks/src")? {
        if !["lib", "main", TESTING].contains(&room.as_str()) && !known.contains(room.as_str()) {
            wrong.push(format!(
                "`tasks/src/{room}` is not in `ROOMS`; add it with the modules that it may use"
            ));
        }
    }
    for (room, may_use) in ROOMS {
        for file in sources(&format!("tasks/src/{room}"))? {
            for used in used_rooms(&text(&file)?) {
                if known.contains(used.as_str()) && used != *room && !may_use.contains(&used.as_str()) {
                    wrong.push(format!("`{file}` uses `{used}`, and `{room}` may use {may_use:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn no_kind_uses_another_kind() -> Result<()> {
    let folder = "tasks/src/kinds";
    let kinds: Vec<String> = contract::declarations()
        .iter()
        .filter_map(|task| task.kind)
        .map(|kind| kind.replace('-', "_"))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut wrong = Vec::new();
    for kind in &kinds {
        for file in sources(&format!("{folder}/{kind}"))? {
            let source = text(&file)?;
            let uses = |other: &&String| {
                *other != kind
                    && [format!("kinds::{other}::"), format!("super::{other}::")].iter().any(|path| {
                        source.lines().any(|line| line.contains(path) && !line.contains("contract::kinds"))
                    })
            };
            wrong.extend(
                kinds.iter().filter(uses).map(|other| {
                    format!("`{file}` uses the kind `{other}`; move what both need to `{folder}`")
                }),
            );
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// The source files of a module, without its tests.
pub(crate) fn sources(module: &str) -> Result<Vec<String>> {
    let file = format!("{module}.rs");
    let mut sources = if crate::tree::is_there(&file) { vec![file] } else { Vec::new() };
    if crate::tree::is_there(module) {
        sources.extend(files(module)?);
    }
    let is_test = |file: &String| {
        file.ends_with("_tests.rs") || file.ends_with("/tests.rs") || file.contains("/tests/")
    };
    sources.retain(|file| file.ends_with(".rs") && !is_test(file));
    Ok(sources)
}

/// The modules that a source names after `crate::`, apart from its tests.
fn used_rooms(source: &str) -> BTreeSet<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let after = source.split("crate::").skip(1);
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    after
        .flat_map(|rest| match rest.strip_prefix('{') {
            // `use crate::{aws, text::line}`; inner braces list items of one module.
            Some(list) => {
                let list = list.split('}').next().unwrap_or_default();
                list.split(',')
                    .map(|item| item.trim().split(|c| !is_name(c)).next().unwrap_or_default())
                    .collect()
            }
            None => vec![rest.split(|c| !is_name(c)).next().unwrap_or_default()],
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn uses_are_read_from_sources() {
    let source = "use crate::aws::fault;\nuse crate::{names, text::{line, cut}};\nlet x = crate::policy::judge();\n\
        #[cfg(test)]\nmod tests { use crate::messages; }";
    let found = used_rooms(source);
    assert!(["aws", "names", "policy", "text"].iter().all(|room| found.contains(*room)), "{found:?}");
    assert!(!found.contains("messages"), "{found:?}");
}
