//! The responses of the repository, found in `statemachines/`. Only tests about one of them name it, by these constants.

use crate::{Result, Trouble, repository};
use engine::workflow::{self, Functions, Place, Workflow};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Contains a role whose credentials were stolen.
pub const CREDENTIAL_EXFILTRATION: &str = "credential-exfiltration";
/// Tells people about risky calls of IAM.
pub const IAM_ACTIVITY: &str = "iam-activity";
/// Corrects a dangerous IAM policy.
pub const IAM_POLICY_REMEDIATION: &str = "iam-policy-remediation";
/// Puts a required permissions boundary back.
pub const PERMISSIONS_BOUNDARY: &str = "permissions-boundary";
/// Tells people about findings that no other response answers.
pub const UNANSWERED_FINDING: &str = "unanswered-finding";

/// The file that says what an account must hold for the sample events of a response.
const ACCOUNT: &str = "account.json";

/// A response: its workflow with the parameters' defaults, and its samples.
#[derive(Debug, Clone)]
pub struct Response {
    /// The workflow.
    pub workflow: Workflow,
    /// `samples.json`: values for scenarios and laws, by name. Null if the response has none.
    pub samples: Value,
}

impl Response {
    /// Reads a response with the parameters' defaults.
    pub fn read(folder: &Path, functions: &Functions) -> Result<Self> {
        let workflow =
            Workflow::read(folder, functions, &Place::example(), &BTreeMap::new()).map_err(trouble)?;
        let file = folder.join("samples.json");
        let samples = if file.is_file() { json(&file)? } else { Value::Null };
        Ok(Self { workflow, samples })
    }

    /// The name of the shape, if it has one.
    pub fn shape(&self) -> Option<String> {
        Some(self.workflow.shape.as_ref()?.file_name()?.to_string_lossy().into_owned())
    }

    /// A value of `samples.json`.
    pub fn sample(&self, name: &str) -> Result<&Value> {
        self.samples.get(name).ok_or_else(|| {
            Trouble(format!("`{}/samples.json` has no `{name}`", self.workflow.folder.display()))
        })
    }

    /// The sample events that its rules take, sorted by name.
    pub fn events(&self) -> Result<Vec<PathBuf>> {
        let mut files = workflow::json_files(&self.workflow.folder.join("events")).map_err(trouble)?;
        files.retain(|file| !file_name(file).starts_with("ignored-"));
        Ok(files)
    }

    /// The event of `samples.json`, which shows the response best.
    pub fn sample_event(&self) -> Result<PathBuf> {
        let file = self.sample("event")?.as_str().unwrap_or_default();
        // As the event of a scenario, it is relative to the folder of the scenarios.
        let name = Path::new(file).file_name().unwrap_or_default();
        Ok(self.workflow.folder.join("events").join(name))
    }

    /// The function of a step of its kind, if the kind has the step.
    pub fn step(&self, step: &str) -> Option<String> {
        let kind = self.workflow.kind.as_deref();
        let is_step = |task: &&contract::Declaration| task.kind == kind && task.step == Some(step);
        contract::declarations().iter().find(is_step).map(|task| task.name.clone())
    }

    /// Whether it has an `account.json`, from which accounts for its events are built.
    pub fn has_account(&self) -> bool {
        self.workflow.folder.join(ACCOUNT).is_file()
    }

    /// The settings of the tasks in its `account.json`.
    fn settings(&self) -> Result<BTreeMap<String, String>> {
        if !self.has_account() {
            return Ok(BTreeMap::new());
        }
        let account = json(&self.workflow.folder.join(ACCOUNT))?;
        Ok(account
            .get("settings")
            .map_or_else(|| Ok(BTreeMap::new()), |set| serde_json::from_value(set.clone()))?)
    }
}

/// Every response of the repository, sorted by name. They are read once.
pub fn responses() -> Result<&'static [Response]> {
    static ALL: LazyLock<Result<Vec<Response>>> =
        LazyLock::new(|| responses_in(&repository().join("statemachines")));
    ALL.as_deref().map_err(trouble)
}

/// The responses of a folder.
pub fn responses_in(folder: &Path) -> Result<Vec<Response>> {
    let functions = functions()?;
    let folders = workflow::folders(folder).map_err(trouble)?;
    folders.iter().map(|folder| Response::read(folder, &functions)).collect()
}

/// The settings of the tasks that the accounts of all responses need.
pub fn settings() -> Result<BTreeMap<String, String>> {
    let mut all = BTreeMap::new();
    for response in responses()? {
        for (name, value) in response.settings()? {
            if all.insert(name.clone(), value).is_some() {
                return Err(Trouble(format!("two responses have the setting `{name}` in their `{ACCOUNT}`")));
            }
        }
    }
    Ok(all)
}

/// A response by its name.
pub fn response(name: &str) -> Result<&'static Response> {
    let all = responses()?;
    all.iter().find(|response| response.workflow.name == name).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|response| response.workflow.name.as_str()).collect();
        Trouble(format!("there is no response `{name}`; there are {}", names.join(", ")))
    })
}

/// The response whose rules take an event.
pub fn response_to(event: &Value) -> Result<Option<&'static Response>> {
    Ok(responses()?.iter().find(|response| response.workflow.rule_for(event).is_some()))
}

/// The functions of the manifest.
pub fn functions() -> Result<Functions> {
    Functions::read(&repository().join("tasks/manifest.json")).map_err(trouble)
}

/// Reads a JSON file.
pub fn json(file: &Path) -> Result<Value> {
    let text = std::fs::read_to_string(file).map_err(trouble);
    let value = text.and_then(|text| serde_json::from_str(&text).map_err(trouble));
    value.map_err(|Trouble(why)| Trouble(format!("`{}`: {why}", file.display())))
}

/// The last part of a path.
pub fn file_name(file: &Path) -> String {
    file.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Any error, as it describes itself.
pub fn trouble(error: impl Display) -> Trouble {
    Trouble(error.to_string())
}
