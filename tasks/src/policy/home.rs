//! The condition keys of requests by which one of our own identities harms the account that it belongs to.

use super::Known;
use super::construct::{Pattern, mark};
use super::dates::{date, written};
use super::document::Condition;
use super::keys::{Key, Who};
use super::knowledge::Tables;
use super::names::is_administrators;
use super::operators::variables;
use super::requests::RequestShape;
use super::solver::{Ease, Keys, Nature};
use super::targets::{REGIONS, is_partition};
use super::ties::{self, Tie};
use std::collections::BTreeSet;

/// Where nothing says otherwise.
const ORGANIZATION: &str = "o-exampleorgid";

/// Services with one endpoint for the whole partition: their calls are made to its first region, wherever the caller is.
const GLOBAL: &[&str] =
    &["iam", "organizations", "cloudfront", "route53", "globalaccelerator", "account", "shield"];

/// How long a session can last, in seconds.
const SESSION: i64 = 36 * 60 * 60;

/// What the locations of a stranger's templates and sources look like.
const LOCATIONS: &[&str] = &[
    "https://{owner}.s3{any}amazonaws.com{any}/{any}",
    "https://s3{any}amazonaws.com{any}/{owner}/{any}",
    "https://{owner}/{any}",
    "https://github.com/{owner}/{any}",
    "{owner}/{any}",
    "{owner}",
];

/// The requests of one action by our own identities.
pub(super) struct Home<'a> {
    pub(super) tables: &'a Tables,
    pub(super) known: &'a Known,
    /// The service of the action.
    pub(super) service: &'a str,
    pub(super) shape: Option<&'a RequestShape>,
    /// The services that a role can be passed to for the purpose.
    pub(super) services: &'a [String],
    /// Policies whose attachment is dangerous.
    pub(super) policies: &'a [String],
    /// Whether the document lets the caller choose the tags of the resource.
    pub(super) can_tag: Option<Ease>,
    /// Whether it lets the caller choose the caller's own tags.
    pub(super) can_tag_oneself: bool,
    /// How a policy that bounds the escalation, the value of a key, is of no use.
    pub(super) own: &'a dyn Fn(&str, &str, &Condition) -> Option<Ease>,
    /// The policies of the own account that the document lets somebody write.
    pub(super) written: &'a [Pattern],
}

impl Home<'_> {
    fn filled(&self, value: &str) -> Vec<String> {
        let account = account(self.known);
        match value {
            "@services" => self.services.to_vec(),
            "@policies" => self.policies.to_vec(),
            "@boundaries" => vec![
                "arn:aws:iam::aws:policy/AdministratorAccess".to_owned(),
                format!("arn:aws:iam::{account}:policy/example"),
            ],
            "@principal" => principals(self.known),
            "@now" => vec![written(self.known.now)],
            // Numbers compare with it as well as dates do.
            "@epoch" => vec![self.known.now.to_string()],
            _ => vec![
                value
                    .replace("@user", user(self.known))
                    .replace("@account", account)
                    .replace("@organization", organization(self.known)),
            ],
        }
    }

    /// Whether a request of the action can have the key at all. A key of its own service that the reference does not
    /// list may be there all the same.
    fn can_have(&self, key: &str) -> bool {
        let service = key.split(':').next().unwrap_or(key);
        match (service, self.shape) {
            ("aws", shape) => {
                let is_written = key.starts_with("aws:requesttag/") || key == "aws:tagkeys";
                !is_written || shape.is_none_or(|shape| shape.has(key))
            }
            // The reference is exact about these.
            ("iam" | "sts", Some(shape)) => shape.has(key),
            (_, Some(shape)) => shape.has(key) || service == self.service,
            (_, None) => service == self.service,
        }
    }
}

