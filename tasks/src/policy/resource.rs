//! Resources: the patterns of a policy, and the formats of the ARNs that an action acts on.

use super::matching::{Effort, Glob};

/// The partitions of AWS.
const PARTITIONS: &[&str] = &["aws", "aws-cn", "aws-us-gov"];

/// The name of a resource of which nobody thought when the policy was written. A pattern that matches it is about all.
const UNNAMED: &str = "\u{1}nobody-named-it";

/// How many parts an ARN has: arn, partition, service, region, account, resource.
const PARTS: usize = 6;

/// A pattern of a policy, as a whole and in the parts of an ARN.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    whole: Glob,
    /// None where it has fewer parts than an ARN, as `arn:aws:iam::*`: there the star stands for several.
    parts: Option<Vec<Glob>>,
}

/// The ARN of a type of resources, such as `arn:*:iam::*:role/$`.
#[derive(Debug, Clone)]
pub(super) struct Format {
    service: &'static str,
    region: &'static str,
    account: &'static str,
    resource: String,
    any: Resource,
    unnamed: Resource,
}

impl Resource {
    pub(super) fn of(pattern: &str) -> Self {
        let parts: Vec<Glob> = pattern.splitn(PARTS, ':').map(Glob::resource).collect();
        Self { whole: Glob::resource(pattern), parts: (parts.len() == PARTS).then_some(parts) }
    }

    pub(super) fn is_everything(&self) -> bool {
        self.whole.is_everything()
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        self.whole.matches(text)
    }

    pub(super) fn covers(&self, other: &Self, effort: &Effort) -> bool {
        self.whole.covers(&other.whole, effort)
    }

    /// Whether some resource is one that both stand for. A star in one part of an ARN does not reach into the next.
    pub(super) fn overlaps(&self, other: &Self, effort: &Effort) -> bool {
        match (&self.parts, &other.parts) {
            (Some(ours), Some(theirs)) => {
                ours.iter().zip(theirs).all(|(ours, theirs)| ours.overlaps(theirs, effort))
            }
            _ => self.whole.overlaps(&other.whole, effort),
        }
    }

    /// Whether it stands for every resource of this format, in the account or in all.
    pub(super) fn covers_all(&self, format: &Format, account: &str, effort: &Effort) -> bool {
        let covers = |partition: &&str| self.covers(&format.all(partition, account), effort);
        self.is_everything() || PARTITIONS.iter().any(covers)
    }
}

impl Format {
    /// From `iam;;A;role/$`, as `actions.txt` has it.
    pub(super) fn read(text: &'static str) -> Option<Self> {
        let mut parts = text.splitn(4, ';');
        let (service, region, account) = (parts.next()?, parts.next()?, parts.next()?);
        let resource = parts.next()?.replace(';', ":");
        let format = |name: &str| {
            let (region, account) = (any(region, "R"), any(account, "A"));
            Resource::of(&format!("arn:*:{service}:{region}:{account}:{}", resource.replace('$', name)))
        };
        let (unnamed, any) = (format(UNNAMED), format("*"));
        Some(Self { service, region, account, resource, any, unnamed })
    }

    /// Any resource of this type.
    pub(super) fn any(&self) -> &Resource {
        &self.any
    }

    /// A resource of this type that nobody named.
    pub(super) fn unnamed(&self) -> &Resource {
        &self.unnamed
    }

    /// Every resource of this type in an account.
    pub(super) fn all(&self, partition: &str, account: &str) -> Resource {
        let region = any(self.region, "R");
        let account = if self.account == "A" { account } else { self.account };
        let resource = self.resource.replace('$', "*");
        Resource::of(&format!("arn:{partition}:{}:{region}:{account}:{resource}", self.service))
    }
}

/// A star for the letter that stands for any.
fn any<'a>(part: &'a str, letter: &str) -> &'a str {
    if part == letter { "*" } else { part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_about_all_resources_or_about_named_ones() {
        for (pattern, format, expected) in [
            ("*", "iam;;A;role/$", true),
            ("arn:*", "iam;;A;role/$", true),
            ("arn:aws:iam::*", "iam;;A;role/$", true),
            ("arn:aws:iam::123456789012:role/*", "iam;;A;role/$", true),
            ("arn:aws:iam::123456789012:*", "iam;;A;role/$", true),
            ("arn:aws-cn:iam::*:role*", "iam;;A;role/$", true),
            ("arn:aws:iam::123456789012:role/team/*", "iam;;A;role/$", false),
            ("arn:aws:iam::123456789012:role/team-*", "iam;;A;role/$", false),
            ("arn:aws:iam::123456789012:user/*", "iam;;A;role/$", false),
            ("arn:aws:iam::123456789012:user/${aws:username}", "iam;;A;user/$", false),
            ("arn:aws:s3:::*", "iam;;A;role/$", false),
            ("arn:aws:s3:::*", "s3;;;$/$", true),
            ("arn:aws:s3:::*/*", "s3;;;$/$", true),
            ("arn:aws:s3:::assets/*", "s3;;;$/$", false),
            ("arn:aws:lambda:eu-central-1:123456789012:function:*", "lambda;R;A;function;$", true),
            ("arn:aws:lambda:*:*:function:dev-*", "lambda;R;A;function;$", false),
        ] {
            let format = Format::read(format).unwrap();
            assert_eq!(
                Resource::of(pattern).overlaps(format.unnamed(), &Effort::default()),
                expected,
                "{pattern} {format:?}"
            );
        }
    }

    #[test]
    fn a_pattern_covers_all_of_the_own_account() {
        let format = Format::read("iam;;A;role/$").unwrap();
        for (pattern, expected) in [
            ("*", true),
            ("arn:aws:iam::*:role/*", true),
            ("arn:aws:iam::123456789012:role/*", true),
            ("arn:aws-us-gov:iam::123456789012:*", true),
            ("arn:aws:iam::999999999999:role/*", false),
            ("arn:aws:iam::123456789012:role/a*", false),
            ("arn:aws:iam::123456789012:user/*", false),
        ] {
            assert_eq!(
                Resource::of(pattern).covers_all(&format, "123456789012", &Effort::default()),
                expected,
                "{pattern}"
            );
        }
    }
}
