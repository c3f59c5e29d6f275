//! A customer-managed policy: a version without the danger becomes the default, and the recorded one is the default
//! again. The dangerous version stays meanwhile: it is the snapshot.

use super::{Applied, Place, Proposed, Shown, Undoable};
use crate::aws::document::same;
use crate::aws::fault::Answer;
use crate::aws::policy;
use crate::names::IamArn;
use crate::policy::Document;
use crate::remediation::look::{Live, Looked, default_document};
use crate::remediation::standing::{Standing, otherwise};
use crate::words::text::json;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::PolicyUsageType;
use contract::{BlastRadius, Change, Fault, IamPrincipal, OldVersion, Was};
use serde_json::Value;

/// How many of those who have a policy are listed.
const LISTED: usize = 50;

/// How many versions of a managed policy IAM keeps.
const VERSIONS: usize = 5;

/// One that is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) arn: String,
    pub(crate) policy_id: String,
    pub(crate) default_version: String,
    /// The newest first.
    pub(crate) versions: Vec<String>,
    pub(crate) attached: Vec<IamPrincipal>,
}

impl Found {
    pub(super) fn propose(&self, after: Option<Document>) -> Proposed {
        let mut effect = format!(
            "A new version of the policy without what is dangerous becomes the default, for everybody who has it; {} stays for the undo.",
            self.default_version
        );
        if after.is_none() {
            effect.push_str(" Nothing is left of what it allows.");
        }
        if let Some(oldest) = self.oldest() {
            effect.push_str(&format!(" IAM keeps {VERSIONS} versions, so {oldest} is recorded and deleted."));
        }
        let left = after.or_else(|| Document::from_value(allows_nothing()).ok());
        let document = left.as_ref().map_or_else(allows_nothing, Document::to_value).to_string();
        Proposed {
            change: Change::NewVersion { arn: self.arn.clone(), document },
            effect,
            shown: left.map_or(Shown::Nothing, Shown::Document),
        }
    }

    /// The version that must go before another can be made: the oldest that is not the default, where there are as many
    /// as IAM keeps.
    fn oldest(&self) -> Option<&String> {
        if self.versions.len() < VERSIONS {
            return None;
        }
        let others = self.versions.iter().filter(|id| **id != self.default_version);
        others.min_by_key(|id| policy::number(id))
    }

    pub(super) async fn record(self, iam: &Client, document: String) -> Result<Was, Fault> {
        let oldest = match self.oldest() {
            None => None,
            Some(id) => match policy::version(iam, &self.arn, id).await? {
                Some(document) => Some(OldVersion { id: id.clone(), document }),
                None => {
                    return Err(Fault::Unavailable(format!("the version {id} was deleted at this moment")));
                }
            },
        };
        let Self { policy_id, default_version, versions, attached, .. } = self;
        Ok(Was::Managed { policy_id, default_version, document, versions, oldest, attached })
    }
}

/// A policy of which nothing is left. IAM wants a statement, and this is one without effect: who somebody is, everybody
/// may ask, and a denial of that does not count.
pub(crate) fn allows_nothing() -> Value {
    serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{ "Sid": "AllowsNothing", "Effect": "Deny", "Action": "sts:GetCallerIdentity", "Resource": "*" }],
    })
}

/// Looks at one.
pub(crate) async fn look(iam: &Client, arn: &str) -> Result<Looked, Fault> {
    if IamArn::read(arn).is_none_or(|arn| arn.is_managed_by_aws()) {
        let message =
            "It is a policy of AWS: it can only be detached, and the finding does not say from whom.";
        return Ok(Looked::ForPeople(message.to_owned()));
    }
    let Some((live, document)) = default_document(iam, arn).await? else {
        return Ok(Looked::Gone("There is no such policy any more.".to_owned()));
    };
    let attached = policy::entities(iam, arn, PolicyUsageType::PermissionsPolicy, None).await?;
    let bounded = policy::bounded(iam, arn, &live).await?;
    let mut remarks = Vec::new();
    if !bounded.is_empty() {
        remarks.push(
            "It is a permissions boundary as well: those whose boundary it is lose what is taken out of it."
                .to_owned(),
        );
    }
    let blast = BlastRadius {
        attached: attached.iter().take(LISTED).cloned().collect(),
        attached_count: attached.len() as u64,
        boundary_count: bounded.len() as u64,
        remarks,
        ..BlastRadius::default()
    };
    let place = Place::Managed(Found {
        arn: arn.to_owned(),
        policy_id: live.policy_id.unwrap_or_default(),
        default_version: live.default_version_id.unwrap_or_default(),
        versions: policy::versions(iam, arn).await?,
        attached,
    });
    Ok(Looked::There(Box::new(Live { document, place, blast, used_by: arn.to_owned() })))
}

