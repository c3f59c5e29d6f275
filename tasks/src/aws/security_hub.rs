//! Writes to a finding in Security Hub. The call answers 200 even if it wrote nothing: `UnprocessedFindings` is an error
//! or a retry, never a success.

use crate::aws::Aws;
use crate::aws::fault::{code, fault};
use crate::text;
use aws_sdk_securityhub::types::{
    AwsSecurityFinding, AwsSecurityFindingFilters, AwsSecurityFindingIdentifier, NoteUpdate, StringFilter,
    StringFilterComparison, WorkflowStatus, WorkflowUpdate,
};
use contract::{Fault, Finding};
use std::collections::HashMap;

/// The longest note, in characters.
const NOTE: usize = 512;

/// The author of our notes.
const AUTHOR: &str = "redress";

/// Why a finding was not written.
#[derive(Debug)]
pub(crate) enum Unwritten {
    NotFound { arn: String },
    Concurrent { arn: String },
    Rejected { arn: String, code: String, message: String },
    NotEnabled { why: String },
    Fault(Fault),
}

impl From<Fault> for Unwritten {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Both tasks that write have these errors, under the same names.
macro_rules! from_unwritten {
    ($error:ident) => {
        impl From<crate::aws::security_hub::Unwritten> for $error {
            fn from(unwritten: crate::aws::security_hub::Unwritten) -> Self {
                use crate::aws::security_hub::Unwritten;
                match unwritten {
                    Unwritten::NotFound { arn } => Self::FindingNotFound { arn },
                    Unwritten::Concurrent { arn } => Self::ConcurrentUpdate { arn },
                    Unwritten::Rejected { arn, code, message } => {
                        Self::FindingRejected { arn, code, message }
                    }
                    Unwritten::NotEnabled { why } => Self::HubNotEnabled { why },
                    Unwritten::Fault(fault) => fault.into(),
                }
            }
        }
    };
}
pub(crate) use from_unwritten;

/// A write. A field that is `None` stays as it is.
#[derive(Default)]
pub(crate) struct Update {
    pub(crate) note: String,
    pub(crate) fields: Option<HashMap<String, String>>,
    pub(crate) status: Option<WorkflowStatus>,
}

/// The finding as Security Hub has it.
pub(crate) async fn known(finding: &Finding, aws: &Aws) -> Result<AwsSecurityFinding, Unwritten> {
    let equals =
        |value: &str| StringFilter::builder().comparison(StringFilterComparison::Equals).value(value).build();
    let filters = AwsSecurityFindingFilters::builder()
        .id(equals(&finding.arn))
        .product_arn(equals(&finding.product_arn));
    match aws.security_hub().get_findings().filters(filters.build()).max_results(1).send().await {
        Ok(answer) => answer
            .findings
            .unwrap_or_default()
            .into_iter()
            .next()
            .ok_or_else(|| Unwritten::NotFound { arn: finding.arn.clone() }),
        Err(error) if code(&error) == "InvalidAccessException" => Err(not_enabled()),
        Err(error) => Err(fault("reading the finding in Security Hub", &error).into()),
    }
}

/// Writes to the finding. A finding that Security Hub did not process is an error.
pub(crate) async fn write(finding: &Finding, update: Update, aws: &Aws) -> Result<(), Unwritten> {
    let identifier =
        AwsSecurityFindingIdentifier::builder().id(&finding.arn).product_arn(&finding.product_arn).build();
    let note = NoteUpdate::builder().text(&update.note).updated_by(AUTHOR).build();
    let answer = aws
        .security_hub()
        .batch_update_findings()
        .finding_identifiers(identifier)
        .note(note)
        .set_user_defined_fields(update.fields)
        .set_workflow(update.status.map(|status| WorkflowUpdate::builder().status(status).build()))
        .send()
        .await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) if code(&error) == "InvalidAccessException" => return Err(not_enabled()),
        Err(error) => return Err(fault("writing to the finding in Security Hub", &error).into()),
    };
    match answer.unprocessed_findings.unwrap_or_default().into_iter().next() {
        None => Ok(()),
        Some(unprocessed) => {
            let arn = finding.arn.clone();
            let code = unprocessed.error_code.unwrap_or_default();
            let message = unprocessed.error_message.unwrap_or_default();
            Err(match code.as_str() {
                "FindingNotFound" => Unwritten::NotFound { arn },
                "ConcurrentUpdateError" => Unwritten::Concurrent { arn },
                "InternalFailure" => Unwritten::Fault(Fault::Unavailable {
                    doing: "writing to the finding in Security Hub".to_owned(),
                    why: format!("Security Hub did not write `{arn}`: `{code}`: {message}"),
                }),
                _ => Unwritten::Rejected { arn, code, message },
            })
        }
    }
}

fn not_enabled() -> Unwritten {
    let why = "enable it in this account and region, or remove the write-back from the workflow";
    Unwritten::NotEnabled { why: why.to_owned() }
}

/// The text between our note and the note of a person.
const BEFORE: &str = " | Before: ";

/// A note of at most 512 characters. The note of a person is kept behind ours, as far as there is room: Security Hub
/// replaces a note, and no note of a person may be lost, however often we write.
pub(crate) fn note(text: &str, existing: Option<&AwsSecurityFinding>) -> String {
    let ours = text::line(text, NOTE);
    let theirs = existing
        .and_then(|finding| finding.note())
        .and_then(|note| match note.updated_by() {
            Some(AUTHOR) => note.text()?.split_once(BEFORE).map(|(_, theirs)| theirs),
            _ => note.text(),
        })
        .filter(|text| !text.is_empty());
    match theirs {
        Some(theirs) if ours.chars().count() + 20 < NOTE => {
            text::cut(&format!("{ours}{BEFORE}{}", text::line(theirs, NOTE)), NOTE)
        }
        _ => ours,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_securityhub::types::Note;

    fn with_note(text: &str, by: &str) -> AwsSecurityFinding {
        AwsSecurityFinding::builder().note(Note::builder().text(text).updated_by(by).build()).build()
    }

    #[test]
    fn a_note_fits_and_keeps_what_a_person_wrote() {
        assert_eq!(note("Contained.", None), "Contained.");
        assert_eq!(
            note("Contained.", Some(&with_note("call Ada first", "ada"))),
            "Contained. | Before: call Ada first"
        );
        assert_eq!(note("Contained.", Some(&with_note("Found.", "redress"))), "Contained.");
        assert_eq!(
            note("Contained.", Some(&with_note("Found. | Before: call Ada first", "redress"))),
            "Contained. | Before: call Ada first"
        );
        let long = note(&"x".repeat(9_000), Some(&with_note("call Ada first", "ada")));
        assert_eq!(long.chars().count(), 512);
        let both = note("Contained.", Some(&with_note(&"y".repeat(9_000), "ada")));
        assert_eq!(both.chars().count(), 512);
    }
}
