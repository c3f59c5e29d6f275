//! Roles, users and groups, as far as they have policies: IAM has the same calls three times.

use crate::aws::document;
use crate::aws::fault::{Answer, answer, code, fault};
use aws_sdk_iam::Client;
use aws_sdk_iam::types::Tag;
use contract::{Fault, IamPrincipal, PrincipalKind};
use std::collections::BTreeMap;

/// Somebody who has policies, as IAM knows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Holder {
    /// The unique id. One that was deleted and made again has another.
    pub(crate) id: String,
    pub(crate) arn: String,
    /// With a slash at both ends.
    pub(crate) path: String,
    /// Groups have none.
    pub(crate) tags: BTreeMap<String, String>,
    /// What a role's trust policy says.
    pub(crate) trust: Option<String>,
    /// What people should know of their use, in a sentence.
    pub(crate) use_of_it: Option<String>,
}

/// The role, user or group, or nothing.
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
                    use_of_it: user
                        .password_last_used
                        .map(|at| format!("The user last signed in with a password at {at}.")),
                    id: user.user_id,
                    arn: user.arn,
                    path: user.path,
                    tags: tags(user.tags),
                    trust: None,
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
                        use_of_it: Some(members),
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
        use_of_it: Some(match last {
            Some(at) => format!("The role was last used at {at}."),
            None => "IAM knows of no use of the role in the last 400 days.".to_owned(),
        }),
        trust: role.assume_role_policy_document.as_deref().map(document::decode).transpose()?,
        id: role.role_id,
        arn: role.arn,
        path: role.path,
        tags: tags(role.tags),
    })
}

/// Tags, as IAM has them on everything but groups.
pub(crate) fn tags(tags: Option<Vec<Tag>>) -> BTreeMap<String, String> {
    tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect()
}

/// The calls of the three kinds return types of their own; this is what they have in common.
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

/// What an inline policy says, or nothing.
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

/// Says who may use a role.
pub(crate) async fn update_trust(iam: &Client, role: &str, document: &str) -> Result<Answer<()>, Fault> {
    let call = iam.update_assume_role_policy().role_name(role).policy_document(document);
    answer("changing a trust policy", call.send().await.map(drop))
}
