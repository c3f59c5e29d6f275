//! Roles, users and groups and their policies. IAM has most calls three times, once per type.

use crate::aws::document;
use crate::aws::fault::{Answer, answer, code, fault};
use aws_sdk_iam::Client;
use aws_sdk_iam::types::Tag;
use contract::kinds::role_containment::Inline;
use contract::{Fault, IamPrincipal, PrincipalKind};
use std::collections::BTreeMap;

/// A role, a user or a group, as IAM returns it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Holder {
    /// The unique id. A principal that was deleted and created again has another one.
    pub(crate) id: String,
    pub(crate) arn: String,
    /// With a slash at both ends.
    pub(crate) path: String,
    pub(crate) created: String,
    /// Groups have none.
    pub(crate) tags: BTreeMap<String, String>,
    /// The document of a role's trust policy.
    pub(crate) trust: Option<String>,
    /// The ARN of the permissions boundary. Groups have none.
    pub(crate) boundary: Option<String>,
    /// Its last use, or its members, in one sentence.
    pub(crate) last_use: Option<String>,
}

/// The role, user or group, if there is one of this name.
pub(crate) async fn get(iam: &Client, who: &IamPrincipal) -> Result<Option<Holder>, Fault> {
    let found = match who.kind {
        PrincipalKind::Role => match iam.get_role().role_name(&who.name).send().await {
            Ok(answer) => Ok(answer.role),
            Err(error) => Err((code(&error).to_owned(), fault("reading the role", &error))),
        }
        .map(|role| role.map(of_role)),
        PrincipalKind::User => match iam.get_user().user_name(&who.name).send().await {
            Ok(answer) => Ok(answer.user.map(|user| {
                Ok(Holder {
                    last_use: user
                        .password_last_used
                        .map(|at| format!("The user last signed in with a password at {at}.")),
                    id: user.user_id,
                    arn: user.arn,
                    path: user.path,
                    created: user.create_date.to_string(),
                    tags: tags(user.tags),
                    trust: None,
                    boundary: user
                        .permissions_boundary
                        .and_then(|boundary| boundary.permissions_boundary_arn),
                })
            })),
            Err(error) => Err((code(&error).to_owned(), fault("reading the user", &error))),
        },
        PrincipalKind::Group => match iam.get_group().group_name(&who.name).max_items(100).send().await {
            Ok(answer) => {
                let more = if answer.is_truncated { "more than " } else { "" };
                let members = format!("The group has {more}{} member(s).", answer.users.len());
                Ok(answer.group.map(|group| {
                    Ok(Holder {
                        id: group.group_id,
                        arn: group.arn,
                        path: group.path,
                        created: group.create_date.to_string(),
                        last_use: Some(members),
                        ..Holder::default()
                    })
                }))
            }
            Err(error) => Err((code(&error).to_owned(), fault("reading the group", &error))),
        },
    };
    match found {
        Ok(found) => found.transpose(),
        Err((code, _)) if code == "NoSuchEntity" => Ok(None),
        Err((_, fault)) => Err(fault),
    }
}

fn of_role(role: aws_sdk_iam::types::Role) -> Result<Holder, Fault> {
    let last = role.role_last_used.and_then(|used| used.last_used_date);
    Ok(Holder {
        last_use: Some(match last {
            Some(at) => format!("The role was last used at {at}."),
            None => "The role was not used in the last 400 days, as far as IAM reports.".to_owned(),
        }),
        trust: role.assume_role_policy_document.as_deref().map(document::decode).transpose()?,
        id: role.role_id,
        arn: role.arn,
        path: role.path,
        created: role.create_date.to_string(),
        tags: tags(role.tags),
        boundary: role.permissions_boundary.and_then(|boundary| boundary.permissions_boundary_arn),
    })
}

/// The tags of a resource of IAM.
pub(crate) fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// The three calls have types of their own; the rest of the code is the same.
macro_rules! by_kind {
    ($iam:expr, $who:expr, $role:ident, $user:ident, $group:ident, |$call:ident| $rest:expr) => {
        match $who.kind {
            PrincipalKind::Role => {
                let $call = $iam.$role().role_name(&$who.name);
                $rest
            }
            PrincipalKind::User => {
                let $call = $iam.$user().user_name(&$who.name);
                $rest
            }
            PrincipalKind::Group => {
                let $call = $iam.$group().group_name(&$who.name);
                $rest
            }
        }
    };
}

/// The document of an inline policy, if there is one.
pub(crate) async fn inline(iam: &Client, who: &IamPrincipal, policy: &str) -> Result<Option<String>, Fault> {
    by_kind!(iam, who, get_role_policy, get_user_policy, get_group_policy, |call| {
        match call.policy_name(policy).send().await {
            Ok(answer) => document::decode(answer.policy_document()).map(Some),
            Err(error) if code(&error) == "NoSuchEntity" => Ok(None),
            Err(error) => Err(fault("reading an inline policy", &error)),
        }
    })
}

