//! What the account looks like, before, after and again: read from AWS, not from what the workflow says.

use super::change::{changes, restored};
use super::say;
use serde_json::{Map, Value};
use tests::{LocalAws, Result, Seeded, Trouble};

/// Looks at the account.
pub(super) struct Looks<'a> {
    aws: &'a LocalAws,
    seeded: &'a Seeded,
}

impl<'a> Looks<'a> {
    pub(super) fn new(aws: &'a LocalAws, seeded: &'a Seeded) -> Self {
        Self { aws, seeded }
    }

    /// Says what there is, and gives it for later.
    pub(super) async fn before(&self) -> Result<Value> {
        let account = self.aws.account().await?;
        if let Some(role) = &self.seeded.role {
            say::fact("role", &format!("{} ({})", role.arn, role.id));
            if !role.instances.is_empty() {
                say::fact("used by", &role.instances.join(", "));
            }
            for policy in self.policies(&account) {
                say::fact("has the policy", &policy);
            }
            if let Err(refusal) = self.session().await? {
                return Err(Trouble(format!(
                    "the session of the role does not work before anything was done: {refusal}"
                )));
            }
            say::good("its session", "works: s3:ListAllMyBuckets is allowed");
        } else {
            say::fact("role", "the event names none");
        }
        say::fact(
            "finding",
            &match self.workflow(&account) {
                Some(status) => format!("in Security Hub, workflow status {status}"),
                None => "not in Security Hub".to_owned(),
            },
        );
        Ok(account)
    }

    /// Says what is otherwise than before.
    pub(super) async fn after(&self, before: &Value) -> Result<()> {
        let account = self.aws.account().await?;
        let changes = changes(before, &account);
        for change in &changes {
            say::bad(&change.what, &change.name);
            if let Some(document) = &change.document {
                say::fact("", &document.to_string());
            }
        }
        if changes.is_empty() {
            say::fact("in IAM", "nothing");
        }
        if self.seeded.role.is_some() {
            match self.session().await? {
                Ok(()) => say::good("its session", "works, as before"),
                Err(refusal) => say::bad("its session", &format!("denied: {refusal}")),
            }
        }
        if let (Some(was), Some(is)) = (self.workflow(before), self.workflow(&account)) {
            say::fact("finding", &format!("workflow status {is}, was {was}"));
        }
        for message in account.get("messages").and_then(Value::as_array).into_iter().flatten() {
            say::fact("people were told", message.get("subject").and_then(Value::as_str).unwrap_or_default());
        }
        Ok(())
    }

    /// Proves that IAM is exactly as it was, and that the session of the role works again.
    pub(super) async fn restored(&self, before: &Value) -> Result<()> {
        let account = self.aws.account().await?;
        if !restored(before, &account) {
            let found: Vec<String> = changes(before, &account)
                .iter()
                .map(|change| format!("{} {}", change.what, change.name))
                .collect();
            return Err(Trouble(format!("IAM is not as it was: {}", found.join(", "))));
        }
        say::good("in IAM", "as it was: every role, user, group, policy and version");
        match self.session().await? {
            Ok(()) => say::good("its session", "works again: s3:ListAllMyBuckets is allowed"),
            Err(refusal) => return Err(Trouble(format!("the session does not work again: {refusal}"))),
        }
        Ok(())
    }

    async fn session(&self) -> Result<std::result::Result<(), String>> {
        match &self.seeded.role {
            Some(role) => role.session.list_buckets(self.aws.endpoint()).await,
            None => Ok(Ok(())),
        }
    }

    /// The names of the policies that the role has.
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
    fn workflow(&self, account: &Value) -> Option<String> {
        let finding = account.get("findings").and_then(|findings| findings.get(&self.seeded.finding_arn));
        Some(finding?.get("workflow")?.as_str()?.to_owned())
    }
}
