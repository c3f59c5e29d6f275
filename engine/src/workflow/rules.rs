use super::response::Response;
use super::{WorkflowError, json_files, parameters};
use crate::events::{Rule, RuleFile};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The folder of a response's rules.
pub(super) const RULES: &str = "rules";

/// The rules of a response as their files have them.
pub(super) fn read(folder: &Path) -> Result<Vec<(PathBuf, RuleFile)>, WorkflowError> {
    each(folder)?.collect()
}

/// Reads the rules of a response one by one.
pub(super) fn each(
    folder: &Path,
) -> Result<impl Iterator<Item = Result<(PathBuf, RuleFile), WorkflowError>> + use<>, WorkflowError> {
    Ok(json_files(&folder.join(RULES))?.into_iter().map(|file| {
        let rule = RuleFile::read(&super::read(&file)?);
        let rule = rule.map_err(|why| WorkflowError::Rule { file: file.clone(), why })?;
        Ok((file, rule))
    }))
}

/// The rules, sorted by name, with the parameters of the response filled in. A rule is named after the response and its
/// file: `response-file`.
pub(super) fn filled(
    files: &[(PathBuf, RuleFile)],
    name: &str,
    arn: &str,
    response: &Response,
    set: &BTreeMap<String, String>,
) -> Result<Vec<Rule>, WorkflowError> {
    let values = parameters::values(&response.parameters, set);
    let mut values = values.map_err(|why| WorkflowError::Parameter { response: name.to_owned(), why })?;
    values.insert("StateMachine".to_owned(), arn.to_owned());
    let rule = |(file, rule): &(PathBuf, RuleFile)| {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        let rule = rule.rule(&format!("{name}-{stem}"), &values, response.input_template.as_deref());
        rule.map_err(|why| WorkflowError::Rule { file: file.clone(), why })
    };
    files.iter().map(rule).collect()
}
