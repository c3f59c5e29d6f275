//! Resources: the patterns of a policy, and the formats of the ARNs that an action acts on.

use super::construct::{Demand, Pattern, text};
use super::matching::{Effort, Glob};
use std::borrow::Cow;

/// How many parts an ARN has: arn, partition, service, region, account, resource.
const PARTS: usize = 6;

/// A pattern of a policy, as a whole and in the parts of an ARN.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    text: String,
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
}

impl Resource {
    pub(super) fn of(pattern: &str) -> Self {
        let pattern = completed(pattern);
        let parts: Vec<Glob> = pattern.splitn(PARTS, ':').map(Glob::resource).collect();
        Self {
            text: pattern.clone().into_owned(),
            whole: Glob::resource(&pattern),
            parts: (parts.len() == PARTS).then_some(parts),
        }
    }

    pub(super) fn is_everything(&self) -> bool {
        self.whole.is_everything()
    }

    /// Whether it stands for this resource. A pattern with fewer parts than an ARN is taken as a text.
    pub(super) fn matches(&self, arn: &str) -> bool {
        match &self.parts {
            _ if self.is_everything() => true,
            Some(parts) if arn != "*" => {
                parts.iter().zip(arn.splitn(PARTS, ':')).all(|(pattern, part)| pattern.matches(part))
            }
            _ => self.whole.matches(arn),
        }
    }

    /// A resource that both stand for.
    pub(super) fn meeting(&self, other: &Self, effort: &Effort) -> Option<String> {
        match (&self.parts, &other.parts) {
            (Some(ours), Some(theirs)) => {
                let parts = ours.iter().zip(theirs).map(|(ours, theirs)| ours.meeting(theirs, effort));
                Some(parts.collect::<Option<Vec<_>>>()?.join(":"))
            }
            _ => self.whole.meeting(&other.whole, effort),
        }
    }

    /// A resource that all of them stand for.
    pub(super) fn meeting_of(all: &[&Self], effort: &Effort) -> Option<String> {
        let demand = |one: &&Self| Demand { patterns: vec![one.pattern()], fits: true };
        let demands: Vec<Demand> = all.iter().map(demand).collect();
        text(&demands, effort)
    }

    /// A resource that it stands for, and none of the others does.
    pub(super) fn apart_from(&self, others: &[&Self], effort: &Effort) -> Option<String> {
        let others = others.iter().map(|other| other.pattern()).collect();
        let demands =
            [Demand { patterns: vec![self.pattern()], fits: true }, Demand { patterns: others, fits: false }];
        text(&demands, effort)
    }

    /// It as a pattern of policies of this account.
    pub(super) fn in_account(&self, account: &str) -> Option<Pattern> {
        let any = Self::of(&format!("arn:aws:iam::{account}:policy/*"));
        if self.parts.is_none() {
            return Some(any.pattern());
        }
        let parts: Vec<&str> = self.text.splitn(PARTS, ':').collect();
        let [_, partition, service, _, of, name] = parts.as_slice() else { return None };
        let is_of = |part: &str, whole: &str| Glob::resource(part).matches(whole);
        let is_policy = is_of(service, "iam") && is_of(of, account);
        let partition = if partition.contains('*') { "aws" } else { partition };
        is_policy.then(|| Self::of(&format!("arn:{partition}:iam::{account}:{name}")).pattern())
    }

    /// Whether it can stand for resources of the format, as far as its service and the start of its name say.
    pub(super) fn may_be_of(&self, format: &Format) -> bool {
        let Some(parts) = &self.parts else { return true };
        let name = self.text.splitn(PARTS, ':').nth(PARTS - 1).unwrap_or_default();
        let literal = name.split(['*', '?', '$']).next().unwrap_or_default();
        let head = format.resource.split('$').next().unwrap_or_default();
        parts.get(2).is_none_or(|part| part.matches(format.service))
            && (head.starts_with(literal) || literal.starts_with(head))
    }

    fn pattern(&self) -> Pattern {
        let letters: Vec<char> = self.text.chars().collect();
        if self.parts.is_none() {
            return Pattern::like(letters);
        }
        let parts: Vec<&[char]> = letters.splitn(PARTS, |letter| *letter == ':').collect();
        Pattern::arn(parts.into_iter())
    }

    /// What it says of the name of a resource of this format: the part behind what is the same in every name.
    pub(super) fn name_of<'a>(&'a self, format: &Format) -> Option<&'a str> {
        let (head, _) = format.resource.split_once('$')?;
        let (_, name) = self.text.splitn(PARTS, ':').nth(PARTS - 1)?.split_once(head)?;
        Some(name)
    }

    /// The same with what every name begins with, such as the `o-` of an organization.
    pub(super) fn whole_name_of(&self, format: &Format) -> Option<String> {
        let (head, _) = format.resource.split_once('$')?;
        let start = head.rsplit(['/', ':']).next().unwrap_or_default();
        Some(format!("{start}{}", self.name_of(format)?))
    }

    /// How much it costs to match it.
    pub(super) fn cost(&self) -> usize {
        if self.is_everything() { 1 } else { self.whole.cost() + 8 }
    }
}

