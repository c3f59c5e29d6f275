//! The live policy: what it says, whose it is, and whom a change would hit.

use crate::aws::{policy, principal};
use crate::names::IamArn;
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{Policy, PolicyUsageType};
use contract::{BlastRadius, Fault, IamPrincipal, PrincipalKind, Subject};

/// How many of those who have a policy are listed.
const LISTED: usize = 50;

/// What stands there now.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Looked {
    There(Box<Live>),
    /// There is nothing of that name. The sentence says what is missing.
    Gone(String),
    /// Only a person can do something about it. The sentence says why.
    ForPeople(String),
}

/// A policy that is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Live {
    /// What it says.
    pub(crate) document: String,
    pub(crate) place: Place,
    pub(crate) blast: BlastRadius,
    /// Whose use of services tells what a change may break: the policy, or whoever has it.
    pub(crate) used_by: String,
}

/// Where a policy stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Place {
    Managed {
        arn: String,
        policy_id: String,
        default_version: String,
        /// The newest first.
        versions: Vec<String>,
        attached: Vec<IamPrincipal>,
    },
    Inline {
        principal: IamPrincipal,
        principal_id: String,
        policy: String,
    },
    Attached {
        principal: IamPrincipal,
        principal_id: String,
        policy_arn: String,
        attached: Vec<String>,
    },
    Trust {
        role: String,
        role_id: String,
    },
}

pub(crate) async fn look(iam: &Client, subject: &Subject) -> Result<Looked, Fault> {
    match subject {
        Subject::Other { reason } => Ok(Looked::ForPeople(format!("{reason}."))),
        Subject::Policy { arn } => managed(iam, arn).await,
        Subject::Inline { principal, policy } => {
            let Some(holder) = principal::get(iam, principal).await? else { return Ok(nobody(principal)) };
            let Some(document) = principal::inline(iam, principal, policy).await? else {
                return Ok(Looked::Gone(format!("There is no {} any more.", no_article(subject))));
            };
            let blast = hits(principal, holder.use_of_it);
            let place = Place::Inline {
                principal: principal.clone(),
                principal_id: holder.id,
                policy: policy.clone(),
            };
            Ok(Looked::There(Box::new(Live { document, place, blast, used_by: holder.arn })))
        }
        Subject::Attachment { principal, policy_arn } => {
            let Some(holder) = principal::get(iam, principal).await? else { return Ok(nobody(principal)) };
            let attached = principal::attached(iam, principal).await?;
            if !attached.contains(policy_arn) {
                let message = format!("The policy is not attached to {} any more.", principal.words());
                return Ok(Looked::Gone(message));
            }
            let Some((_, document)) = default_document(iam, policy_arn).await? else {
                return Ok(Looked::Gone("There is no such policy any more.".to_owned()));
            };
            let blast = hits(principal, holder.use_of_it);
            let place = Place::Attached {
                principal: principal.clone(),
                principal_id: holder.id,
                policy_arn: policy_arn.clone(),
                attached,
            };
            Ok(Looked::There(Box::new(Live { document, place, blast, used_by: holder.arn })))
        }
        Subject::Trust { role } => {
            let principal = IamPrincipal { kind: PrincipalKind::Role, name: role.clone() };
            let Some(holder) = principal::get(iam, &principal).await? else { return Ok(nobody(&principal)) };
            let Some(document) = holder.trust else {
                return Ok(Looked::ForPeople("IAM did not say what the role's trust policy is.".to_owned()));
            };
            let blast = hits(&principal, holder.use_of_it);
            let place = Place::Trust { role: role.clone(), role_id: holder.id };
            Ok(Looked::There(Box::new(Live { document, place, blast, used_by: holder.arn })))
        }
    }
}

async fn managed(iam: &Client, arn: &str) -> Result<Looked, Fault> {
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
    let versions = policy::versions(iam, arn).await?;
    let place = Place::Managed {
        arn: arn.to_owned(),
        policy_id: live.policy_id.unwrap_or_default(),
        default_version: live.default_version_id.unwrap_or_default(),
        versions,
        attached,
    };
    Ok(Looked::There(Box::new(Live { document, place, blast, used_by: arn.to_owned() })))
}

/// A policy, and what its default version says.
async fn default_document(iam: &Client, arn: &str) -> Result<Option<(Policy, String)>, Fault> {
    let Some(found) = policy::get(iam, arn).await? else { return Ok(None) };
    let version = found.default_version_id.as_deref().unwrap_or_default();
    let document = policy::version(iam, arn, version).await?;
    Ok(document.map(|document| (found, document)))
}

fn nobody(principal: &IamPrincipal) -> Looked {
    Looked::Gone(format!("There is no {} {} any more.", principal.kind.word(), principal.name))
}

fn no_article(subject: &Subject) -> String {
    subject.words().trim_start_matches("the ").to_owned()
}

fn hits(principal: &IamPrincipal, remark: Option<String>) -> BlastRadius {
    BlastRadius {
        attached: vec![principal.clone()],
        attached_count: 1,
        remarks: remark.into_iter().collect(),
        ..BlastRadius::default()
    }
}
