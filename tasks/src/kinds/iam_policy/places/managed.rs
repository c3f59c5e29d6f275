//! A customer-managed policy: a version without the danger becomes the default, and an undo makes the recorded version
//! the default again. The dangerous version stays meanwhile.

use super::super::super::guardrails::tag_notes;
use super::super::super::{Memory, Owner, Reversible, Standing};
use super::super::look::{Found as Look, Having, Live};
use super::{Place, Proposed, Shown, otherwise, words};
use crate::aws::document::same;
use crate::aws::fault::Answer;
use crate::aws::reach::Account;
use crate::aws::{policy, principal};
use crate::names::IamArn;
use crate::policy::Document;
use crate::text::json;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::PolicyUsageType;
use contract::kinds::iam_policy::{Change, OldVersion, Target, Was};
use contract::{Fact, Fault, IamPrincipal, Words};
use serde_json::Value;

/// How many of the principals that have a policy are listed.
const LISTED: usize = 20;

/// How many of them are read.
const READ: usize = 20;

/// How many versions of a managed policy IAM keeps.
const VERSIONS: usize = 5;

/// A live managed policy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    pub(crate) arn: String,
    pub(crate) policy_id: String,
    pub(crate) default_version: String,
    /// The newest first.
    pub(crate) versions: Vec<String>,
    pub(crate) attached: Vec<IamPrincipal>,
    /// How many users and roles have it as their permissions boundary.
    pub(crate) bounded: usize,
}

impl Found {
    pub(super) fn propose(&self, after: Option<Document>) -> Proposed {
        let mut effect = format!(
            "A new version of the policy without the dangerous part becomes the default, for every principal that has it; {} stays for the undo.",
            self.default_version
        );
        if after.is_none() {
            effect.push_str(" It allows nothing any more.");
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

    /// The version that must be deleted before another can be created: the oldest that is not the default, if there are
    /// as many as IAM keeps.
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
                    let why = format!("the version {id} has just been deleted");
                    return Err(Fault::Unavailable { doing: "recording the versions".to_owned(), why });
                }
            },
        };
        let Self { policy_id, default_version, versions, attached, .. } = self;
        Ok(Was::Managed { policy_id, default_version, document, versions, oldest, attached })
    }
}

/// A policy of which nothing is left. IAM requires a statement, and this one has no effect: IAM ignores a denial of
/// `sts:GetCallerIdentity`.
pub(crate) fn allows_nothing() -> Value {
    serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{ "Sid": "AllowsNothing", "Effect": "Deny", "Action": "sts:GetCallerIdentity", "Resource": "*" }],
    })
}

pub(crate) async fn look(iam: &Client, arn: &str) -> Result<Look, Fault> {
    if IamArn::read(arn).is_none_or(|arn| arn.is_managed_by_aws()) {
        let message = "It is an AWS managed policy: it can only be detached, and the finding does not name a principal.";
        return Ok(Look::ForPeople(message.to_owned()));
    }
    let Some((live, document)) = policy::default_document(iam, arn).await? else {
        return Ok(Look::Gone("There is no such policy any more.".to_owned()));
    };
    let attached = policy::entities(iam, arn, PolicyUsageType::PermissionsPolicy, None).await?;
    let bounded = policy::bounded(iam, arn, &live).await?;
    let mut hits = hits(&attached, bounded.len());
    hits.extend(tag_notes(&principal::tags(live.tags)));
    let mut holders = Vec::new();
    for who in attached.iter().take(READ) {
        holders.extend(principal::get(iam, who).await?.map(|holder| Having::new(who, &holder)));
    }
    let place = Place::Managed(Found {
        arn: arn.to_owned(),
        policy_id: live.policy_id.unwrap_or_default(),
        default_version: live.default_version_id.unwrap_or_default(),
        versions: policy::versions(iam, arn).await?,
        attached,
        bounded: bounded.len(),
    });
    let policies = vec![arn.to_owned()];
    Ok(Look::There(Box::new(Live { document, place, hits, used_by: arn.to_owned(), holders, policies })))
}

/// The principals that would notice a change.
fn hits(attached: &[IamPrincipal], bounded: usize) -> Vec<Fact> {
    let mut hits = Vec::new();
    if !attached.is_empty() {
        let names: Vec<String> = attached.iter().take(LISTED).map(IamPrincipal::words).collect();
        let more = attached.len().saturating_sub(names.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        hits.push(Fact::new("Who has it", format!("{}{more}", names.join(", "))));
    }
    if bounded > 0 {
        hits.push(Fact::new("Boundary of", format!("{bounded} role(s) or user(s)")));
        let note =
            "It is a permissions boundary as well: the principals that it bounds lose what is removed.";
        hits.push(Fact::new("Note", note));
    }
    hits
}

/// A recorded managed policy.
pub(crate) struct Recorded<'a> {
    arn: &'a str,
    policy_id: &'a str,
    default_version: &'a str,
    document: &'a str,
    /// The document of the new version.
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

    /// The live versions, and those of them that are new since the record.
    async fn new_versions(&self, iam: &Client) -> Result<(Vec<String>, Vec<String>), Fault> {
        let live = policy::versions(iam, self.arn).await?;
        let new = live.iter().filter(|id| !self.versions.contains(id)).cloned().collect();
        Ok((live, new))
    }
}

