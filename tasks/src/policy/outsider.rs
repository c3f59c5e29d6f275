//! The condition keys of requests by which somebody who is not known comes to use a role.

use super::Known;
use super::construct::{Pattern, mark};
use super::dates::written;
use super::document::Condition;
use super::home::{account, is_to_come, organization};
use super::issuers::{Issuer, Whose};
use super::keys::{Key, Who};
use super::knowledge::Tables;
use super::operators::{Operator, Test};
use super::solver::{Ease, Keys, Nature};
use super::ties::{self, Tie};

/// The account of somebody whom nobody knows.
pub(super) const STRANGER: &str = "999988887777";

/// Who asks for the role.
pub(super) enum Asker<'a> {
    /// A role or user of an account, or the root user: `role/…`, `user/…` or `root`.
    Account {
        account: &'a str,
        name: &'a str,
        /// Whether the policy names it; else the stranger chooses the name.
        is_written: bool,
        /// Whether the account stands for all that the policy does not name.
        is_anyone: bool,
    },
    /// Somebody with a certificate, through Roles Anywhere.
    Certificate,
    /// Somebody with an assertion of a SAML provider.
    Saml,
    /// Somebody who has a provider of identities and writes what it says: an OpenID Connect one, or a SAML one without name.
    Issuer { provider: &'a str },
    /// A service of AWS that acts for a stranger.
    Service,
    /// Somebody with a token of an OpenID Connect provider.
    Token { provider: &'a str, issuer: Option<&'a Issuer>, whose: Whose<'a> },
}

/// The requests of a stranger for a role.
pub(super) struct Outsider<'a> {
    pub(super) tables: &'a Tables,
    pub(super) known: &'a Known,
    pub(super) asker: Asker<'a>,
}