/// The ARNs of the attached managed policies, sorted.
pub(crate) async fn attached(iam: &Client, who: &IamPrincipal) -> Result<Vec<String>, Fault> {
    let mut arns = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let (page, next) = by_kind!(
            iam,
            who,
            list_attached_role_policies,
            list_attached_user_policies,
            list_attached_group_policies,
            |call| {
                let page = call.set_marker(marker).send().await;
                let page = page.map_err(|error| fault("listing the attached policies", &error))?;
                (page.attached_policies.unwrap_or_default(), page.marker)
            }
        );
        arns.extend(page.into_iter().filter_map(|policy| policy.policy_arn));
        marker = next;
        if marker.is_none() {
            break;
        }
    }
    arns.sort();
    Ok(arns)
}

/// Puts an inline policy.
pub(crate) async fn put_inline(
    iam: &Client,
    who: &IamPrincipal,
    policy: &str,
    document: &str,
) -> Result<Answer<()>, Fault> {
    by_kind!(iam, who, put_role_policy, put_user_policy, put_group_policy, |call| {
        let put = call.policy_name(policy).policy_document(document).send().await;
        answer("putting an inline policy", put.map(drop))
    })
}

/// Deletes an inline policy.
pub(crate) async fn delete_inline(
    iam: &Client,
    who: &IamPrincipal,
    policy: &str,
) -> Result<Answer<()>, Fault> {
    by_kind!(iam, who, delete_role_policy, delete_user_policy, delete_group_policy, |call| {
        answer("deleting an inline policy", call.policy_name(policy).send().await.map(drop))
    })
}

/// Attaches a managed policy.
pub(crate) async fn attach(iam: &Client, who: &IamPrincipal, arn: &str) -> Result<Answer<()>, Fault> {
    by_kind!(iam, who, attach_role_policy, attach_user_policy, attach_group_policy, |call| {
        answer("attaching a policy", call.policy_arn(arn).send().await.map(drop))
    })
}

/// Detaches a managed policy.
pub(crate) async fn detach(iam: &Client, who: &IamPrincipal, arn: &str) -> Result<Answer<()>, Fault> {
    by_kind!(iam, who, detach_role_policy, detach_user_policy, detach_group_policy, |call| {
        answer("detaching a policy", call.policy_arn(arn).send().await.map(drop))
    })
}

/// Replaces the trust policy of a role.
pub(crate) async fn update_trust(iam: &Client, role: &str, document: &str) -> Result<Answer<()>, Fault> {
    let call = iam.update_assume_role_policy().role_name(role).policy_document(document);
    answer("changing a trust policy", call.send().await.map(drop))
}

/// The names of the inline policies.
pub(crate) async fn inline_names(iam: &Client, who: &IamPrincipal) -> Result<Vec<String>, Fault> {
    let mut names = Vec::new();
    let mut marker: Option<String> = None;
    loop {
        let (page, next) =
            by_kind!(iam, who, list_role_policies, list_user_policies, list_group_policies, |call| {
                let page = call.set_marker(marker).send().await;
                let page = page.map_err(|error| fault("listing the inline policies", &error))?;
                (page.policy_names, page.marker)
            });
        names.extend(page);
        marker = next;
        if marker.is_none() {
            return Ok(names);
        }
    }
}

/// A role's inline policies but `except`, sorted by name, with the hashes of their documents.
pub(crate) async fn inline_hashes(
    iam: &Client,
    who: &IamPrincipal,
    except: &str,
) -> Result<Vec<Inline>, Fault> {
    let names = inline_names(iam, who).await?;
    let mut policies = Vec::new();
    for name in names.into_iter().filter(|name| name != except) {
        // A policy that is deleted between the two calls counts as absent.
        if let Some(document) = inline(iam, who, &name).await? {
            policies.push(Inline { sha256: document::hash_text(&document), name });
        }
    }
    policies.sort();
    Ok(policies)
}

/// Puts a permissions boundary on a role or a user.
pub(crate) async fn put_boundary(iam: &Client, who: &IamPrincipal, arn: &str) -> Result<Answer<()>, Fault> {
    const DOING: &str = "putting the permissions boundary";
    match who.kind {
        PrincipalKind::Role => {
            let call = iam.put_role_permissions_boundary().role_name(&who.name).permissions_boundary(arn);
            answer(DOING, call.send().await.map(drop))
        }
        PrincipalKind::User => {
            let call = iam.put_user_permissions_boundary().user_name(&who.name).permissions_boundary(arn);
            answer(DOING, call.send().await.map(drop))
        }
        PrincipalKind::Group => Ok(Answer::Refused(GROUP.to_owned())),
    }
}

/// Deletes the permissions boundary of a role or a user.
pub(crate) async fn delete_boundary(iam: &Client, who: &IamPrincipal) -> Result<Answer<()>, Fault> {
    const DOING: &str = "deleting the permissions boundary";
    match who.kind {
        PrincipalKind::Role => {
            let call = iam.delete_role_permissions_boundary().role_name(&who.name);
            answer(DOING, call.send().await.map(drop))
        }
        PrincipalKind::User => {
            let call = iam.delete_user_permissions_boundary().user_name(&who.name);
            answer(DOING, call.send().await.map(drop))
        }
        PrincipalKind::Group => Ok(Answer::Refused(GROUP.to_owned())),
    }
}

const GROUP: &str = "a group has no permissions boundary";