/// What was recorded of one.
pub(crate) struct Recorded<'a> {
    arn: &'a str,
    policy_id: &'a str,
    default_version: &'a str,
    /// What the default version said.
    document: &'a str,
    /// What the new version says.
    after: &'a str,
    versions: &'a [String],
    oldest: Option<&'a OldVersion>,
    attached: &'a [IamPrincipal],
}

impl<'a> Recorded<'a> {
    pub(super) fn read(was: &'a Was, arn: &'a str, after: &'a str) -> Option<Self> {
        let Was::Managed { policy_id, default_version, document, versions, oldest, attached } = was else {
            return None;
        };
        let oldest = oldest.as_ref();
        Some(Self { arn, policy_id, default_version, document, after, versions, oldest, attached })
    }

    /// The versions that were not there when it was recorded.
    async fn new_versions(&self, iam: &Client) -> Result<(Vec<String>, Vec<String>), Fault> {
        let live = policy::versions(iam, self.arn).await?;
        let new = live.iter().filter(|id| !self.versions.contains(id)).cloned().collect();
        Ok((live, new))
    }
}

impl Undoable for Recorded<'_> {
    async fn standing(&self, iam: &Client) -> Result<Standing, Fault> {
        let arn = self.arn;
        let Some(live) = policy::get(iam, arn).await? else {
            return Ok(Standing::Gone(format!("There is no policy {arn} any more.")));
        };
        let id = live.policy_id.unwrap_or_default();
        if id != self.policy_id {
            return Ok(Standing::Gone(format!("The policy {arn} is {id} now, not {}.", self.policy_id)));
        }
        let default = live.default_version_id.unwrap_or_default();
        if default == self.default_version {
            return Ok(Standing::AsRecorded);
        }
        Ok(match policy::version(iam, arn, &default).await? {
            Some(says) if same(&says, self.after) => Standing::AsChanged,
            // Another version, but it says the same.
            Some(says) if same(&says, self.document) => Standing::AsRecorded,
            Some(says) => otherwise(&format!("The default version of {arn} is {default} now"), &says),
            None => Standing::Otherwise(format!("The default version {default} of {arn} is gone.")),
        })
    }

    async fn apply(&self, iam: &Client) -> Result<Answer<()>, Fault> {
        // Somebody may have made the recorded version the default again. Then the one that an earlier round made is there.
        let (live, new) = self.new_versions(iam).await?;
        for id in &new {
            if policy::version(iam, self.arn, id).await?.is_some_and(|says| same(&says, self.after)) {
                return policy::set_default(iam, self.arn, id).await;
            }
        }
        if let Some(oldest) = self.oldest.filter(|oldest| live.contains(&oldest.id))
            && let Answer::Refused(why) = policy::delete_version(iam, self.arn, &oldest.id).await?
        {
            return Ok(Answer::Refused(why));
        }
        Ok(policy::create_version(iam, self.arn, self.after, true).await?.map(drop))
    }

    async fn applied(&self, iam: &Client) -> Result<Applied, Fault> {
        let version = policy::get(iam, self.arn).await?.and_then(|policy| policy.default_version_id);
        let version = version.unwrap_or_default();
        let mut what = format!("The version {version} of {} was made and is the default.", self.arn);
        if let Some(oldest) = self.oldest {
            what.push_str(&format!(" The version {} was deleted to make room; it is on record.", oldest.id));
        }
        let deleted_version = self.oldest.map(|oldest| oldest.id.clone());
        Ok(Applied { what, version: Some(version), deleted_version })
    }

    async fn put_back(&self, iam: &Client, not_as_before: &mut Vec<String>) -> Result<Answer<()>, Fault> {
        let default = self.default_version;
        match policy::set_default(iam, self.arn, default).await? {
            // Somebody deleted the version that was the default. What it said is on record.
            Answer::Gone => {
                let made = policy::create_version(iam, self.arn, self.document, true).await?;
                if let Answer::Done(id) = &made {
                    not_as_before.push(format!(
                        "The version {default} was deleted meanwhile, and IAM gives no id twice: what it said is version {} now.",
                        id.as_deref().unwrap_or("unknown")
                    ));
                }
                Ok(made.map(drop))
            }
            other => Ok(other),
        }
    }

    /// Deletes the version that the remediation made, and gives back the one that was deleted to make room for it.
    async fn tidy(&self, iam: &Client, not_as_before: &mut Vec<String>) -> Result<Answer<bool>, Fault> {
        let default = policy::get(iam, self.arn).await?.and_then(|policy| policy.default_version_id);
        let default = default.unwrap_or_default();
        let (live, new) = self.new_versions(iam).await?;
        let missing = self.oldest.filter(|oldest| !live.contains(&oldest.id));
        let (mut given_back, mut deleted) = (None, false);
        for id in new.iter().filter(|id| **id != default) {
            let Some(says) = policy::version(iam, self.arn, id).await? else { continue };
            if given_back.is_none() && missing.is_some_and(|oldest| same(&oldest.document, &says)) {
                given_back = Some(id.clone());
            } else if same(&says, self.after) {
                if let Answer::Refused(why) = policy::delete_version(iam, self.arn, id).await? {
                    return Ok(Answer::Refused(why));
                }
                deleted = true;
            }
        }
        let Some(oldest) = missing else { return Ok(Answer::Done(deleted)) };
        if given_back.is_none() {
            match policy::create_version(iam, self.arn, &oldest.document, false).await? {
                Answer::Done(id) => given_back = id,
                Answer::Gone => {}
                Answer::Refused(why) => {
                    not_as_before.push(format!(
                        "The version {} could not be given back: {why}. It said: {}",
                        oldest.id, oldest.document
                    ));
                    return Ok(Answer::Done(deleted));
                }
            }
        }
        not_as_before.push(format!(
            "The version {} had been deleted to make room, and IAM gives no id twice: what it said is version {} now.",
            oldest.id,
            given_back.as_deref().unwrap_or("unknown")
        ));
        Ok(Answer::Done(deleted))
    }

    async fn changed_meanwhile(&self, iam: &Client, not_as_before: &[String]) -> Result<Vec<String>, Fault> {
        let now = policy::entities(iam, self.arn, PolicyUsageType::PermissionsPolicy, None).await?;
        let new = now.iter().filter(|who| !self.attached.contains(who));
        let mut changes: Vec<String> =
            new.map(|who| format!("It was attached to {}.", who.words())).collect();
        let gone = self.attached.iter().filter(|who| !now.contains(who));
        changes.extend(gone.map(|who| format!("It was detached from {}.", who.words())));
        let (live, new) = self.new_versions(iam).await?;
        let ours = |id: &str| not_as_before.iter().any(|text| text.contains(&format!("version {id} now")));
        changes.extend(new.iter().filter(|id| !ours(id)).map(|id| format!("The version {id} is new.")));
        let deleted_by_us = |id: &str| self.oldest.is_some_and(|oldest| oldest.id == id);
        let told =
            |id: &str| not_as_before.iter().any(|text| text.starts_with(&format!("The version {id} ")));
        let gone = self.versions.iter().filter(|id| !live.contains(id) && !deleted_by_us(id) && !told(id));
        changes.extend(gone.map(|id| format!("The version {id} was deleted.")));
        Ok(changes)
    }

    fn said(&self) -> Option<&str> {
        Some(self.document)
    }

    fn by_hand(&self) -> Vec<String> {
        let (arn, default) = (self.arn, self.default_version);
        let mut commands = vec![
            format!("aws iam list-policy-versions --policy-arn {arn}"),
            format!("aws iam set-default-policy-version --policy-arn {arn} --version-id {default}"),
            format!(
                "aws iam delete-policy-version --policy-arn {arn} --version-id VERSION # the one that was the default until now"
            ),
        ];
        if let Some(oldest) = self.oldest {
            commands.push(format!(
                "aws iam create-policy-version --policy-arn {arn} --policy-document '{}'",
                json(&oldest.document)
            ));
        }
        commands
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_that_is_not_the_default_goes_when_there_are_five() {
        let oldest = |versions: &[&str], default: &str| {
            let found = Found {
                arn: String::new(),
                policy_id: String::new(),
                default_version: default.to_owned(),
                versions: versions.iter().map(|id| (*id).to_owned()).collect(),
                attached: vec![],
            };
            found.oldest().cloned()
        };
        let full = ["v12", "v11", "v10", "v9", "v2"];
        assert_eq!(oldest(&full, "v12").as_deref(), Some("v2"));
        assert_eq!(oldest(&full, "v2").as_deref(), Some("v9"));
        assert_eq!(oldest(&["v4", "v3", "v2", "v1"], "v4"), None);
    }
}