impl Reversible for Recorded<'_> {
    fn owner(&self) -> Owner {
        Owner::Policy(self.arn.to_owned())
    }

    async fn standing(&self, account: &Account) -> Result<Standing, Fault> {
        let iam = &account.iam();
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
            Some(found) if same(&found, self.after) => Standing::AsChanged,
            // Another version with the same document.
            Some(found) if same(&found, self.document) => Standing::AsRecorded,
            Some(found) => otherwise(&format!("The default version of {arn} is {default} now"), &found),
            None => Standing::Otherwise(format!("The default version {default} of {arn} is gone.")),
        })
    }

    async fn apply(&self, account: &Account) -> Result<Answer<()>, Fault> {
        let iam = &account.iam();
        // If somebody made the recorded version the default again, the version of an earlier round is still there.
        let (live, new) = self.new_versions(iam).await?;
        for id in &new {
            if policy::version(iam, self.arn, id).await?.is_some_and(|found| same(&found, self.after)) {
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

    async fn applied(&self, account: &Account) -> Result<String, Fault> {
        let iam = &account.iam();
        let version = policy::get(iam, self.arn).await?.and_then(|policy| policy.default_version_id);
        let version = version.unwrap_or_default();
        let mut what = format!("The version {version} of {} was made and is the default.", self.arn);
        if let Some(oldest) = self.oldest {
            what.push_str(&format!(" The version {} was deleted to make room; it is recorded.", oldest.id));
        }
        Ok(what)
    }

    async fn put_back(
        &self,
        account: &Account,
        not_as_before: &mut Vec<String>,
    ) -> Result<Answer<bool>, Fault> {
        let iam = &account.iam();
        let default = self.default_version;
        match policy::set_default(iam, self.arn, default).await? {
            // Somebody deleted the version that was the default. Its document is recorded.
            Answer::Gone => {
                let made = policy::create_version(iam, self.arn, self.document, true).await?;
                if let Answer::Done(id) = &made {
                    not_as_before.push(format!(
                        "The version {default} was deleted meanwhile, and IAM never uses an id twice: its document is version {} now.",
                        id.as_deref().unwrap_or("unknown")
                    ));
                }
                Ok(made.map(|_| true))
            }
            other => Ok(other.map(|()| true)),
        }
    }

    /// Deletes the version that the change created, and creates the one that was deleted to make room for it.
    async fn tidy(&self, account: &Account, not_as_before: &mut Vec<String>) -> Result<Answer<bool>, Fault> {
        let iam = &account.iam();
        let default = policy::get(iam, self.arn).await?.and_then(|policy| policy.default_version_id);
        let default = default.unwrap_or_default();
        let (live, new) = self.new_versions(iam).await?;
        let missing = self.oldest.filter(|oldest| !live.contains(&oldest.id));
        let (mut given_back, mut deleted) = (None, false);
        for id in new.iter().filter(|id| **id != default) {
            let Some(found) = policy::version(iam, self.arn, id).await? else { continue };
            if given_back.is_none() && missing.is_some_and(|oldest| same(&oldest.document, &found)) {
                given_back = Some(id.clone());
            } else if same(&found, self.after) {
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
                        "The version {} could not be created again: {why}. Its document: {}",
                        oldest.id, oldest.document
                    ));
                    return Ok(Answer::Done(deleted));
                }
            }
        }
        not_as_before.push(format!(
            "The version {} had been deleted to make room, and IAM never uses an id twice: its document is version {} now.",
            oldest.id,
            given_back.as_deref().unwrap_or("unknown")
        ));
        Ok(Answer::Done(deleted))
    }

    async fn changed_meanwhile(
        &self,
        account: &Account,
        not_as_before: &[String],
    ) -> Result<Vec<String>, Fault> {
        let iam = &account.iam();
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

    fn memory(&self) -> Result<Option<Memory>, Fault> {
        let target = Target::Managed { arn: self.arn.to_owned() };
        Memory::new(&target, Some(self.document)).map(Some)
    }

    fn words(&self, what: &str, taken_at: &str) -> Words {
        words(what, taken_at, self.by_hand())
    }
}

impl Recorded<'_> {
    /// The commands that take the change back by hand. Names and ARNs need no quotes.
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
    fn of_five_versions_the_oldest_that_is_not_the_default_is_deleted() {
        let oldest = |versions: &[&str], default: &str| {
            let found = Found {
                arn: String::new(),
                policy_id: String::new(),
                default_version: default.to_owned(),
                versions: versions.iter().map(|id| (*id).to_owned()).collect(),
                attached: vec![],
                bounded: 0,
            };
            found.oldest().cloned()
        };
        let full = ["v12", "v11", "v10", "v9", "v2"];
        assert_eq!(oldest(&full, "v12").as_deref(), Some("v2"));
        assert_eq!(oldest(&full, "v2").as_deref(), Some("v9"));
        assert_eq!(oldest(&["v4", "v3", "v2", "v1"], "v4"), None);
    }
}
