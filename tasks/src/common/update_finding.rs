//! `update-finding`: writes a note and the context to the finding, for the analyst who opens it.

use crate::aws::Aws;
use crate::aws::security_hub::{self, Update, from_unwritten};
use crate::runtime::Run;
use crate::runtime::permissions::{Condition, Statement};
use crate::text;
use contract::tasks::UpdateFinding;
use contract::tasks::update_finding::{Error, Input, Output};
use std::collections::HashMap;

/// The limits of Security Hub: fields, and characters of a key and of a value. Source: AWS Security Hub,
/// "BatchUpdateFindings".
const FIELDS: usize = 50;
const KEY: usize = 128;
const VALUE: usize = 1024;

from_unwritten!(Error);

impl Run for UpdateFinding {
    const SUMMARY: &'static str = "Writes a note and the context to the finding in Security Hub.";
    const IAM: &'static [Statement] = &[
        Statement::allow(
            &["securityhub:GetFindings"],
            &["*"],
            "Reads the user-defined fields and the note first: a write replaces them, it does not merge.",
        ),
        Statement::allow(
            &["securityhub:BatchUpdateFindings"],
            &["*"],
            "Writes the note and the fields. Security Hub narrows this call by field, not by resource.",
        ),
        Statement::deny(
            &["securityhub:BatchUpdateFindings"],
            &["*"],
            "May not set a workflow status: only `set-workflow-status` does, after verification.",
        )
        .when(&[Condition {
            operator: "Null",
            key: "securityhub:ASFFSyntaxPath/Workflow.Status",
            values: &["false"],
        }]),
    ];

    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let existing = security_hub::known(&input.finding, aws).await?;
        let note = security_hub::note(&input.note, Some(&existing));
        let fields = merged(existing.user_defined_fields().cloned().unwrap_or_default(), &input);
        let count = fields.len();
        let update = Update { note: note.clone(), fields: Some(fields), status: None };
        security_hub::write(&input.finding, update, aws).await?;
        Ok(Output { note, fields: count })
    }
}

/// The fields that the finding has, with ours put over them: a write replaces all fields. Ours are left out if there is no
/// room for them.
fn merged(theirs: HashMap<String, String>, input: &Input) -> HashMap<String, String> {
    let context = input.context.iter().flat_map(|context| &context.fields);
    let context = context.map(|(key, value)| (text::line(key, KEY), value));
    let mut all = theirs;
    for (key, value) in [("redress:case".to_owned(), &input.case_id)].into_iter().chain(context) {
        if all.len() < FIELDS || all.contains_key(&key) {
            all.insert(key, text::line(value, VALUE));
        }
    }
    all
}

#[cfg(test)]
mod tests;
