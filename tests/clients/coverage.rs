//! Which actions real clients drive. An action that nobody drives is named here, so that the gaps can be counted: there are
//! none.

use std::collections::BTreeSet;
use std::path::Path;
use tests::{Result, repository};

/// The actions of a service: each has a file, or a folder.
fn actions(service: &str) -> Result<BTreeSet<String>> {
    let mut actions = BTreeSet::new();
    for entry in std::fs::read_dir(repository().join("engine/src/api").join(service))? {
        let name = entry?.file_name().to_string_lossy().trim_end_matches(".rs").to_owned();
        if !["mod", "shared", "cases", "tests"].contains(&name.as_str()) {
            actions.insert(name);
        }
    }
    Ok(actions)
}

/// The actions that a text does not call, in the words of its client.
fn missing(service: &str, text: &str, called: impl Fn(&str) -> String) -> Result<Vec<String>> {
    Ok(actions(service)?.into_iter().filter(|action| !text.contains(&called(action))).collect())
}

fn all_of(folder: &Path) -> Result<String> {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder)? {
        all.push_str(&std::fs::read_to_string(entry?.path())?);
    }
    Ok(all)
}

#[test]
fn every_action_is_driven_by_the_command_line() -> Result<()> {
    let transcripts = all_of(&repository().join("tests/clients/transcripts"))?;
    let command =
        |service: &'static str| move |action: &str| format!("aws {service} {} ", action.replace('_', "-"));
    // Whether something stands behind it does not matter.
    let transcripts = transcripts.replace('\n', " \n");
    assert_eq!(actions("states")?.len(), 37);
    assert_eq!(missing("states", &transcripts, command("stepfunctions"))?, Vec::<String>::new());
    assert_eq!(missing("events", &transcripts, command("events"))?, Vec::<String>::new());
    Ok(())
}

#[test]
fn every_action_is_driven_by_aws_sdk_sfn() -> Result<()> {
    let source = std::fs::read_to_string(repository().join("tests/clients/aws_sdk.rs"))?;
    assert_eq!(missing("states", &source, |action| format!(".{action}()"))?, Vec::<String>::new());
    Ok(())
}
