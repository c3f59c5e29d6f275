//! `update-finding`: a note and the context, for the analyst who opens the finding.

use crate::aws::Aws;
use crate::aws::security_hub::{self, Update, from_unwritten};
use crate::serve::Run;
use crate::words::text;
use contract::tasks::UpdateFinding;
use contract::tasks::update_finding::{Error, Input, Output};
use contract::{Context, Principal, RoleFacts};
use std::collections::HashMap;

/// The limits of Security Hub: pairs, and characters of a value.
const FIELDS: usize = 50;
const VALUE: usize = 1024;

from_unwritten!(Error);

impl Run for UpdateFinding {
    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let existing = security_hub::known(&input.finding, aws).await?;
        let note = security_hub::note(&input.note, Some(&existing));
        let fields = merged(existing.user_defined_fields().cloned().unwrap_or_default(), fields(&input));
        let count = fields.len();
        let update = Update { note: note.clone(), fields: Some(fields), status: None };
        security_hub::write(&input.finding, update, aws).await?;
        Ok(Output { note, fields: count })
    }
}

/// The context as user-defined fields, the most telling first.
fn fields(input: &Input) -> Vec<(&'static str, String)> {
    let mut fields = vec![("redress:case", input.case_id.clone())];
    if let Principal::Role { name, .. } = &input.finding.principal {
        fields.push(("redress:role", name.clone()));
    }
    if let Some(context) = &input.context {
        fields.extend(context_fields(context));
    }
    fields
}

fn context_fields(context: &Context) -> Vec<(&'static str, String)> {
    let mut fields = Vec::new();
    if let RoleFacts::Verified { arn, .. } = &context.role {
        fields.push(("redress:role-arn", arn.clone()));
    }
    if let Some(environment) = &context.environment {
        fields.push(("redress:environment", environment.clone()));
    }
    if let Some(owner) = &context.owner {
        fields.push(("redress:owner", owner.clone()));
    }
    fields.push(("redress:other-instances", context.other_instance_count.to_string()));
    if !context.remarks.is_empty() {
        fields.push(("redress:remarks", context.remarks.join(" ")));
    }
    fields
}

/// Ours over theirs, and theirs stay: a write replaces all fields. What there is no room for is left out of ours.
fn merged(theirs: HashMap<String, String>, ours: Vec<(&'static str, String)>) -> HashMap<String, String> {
    let mut all = theirs;
    for (key, value) in ours {
        if all.len() < FIELDS || all.contains_key(key) {
            all.insert(key.to_owned(), text::line(&value, VALUE));
        }
    }
    all
}

#[cfg(test)]
#[path = "update_finding_tests.rs"]
mod tests;
