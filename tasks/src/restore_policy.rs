//! `restore-policy`: the undo. It puts back what was recorded, if what stands there is still what the remediation made,
//! looks that it is there, and remembers that a person wanted it so.

use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::document::{hash, same};
use crate::aws::fault::Answer;
use crate::aws::{Aws, policy, principal};
use crate::remediation::standing::{Standing, standing};
use crate::remediation::subject_hash;
use crate::serve::Run;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::PolicyUsageType;
use contract::tasks::RestorePolicy;
use contract::tasks::restore_policy::{Error, Input, Output};
use contract::{Change, Fault, OldVersion, PolicyBefore, Was};
use serde::{Deserialize, Serialize};

/// What stands on record of a subject that a person took back: the guardrails ask before it is changed again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TakenBack {
    pub(crate) case_id: String,
    pub(crate) at: String,
    /// The hash of what the policy says; none where the attachment itself was taken back.
    #[serde(default)]
    pub(crate) sha256: Option<String>,
}

impl Run for RestorePolicy {
    async fn run(input: Input, aws: &Aws) -> Result<Output, Error> {
        let before = &input.before;
        let table = CaseTable::new(aws)?;
        table.recorded(&input.case_id, before).await?;
        let iam = aws.iam();
        let mut output = Output { restored: false, changed_meanwhile: vec![], not_as_before: vec![] };
        match standing(&iam, before).await? {
            Standing::AsChanged => {
                put_back(&iam, before, &mut output).await?;
                output.restored = true;
            }
            // An earlier try, or somebody else, has put it back.
            Standing::AsRecorded => {}
            Standing::Otherwise(how) | Standing::Gone(how) => {
                return Err(Error::Drifted(format!(
                    "nothing was changed, because it is not what was left: {how}"
                )));
            }
        }
        let now = standing(&iam, before).await?;
        if now != Standing::AsRecorded {
            return Err(Error::NotReadBack(format!("it was put back, and is not as it was: {now:?}")));
        }
        tidy(&iam, before, &mut output).await?;
        remember(&table, before, aws).await?;
        output.changed_meanwhile = changed_meanwhile(&iam, before, &output).await?;
        Ok(output)
    }
}

async fn put_back(iam: &Client, before: &PolicyBefore, output: &mut Output) -> Result<(), Error> {
    let answer = match (&before.was, &before.change) {
        (Was::Managed { default_version, document, .. }, Change::NewVersion { arn, .. }) => {
            match policy::set_default(iam, arn, default_version).await? {
                // Somebody deleted the version that was the default. What it said is on record.
                Answer::Gone => {
                    let made = policy::create_version(iam, arn, document, true).await?;
                    if let Answer::Done(id) = &made {
                        output.not_as_before.push(format!(
                            "The version {default_version} was deleted meanwhile, and IAM gives no id twice: what it said is version {} now.",
                            id.as_deref().unwrap_or("unknown")
                        ));
                    }
                    drop_answer(made)
                }
                other => other,
            }
        }
        (
            Was::Inline { document, .. },
            Change::PutInline { principal, policy, .. } | Change::DeleteInline { principal, policy },
        ) => principal::put_inline(iam, principal, policy, document).await?,
        (Was::Attached { .. }, Change::Detach { principal, policy_arn }) => {
            principal::attach(iam, principal, policy_arn).await?
        }
        (Was::Trust { document, .. }, Change::UpdateTrust { role, .. }) => {
            principal::update_trust(iam, role, document).await?
        }
        _ => {
            let message = "what was recorded and the change do not belong together".to_owned();
            return Err(Fault::InvalidInput(message).into());
        }
    };
    match answer {
        Answer::Done(()) => Ok(()),
        Answer::Gone => Err(Error::CannotBeRestored(format!(
            "IAM says that there is no {} any more",
            before.subject.words().trim_start_matches("the ")
        ))),
        Answer::Refused(why) => Err(Error::CannotBeRestored(why)),
    }
}

fn drop_answer<T>(answer: Answer<T>) -> Answer<()> {
    match answer {
        Answer::Done(_) => Answer::Done(()),
        Answer::Gone => Answer::Gone,
        Answer::Refused(why) => Answer::Refused(why),
    }
}

