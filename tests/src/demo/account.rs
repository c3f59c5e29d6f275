//! The account before, after and once more, read from AWS and not from the outputs of the workflow.

use super::change::{changes, restored};
use super::say;
use serde_json::{Map, Value};
use tests::{LocalAws, Result, Seeded, Trouble};

/// Looks at the account.
pub(super) struct Looks<'a> {
    aws: &'a LocalAws,
    seeded: &'a Seeded,
}

/// The account before the event.
pub(super) struct Before {
    account: Value,
    /// Whether the session of the role may list buckets, if there is one.
    session: Option<bool>,
}

impl<'a> Looks<'a> {
    pub(super) fn new(aws: &'a LocalAws, seeded: &'a Seeded) -> Self {
        Self { aws, seeded }
    }

    /// Prints the account, and returns it for later.
    pub(super) async fn before(&self) -> Result<Before> {
        let account = self.aws.account().await?;
        let mut session = None;
        if let Some(role) = &self.seeded.role {
            say::fact("role", &format!("{} ({})", role.arn, role.id));
            if !role.instances.is_empty() {
                say::fact("used by", &role.instances.join(", "));
            }
            for policy in self.policies(&account) {
                say::fact("has the policy", &policy);
            }
            let allowed = self.session().await?;
            session = Some(allowed.is_ok());
            match allowed {
                Ok(()) => say::good("its session", "works: s3:ListAllMyBuckets is allowed"),
                Err(refusal) => say::fact("its session", &format!("denied: {refusal}")),
            }
        }
        let status = self.workflow_status(&account);
        say::fact(
            "finding",
            &status.map_or_else(
                || "not in Security Hub".to_owned(),
                |status| format!("in Security Hub, workflow status {status}"),
            ),
        );
        Ok(Before { account, session })
    }

    /// Prints the differences from before.
    pub(super) async fn after(&self, before: &Before) -> Result<()> {
        let account = self.aws.account().await?;
        let changes = changes(&before.account, &account);
        for change in &changes {
            say::bad(&change.what, &change.name);
            if let Some(document) = &change.document {
                say::fact("", &document.to_string());
            }
        }
        if changes.is_empty() {
            say::fact("in IAM", "nothing");
        }
        if before.session.is_some() {
            match self.session().await? {
                Ok(()) => say::good("its session", "works"),
                Err(refusal) => say::bad("its session", &format!("denied: {refusal}")),
            }
        }
        if let (Some(was), Some(is)) = (self.workflow_status(&before.account), self.workflow_status(&account))
        {
            say::fact("finding", &format!("workflow status {is}, was {was}"));
        }
        for message in account.get("messages").and_then(Value::as_array).into_iter().flatten() {
            say::fact("people were told", message.get("subject").and_then(Value::as_str).unwrap_or_default());
        }
        Ok(())
    }

    /// Proves that IAM is exactly as it was, and that a session that worked before works again.
    pub(super) async fn restored(&self, before: &Before) -> Result<()> {
        let account = self.aws.account().await?;
        if !restored(&before.account, &account) {
            let found: Vec<String> = changes(&before.account, &account)
                .iter()
                .map(|change| format!("{} {}", change.what, change.name))
                .collect();
            return Err(Trouble(format!("IAM is not as it was: {}", found.join(", "))));
        }
        say::good("in IAM", "as it was: every role, user, group, policy and version");
        if before.session == Some(true) {
            match self.session().await? {
                Ok(()) => say::good("its session", "works again: s3:ListAllMyBuckets is allowed"),
                Err(refusal) => return Err(Trouble(format!("the session does not work again: {refusal}"))),
            }
        }
        Ok(())
    }

    async fn session(&self) -> Result<std::result::Result<(), String>> {
        match &self.seeded.role {
            Some(role) => role.session.list_buckets(self.aws.endpoint()).await,
            None => Ok(Ok(())),
        }
    }

    /// The names of the policies of the role.
    fn policies(&self, account: &Value) -> Vec<String> {
        let name = self.seeded.role.as_ref().map(|role| role.name.as_str()).unwrap_or_default();
        let part = |part: &str| account.pointer(&format!("/roles/{name}/{part}"));
        let inline = part("inline").and_then(Value::as_object).into_iter().flat_map(Map::keys);
        let attached = part("attached").and_then(Value::as_array).into_iter().flatten();
        inline
            .map(|name| format!("{name} (inline)"))
            .chain(attached.filter_map(|arn| Some(arn.as_str()?.to_owned())))
            .collect()
    }

    /// The workflow status of the finding, if Security Hub has it.
    fn workflow_status(&self, account: &Value) -> Option<String> {
        let finding = account.get("findings").and_then(|findings| findings.get(&self.seeded.finding_arn));
        Some(finding?.get("workflow")?.as_str()?.to_owned())
    }
}
