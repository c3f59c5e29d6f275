//! Mistakes that a shape could have, one file each in `mistakes/`: the first law finds every one of them. A response is
//! covered as soon as its folder exists.

use crate::account::{Intrusion, Live, Person};
use crate::fault::{Fault, Lasting, People, Plan, When, errors};
use crate::law::run;
use crate::subjects::read;
use crate::sweep::without_faults;
use contract::Source;
use contract::steps::check_guardrails::Ruling;
use engine::workflow::{DEFINITION, RESPONSE, SHAPES, json_files};
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use tests::responses::{Response, json as read_json, responses, trouble};
use tests::{Result, Trouble, repository, scratch};

/// A mistake, and the execution in which the law finds it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Mistake {
    #[expect(dead_code, reason = "it is for people")]
    comment: String,
    shape: String,
    /// The source of the finding.
    source: Source,
    /// Texts of the definition, and those that replace them.
    instead: Vec<(String, String)>,
    mode: String,
    /// How people answer whether the change may be made.
    #[serde(default)]
    change: Person,
    /// How people answer whether it shall be taken back.
    #[serde(default)]
    undo: Person,
    #[serde(default)]
    intrusion: Option<Moment>,
    #[serde(default)]
    fault: Option<Failure>,
    /// A part of the violation that the law reports.
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
fn the_law_finds_every_planted_mistake() -> Result<()> {
    let files = json_files(&repository().join("tests/laws/mistakes")).map_err(trouble)?;
    assert!(!files.is_empty());
    for file in files {
        let mistake: Mistake = serde_json::from_value(read_json(&file)?)?;
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let violations = violations(&name, &mistake)?;
        assert!(violations.contains(&mistake.violation), "the law does not find `{name}`: {violations}");
    }
    Ok(())
}

/// The violations of a response whose shape has a mistake.
fn violations(name: &str, mistake: &Mistake) -> Result<String> {
    let folder = scratch(&format!("laws/responses/{name}"))?;
    copy_response(one_of(&mistake.shape)?, &folder, "mistaken", &mistake.instead)?;
    let subjects = read(&folder)?;
    let subject = subjects.first().ok_or_else(|| Trouble("the copy does not exist".to_owned()))?;
    let case = subject.case_of(mistake.source);
    let case = case.ok_or_else(|| Trouble(format!("no finding of {:?}", mistake.source)))?;
    let scene = case.scene(Live::Dangerous, Ruling::Proceed, 0);
    let mut plan = Plan::quiet(People { change: mistake.change, undo: mistake.undo });
    plan.intrusions.extend(mistake.intrusion.as_ref().map(|moment| (moment.before, moment.what)));
    let input = case.input(&mistake.mode);
    if let Some(Failure { call, error, when }) = &mistake.fault {
        let quiet = run(subject, &input, &scene, &plan)?;
        let task = quiet.made.get(*call).map(|made| made.task.clone()).unwrap_or_default();
        let position = errors(&task).iter().position(|name| name == error);
        let error = position.ok_or_else(|| Trouble(format!("`{task}` cannot fail with `{error}`")))?;
        plan.faults.push(Fault { at: *call, error, when: *when, lasting: Lasting::ForGood });
    }
    let run = run(subject, &input, &scene, &plan)?;
    Ok(format!("{}\n{}", run.violations().join("; "), run.log()))
}

#[test]
fn a_new_response_is_covered_as_soon_as_its_folder_exists() -> Result<()> {
    let folder = scratch("laws/responses/new")?;
    copy_response(one_of("change")?, &folder, "sound", &[])?;
    copy_response(one_of("change")?, &folder, "unsound", &unasked())?;
    let found = read(&folder)?;
    let names: Vec<&str> = found.iter().map(|subject| subject.name()).collect();
    assert_eq!(names, ["sound", "unsound"]);
    let wrong: Vec<String> =
        found.iter().map(|subject| Ok(without_faults(subject)?.join("\n"))).collect::<Result<_>>()?;
    let [sound, unsound] = wrong.as_slice() else { return Err(Trouble("two were copied".to_owned())) };
    assert_eq!(sound, "");
    assert!(unsound.contains("was changed, and nobody had allowed that"), "{unsound}");
    Ok(())
}

#[test]
fn a_response_that_cannot_be_covered_is_an_error() -> Result<()> {
    let folder = scratch("laws/responses/without-samples")?;
    copy_response(one_of("change")?, &folder, "silent", &[])?;
    std::fs::remove_file(folder.join("silent/samples.json"))?;
    let error = read(&folder).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("silent/samples.json") && error.contains("finding"), "{error}");

    let folder = scratch("laws/responses/unknown-task")?;
    // The law has no model of this task.
    let another = [("\"${Look}\"".to_owned(), "\"${AnswerApproval}\"".to_owned())];
    let payload = (
        "\"Payload\": {\"caseId\": \"{% $caseId %}\", \"finding\": \"{% $finding %}\"}".to_owned(),
        "\"Payload\": {\"approvalId\": \"x\", \"decision\": \"approve\", \"by\": \"x\", \"reason\": \"x\"}"
            .to_owned(),
    );
    let [first] = another;
    copy_response(one_of("change")?, &folder, "strange", &[first, payload])?;
    let error = read(&folder)?.iter().find_map(|subject| without_faults(subject).err());
    let error = error.map(|error| error.to_string()).unwrap_or_default();
    assert!(error.contains("`answer-approval`") && error.contains("tests/laws/account/"), "{error}");
    Ok(())
}

/// A mistake of the shape `change`: the change is made without an approval.
fn unasked() -> [(String, String); 1] {
    [("($approved and ".to_owned(), "true or (".to_owned())]
}

/// The first response of a shape.
fn one_of(shape: &str) -> Result<&'static Response> {
    let mut of_shape = responses()?.iter().filter(|response| response.shape().as_deref() == Some(shape));
    of_shape.next().ok_or_else(|| Trouble(format!("no response has the shape `{shape}`")))
}

/// Copies a response into a folder under another name, with a shape of its own in which some texts are replaced.
fn copy_response(response: &Response, folder: &Path, name: &str, instead: &[(String, String)]) -> Result<()> {
    let to = folder.join(name);
    copy_folder(&response.workflow.folder, &to)?;
    let shape = response.workflow.shape.as_ref().ok_or_else(|| Trouble("it has no shape".to_owned()))?;
    let own_shape = folder.join(SHAPES).join(name);
    copy_folder(shape, &own_shape)?;
    write_member(&to.join(RESPONSE), "shape", json!(name))?;
    let file = own_shape.join(DEFINITION);
    let mut text = std::fs::read_to_string(&file)?;
    for (right, wrong) in instead {
        if !text.contains(right) {
            return Err(Trouble(format!("the definition of `{}` does not have `{right}`", shape.display())));
        }
        text = text.replace(right, wrong);
    }
    Ok(std::fs::write(file, text)?)
}

/// Replaces a member of a JSON file.
fn write_member(file: &PathBuf, name: &str, value: Value) -> Result<()> {
    let mut object = read_json(file)?;
    if let Some(members) = object.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
    Ok(std::fs::write(file, object.to_string())?)
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
