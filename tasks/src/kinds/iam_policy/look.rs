//! The live policy: what it says, whose it is, and whom a change would hit.

use crate::aws::policy;
use crate::aws::principal::{self, Holder};
use crate::remediation::kind::{Place, attached, inline, managed, trust};
use aws_sdk_iam::Client;
use aws_sdk_iam::types::Policy;
use contract::{BlastRadius, Fault, IamPrincipal, Subject};

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

pub(crate) async fn look(iam: &Client, subject: &Subject) -> Result<Looked, Fault> {
    match subject {
        Subject::Other { reason } => Ok(Looked::ForPeople(format!("{reason}."))),
        Subject::Policy { arn } => managed::look(iam, arn).await,
        Subject::Inline { principal, policy } => inline::look(iam, principal, policy).await,
        Subject::Attachment { principal, policy_arn } => attached::look(iam, principal, policy_arn).await,
        Subject::Trust { role } => trust::look(iam, role).await,
    }
}

/// Whoever has a policy, or that nobody of this name is there.
pub(super) async fn holder(iam: &Client, principal: &IamPrincipal) -> Result<Result<Holder, Looked>, Fault> {
    let found = principal::get(iam, principal).await?;
    let nobody =
        || Looked::Gone(format!("There is no {} {} any more.", principal.kind.word(), principal.name));
    Ok(found.ok_or_else(nobody))
}

/// A managed policy, and what its default version says.
pub(super) async fn default_document(iam: &Client, arn: &str) -> Result<Option<(Policy, String)>, Fault> {
    let Some(found) = policy::get(iam, arn).await? else { return Ok(None) };
    let version = found.default_version_id.as_deref().unwrap_or_default();
    let document = policy::version(iam, arn, version).await?;
    Ok(document.map(|document| (found, document)))
}

/// What one of whom only one has it says, and that the one is hit.
pub(super) fn of_one(document: String, place: Place, principal: &IamPrincipal, holder: Holder) -> Looked {
    let blast = BlastRadius {
        attached: vec![principal.clone()],
        attached_count: 1,
        remarks: holder.use_of_it.into_iter().collect(),
        ..BlastRadius::default()
    };
    Looked::There(Box::new(Live { document, place, blast, used_by: holder.arn }))
}
