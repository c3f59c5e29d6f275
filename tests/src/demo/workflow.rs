//! What the demonstration shows of each workflow.

use tests::{Result, Trouble};

/// One workflow, as it is shown.
pub(crate) struct Workflow {
    /// Its folder in `statemachines/`.
    pub(super) name: &'static str,
    /// What is going to be seen.
    pub(super) title: &'static str,
    /// The event that is sent unless another is named; one of its `events/`.
    pub(super) sample: &'static str,
    /// Another of them, to try by hand, and what becomes of it.
    pub(super) another: (&'static str, &'static str),
    /// The state that has changed the account when it is left.
    pub(super) acts: &'static str,
    /// What is true again in the end.
    pub(super) restored: &'static str,
}

const WORKFLOWS: [Workflow; 2] = [
    Workflow {
        name: "credential-exfiltration",
        title: "a leaked role is contained, and released again",
        sample: "outside",
        another: ("iam-user", "a user, which goes to people"),
        acts: "Contain the role",
        restored: "The role is as it was, and its session works again.",
    },
    Workflow {
        name: "iam-policy-remediation",
        title: "a dangerous policy is put right, and put back",
        sample: "create-policy-version",
        another: ("attach-user-policy", "AWS's AdministratorAccess on a user, which is detached"),
        acts: "Remediate the policy",
        restored: "The policy is as it was, and the session of its role works again.",
    },
];

impl Workflow {
    /// The one of this name.
    pub(super) fn named(name: &str) -> Result<&'static Self> {
        WORKFLOWS.iter().find(|workflow| workflow.name == name).ok_or_else(|| {
            let names: Vec<&str> = WORKFLOWS.iter().map(|workflow| workflow.name).collect();
            Trouble(format!("there is no workflow `{name}`; there are {}", names.join(" and ")))
        })
    }

    /// The one whose folder an event lies in, or the first.
    pub(super) fn of_event(file: &std::path::Path) -> &'static Self {
        let [first, ..] = &WORKFLOWS;
        let holds = |workflow: &&Self| file.iter().any(|part| part == workflow.name);
        WORKFLOWS.iter().find(holds).unwrap_or(first)
    }

    /// The file of one of its sample events, from the repository's root.
    pub(super) fn event(&self, name: &str) -> String {
        format!("statemachines/{}/events/{name}.json", self.name)
    }
}
