use super::{WorkflowError, json_files};
use crate::events::{Parameter, Rule, RuleError, RuleFile};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The rule of a workflow that has one.
const ONE: &str = "rule.json";

/// The rules of a workflow that different events start.
const SEVERAL: &str = "rules";

/// The rules of a workflow, sorted by name. That of `rule.json` has the workflow's name; those of `rules/` have the name
/// of their file after it.
pub(super) fn read(
    folder: &Path,
    workflow: &str,
    machine_arn: &str,
    set: &BTreeMap<String, String>,
) -> Result<Vec<Rule>, WorkflowError> {
    let files = files(folder)?;
    let known = shared(&files)?;
    if let (Some((file, _)), Some(name)) = (files.first(), set.keys().find(|name| !known.contains_key(*name)))
    {
        let known = known.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        return Err(of(file, RuleError::UnknownParameter { name: name.clone(), known }));
    }
    files
        .into_iter()
        .map(|(file, rule)| {
            let stem = file.file_stem().unwrap_or_default().to_string_lossy();
            let name =
                if file == folder.join(ONE) { workflow.to_owned() } else { format!("{workflow}-{stem}") };
            rule.rule(&name, machine_arn, set).map_err(|why| of(&file, why))
        })
        .collect()
}

/// What a deployment can set of a workflow, by name.
pub fn parameters(folder: &Path) -> Result<BTreeMap<String, Parameter>, WorkflowError> {
    shared(&files(folder)?)
}

fn files(folder: &Path) -> Result<Vec<(PathBuf, RuleFile)>, WorkflowError> {
    let one = folder.join(ONE);
    let mut files = json_files(&folder.join(SEVERAL))?;
    if one.is_file() {
        if !files.is_empty() {
            return Err(of(&one, RuleError::OneOrTheOther));
        }
        files.push(one);
    }
    let read = |file: PathBuf| {
        let rule = RuleFile::read(&super::read(&file)?).map_err(|why| of(&file, why))?;
        Ok((file, rule))
    };
    files.into_iter().map(read).collect()
}

/// The parameters of all rules. A deployment sets a parameter once, so rules that speak of the same one must agree.
fn shared(files: &[(PathBuf, RuleFile)]) -> Result<BTreeMap<String, Parameter>, WorkflowError> {
    let mut found: BTreeMap<&str, (&Path, &Parameter)> = BTreeMap::new();
    for (file, rule) in files {
        for (name, parameter) in &rule.parameters {
            let (first, same) = found.entry(name).or_insert((file, parameter));
            if *same != parameter {
                let other = first.file_name().unwrap_or_default().to_string_lossy().into_owned();
                return Err(of(file, RuleError::Disagreement { name: name.clone(), other }));
            }
        }
    }
    Ok(found.into_iter().map(|(name, (_, parameter))| (name.to_owned(), parameter.clone())).collect())
}

fn of(file: &Path, why: RuleError) -> WorkflowError {
    WorkflowError::Rule { file: file.to_owned(), why }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;
    use serde_json::{Value, json};

    const ARN: &str = "arn:aws:states:us-east-1:123456789012:stateMachine:w";

    fn rule(source: &str, parameters: &Value) -> Value {
        json!({
            "Description": "d",
            "Parameters": parameters,
            "EventPattern": {"source": [source]},
            "Targets": [{"Id": "t", "Arn": "${StateMachine}", "Input": parameters.as_object().unwrap()
                .keys().map(|name| format!("{name}=${{{name}}} ")).collect::<String>()}]
        })
    }

    fn folder(files: &[(&str, Value)]) -> Scratch {
        let folder = Scratch::new();
        std::fs::create_dir(folder.path().join(SEVERAL)).unwrap();
        for (name, rule) in files {
            std::fs::write(folder.path().join(name), rule.to_string()).unwrap();
        }
        folder
    }

    /// The name of each rule, and what its target gets.
    fn read_from(
        files: &[(&str, Value)],
        set: &[(&str, &str)],
    ) -> Result<Vec<(String, Option<String>)>, String> {
        let set = set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let read = read(folder(files).path(), "w", ARN, &set);
        match read {
            Ok(rules) => {
                Ok(rules.into_iter().map(|rule| (rule.name, rule.targets[0].input.clone())).collect())
            }
            Err(WorkflowError::Rule { file, why }) => {
                Err(format!("{}: {why}", file.file_name().unwrap().to_string_lossy()))
            }
            Err(other) => Err(other.to_string()),
        }
    }

    #[test]
    fn rules_are_one_or_several_and_share_their_parameters() {
        let mode =
            json!({"Mode": {"Description": "m", "Default": "plan", "AllowedValues": ["plan", "auto"]}});
        let mut both = mode.clone();
        both["Days"] = json!({"Description": "d", "Default": 1});
        let other =
            json!({"Mode": {"Description": "m", "Default": "auto", "AllowedValues": ["plan", "auto"]}});
        let (one, two) = (rule("aws.iam", &mode), rule("aws.config", &both));
        let several = [("rules/config.json", two.clone()), ("rules/iam.json", one.clone())];
        let named = |rules: &[(&str, &str)]| {
            Ok(rules.iter().map(|(name, input)| ((*name).to_owned(), Some((*input).to_owned()))).collect())
        };
        let cases = [
            (vec![], vec![], Ok(Vec::new())),
            (vec![("rule.json", one.clone())], vec![("Mode", "auto")], named(&[("w", "Mode=auto ")])),
            (
                several.to_vec(),
                vec![("Days", "7")],
                named(&[("w-config", "Mode=plan Days=7 "), ("w-iam", "Mode=plan ")]),
            ),
            (
                several.to_vec(),
                vec![("Moed", "auto")],
                Err("config.json: no rule has a parameter `Moed`; they have `Days`, `Mode`"),
            ),
            (
                vec![("rules/config.json", two), ("rules/iam.json", rule("aws.iam", &other))],
                vec![],
                Err(
                    "iam.json: the parameter `Mode` is not what `config.json` says that it is; the rules of a workflow share their parameters",
                ),
            ),
            (
                vec![("rule.json", one.clone()), ("rules/iam.json", one)],
                vec![],
                Err("rule.json: there is a folder `rules` beside it; a workflow has one or the other"),
            ),
        ];
        for (files, set, expected) in cases {
            assert_eq!(read_from(&files, &set), expected.map_err(str::to_owned), "{set:?}");
        }
    }
}
