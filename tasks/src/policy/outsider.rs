//! The condition keys of requests by which somebody who is not known comes to use a role.

use super::Known;
use super::document::Condition;
use super::home::{NOW, account, epoch, is_wide, organization};
use super::issuers::{Issuer, Whose};
use super::keys::{Key, Who};
use super::knowledge::Tables;
use super::matching::Effort;
use super::operators::{Network, Operator, Test, date};
use super::solver::{Ease, Keys, Nature};

/// The account of somebody whom nobody knows.
pub(super) const STRANGER: &str = "999988887777";

/// Who asks for the role.
pub(super) enum Asker<'a> {
    /// A role or user of an account.
    Account { account: &'a str, name: &'a str },
    /// Somebody with a certificate, through Roles Anywhere.
    Certificate,
    /// Somebody with an assertion of a SAML provider.
    Saml,
    /// Somebody with a token of an OpenID Connect provider.
    Token { provider: &'a str, issuer: Option<&'a Issuer>, whose: Whose<'a> },
}

/// The requests of a stranger for a role.
pub(super) struct Outsider<'a> {
    pub(super) tables: &'a Tables,
    pub(super) known: &'a Known,
    pub(super) asker: Asker<'a>,
    pub(super) effort: &'a Effort,
}

impl Outsider<'_> {
    /// The ARN of who asks, where it is a role.
    pub(super) fn principal(&self) -> Option<String> {
        match self.asker {
            Asker::Account { account, name } => Some(format!("arn:aws:iam::{account}:{name}")),
            _ => None,
        }
    }

    /// Of a key about the provider, the claim.
    fn claim<'k>(&self, key: &'k str) -> Option<&'k str> {
        match self.asker {
            Asker::Token { provider, .. } => {
                key.strip_prefix(&provider.to_ascii_lowercase())?.strip_prefix(':')
            }
            Asker::Saml => key.strip_prefix("saml:"),
            _ => None,
        }
    }

    fn claims(&self, claim: &str, tests: &[&Condition]) -> Nature {
        let Asker::Token { issuer, whose, .. } = self.asker else {
            // An assertion that was made for another service.
            let usual = vec![format!("https://another.example.com/{claim}")];
            return Nature { absent: !matches!(claim, "aud" | "iss" | "sub"), usual };
        };
        let Some(issuer) = issuer else {
            let usual = vec![format!("another-{claim}")];
            return Nature { absent: !matches!(claim, "aud" | "iss" | "sub"), usual };
        };
        let patterns: Vec<&str> = tests.iter().flat_map(|test| &test.values).map(String::as_str).collect();
        Nature { absent: !issuer.has(claim), usual: issuer.tokens(claim, &patterns, whose, self.effort) }
    }

    fn is_ours(&self, key: &str, value: &str) -> bool {
        let has = |account: &str| self.known.has(account);
        match key {
            "aws:principalorgid" | "aws:principalorgpaths" | "aws:resourceorgid" | "aws:resourceorgpaths" => {
                let of = value.split('/').next().unwrap_or(value);
                self.known.organizations.contains(of) || of == organization(self.known)
            }
            "aws:principalaccount" => has(value),
            "aws:principalarn" => value.split(':').nth(4).is_some_and(has),
            _ => Network::read(value).is_some_and(|network| {
                let ours = self.known.networks.iter().filter_map(|ours| Network::read(ours));
                ours.into_iter().any(|ours| network.is_in(&ours))
            }),
        }
    }
}

/// Whether the key is a claim: requests with tokens of other providers, or with none, lack it.
fn is_of_a_provider(key: &str) -> bool {
    let (service, _) = key.rsplit_once(':').unwrap_or((key, ""));
    service == "saml" || service.contains('.')
}