impl Outsider<'_> {
    /// The ARN of who asks, where it is a role.
    pub(super) fn principal(&self) -> Option<String> {
        match self.asker {
            Asker::Account { account, name, .. } => Some(format!("arn:aws:iam::{account}:{name}")),
            _ => None,
        }
    }

    /// Of a key about the provider, the claim.
    fn claim<'k>(&self, key: &'k str) -> Option<&'k str> {
        match self.asker {
            Asker::Token { issuer: Some(issuer), .. } if issuer.sets(key) => Some(key),
            Asker::Token { provider, .. } => {
                key.strip_prefix(&provider.to_ascii_lowercase())?.strip_prefix(':')
            }
            Asker::Saml | Asker::Issuer { provider: "" } => key.strip_prefix("saml:"),
            Asker::Issuer { provider } => key
                .strip_prefix(&provider.to_ascii_lowercase())?
                .strip_prefix(':')
                .or_else(|| key.strip_prefix("saml:")),
            _ => None,
        }
    }

    fn claims(&self, claim: &str, tests: &[&Condition]) -> Nature {
        let listed: Vec<&str> = tests.iter().flat_map(|test| &test.values).map(String::as_str).collect();
        let absent = !matches!(claim, "aud" | "iss" | "sub");
        let marked = |form: &str| vec![Pattern::form(form, mark(listed.iter().copied()))];
        let has = |same: &[String]| same.iter().any(|one| one == claim);
        // What stands in every token of the provider tells nobody apart.
        let is_of_all = match self.asker {
            Asker::Issuer { .. } => true,
            Asker::Token { issuer: None, .. } => has(&self.tables.issuers.same().tokens),
            Asker::Saml => has(&self.tables.issuers.same().assertions),
            _ => false,
        };
        if is_of_all {
            let usual = vec!["example".to_owned()];
            return Nature {
                absent: true,
                usual,
                forms: vec![Pattern::any()],
                is_free: true,
                ..Nature::default()
            };
        }
        match self.asker {
            Asker::Token { issuer: Some(issuer), whose, .. } => Nature {
                absent: !issuer.has(claim),
                usual: issuer.tokens(claim),
                forms: issuer.forms(claim, &listed, whose),
                is_free: true,
                ..Nature::default()
            },
            Asker::Token { .. } => Nature {
                absent,
                usual: vec![format!("another-{claim}")],
                forms: marked("{mark}"),
                is_free: true,
                ..Nature::default()
            },
            // An assertion that was made for another service.
            _ => {
                let usual = vec![format!("https://another.example.com/{claim}")];
                Nature { absent, usual, forms: marked("https://{mark}"), is_free: true, ..Nature::default() }
            }
        }
    }

    /// Whether a stranger's request may lack the key, and the values that it usually has.
    fn usual(&self, key: &str) -> (bool, Vec<String>) {
        let usual = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>();
        let is_account = matches!(self.asker, Asker::Account { .. });
        let Some(Key { always, usual: values, who, .. }) = self.tables.keys.find(key) else {
            return (true, usual(&["example"]));
        };
        match (key, who) {
            ("aws:principalarn", _) => (!is_account, self.principal().into_iter().collect()),
            ("aws:principalaccount", _) => match self.asker {
                Asker::Account { account, .. } => (false, usual(&[account])),
                _ => (true, vec![]),
            },
            // A stranger can have an organization of its own.
            ("aws:principalorgid", _) if is_account => (true, usual(&["o-strangersown"])),
            ("aws:principalorgpaths", _) if is_account => {
                (true, usual(&["o-strangersown/r-ab12/ou-ab12-11111111/"]))
            }
            ("aws:principalorgid" | "aws:principalorgpaths", _) => (true, vec![]),
            ("aws:resourceaccount", _) => (false, usual(&[account(self.known)])),
            ("aws:resourceorgid", _) => (true, usual(&[organization(self.known)])),
            ("aws:sourcearn", _) if matches!(self.asker, Asker::Certificate) => {
                let anchor =
                    format!("arn:aws:rolesanywhere:us-east-1:{}:trust-anchor/another", account(self.known));
                (false, vec![anchor])
            }
            ("aws:sourceaccount", _) if matches!(self.asker, Asker::Certificate) => {
                (false, usual(&[account(self.known)]))
            }
            (_, Who::Clock) if key == "aws:epochtime" => (false, vec![self.known.now.to_string()]),
            (_, Who::Clock) => (false, vec![written(self.known.now)]),
            ("aws:principalisawsservice", _) if matches!(self.asker, Asker::Service) => {
                (false, usual(&["true"]))
            }
            (_, Who::Service) => (true, vec![]),
            _ => {
                let mut values = values.clone();
                values.retain(|value| !value.contains('@'));
                if values.is_empty() {
                    values = usual(&["example"]);
                }
                (!always, values)
            }
        }
    }

    /// What the values of a key look like in the requests of strangers.
    fn forms(&self, key: &str, who: Option<Who>, tests: &[&Condition]) -> (Vec<Pattern>, bool) {
        let like = |text: &str| Pattern::like(text.chars());
        let forms = match (key, &self.asker) {
            ("aws:principalarn", Asker::Account { account, name, is_written: false, .. }) => {
                let kind = name.split_once('/').map_or("", |(kind, _)| kind);
                if kind.is_empty() { vec![] } else { vec![like(&format!("arn:aws:iam::{account}:{kind}/*"))] }
            }
            ("aws:principalarn", _) => vec![],
            ("aws:userid", Asker::Account { name, .. }) if name.starts_with("role/") => {
                vec![like("AROA????????????????:*")]
            }
            ("aws:userid", _) => vec![like("AIDA????????????????")],
            ("aws:principalorgid", Asker::Account { .. }) => vec![like("o-??????????*")],
            ("aws:principalorgpaths", Asker::Account { .. }) => vec![like("o-??????????*/r-????*/*")],
            ("aws:sourcearn", Asker::Certificate) => {
                let mark = mark(tests.iter().flat_map(|test| &test.values).map(String::as_str));
                let form =
                    format!("arn:aws:rolesanywhere:{{name}}:{}:trust-anchor/{{owner}}", account(self.known));
                return (vec![Pattern::form(&form, mark)], true);
            }
            (_, _) => match who {
                Some(Who::Service | Who::Fixed | Who::Account | Who::Organization) => vec![],
                _ => vec![Pattern::any()],
            },
        };
        (forms, false)
    }

    /// Whether the policy names an account, a resource or an organization here that is not known.
    fn is_a_strangers(&self, key: &str, value: &str) -> bool {
        match key {
            "aws:sourceorgid" | "aws:sourceorgpaths" => {
                let of = value.split('/').next().unwrap_or(value);
                !self.known.organizations.is_empty()
                    && of.starts_with("o-")
                    && !of.contains("example")
                    && !self.known.organizations.contains(of)
            }
            _ => {
                let account =
                    if key == "aws:sourcearn" { value.split(':').nth(4).unwrap_or_default() } else { value };
                let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
                is_account && !self.known.has(account)
            }
        }
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
            _ => false,
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
            return Nature { absent: true, ..Nature::default() };
        }
        let (absent, usual) = self.usual(key);
        let (forms, is_free) = self.forms(key, self.tables.keys.find(key).map(|key| key.who), tests);
        Nature { absent, usual, forms, is_free, ..Nature::default() }
    }

    fn is_barred(&self, key: &str, listed: &str) -> bool {
        match (self.claim(key), &self.asker) {
            (Some(claim), Asker::Token { issuer: Some(issuer), whose, .. }) => {
                issuer.is_barred(claim, listed, *whose)
            }
            _ => false,
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
                    Asker::Account { account: asker, .. } if account == asker => Some(Ease::Free),
                    Asker::Account { is_anyone: true, .. } => Some(Ease::Narrow),
                    _ => None,
                }
            }
            ("aws:principalaccount", _) => match self.asker {
                Asker::Account { is_anyone: true, .. } if !self.is_ours(key, value) => Some(Ease::Narrow),
                _ => None,
            },
            // The part behind the colon is the name of the session. Of an account that is named, its holder decides who it is.
            ("aws:userid", _) => {
                let is_one = matches!(self.asker, Asker::Account { is_anyone: true, .. })
                    && !value.starts_with("example");
                Some(if is_one { Ease::Narrow } else { Ease::Free })
            }
            // The role's own organization is the same for whoever asks.
            ("aws:resourceorgid" | "aws:resourceorgpaths", _) => {
                let is_ours = self.known.organizations.is_empty() || self.is_ours(key, value);
                is_ours.then_some(Ease::Free)
            }
            (_, Some(Who::Organization)) if self.is_ours(key, value) => None,
            (_, Some(Who::Organization)) => {
                let of = value.split('/').next().unwrap_or(value);
                Some(if of.contains("example") { Ease::Free } else { Ease::Narrow })
            }
            (_, Some(Who::Network)) => match ties::network(key, value, test, self.known) {
                Tie::Ours => None,
                Tie::Nobodys => Some(Ease::Narrow),
                Tie::Strangers => Some(Ease::Free),
            },
            (_, Some(Who::Clock)) => is_to_come(key, value, self.known).then_some(Ease::Free),
            ("aws:sourceaccount" | "aws:sourcearn" | "aws:sourceorgid" | "aws:sourceorgpaths", _)
                if matches!(self.asker, Asker::Service) =>
            {
                self.is_a_strangers(key, value).then_some(Ease::Free)
            }
            // A certificate has the subject that its authority wrote into it.
            ("aws:sourcearn" | "aws:sourceaccount", _) => None,
            (_, Some(Who::Principal)) if matches!(self.asker, Asker::Certificate) => None,
            (_, Some(Who::Service | Who::Fixed | Who::Account)) => None,
            // A stranger sets the tags, names and sessions of its own principals.
            (_, Some(Who::Caller | Who::Principal | Who::Session | Who::Target | Who::Escalation)) => {
                Some(Ease::Free)
            }
            (_, Some(Who::Owned)) if ties::arn(value, self.known) == Tie::Ours => None,
            (_, Some(Who::Owned)) => Some(Ease::Free),
            (_, Some(Who::Unproven | Who::Bound | Who::Grantee) | None) => Some(Ease::Doubtful),
        }
    }
}
