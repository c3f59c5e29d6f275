//! `tasks/manifest.json` says what the declarations say. `make golden` writes it anew.

use std::collections::BTreeSet;
use std::path::Path;

#[test]
fn the_manifest_is_what_the_declarations_say() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../manifest.json");
    let declared = serde_json::to_string_pretty(&contract::manifest()).expect("a manifest is JSON") + "\n";
    if std::env::var_os("GOLDEN").is_some() {
        std::fs::write(&file, &declared).expect("the manifest can be written");
    }
    let written = std::fs::read_to_string(&file).expect("the manifest can be read");
    assert!(written == declared, "`tasks/manifest.json` is out of date; run `make golden` and read the diff");
}

#[test]
fn every_task_has_a_binary_and_every_binary_is_a_task() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src/bin");
    let binaries: BTreeSet<String> = std::fs::read_dir(folder)
        .expect("there are binaries")
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    let tasks: BTreeSet<String> = contract::manifest().iter().map(|task| task.name.to_owned()).collect();
    assert_eq!(binaries, tasks);
}

#[test]
fn no_statement_allows_everything() {
    for task in contract::manifest() {
        for statement in task.iam {
            assert!(
                statement.actions.iter().all(|action| !action.contains('*')),
                "{}: {:?}",
                task.name,
                statement
            );
            assert!(statement.why.ends_with('.'), "{}: a statement says why, in a sentence", task.name);
        }
    }
}