impl Format {
    /// From `iam;;A;role/$`, as `actions.txt` has it.
    pub(super) fn read(text: &'static str) -> Option<Self> {
        let mut parts = text.splitn(4, ';');
        let (service, region, account) = (parts.next()?, parts.next()?, parts.next()?);
        let resource = parts.next()?.replace(';', ":");
        Some(Self { service, region, account, resource })
    }

    /// Any resource of this type, in one account or in all.
    pub(super) fn any(&self, account: &str) -> Resource {
        let (region, account) =
            (any(self.region, "R"), if self.account == "A" { account } else { self.account });
        Resource::of(&format!(
            "arn:*:{}:{region}:{account}:{}",
            self.service,
            self.resource.replace('$', "*")
        ))
    }

    /// The resource of this type with this name.
    pub(super) fn arn(&self, partition: &str, region: &str, account: &str, name: &str) -> String {
        let region = if self.region == "R" { region } else { self.region };
        let account = if self.account == "A" { account } else { self.account };
        format!("arn:{partition}:{}:{region}:{account}:{}", self.service, self.resource.replace('$', name))
    }

    /// Whether this is how it is written in a table.
    pub(super) fn is(&self, text: &str) -> bool {
        let resource = self.resource.replace(':', ";");
        text == format!("{};{};{};{resource}", self.service, self.region, self.account)
    }

    pub(super) fn service(&self) -> &'static str {
        self.service
    }

    pub(super) fn has_region(&self) -> bool {
        self.region == "R"
    }

    /// It as a text, which is the same for the same formats.
    pub(super) fn key(&self) -> String {
        self.arn("", "R", "A", "$")
    }

    /// Whether a name can begin with a path.
    pub(super) fn has_path(&self) -> bool {
        self.service == "iam" && self.resource.ends_with("/$")
    }
}

/// A pattern of resources as AWS reads it: to an ARN with fewer than six parts it adds stars for those that are missing.
/// Where the last part is a star it stands for these anyway.
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
pub(super) fn completed(pattern: &str) -> Cow<'_, str> {
    let parts = pattern.split(':').count();
    let is_arn = pattern == "arn" || pattern.starts_with("arn:");
    if !is_arn || parts >= PARTS || pattern.ends_with('*') {
        return Cow::Borrowed(pattern);
    }
    let pattern = pattern.strip_suffix(':').unwrap_or(pattern);
    let missing = PARTS.saturating_sub(pattern.split(':').count());
    Cow::Owned(format!("{pattern}{}", ":*".repeat(missing)))
}

/// A star for the letter that stands for any.
fn any<'a>(part: &'a str, letter: &str) -> &'a str {
    if part == letter { "*" } else { part }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_does_not_reach_over_a_colon() {
        for (pattern, arn, expected) in [
            ("*", "arn:aws:iam::123456789012:role/a", true),
            ("arn:*", "arn:aws:iam::123456789012:role/a", true),
            ("arn:aws:iam::*", "arn:aws:iam::123456789012:role/a", true),
            ("arn:aws:iam::123456789012:role/*", "arn:aws:iam::123456789012:role/team/a", true),
            ("arn:aws:iam::*:role*", "arn:aws:iam::123456789012:role/a", true),
            ("arn:aws:iam", "arn:aws:iam::123456789012:role/a", true),
            ("arn:aws:iam::123456789012", "arn:aws:iam::123456789012:role/a", true),
            ("arn:aws:iam::123456789012", "arn:aws:iam::210987654321:role/a", false),
            ("arn", "arn:aws:iam::123456789012:role/a", true),
            ("arn:aws:iam::123456789012:user/*", "arn:aws:iam::123456789012:role/a", false),
            (
                "arn:aws:*:123456789012:function:x:y",
                "arn:aws:lambda:eu-central-1:123456789012:function:x",
                false,
            ),
        ] {
            assert_eq!(Resource::of(pattern).matches(arn), expected, "{pattern} {arn}");
        }
    }

    #[test]
    fn a_pattern_meets_a_format() {
        let effort = Effort::default();
        for (pattern, format, expected) in [
            (
                "arn:aws:lambda:*:*:function:dev-*",
                "lambda;R;A;function;$",
                Some("arn:aws:lambda::1:function:dev-"),
            ),
            ("arn:aws:s3:::assets/*", "s3;;;$/$", Some("arn:aws:s3:::assets/")),
            ("arn:aws:s3:::assets", "s3;;;$/$", None),
            ("arn:aws:iam::2:role/a", "iam;;A;role/$", None),
        ] {
            let format = Format::read(format).unwrap();
            let meeting = Resource::of(pattern).meeting(&format.any("1"), &effort);
            assert_eq!(meeting.as_deref(), expected, "{pattern}");
        }
        let format = Format::read("lambda;R;A;function;$").unwrap();
        assert_eq!(format.arn("aws", "eu-west-1", "1", "x"), "arn:aws:lambda:eu-west-1:1:function:x");
        assert!(format.is("lambda;R;A;function;$") && format.has_region() && !format.has_path());
        assert_eq!(Resource::of("arn:aws:lambda:*:*:function:dev-*").name_of(&format), Some("dev-*"));
    }
}
