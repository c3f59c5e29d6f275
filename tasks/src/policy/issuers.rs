//! What the claims of OpenID Connect issuers mean: which a stranger can have in a token. It is data: `issuers.json`.

use super::analyse::Severity;
use super::matching::{Effort, Glob};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The names of a stranger whom no policy names.
const STRANGER: &str = "outsider-org";
const NUMBER: &str = "987654321";
const NAME: &str = "example";

/// What `issuers.json` holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IssuerTable {
    #[expect(dead_code, reason = "for whoever reads the file")]
    about: String,
    issuers: Vec<Issuer>,
}

/// An issuer, or all tenants of one that gives each an issuer of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Issuer {
    /// Its host and path, with wildcards.
    names: Vec<String>,
    /// Whether everybody can have tokens of it.
    pub(super) shared: bool,
    /// Who can use a role that tests no claim, in a sentence.
    pub(super) who: Option<String>,
    pub(super) severity: Option<Severity>,
    #[serde(default)]
    pins: Vec<String>,
    claims: BTreeMap<String, Vec<String>>,
    /// Where it is described.
    #[cfg_attr(not(test), expect(dead_code, reason = "for whoever reads the file"))]
    source: String,
}

/// Whose tokens are looked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Whose<'k> {
    /// Those of somebody whom no policy names.
    Strangers,
    /// Those of owners that a policy names and that are none of these.
    AllBut(&'k [&'k str]),
}

impl IssuerTable {
    pub(super) fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// What is known of an issuer.
    pub(super) fn find(&self, provider: &str) -> Option<&Issuer> {
        let is = |name: &String| Glob::resource(name).matches(provider);
        self.issuers.iter().find(|issuer| issuer.names.iter().any(is))
    }

    /// Whether this is an issuer that everybody can use, a slash, and the name of an owner.
    pub(super) fn has_owner(&self, text: &str) -> bool {
        let Some((provider, owner)) = text.rsplit_once('/') else { return false };
        !owner.is_empty() && self.find(provider).is_some_and(|issuer| issuer.shared)
    }

    #[cfg(test)]
    pub(super) fn all(&self) -> &[Issuer] {
        &self.issuers
    }
}

impl Issuer {
    /// Whether every token has the claim.
    pub(super) fn has(&self, claim: &str) -> bool {
        self.claims.keys().any(|known| known.eq_ignore_ascii_case(claim))
            || matches!(claim, "aud" | "sub" | "iss")
    }

    /// Values of a claim in the tokens of a stranger. Those first that fit the patterns of a policy.
    pub(super) fn tokens(
        &self,
        claim: &str,
        patterns: &[&str],
        whose: Whose<'_>,
        effort: &Effort,
    ) -> Vec<String> {
        let forms =
            self.claims.iter().find(|(known, _)| known.eq_ignore_ascii_case(claim)).map(|(_, forms)| forms);
        let Some(forms) = forms else {
            // The stranger chooses it.
            let chosen = patterns.iter().map(|pattern| pattern.replace('*', NAME).replace('?', "x"));
            return chosen.chain([NAME.to_owned()]).collect();
        };
        let mut tokens = Vec::new();
        for pattern in patterns.iter().filter(|pattern| !self.is_pinned(claim, pattern, whose)) {
            let glob = Glob::resource(pattern);
            for form in forms {
                // The answer of a spent effort is not trusted anyway.
                if effort.is_spent() {
                    return tokens;
                }
                for filled in filled(form, pattern, whose) {
                    tokens.extend(glob.meeting(&Glob::resource(&filled), effort));
                }
            }
        }
        let ordinary = forms.iter().map(|form| {
            form.replace("{owner}", STRANGER)
                .replace("{id}", NUMBER)
                .replace("{name}", NAME)
                .replace("{same}", NAME)
                .replace("{any}", NAME)
        });
        tokens.extend(ordinary);
        tokens
    }

    /// Whether the pattern names an owner before its first wildcard, by a part that says that one follows.
    fn is_pinned(&self, claim: &str, pattern: &str, whose: Whose<'_>) -> bool {
        if claim != "sub" {
            return false;
        }
        let mut parts = pattern.split(':');
        while let Some(part) = parts.next() {
            if part.contains(['*', '?']) {
                return false;
            }
            if self.pins.iter().any(|pin| pin == part) {
                let whole = parts.next().unwrap_or_default();
                let (owner, rest) = whole.split_once(['/', '@']).unwrap_or((whole, ""));
                let known = match whose {
                    Whose::Strangers => true,
                    Whose::AllBut(known) => known.iter().any(|known| Glob::resource(known).matches(owner)),
                };
                // `repo:octo-org*` is everybody whose name begins so.
                let ended = whole.contains(['/', '@']) || !rest.contains(['*', '?']);
                return !owner.is_empty() && !owner.contains(['*', '?']) && known && ended;
            }
        }
        false
    }
}

/// A form with names filled in that the stranger can have, as a pattern: `{any}` is a star.
fn filled(form: &str, pattern: &str, whose: Whose<'_>) -> Vec<String> {
    let parts: Vec<&str> = pattern.split([':', '/', '@']).filter(|part| !part.is_empty()).collect();
    let wild = |part: &&&str| part.contains(['*', '?']);
    let instance = |part: &&str| part.replace('*', NAME).replace('?', "x");
    let mut owners = vec![STRANGER.to_owned()];
    owners.extend(parts.iter().filter(wild).map(instance));
    if let Whose::AllBut(known) = whose {
        let is_known = |part: &str| known.iter().any(|known| Glob::resource(known).matches(part));
        let named = parts.iter().filter(|part| !part.contains(['*', '?']) && !is_known(part));
        owners.extend(named.map(|part| (*part).to_owned()));
    }
    let numbers = if form.contains("{owner}") {
        vec![NUMBER.to_owned()]
    } else {
        let mut numbers = vec![NUMBER.to_owned()];
        numbers.extend(owners.iter().skip(1).cloned());
        numbers
    };
    let mut all = Vec::new();
    for owner in &owners {
        for number in &numbers {
            let base = form.replace("{owner}", owner).replace("{id}", number);
            all.extend(every_way(&base.replace("{any}", "*"), pattern));
        }
    }
    all
}

/// The text with each `{name}` and `{same}` filled in: by what the pattern has in the same place, or by a name of its own.
fn every_way(text: &str, pattern: &str) -> Vec<String> {
    if text == "{same}" {
        return vec!["*".to_owned()];
    }
    let text = &text.replace("{same}", "{name}");
    let places: Vec<&str> = pattern.split([':', '/', '@']).collect();
    let mut all = vec![String::new()];
    for (place, part) in text.split_inclusive([':', '/', '@']).enumerate() {
        let mut ways = vec![part.replace("{name}", NAME)];
        if let Some(same) = places.get(place).filter(|_| part.contains("{name}")) {
            ways.push(part.replace("{name}", &same.replace('*', NAME).replace('?', "x")));
        }
        all = all.iter().flat_map(|before| ways.iter().map(move |way| format!("{before}{way}"))).collect();
    }
    all
}

#[cfg(test)]
#[path = "issuers_tests.rs"]
mod tests;
