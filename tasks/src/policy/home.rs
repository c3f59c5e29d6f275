//! The condition keys of requests by which one of our own identities harms the account that it belongs to.

use super::Known;
use super::document::Condition;
use super::keys::{Key, Who};

use super::knowledge::Tables;
use super::operators::{Network, Operator, Test, date};
use super::requests::RequestShape;
use super::solver::{Ease, Keys, Nature};

/// Where nothing says otherwise.
const ORGANIZATION: &str = "o-exampleorgid";

/// The time of the requests, and no earlier one comes again. The analyser was written before.
pub(super) const NOW: &str = "2026-12-01T12:00:00Z";

/// Networks with more than this share of the address space, in units of 2^-20, are no limit.
const WIDE: u64 = 1 << 13;

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
    pub(super) can_tag: bool,
    /// How a policy that bounds the escalation, the value of a key, is of no use.
    pub(super) own: &'a dyn Fn(&str, &str) -> Option<Ease>,
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
            "@now" => vec![NOW.to_owned()],
            // Numbers compare with it as well as dates do.
            "@epoch" => epoch().into_iter().collect(),
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

impl Keys for Home<'_> {
    fn nature(&self, key: &str, _tests: &[&Condition]) -> Nature {
        let found = self.tables.keys.find(key);
        if !self.can_have(key) {
            return Nature { absent: true, usual: vec![] };
        }
        let Some(Key { always, usual, who, .. }) = found else {
            return Nature { absent: true, usual: vec!["example".to_owned()] };
        };
        let mut usual: Vec<String> = usual.iter().flat_map(|value| self.filled(value)).collect();
        let absent = !always && *who != Who::Fixed;
        if usual.is_empty() && !matches!(who, Who::Session | Who::Network | Who::Service) {
            usual.push("example".to_owned());
        }
        Nature { absent, usual }
    }

    fn reach(&self, key: &str, value: &str, test: &Condition) -> Option<Ease> {
        if !self.can_have(key) {
            return None;
        }
        match self.tables.keys.find(key).map(|key| key.who) {
            Some(Who::Caller) => Some(Ease::Free),
            Some(Who::Organization) => Some(Ease::Free),
            Some(Who::Service | Who::Fixed) => None,
            Some(Who::Account) if key == "aws:resourceaccount" => Some(Ease::Narrow),
            Some(Who::Account) => None,
            Some(Who::Clock) => date(value).is_some_and(|at| Some(at) >= date(NOW)).then_some(Ease::Free),
            Some(Who::Target) if key.contains("tag/") => self.can_tag.then_some(Ease::Free),
            Some(Who::Target) => None,
            Some(Who::Escalation) => (self.own)(key, value),
            Some(Who::Network) if is_wide(test) => Some(Ease::Free),
            Some(Who::Principal) if key == "aws:principalarn" && !is_at_home(value, self.known) => None,
            Some(Who::Principal | Who::Session | Who::Network) | None => Some(Ease::Narrow),
        }
    }
}

/// The time of the requests in seconds.
pub(super) fn epoch() -> Option<String> {
    date(NOW).map(|seconds| seconds.to_string())
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

/// Whether the networks of a test are together so wide that they are no limit.
pub(super) fn is_wide(test: &Condition) -> bool {
    let operator = Operator::of(&test.operator);
    let networks = test.values.iter().filter_map(|value| Network::read(value));
    operator.test == Test::Ip
        && !operator.negated
        && networks.map(|network| network.share()).sum::<u64>() > WIDE
}
