//! The names and ARNs of IAM. A finding carries only names whose characters need no quotes in a command.

use contract::{IamPrincipal, PrincipalKind};
use wildmatch::WildMatch;

/// Whether IAM accepts this name for a role, a user, a group or a policy. Policies have the longest.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@-_".contains(&byte))
}

/// Whether IAM accepts this name for a role.
pub(crate) fn is_role_name(text: &str) -> bool {
    text.len() <= 64 && is_name(text)
}

/// An ARN of IAM, in its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IamArn<'a> {
    /// Twelve digits, or `aws`.
    pub(crate) account: &'a str,
    /// `policy`, `role`, `user` and so on.
    pub(crate) kind: &'a str,
    /// With a slash at both ends.
    pub(crate) path: &'a str,
    /// Without path.
    pub(crate) name: &'a str,
}

impl<'a> IamArn<'a> {
    /// Reads an ARN whose characters need no quotes. IAM allows paths with others; those are for people.
    pub(crate) fn read(arn: &'a str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (start, partition, service, region) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let (account, resource) = (parts.next()?, parts.next()?);
        let known = start == "arn" && partition.starts_with("aws") && service == "iam" && region.is_empty();
        let plain =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@-_/".contains(&byte));
        let (kind, _) = resource.split_once('/')?;
        let full = resource.get(kind.len()..)?;
        let slash = full.rfind('/')?;
        let (path, name) = (full.get(..=slash)?, full.get(slash + 1..)?);
        let whole =
            plain(partition) && plain(account) && plain(resource) && is_name(name) && arn.len() <= 1024;
        (known && whole).then_some(Self { account, kind, path, name })
    }

    /// Whether it is an AWS managed policy.
    pub(crate) fn is_managed_by_aws(&self) -> bool {
        self.kind == "policy" && self.account == "aws"
    }
}

/// The path of a path with a name: `/redress/` of `/redress/redress-response`.
pub(crate) fn directory(full: &str) -> &str {
    full.rfind('/').and_then(|slash| full.get(..=slash)).unwrap_or_default()
}

/// Whether it is the number of an account.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it can be the name of a region or a partition.
pub(crate) fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Whether STS accepts it as an external id. Source: STS API reference, `AssumeRole`.
pub(crate) fn is_external_id(text: &str) -> bool {
    let taken = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte);
    (16..=128).contains(&text.len()) && text.bytes().all(taken)
}

/// Whether it is the ARN of a managed policy of this account, or of AWS.
pub(crate) fn is_managed_policy(arn: &str, account: &str) -> bool {
    IamArn::read(arn)
        .is_some_and(|read| read.kind == "policy" && (read.account == account || read.is_managed_by_aws()))
}

/// A principal of this kind, if the name can be one.
pub(crate) fn principal(kind: PrincipalKind, name: &str) -> Option<IamPrincipal> {
    let fits = if kind == PrincipalKind::Role { is_role_name(name) } else { is_name(name) };
    fits.then(|| IamPrincipal { kind, name: name.to_owned() })
}

/// Whether one of the comma-separated patterns matches the path with the name (`/admin/*`), or the name alone.
pub(crate) fn matches_any(patterns: &str, path: &str, name: &str) -> bool {
    let full = format!("{path}{name}");
    list(patterns).any(|pattern| {
        let subject = if pattern.starts_with('/') { full.as_str() } else { name };
        WildMatch::new(pattern).matches(subject)
    })
}

/// The items of a comma-separated list.
pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_read_in_its_parts_or_not_at_all() {
        let read = |arn| IamArn::read(arn).map(|arn| (arn.account, arn.kind, arn.path, arn.name));
        let ours = "arn:aws:iam::123456789012:policy/teams/web/deploy";
        assert_eq!(read(ours), Some(("123456789012", "policy", "/teams/web/", "deploy")));
        let theirs = "arn:aws-us-gov:iam::aws:policy/AdministratorAccess";
        assert_eq!(read(theirs), Some(("aws", "policy", "/", "AdministratorAccess")));
        for wrong in [
            "",
            "arn:aws:iam::123456789012:policy",
            "arn:aws:iam::123456789012:policy/",
            "arn:aws:iam:us-east-1:123456789012:policy/x",
            "arn:aws:s3::123456789012:policy/x",
            "arn:aws:iam::123456789012:policy/a'; rm -rf/x",
            "arn:aws:iam::123456789012:policy/x$(id)",
            "arn:aws:iam::123456789012:root",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
        assert!(is_managed_policy(ours, "123456789012") && is_managed_policy(theirs, "123456789012"));
        assert!(!is_managed_policy(ours, "210987654321"));
        assert!(!is_managed_policy("arn:aws:iam::123456789012:role/x", "123456789012"));
    }
}
