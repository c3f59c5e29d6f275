//! Writing to a finding in Security Hub. The call answers 200 also when it wrote nothing: `UnprocessedFindings` is an
//! error or a retry, never a success.

use crate::aws::Aws;
use crate::aws::fault::{code, fault};
use crate::words::text;
use aws_sdk_securityhub::types::{
    AwsSecurityFinding, AwsSecurityFindingFilters, AwsSecurityFindingIdentifier, NoteUpdate, StringFilter,
    StringFilterComparison, WorkflowStatus, WorkflowUpdate,
};
use contract::{Fault, Finding};
use std::collections::HashMap;

/// The most that a note may hold.
const NOTE: usize = 512;

/// What a note says of its author.
const AUTHOR: &str = "redress";

/// Why a finding was not written.
#[derive(Debug)]
pub(crate) enum Unwritten {
    NotFound(String),
    Concurrent(String),
    Rejected(String),
    NotEnabled(String),
    Fault(Fault),
}

impl From<Fault> for Unwritten {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Both tasks that write have the same errors, under the same names.
macro_rules! from_unwritten {
    ($error:ident) => {
        impl From<crate::aws::security_hub::Unwritten> for $error {
            fn from(unwritten: crate::aws::security_hub::Unwritten) -> Self {
                use crate::aws::security_hub::Unwritten;
                match unwritten {
                    Unwritten::NotFound(message) => Self::FindingNotFound(message),
                    Unwritten::Concurrent(message) => Self::ConcurrentUpdate(message),
                    Unwritten::Rejected(message) => Self::FindingRejected(message),
                    Unwritten::NotEnabled(message) => Self::HubNotEnabled(message),
                    Unwritten::Fault(fault) => fault.into(),
                }
            }
        }
    };
}
pub(crate) use from_unwritten;

/// What is to be written. What is left out stays as it is.
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
        Ok(answer) => answer.findings.unwrap_or_default().into_iter().next().ok_or_else(|| {
            Unwritten::NotFound(format!("Security Hub does not know the finding `{}` yet", finding.arn))
        }),
        Err(error) if code(&error) == "InvalidAccessException" => Err(not_enabled()),
        Err(error) => Err(fault("reading the finding in Security Hub", &error).into()),
    }
}

/// Writes to the finding, and takes the answer at its word.
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
            let code = unprocessed.error_code.unwrap_or_default();
            let message = format!(
                "Security Hub did not write the finding `{}`: `{code}`: {}",
                finding.arn,
                unprocessed.error_message.unwrap_or_default()
            );
            Err(match code.as_str() {
                "FindingNotFound" => Unwritten::NotFound(message),
                "ConcurrentUpdateError" => Unwritten::Concurrent(message),
                "InternalFailure" => Unwritten::Fault(Fault::Unavailable(message)),
                _ => Unwritten::Rejected(message),
            })
        }
    }
}

fn not_enabled() -> Unwritten {
    Unwritten::NotEnabled("Security Hub is not enabled in this account and region; enable it, or take the write-back out of the workflow".to_owned())
}

/// What stands between our words and those that a person had written.
const BEFORE: &str = " | Before: ";

/// A note of at most 512 characters. What a person had written before is kept behind it, as far as there is room:
/// Security Hub replaces a note, and nothing that somebody wrote may be lost unseen, however often we write.
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
