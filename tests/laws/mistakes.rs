//! Mistakes that a definition could have, one file each in `mistakes/`, and that the first law finds every one of them.
//! Also, that a workflow is covered the day its folder appears.

use crate::account::{Intrusion, Live, Person};
use crate::fault::{Fault, Lasting, People, Plan, When, errors};
use crate::law::run;
use crate::sweep::without_faults;
use crate::workflows::{read, trouble};
use contract::Source;
use contract::tasks::check_guardrails::Ruling;
use engine::workflow::{DEFINITION, json_files};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use tests::{Result, Trouble, repository};

/// A mistake, and the execution in which the law finds it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistake {
    /// What is wrong.
    #[expect(dead_code, reason = "it is for people")]
    comment: String,
    workflow: String,
    /// The service whose finding the execution is about.
    source: Source,
    /// What the definition says, and what it says with the mistake.
    instead: Vec<(String, String)>,
    mode: String,
    #[serde(default)]
    act: Person,
    #[serde(default)]
    undo: Person,
    #[serde(default)]
    intrusion: Option<Moment>,
    #[serde(default)]
    fault: Option<Failure>,
    /// What the law says to it.
    violation: String,
}

/// Somebody does something before a call, counted from 0.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Moment {
    before: usize,
    what: Intrusion,
}

/// From this call on, counted from 0, its task fails with this error.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Failure {
    call: usize,
    error: String,
    when: When,
}

#[test]
fn the_law_finds_mistakes() -> Result<()> {
    let files = json_files(&repository().join("tests/laws/mistakes")).map_err(trouble)?;
    assert!(files.len() > 8, "no mistakes, no proof");
    for file in files {
        let mistake: Mistake = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let violations = violations(&name, &mistake)?;
        assert!(violations.contains(&mistake.violation), "`{name}` was not found out: {violations}");
    }
    Ok(())
}

/// What the law says to a definition with a mistake.
fn violations(name: &str, mistake: &Mistake) -> Result<String> {
    let folder = fresh_folder(name)?;
    copy(&mistake.workflow, &folder.join(&mistake.workflow), &mistake.instead)?;
    let subjects = read(&folder)?;
    let subject = subjects.first().ok_or_else(|| Trouble("the copy is not there".to_owned()))?;
    let case = subject.cases.iter().find(|case| case.is_of(mistake.source));
    let case = case.ok_or_else(|| Trouble(format!("no finding of {:?}", mistake.source)))?;
    let scene = case.scene(Live::Dangerous, Ruling::Proceed, 0);
    let mut plan = Plan::quiet(People { act: mistake.act, undo: mistake.undo });
    plan.intrusions.extend(mistake.intrusion.as_ref().map(|moment| (moment.before, moment.what)));
    let input = case.input(&mistake.mode);
    if let Some(Failure { call, error, when }) = &mistake.fault {
        let quiet = run(subject, &input, &scene, &plan)?;
        let task = quiet.made.get(*call).map(|made| made.task.clone()).unwrap_or_default();
        let position = errors(&task).iter().position(|name| name == error);
        let error = position.ok_or_else(|| Trouble(format!("`{task}` cannot end with `{error}`")))?;
        plan.faults.push(Fault { at: *call, error, when: *when, lasting: Lasting::ForGood });
    }
    let run = run(subject, &input, &scene, &plan)?;
    Ok(format!("{}\n{}", run.violations().join("; "), run.tale()))
}

/// A folder that nobody has told these tests of is covered by its being there.
#[test]
fn a_new_folder_is_covered_by_itself() -> Result<()> {
    let folder = fresh_folder("new")?;
    copy("credential-exfiltration", &folder.join("sound"), &[])?;
    let mistake = [("($approved and ".to_owned(), "true or (".to_owned())];
    copy("credential-exfiltration", &folder.join("unsound"), &mistake)?;
    let found = read(&folder)?;
    let names: Vec<&str> = found.iter().map(|subject| subject.workflow.name.as_str()).collect();
    assert_eq!(names, ["sound", "unsound"]);
    let wrong: Vec<String> =
        found.iter().map(|subject| Ok(without_faults(subject)?.join("\n"))).collect::<Result<_>>()?;
    assert_eq!(wrong[0], "");
    assert!(wrong[1].contains("was contained, and nobody had allowed that"), "{}", wrong[1]);
    Ok(())
}

/// One that could not be covered is an error, and not left out.
#[test]
fn a_folder_that_cannot_be_covered_is_an_error() -> Result<()> {
    let folder = fresh_folder("silent")?;
    copy("credential-exfiltration", &folder.join("silent"), &[])?;
    std::fs::remove_dir_all(folder.join("silent/scenarios"))?;
    std::fs::create_dir(folder.join("silent/scenarios"))?;
    let error = read(&folder).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("no scenario in") && error.contains("silent"), "{error}");

    let folder = fresh_folder("strange")?;
    // A task that does nothing to a role.
    let another = [("${SnapshotRole}".to_owned(), "${SnapshotPolicy}".to_owned())];
    copy("credential-exfiltration", &folder.join("strange"), &another)?;
    let error = read(&folder)?.iter().find_map(|subject| without_faults(subject).err());
    let error = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("`snapshot-policy`") && error.contains("tests/laws/account/"), "{error}");
    Ok(())
}

fn fresh_folder(name: &str) -> Result<PathBuf> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("laws/workflows").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Copies a workflow, with other words in its definition.
fn copy(workflow: &str, to: &Path, instead: &[(String, String)]) -> Result<()> {
    copy_folder(&repository().join("statemachines").join(workflow), to)?;
    let file = to.join(DEFINITION);
    let mut text = std::fs::read_to_string(&file)?;
    for (right, wrong) in instead {
        if !text.contains(right) {
            return Err(Trouble(format!("the definition does not say `{right}` any more")));
        }
        text = text.replace(right, wrong);
    }
    Ok(std::fs::write(file, text)?)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to)?;
        } else {
            std::fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}
