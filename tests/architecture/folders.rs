//! The size of files, and the contents of the folders of responses and shapes.

use crate::tree::{files, is_there, names, text};
use engine::workflow::{RESPONSE, SHAPES};
use tests::Result;

/// Folders and file extensions of code that is written by hand.
const WRITTEN: (&[&str], &[&str]) = (&["engine", "tasks", "tests", "cdk"], &["rs", "py", "ts"]);

/// The longest file. Most have 100 to 400 lines.
const MOST_LINES: usize = 600;

/// The contents of a folder. A name with `/` at the end is a folder of JSON files.
struct Contents {
    /// One of each group.
    required: &'static [&'static [&'static str]],
    optional: &'static [&'static str],
}

const OF_A_RESPONSE: Contents = Contents {
    required: &[&["README.md"], &["rules/"], &["events/"]],
    optional: &[RESPONSE, "definition.asl.json", "samples.json", "account.json", "scenarios/"],
};
const OF_A_SHAPE: Contents = Contents {
    required: &[&["README.md"], &["definition.asl.json"], &["shape.json"], &["scenarios/"]],
    optional: &[],
};

/// The page about all responses.
const PAGE: &str = "README.md";

#[test]
fn no_source_file_is_too_long() -> Result<()> {
    let (folders, languages) = WRITTEN;
    let (mut wrong, mut count) = (Vec::new(), 0);
    for folder in folders.iter().filter(|folder| is_there(folder)) {
        for file in files(folder)? {
            if file.rsplit_once('.').is_some_and(|(_, extension)| languages.contains(&extension)) {
                count += 1;
                let lines = text(&file)?.lines().count();
                if lines > MOST_LINES {
                    wrong.push(format!("`{file}` has {lines} lines, more than {MOST_LINES}; split it"));
                }
            }
        }
    }
    assert!(count > 200, "only {count} files were found");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

#[test]
fn the_folders_of_responses_and_shapes_have_all_their_parts_and_nothing_else() -> Result<()> {
    let mut wrong = Vec::new();
    for name in names("statemachines")?.iter().filter(|name| *name != PAGE) {
        let folder = format!("statemachines/{name}");
        match folder.strip_suffix('/') {
            None => wrong.push(format!("`{folder}` is neither a response nor `{PAGE}`")),
            Some(_) if name.trim_end_matches('/') == SHAPES => {
                for shape in names("statemachines/shapes")? {
                    wrong.extend(problems(
                        &format!("statemachines/shapes/{}", shape.trim_end_matches('/')),
                        &OF_A_SHAPE,
                    )?);
                }
            }
            Some(folder) => wrong.extend(problems(folder, &OF_A_RESPONSE)?),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    Ok(())
}

/// The parts that a folder lacks or has too many of.
fn problems(folder: &str, contents: &Contents) -> Result<Vec<String>> {
    let (mut wrong, held) = (Vec::new(), names(folder)?);
    for group in contents.required {
        let count = held.iter().filter(|name| group.contains(&name.as_str())).count();
        if count != 1 {
            wrong.push(format!("`{folder}` has {count} of `{}`, and needs one", group.join("` or `")));
        }
    }
    let known = |name: &&String| {
        contents.required.concat().contains(&name.as_str()) || contents.optional.contains(&name.as_str())
    };
    wrong.extend(held.iter().filter(|name| !known(name)).map(|name| format!("`{folder}/{name}` is unknown")));
    for part in held.iter().filter_map(|name| name.strip_suffix('/')) {
        let others = names(&format!("{folder}/{part}"))?;
        let others = others.iter().filter(|name| !name.ends_with(".json"));
        wrong.extend(others.map(|name| format!("`{folder}/{part}/{name}` is not JSON")));
    }
    Ok(wrong)
}
