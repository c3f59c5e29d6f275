//! How large a file is, and what a workflow's folder holds.

use crate::tree::{files, is_there, names, text};
use tests::Result;

/// What is written by hand, and in which languages.
const WRITTEN: (&[&str], &[&str]) = (&["engine", "tasks", "tests", "cdk"], &["rs", "py", "ts"]);

/// No file is longer than this. Most have 100 to 400 lines.
const MOST_LINES: usize = 600;

/// What each folder of `statemachines/` holds: of each row one. What ends with `/` is a folder with something in it.
const WORKFLOW: &[&[&str]] =
    &[&["definition.asl.json"], &["rule.json", "rules/"], &["README.md"], &["events/"], &["scenarios/"]];

#[test]
fn no_source_file_is_longer_than_can_be_read_at_one_sitting() -> Result<()> {
    let (folders, languages) = WRITTEN;
    let (mut wrong, mut count) = (Vec::new(), 0);
    for folder in folders.iter().filter(|folder| is_there(folder)) {
        for file in files(folder)? {
            if file.rsplit_once('.').is_some_and(|(_, extension)| languages.contains(&extension)) {
                count += 1;
                let lines = text(&file)?.lines().count();
                if lines > MOST_LINES {
                    wrong.push(format!("`{file}` has {lines} lines: it has more than one reason to exist"));
                }
            }
        }
    }
    assert!(count > 200, "only {count} files were looked at");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn every_workflow_folder_is_whole_and_holds_nothing_else() -> Result<()> {
    let mut wrong = Vec::new();
    for workflow in names("statemachines")? {
        let folder = format!("statemachines/{workflow}");
        let Some(folder) = folder.strip_suffix('/') else {
            wrong.push(format!("`{folder}` is no folder: a workflow is one"));
            continue;
        };
        let held = names(folder)?;
        for parts in WORKFLOW {
            let count = held.iter().filter(|name| parts.contains(&name.as_str())).count();
            if count != 1 {
                wrong.push(format!("`{folder}` has {count} of `{}`, and needs one", parts.join("` or `")));
            }
        }
        for name in held.iter().filter(|name| !WORKFLOW.concat().contains(&name.as_str())) {
            wrong.push(format!("`{folder}/{name}` belongs to no part of a workflow"));
        }
        for part in held.iter().filter_map(|name| name.strip_suffix('/')) {
            let strange = names(&format!("{folder}/{part}"))?;
            let strange = strange.iter().filter(|name| !name.ends_with(".json"));
            wrong.extend(strange.map(|name| format!("`{folder}/{part}/{name}` is not JSON")));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}
