//! Managed policies and their versions.

use crate::aws::document;
use crate::aws::fault::{Answer, answer, code, fault};
use crate::text::{cut, json};
use aws_sdk_iam::Client;
use aws_sdk_iam::types::{Policy, PolicyScopeType, PolicyUsageType, PolicyVersion};
use contract::{Fault, IamPrincipal, PolicyContent, PrincipalKind};

/// The policy, if there is one.
pub(crate) async fn get(iam: &Client, arn: &str) -> Result<Option<Policy>, Fault> {
    match iam.get_policy().policy_arn(arn).send().await {
        Ok(answer) => Ok(answer.policy),
        Err(error) if code(&error) == "NoSuchEntity" => Ok(None),
        Err(error) => Err(fault("reading the policy", &error)),
    }
}

/// The document of a version, if there is one.
pub(crate) async fn version(iam: &Client, arn: &str, id: &str) -> Result<Option<String>, Fault> {
    match iam.get_policy_version().policy_arn(arn).version_id(id).send().await {
        Ok(answer) => {
            let encoded = answer.policy_version.and_then(|version| version.document);
            encoded.as_deref().map(document::decode).transpose()
        }
        Err(error) if code(&error) == "NoSuchEntity" => Ok(None),
        Err(error) => Err(fault("reading a version of the policy", &error)),
    }
}

/// A policy and the document of its default version, if there is one.
pub(crate) async fn default_document(iam: &Client, arn: &str) -> Result<Option<(Policy, String)>, Fault> {
    let Some(found) = get(iam, arn).await? else { return Ok(None) };
    let default = found.default_version_id.as_deref().unwrap_or_default();
    let document = version(iam, arn, default).await?;
    Ok(document.map(|document| (found, document)))
}

/// The content of a policy, given the document of its default version.
pub(crate) fn content(policy: &Policy, document: &str) -> PolicyContent {
    PolicyContent {
        policy_id: policy.policy_id.clone().unwrap_or_default(),
        version: policy.default_version_id.clone().unwrap_or_default(),
        sha256: document::hash(document),
    }
}

/// How a live policy differs from its recorded content, in one sentence. A recorded policy grants what was recorded only
/// while this returns `None`.
pub(crate) async fn drift(iam: &Client, arn: &str, was: &PolicyContent) -> Result<Option<String>, Fault> {
    let Some((policy, document)) = default_document(iam, arn).await? else {
        return Ok(Some(format!("There is no policy {arn} any more.")));
    };
    let is = content(&policy, &document);
    Ok(if is.policy_id != was.policy_id {
        Some(format!("The policy {arn} is {} now, not {}.", is.policy_id, was.policy_id))
    } else if is.sha256 != was.sha256 {
        Some(format!(
            "The default version of {arn} was {} and is {} now. Its document: {}",
            was.version,
            is.version,
            cut(&json(&document), 1_500)
        ))
    } else {
        None
    })
}

/// The ids of all versions, the newest first.
pub(crate) async fn versions(iam: &Client, arn: &str) -> Result<Vec<String>, Fault> {
    let mut found = Vec::new();
    let mut marker = None;
    loop {
        let page = iam.list_policy_versions().policy_arn(arn).set_marker(marker).send().await;
        let page = page.map_err(|error| fault("listing the versions of the policy", &error))?;
        found.extend(page.versions.unwrap_or_default().into_iter().filter_map(|version| version.version_id));
        marker = page.marker;
        if marker.is_none() {
            break;
        }
    }
    found.sort_by_key(|id| std::cmp::Reverse(number(id)));
    Ok(found)
}

/// 12 for `v12`. IAM counts up and never uses a number twice.
pub(crate) fn number(id: &str) -> u64 {
    id.trim_start_matches('v').parse().unwrap_or_default()
}

/// The principals that have the policy, in this use, and under this path if one is given.
pub(crate) async fn entities(
    iam: &Client,
    arn: &str,
    usage: PolicyUsageType,
    under: Option<&str>,
) -> Result<Vec<IamPrincipal>, Fault> {
    let mut found = Vec::new();
    let mut marker = None;
    loop {
        let page = iam
            .list_entities_for_policy()
            .policy_arn(arn)
            .policy_usage_filter(usage.clone())
            .set_path_prefix(under.map(str::to_owned))
            .set_marker(marker)
            .send()
            .await
            .map_err(|error| fault("listing who has the policy", &error))?;
        let named = |kind, name: Option<String>| name.map(|name| IamPrincipal { kind, name });
        let roles = page.policy_roles.unwrap_or_default().into_iter().map(|role| role.role_name);
        found.extend(roles.filter_map(|name| named(PrincipalKind::Role, name)));
        let users = page.policy_users.unwrap_or_default().into_iter().map(|user| user.user_name);
        found.extend(users.filter_map(|name| named(PrincipalKind::User, name)));
        let groups = page.policy_groups.unwrap_or_default().into_iter().map(|group| group.group_name);
        found.extend(groups.filter_map(|name| named(PrincipalKind::Group, name)));
        marker = page.marker;
        if marker.is_none() {
            break;
        }
    }
    found.sort();
    Ok(found)
}

/// The principals whose permissions boundary the policy is. Most policies have none, as their usage count shows.
pub(crate) async fn bounded(iam: &Client, arn: &str, policy: &Policy) -> Result<Vec<IamPrincipal>, Fault> {
    if policy.permissions_boundary_usage_count.unwrap_or_default() == 0 {
        return Ok(vec![]);
    }
    entities(iam, arn, PolicyUsageType::PermissionsBoundary, None).await
}

/// The ARN of the account's own policy that has this unique id. There are five thousand at most, in five pages.
pub(crate) async fn by_id(iam: &Client, id: &str) -> Result<Option<String>, Fault> {
    let mut marker = None;
    loop {
        let page =
            iam.list_policies().scope(PolicyScopeType::Local).max_items(1000).set_marker(marker).send().await;
        let page = page.map_err(|error| fault("looking for the policy by its id", &error))?;
        let mut policies = page.policies.unwrap_or_default().into_iter();
        if let Some(policy) = policies.find(|policy| policy.policy_id.as_deref() == Some(id)) {
            return Ok(policy.arn);
        }
        marker = page.marker;
        if marker.is_none() {
            return Ok(None);
        }
    }
}

/// Creates a version, the default or not, and returns its id.
pub(crate) async fn create_version(
    iam: &Client,
    arn: &str,
    document: &str,
    default: bool,
) -> Result<Answer<Option<String>>, Fault> {
    let call = iam.create_policy_version().policy_arn(arn).policy_document(document).set_as_default(default);
    let id = |made: Option<PolicyVersion>| made.and_then(|version| version.version_id);
    answer("making a version of the policy", call.send().await.map(|made| id(made.policy_version)))
}

/// Makes a version the default.
pub(crate) async fn set_default(iam: &Client, arn: &str, id: &str) -> Result<Answer<()>, Fault> {
    let call = iam.set_default_policy_version().policy_arn(arn).version_id(id);
    answer("making a version of the policy the default", call.send().await.map(drop))
}

/// Deletes a version that is not the default.
pub(crate) async fn delete_version(iam: &Client, arn: &str, id: &str) -> Result<Answer<()>, Fault> {
    let call = iam.delete_policy_version().policy_arn(arn).version_id(id);
    answer("deleting a version of the policy", call.send().await.map(drop))
}