impl Keys for Outsider<'_> {
    fn nature(&self, key: &str, tests: &[&Condition]) -> Nature {
        if let Some(claim) = self.claim(key) {
            return self.claims(claim, tests);
        }
        if is_of_a_provider(key) {
            return Nature { absent: true, usual: vec![] };
        }
        let usual = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        let is_account = matches!(self.asker, Asker::Account { .. });
        let Some(Key { always, usual: values, who, .. }) = self.tables.keys.find(key) else {
            return Nature { absent: true, usual: usual(&["example"]) };
        };
        match (key, who) {
            ("aws:principalarn", _) => {
                Nature { absent: !is_account, usual: self.principal().into_iter().collect() }
            }
            ("aws:principalaccount", _) => match self.asker {
                Asker::Account { account, .. } => Nature { absent: false, usual: usual(&[account]) },
                _ => Nature { absent: true, usual: vec![] },
            },
            // A stranger can have an organization of its own.
            ("aws:principalorgid", _) if is_account => {
                Nature { absent: true, usual: usual(&["o-strangersown"]) }
            }
            ("aws:principalorgpaths", _) if is_account => {
                Nature { absent: true, usual: usual(&["o-strangersown/r-ab12/ou-ab12-11111111/"]) }
            }
            ("aws:principalorgid" | "aws:principalorgpaths", _) => Nature { absent: true, usual: vec![] },
            ("aws:resourceaccount", _) => Nature { absent: false, usual: usual(&[account(self.known)]) },
            ("aws:resourceorgid", _) => Nature { absent: true, usual: usual(&[organization(self.known)]) },
            ("aws:sourcearn", _) if matches!(self.asker, Asker::Certificate) => {
                let anchor =
                    format!("arn:aws:rolesanywhere:us-east-1:{}:trust-anchor/another", account(self.known));
                Nature { absent: false, usual: vec![anchor] }
            }
            ("aws:sourceaccount", _) if matches!(self.asker, Asker::Certificate) => {
                Nature { absent: false, usual: usual(&[account(self.known)]) }
            }
            ("aws:epochtime", _) => Nature { absent: false, usual: epoch().into_iter().collect() },
            (_, Who::Clock) => Nature { absent: false, usual: usual(&[NOW]) },
            (_, Who::Service) => Nature { absent: true, usual: vec![] },
            _ => {
                let mut values = values.clone();
                values.retain(|value| !value.contains('@'));
                if values.is_empty() {
                    values = usual(&["example"]);
                }
                Nature { absent: !always, usual: values }
            }
        }
    }

    fn reach(&self, key: &str, value: &str, test: &Condition) -> Option<Ease> {
        if self.claim(key).is_some() || is_of_a_provider(key) {
            return None;
        }
        let who = self.tables.keys.find(key).map(|key| key.who);
        let is_pattern = Operator::of(&test.operator).test == Test::Like
            && test.values.iter().any(|value| value.contains(['*', '?']));
        match (key, who) {
            // Whoever knows the word; a pattern of it is known to everybody.
            ("sts:externalid", _) => Some(if is_pattern { Ease::Free } else { Ease::Narrow }),
            ("aws:principalarn", _) => {
                let account = value.split(':').nth(4).unwrap_or_default();
                let is_chosen = account.len() != 12 || account.bytes().any(|byte| !byte.is_ascii_digit());
                match self.asker {
                    Asker::Account { .. } if self.is_ours(key, value) => None,
                    Asker::Account { .. } if is_chosen => Some(Ease::Free),
                    // Whoever holds the account decides who has the name there.
                    Asker::Account { account: asker, .. } if asker != STRANGER => {
                        (account == asker).then_some(Ease::Free)
                    }
                    Asker::Account { .. } => Some(Ease::Narrow),
                    _ => None,
                }
            }
            ("aws:principalaccount", _) => match self.asker {
                Asker::Account { account, .. } if account == STRANGER && !self.is_ours(key, value) => {
                    Some(Ease::Narrow)
                }
                _ => None,
            },
            // The part behind the colon is the name of the session.
            ("aws:userid", _) => Some(if value.starts_with("example") { Ease::Free } else { Ease::Narrow }),
            (_, Some(Who::Organization)) if self.is_ours(key, value) => None,
            (_, Some(Who::Organization)) => {
                let of = value.split('/').next().unwrap_or(value);
                Some(if of.contains("example") { Ease::Free } else { Ease::Narrow })
            }
            (_, Some(Who::Network)) if is_wide(test) => Some(Ease::Free),
            (_, Some(Who::Network)) if self.is_ours(key, value) => None,
            (_, Some(Who::Clock)) => {
                date(value).is_some_and(|at| Some(at) >= date(NOW)).then_some(Ease::Free)
            }
            // A certificate has the subject that its authority wrote into it.
            ("aws:sourcearn" | "aws:sourceaccount", _) => None,
            (_, Some(Who::Principal)) if matches!(self.asker, Asker::Certificate) => None,
            (_, Some(Who::Service | Who::Fixed | Who::Account)) => None,
            // A stranger sets the tags, names and sessions of its own principals.
            (_, Some(Who::Caller | Who::Principal | Who::Session | Who::Target | Who::Escalation)) => {
                Some(Ease::Free)
            }
            (_, Some(Who::Network) | None) => Some(Ease::Narrow),
        }
    }
}
