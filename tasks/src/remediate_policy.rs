//! `remediate-policy`: the one change that was recorded. Everything around it makes sure that the policy is still what
//! was recorded, and is what it should be afterwards.

use crate::aws::case_table::CaseTable;
use crate::aws::document::same;
use crate::aws::fault::Answer;
use crate::aws::{Aws, policy, principal};
use crate::remediation::standing::{Standing, standing};
use crate::serve::Run;
use aws_sdk_iam::Client;
use contract::tasks::RemediatePolicy;
use contract::tasks::remediate_policy::{Error, Input};
use contract::{Change, PolicyBefore, Remediated, Was};

impl Run for RemediatePolicy {
    async fn run(input: Input, aws: &Aws) -> Result<Remediated, Error> {
        let before = &input.before;
        CaseTable::new(aws)?.recorded(&input.case_id, before).await?;
        let iam = aws.iam();
        match standing(&iam, before).await? {
            Standing::AsRecorded => change(&iam, before).await?,
            // An earlier try made the change.
            Standing::AsChanged => {}
            Standing::Otherwise(how) | Standing::Gone(how) => return Err(Error::PolicyChanged(how)),
        }
        match standing(&iam, before).await? {
            Standing::AsChanged => done(&iam, before, aws.now()).await,
            Standing::AsRecorded => Err(Error::NotReadBack(
                "the change was made, and the policy says what it said before".to_owned(),
            )),
            Standing::Otherwise(how) | Standing::Gone(how) => Err(Error::NotReadBack(how)),
        }
    }
}

async fn change(iam: &Client, before: &PolicyBefore) -> Result<(), Error> {
    let answer = match &before.change {
        Change::NewVersion { arn, document } => return new_version(iam, before, arn, document).await,
        Change::PutInline { principal, policy, document } => {
            principal::put_inline(iam, principal, policy, document).await?
        }
        Change::DeleteInline { principal, policy } => {
            principal::delete_inline(iam, principal, policy).await?
        }
        Change::Detach { principal, policy_arn } => principal::detach(iam, principal, policy_arn).await?,
        Change::UpdateTrust { role, document } => principal::update_trust(iam, role, document).await?,
    };
    settled(answer, before)
}

async fn new_version(iam: &Client, before: &PolicyBefore, arn: &str, document: &str) -> Result<(), Error> {
    let Was::Managed { versions, oldest, .. } = &before.was else { return Ok(()) };
    // Somebody may have made the recorded version the default again. Then the one that an earlier round made is there.
    let live = policy::versions(iam, arn).await?;
    for id in live.iter().filter(|id| !versions.contains(id)) {
        if policy::version(iam, arn, id).await?.is_some_and(|says| same(&says, document)) {
            return settled(policy::set_default(iam, arn, id).await?, before);
        }
    }
    if let Some(oldest) = oldest.as_ref().filter(|oldest| live.contains(&oldest.id)) {
        let deleted = policy::delete_version(iam, arn, &oldest.id).await?;
        if let Answer::Refused(why) = deleted {
            return Err(Error::CannotBeRemediated(why));
        }
    }
    match policy::create_version(iam, arn, document, true).await? {
        Answer::Done(_) => Ok(()),
        Answer::Gone => settled(Answer::Gone, before),
        Answer::Refused(why) => Err(Error::CannotBeRemediated(why)),
    }
}

fn settled(answer: Answer<()>, before: &PolicyBefore) -> Result<(), Error> {
    match answer {
        Answer::Done(()) => Ok(()),
        Answer::Gone => {
            Err(Error::PolicyChanged(format!("{} is gone since a moment ago", before.subject.words())))
        }
        Answer::Refused(why) => Err(Error::CannotBeRemediated(why)),
    }
}

/// What was done, read from what is there now: an earlier try may have done it.
async fn done(iam: &Client, before: &PolicyBefore, applied_at: String) -> Result<Remediated, Error> {
    let mut remediated = Remediated { what: String::new(), version: None, deleted_version: None, applied_at };
    remediated.what = match &before.change {
        Change::NewVersion { arn, .. } => {
            let version = policy::get(iam, arn).await?.and_then(|policy| policy.default_version_id);
            let version = version.unwrap_or_default();
            let mut what = format!("The version {version} of {arn} was made and is the default.");
            if let Was::Managed { oldest: Some(oldest), .. } = &before.was {
                what.push_str(&format!(
                    " The version {} was deleted to make room; it is on record.",
                    oldest.id
                ));
                remediated.deleted_version = Some(oldest.id.clone());
            }
            remediated.version = Some(version);
            what
        }
        Change::PutInline { principal, policy, .. } => {
            format!("The inline policy {policy} of {} was replaced.", principal.words())
        }
        Change::DeleteInline { principal, policy } => {
            format!("The inline policy {policy} of {} was deleted.", principal.words())
        }
        Change::Detach { principal, policy_arn } => {
            format!("{policy_arn} was detached from {}.", principal.words())
        }
        Change::UpdateTrust { role, .. } => format!("The trust policy of the role {role} was replaced."),
    };
    Ok(remediated)
}

#[cfg(test)]
#[path = "remediate_policy_tests.rs"]
pub(crate) mod tests;
