//! What the account looks like, before, after and again: read from AWS, not from what the workflow says.

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
            say::fact("used by", &role.instances.join(", "));
            say::fact("inline policies", &names(&self.inline(&account)));
            if let Err(refusal) = self.session().await? {
                return Err(Trouble(format!(
                    "the session of the role does not work before anything was done: {refusal}"
                )));
            }
            say::good("its session", "works: s3:ListAllMyBuckets is allowed");
        } else {
            say::fact("role", "the event names none");
        }
        say::fact("finding", &format!("in Security Hub, workflow status {}", self.workflow(&account)));
        Ok(account)
    }

    /// Says what is otherwise than before.
    pub(super) async fn after(&self, before: &Value) -> Result<()> {
        let account = self.aws.account().await?;
        if self.seeded.role.is_some() {
            let (was, is) = (self.inline(before), self.inline(&account));
            for (name, document) in is.iter().filter(|(name, _)| !was.contains_key(*name)) {
                say::bad("+ inline policy", name);
                say::fact("", &document.to_string());
            }
            if was == is {
                say::fact("inline policies", &format!("as before: {}", names(&is)));
            }
            match self.session().await? {
                Ok(()) => say::good("its session", "works, as before"),
                Err(refusal) => say::bad("its session", &format!("denied: {refusal}")),
            }
        }
        say::fact(
            "finding",
            &format!("workflow status {}, was {}", self.workflow(&account), self.workflow(before)),
        );
        for message in account.get("messages").and_then(Value::as_array).into_iter().flatten() {
            say::fact("people were told", message.get("subject").and_then(Value::as_str).unwrap_or_default());
        }
        Ok(())
    }

    /// Proves that the role is exactly as it was, and that its session works again.
    pub(super) async fn restored(&self, before: &Value) -> Result<()> {
        let account = self.aws.account().await?;
        let Some(role) = &self.seeded.role else { return Ok(()) };
        let pointer = format!("/roles/{}", role.name);
        if account.pointer(&pointer) != before.pointer(&pointer) {
            return Err(Trouble("the role is not as it was".to_owned()));
        }
        say::good("the role", &format!("as it was: {}", names(&self.inline(&account))));
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

    fn inline(&self, account: &Value) -> Map<String, Value> {
        let name = self.seeded.role.as_ref().map(|role| role.name.as_str()).unwrap_or_default();
        account
            .pointer(&format!("/roles/{name}/inline"))
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default()
    }

    fn workflow(&self, account: &Value) -> String {
        let finding = account.get("findings").and_then(|findings| findings.get(&self.seeded.finding_arn));
        finding
            .and_then(|finding| finding.get("workflow"))
            .and_then(Value::as_str)
            .unwrap_or("unknown")
            .to_owned()
    }
}

fn names(policies: &Map<String, Value>) -> String {
    policies.keys().cloned().collect::<Vec<_>>().join(", ")
}