/// Deletes the version that the remediation made, and gives back the one that was deleted to make room for it.
async fn tidy(iam: &Client, before: &PolicyBefore, output: &mut Output) -> Result<(), Error> {
    let (Was::Managed { versions, oldest, .. }, Change::NewVersion { arn, document }) =
        (&before.was, &before.change)
    else {
        return Ok(());
    };
    let default =
        policy::get(iam, arn).await?.and_then(|policy| policy.default_version_id).unwrap_or_default();
    let live = policy::versions(iam, arn).await?;
    let missing: Option<&OldVersion> = oldest.as_ref().filter(|oldest| !live.contains(&oldest.id));
    let mut given_back = None;
    for id in live.iter().filter(|id| !versions.contains(id) && **id != default) {
        let Some(says) = policy::version(iam, arn, id).await? else { continue };
        if given_back.is_none() && missing.is_some_and(|oldest| same(&oldest.document, &says)) {
            given_back = Some(id.clone());
        } else if same(&says, document) {
            if let Answer::Refused(why) = policy::delete_version(iam, arn, id).await? {
                return Err(Error::CannotBeRestored(why));
            }
            output.restored = true;
        }
    }
    let Some(oldest) = missing else { return Ok(()) };
    if given_back.is_none() {
        match policy::create_version(iam, arn, &oldest.document, false).await? {
            Answer::Done(id) => given_back = id,
            Answer::Gone => {}
            Answer::Refused(why) => {
                output.not_as_before.push(format!(
                    "The version {} could not be given back: {why}. It said: {}",
                    oldest.id, oldest.document
                ));
                return Ok(());
            }
        }
    }
    output.not_as_before.push(format!(
        "The version {} had been deleted to make room, and IAM gives no id twice: what it said is version {} now.",
        oldest.id,
        given_back.as_deref().unwrap_or("unknown")
    ));
    Ok(())
}

/// Without this the next finding about the same policy would change in an hour what a person has just put back.
async fn remember(table: &CaseTable, before: &PolicyBefore, aws: &Aws) -> Result<(), Error> {
    let sha256 = match &before.was {
        Was::Managed { document, .. } | Was::Inline { document, .. } | Was::Trust { document, .. } => {
            Some(hash(document))
        }
        Was::Attached { .. } => None,
    };
    let key = Key::restored(&subject_hash(&before.subject, &aws.here.account));
    let record: Option<Record<TakenBack>> = table.get(&key).await?;
    let taken_back = TakenBack { case_id: before.case_id.clone(), at: aws.now(), sha256 };
    let written = match &record {
        None => table.create(&key, &taken_back).await?,
        Some(Record { value, .. }) if value.case_id == before.case_id => Written::Yes,
        Some(record) => table.replace(&key, record, &taken_back).await?,
    };
    match written {
        Written::Yes => Ok(()),
        Written::No => {
            Err(Fault::Unavailable("another undo of the same policy was written at this moment".to_owned())
                .into())
        }
    }
}

/// What is otherwise than it was recorded, and not by us. It is not ours to change back.
async fn changed_meanwhile(
    iam: &Client,
    before: &PolicyBefore,
    output: &Output,
) -> Result<Vec<String>, Fault> {
    let mut changes = Vec::new();
    match (&before.was, &before.change) {
        (Was::Managed { attached, versions, oldest, .. }, Change::NewVersion { arn, .. }) => {
            let now = policy::entities(iam, arn, PolicyUsageType::PermissionsPolicy, None).await?;
            let new = now.iter().filter(|who| !attached.contains(who));
            changes.extend(new.map(|who| format!("It was attached to {}.", who.words())));
            let gone = attached.iter().filter(|who| !now.contains(who));
            changes.extend(gone.map(|who| format!("It was detached from {}.", who.words())));
            let live = policy::versions(iam, arn).await?;
            let ours = |id: &str| {
                output.not_as_before.iter().any(|text| text.contains(&format!("version {id} now")))
            };
            let new = live.iter().filter(|id| !versions.contains(id) && !ours(id));
            changes.extend(new.map(|id| format!("The version {id} is new.")));
            let deleted_by_us = |id: &str| oldest.as_ref().is_some_and(|oldest| oldest.id == id);
            let told = |id: &str| {
                output.not_as_before.iter().any(|text| text.starts_with(&format!("The version {id} ")))
            };
            let gone = versions.iter().filter(|id| !live.contains(id) && !deleted_by_us(id) && !told(id));
            changes.extend(gone.map(|id| format!("The version {id} was deleted.")));
        }
        (Was::Attached { attached, .. }, Change::Detach { principal, .. }) => {
            let now = principal::attached(iam, principal).await?;
            let new = now.iter().filter(|arn| !attached.contains(arn));
            changes.extend(new.map(|arn| format!("{arn} was attached.")));
            changes.extend(
                attached.iter().filter(|arn| !now.contains(arn)).map(|arn| format!("{arn} was detached.")),
            );
        }
        _ => {}
    }
    Ok(changes)
}