impl Home<'_> {
    /// The regions that a request can be made to.
    fn regions(&self) -> &'static [&'static str] {
        let partition = self.known.holders.iter().find_map(|arn| arn.split(':').nth(1));
        match partition {
            _ if !GLOBAL.contains(&self.service) => REGIONS,
            Some("aws-cn") => &["cn-north-1"],
            Some("aws-us-gov") => &["us-gov-west-1"],
            Some("aws-eusc") => &["eusc-de-east-1"],
            _ => &["us-east-1"],
        }
    }

    /// What the values of a key look like in dangerous requests.
    fn forms(&self, key: &str, who: Option<Who>, tests: &[&Condition]) -> Vec<Pattern> {
        let like = |texts: &[&str]| texts.iter().map(|text| Pattern::like(text.chars())).collect();
        let is_own = |arn: &&str| arn.contains(&format!(":{}:", account(self.known)));
        match (key, who) {
            ("aws:requestedregion", _) => like(self.regions()),
            ("aws:userid", _) => like(&["AROA????????????????:*", "AIDA????????????????"]),
            ("aws:principalarn", _) if self.known.holders.is_empty() => {
                let account = account(self.known);
                let names =
                    [format!("arn:aws:iam::{account}:role/*"), format!("arn:aws:iam::{account}:user/*")];
                like(&names.each_ref().map(String::as_str))
            }
            ("aws:principalarn", _) => {
                like(&self.known.holders.iter().map(String::as_str).filter(is_own).collect::<Vec<_>>())
            }
            ("aws:username", _) if !self.known.holders.is_empty() => like(&[user(self.known)]),
            ("aws:principaltype", _) => like(&["AssumedRole", "User"]),
            ("aws:principalorgid" | "aws:resourceorgid", _) if self.known.organizations.is_empty() => {
                like(&["o-??????????*"])
            }
            ("aws:principalorgpaths" | "aws:resourceorgpaths", _) => {
                let organization = organization(self.known);
                let known = format!("{organization}/r-????*/*");
                if self.known.organizations.is_empty() {
                    like(&["o-??????????*/r-????*/*"])
                } else {
                    like(&[&known])
                }
            }
            ("iam:policyarn" | "iam:permissionsboundary", _) => {
                like(&[&format!("arn:aws:iam::{}:policy/*", account(self.known))])
            }
            (_, Some(Who::Service | Who::Fixed | Who::Account | Who::Organization | Who::Escalation)) => {
                vec![]
            }
            // Where the policy leaves the name open it is a stranger's as well.
            (_, Some(Who::Unproven)) => {
                let mark = mark(tests.iter().flat_map(|test| &test.values).map(String::as_str));
                LOCATIONS.iter().map(|form| Pattern::form(form, mark)).collect()
            }
            _ => vec![Pattern::any()],
        }
    }
}

impl Keys for Home<'_> {
    fn nature(&self, key: &str, tests: &[&Condition]) -> Nature {
        let found = self.tables.keys.find(key);
        if !self.can_have(key) {
            return Nature { absent: true, ..Nature::default() };
        }
        let forms = self.forms(key, found.map(|key| key.who), tests);
        let Some(Key { always, usual, who, .. }) = found else {
            return Nature { absent: true, usual: vec!["example".to_owned()], forms, ..Nature::default() };
        };
        let mut usual: Vec<String> = usual.iter().flat_map(|value| self.filled(value)).collect();
        if *who == Who::Escalation {
            usual.extend(in_partitions(&usual, tests));
        }
        if key == "aws:requestedregion" {
            usual = self.regions().iter().take(1).map(|region| (*region).to_owned()).collect();
        }
        let absent = !always && *who != Who::Fixed;
        if usual.is_empty()
            && !matches!(who, Who::Session | Who::Network | Who::Service | Who::Owned | Who::Bound)
        {
            usual.push("example".to_owned());
        }
        let others = if key.starts_with("iam:p") { self.written.to_vec() } else { vec![] };
        Nature { absent, usual, forms, others, is_free: matches!(who, Who::Caller | Who::Unproven) }
    }

    fn reach(&self, key: &str, value: &str, test: &Condition) -> Option<Ease> {
        if !self.can_have(key) {
            return None;
        }
        match self.tables.keys.find(key).map(|key| key.who) {
            Some(_) if key == "aws:requestedregion" => {
                let is_reached = !GLOBAL.contains(&self.service) || self.regions().contains(&value);
                is_reached.then_some(Ease::Free)
            }
            Some(Who::Caller) => Some(Ease::Free),
            Some(Who::Organization) => Some(Ease::Free),
            Some(Who::Service | Who::Fixed) => None,
            Some(Who::Account) if key == "aws:principalaccount" => None,
            Some(Who::Account) => Some(tied(self.known.has(value))),
            Some(Who::Owned) => Some(tied(ties::arn(value, self.known) == Tie::Ours)),
            Some(Who::Clock) => is_to_come(key, value, self.known).then_some(Ease::Free),
            // A tag of the caller's that the caller sets is whatever the resource has.
            Some(Who::Target) if key.contains("tag/") && self.can_tag_oneself && is_ones_own(test) => {
                Some(Ease::Free)
            }
            Some(Who::Target) if key.contains("tag/") => self.can_tag,
            // Whoever asks chooses what the request is for.
            Some(Who::Target) => is_wide_list(test, self.known).then_some(Ease::Free),
            Some(Who::Escalation) if value.contains(":policy/") && is_wide_list(test, self.known) => {
                Some(Ease::Free)
            }
            Some(Who::Escalation) => (self.own)(key, value, test),
            Some(Who::Network) => Some(tied(ties::network(key, value, test, self.known) != Tie::Strangers)),
            Some(Who::Principal) => self.principal(key, value),
            Some(Who::Session | Who::Bound) => Some(Ease::Narrow),
            Some(Who::Grantee) => Some(tied(ties::is_known_grantee(value, self.known))),
            Some(Who::Unproven) | None => Some(Ease::Doubtful),
        }
    }
}

impl Home<'_> {
    /// How the caller comes to be who a policy asks for. Whoever that is has the permission then, and a name does not say
    /// that they should: only those who have it anyway are known.
    fn principal(&self, key: &str, value: &str) -> Option<Ease> {
        if key.starts_with("aws:principaltag/") {
            return Some(tied(!self.can_tag_oneself));
        }
        if key == "aws:principalarn" && !is_at_home(value, self.known) {
            return None;
        }
        let is_name = matches!(key, "aws:principalarn" | "aws:username");
        // The members of a group are not listed.
        let is_listed = |arn: &String| {
            if key == "aws:username" { arn.ends_with(&format!("/{value}")) } else { arn == value }
        };
        let holders = &self.known.holders;
        let is_somebody_else = !holders.is_empty()
            && !holders.iter().any(|arn| arn.contains(":group/"))
            && !holders.iter().any(is_listed);
        Some(tied(is_name && (is_somebody_else || ties::is_protected(value, self.known))))
    }
}

/// Whether the test compares with a tag of the caller's.
pub(super) fn is_ones_own(test: &Condition) -> bool {
    let mut used = test.values.iter().flat_map(|value| variables(value));
    used.any(|variable| variable.to_ascii_lowercase().starts_with("aws:principaltag/"))
}

/// Whether it is a time that the key can still have. A session that was opened before goes on, for 36 hours at the most.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>
pub(super) fn is_to_come(key: &str, value: &str, known: &Known) -> bool {
    let ago = if key == "aws:tokenissuetime" { SESSION } else { 0 };
    date(value).is_some_and(|at| at >= known.now.saturating_sub(ago))
}

fn tied(is_tied: bool) -> Ease {
    if is_tied { Ease::Narrow } else { Ease::Free }
}

/// The account of the document; an example where it is not said.
pub(super) fn account(known: &Known) -> &str {
    if known.account.is_empty() { "111122223333" } else { &known.account }
}

pub(super) fn organization(known: &Known) -> &str {
    known.organizations.first().map_or(ORGANIZATION, String::as_str)
}

/// The name of the user that has the policy.
pub(super) fn user(known: &Known) -> &str {
    let mut users = known.holders.iter().filter_map(|arn| arn.split_once(":user/"));
    users.next().map_or("the-caller", |(_, name)| name.rsplit('/').next().unwrap_or(name))
}

/// Who has the policy: a role or a user, where it is not known.
pub(super) fn principals(known: &Known) -> Vec<String> {
    let is_principal = |arn: &&String| arn.contains(":role/") || arn.contains(":user/");
    let holders: Vec<String> = known.holders.iter().filter(is_principal).cloned().collect();
    if holders.is_empty() {
        let account = account(known);
        return vec![
            format!("arn:aws:iam::{account}:role/example"),
            format!("arn:aws:iam::{account}:user/{}", user(known)),
        ];
    }
    holders
}

/// Whether the ARN is one of the own account, as far as it says.
fn is_at_home(arn: &str, known: &Known) -> bool {
    arn.split(':').nth(4).is_none_or(|of| of.is_empty() || of == account(known) || of.contains("example"))
}

/// The values in the other partitions that the tests name.
fn in_partitions(values: &[String], tests: &[&Condition]) -> Vec<String> {
    let listed = tests.iter().flat_map(|test| &test.values);
    let partitions: BTreeSet<&str> =
        listed.clone().filter_map(|value| value.split(':').nth(1)).filter(|it| is_partition(it)).collect();
    let in_each = partitions.into_iter().flat_map(|partition| {
        let arns = values.iter().filter_map(|value| value.strip_prefix("arn:aws:"));
        arns.map(move |rest| format!("arn:{partition}:{rest}"))
    });
    // Services have another name in China.
    let in_china = listed.filter(|value| value.ends_with(".amazonaws.com.cn")).take(1).flat_map(|_| {
        let services = values.iter().filter(|value| value.ends_with(".amazonaws.com"));
        services.map(|service| format!("{service}.cn"))
    });
    in_each.chain(in_china).collect()
}

/// Whether a test lists a pattern of ARNs of the own account, or of any, that asks for next to nothing of the name, or
/// for an administrator's.
fn is_wide_list(test: &Condition, known: &Known) -> bool {
    let is_wide = |listed: &String| {
        let mut parts = listed.splitn(6, ':');
        let of = parts.nth(4).unwrap_or_default();
        let resource = parts.next().unwrap_or_default();
        let name = resource.split_once(['/', ':']).map_or(resource, |(_, name)| name);
        let asked = name.chars().filter(|letter| !matches!(letter, '*' | '?' | '/')).count();
        let is_admin = is_administrators(name);
        (of.contains('*') || of == account(known)) && ((name.contains(['*', '?']) && asked <= 1) || is_admin)
    };
    test.values.iter().any(is_wide)
}
