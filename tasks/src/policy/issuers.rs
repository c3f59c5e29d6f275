//! What the claims of OpenID Connect issuers mean: which a stranger can have in a token. It is data: `issuers.json`.

use super::analyse::Severity;
use super::construct::{Pattern, mark};
use super::matching::Glob;
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
    same: Same,
    issuers: Vec<Issuer>,
}

/// Claims that tell nobody apart.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Same {
    /// Of an OpenID Connect issuer of which nothing is known.
    pub(super) tokens: Vec<String>,
    /// Of a SAML provider.
    pub(super) assertions: Vec<String>,
    #[expect(dead_code, reason = "for whoever reads the file")]
    source: String,
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
    /// Claims that say what is run and not for whom.
    #[serde(default)]
    lent: Vec<String>,
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
    /// Those of strangers who run what a policy names, where it is public.
    Callers,
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

    /// The claims that tell nobody apart where nothing more is known.
    pub(super) fn same(&self) -> &Same {
        &self.same
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

    /// Whether it has claims that say what is run and not for whom.
    pub(super) fn lends(&self) -> bool {
        !self.lent.is_empty()
    }

    /// The claim that is a condition key, in lower case, which the issuer sets itself.
    pub(super) fn sets(&self, key: &str) -> bool {
        key.contains(':') && self.forms_of(key).is_some()
    }

    fn forms_of(&self, claim: &str) -> Option<&[String]> {
        self.claims
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(claim))
            .map(|(_, forms)| forms.as_slice())
    }

    /// What a claim looks like in the tokens of a stranger, where a policy has these values for it. A name of the
    /// stranger's own is none that the policy spells out.
    pub(super) fn forms(&self, claim: &str, listed: &[&str], whose: Whose<'_>) -> Vec<Pattern> {
        // The stranger chooses what nothing is known of.
        let Some(forms) = self.forms_of(claim) else { return vec![Pattern::any()] };
        let is_lent = |name: &str| matches!(whose, Whose::Callers) && self.lent.iter().any(|one| one == name);
        if is_lent(claim) {
            return vec![Pattern::any()];
        }
        let mark = mark(listed.iter().copied());
        let mut owners = vec!["{owner}"];
        if let Whose::AllBut(known) = whose {
            let is_known = |part: &str| known.iter().any(|known| Glob::resource(known).matches(part));
            let parts = listed.iter().flat_map(|listed| listed.split([':', '/', '@']));
            owners.extend(
                parts.filter(|part| !part.is_empty() && !part.contains(['*', '?', '{']) && !is_known(part)),
            );
            owners.sort_unstable();
            owners.dedup();
        }
        let mut all = Vec::new();
        for form in forms {
            let owners = if form.contains("{owner}") { owners.as_slice() } else { &["{owner}"] };
            all.extend(owners.iter().map(|owner| Pattern::form(&form.replace("{owner}", owner), mark)));
            // Such a claim as a part of sub.
            if let Some((name, _)) = form.split_once(':').filter(|(name, _)| is_lent(name)) {
                all.push(Pattern::form(&format!("{name}:{{any}}"), mark));
            }
        }
        all
    }

    /// Ordinary values of a claim in the tokens of a stranger.
    pub(super) fn tokens(&self, claim: &str) -> Vec<String> {
        let Some(forms) = self.forms_of(claim) else { return vec![NAME.to_owned()] };
        let ordinary = forms.iter().map(|form| {
            form.replace("{owner}", STRANGER)
                .replace("{id}", NUMBER)
                .replace("{name}", NAME)
                .replace("{same}", NAME)
                .replace("{any}", NAME)
        });
        ordinary.collect()
    }

    /// Whether nobody of these has a token with which this value of a policy fits: it names an owner, or a number.
    pub(super) fn is_barred(&self, claim: &str, listed: &str, whose: Whose<'_>) -> bool {
        let is_number = !listed.is_empty() && listed.bytes().all(|byte| byte.is_ascii_digit());
        self.is_pinned(claim, listed, whose)
            || (is_number
                && self.forms_of(claim).is_some_and(|forms| !forms.iter().any(|form| form == "{any}")))
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
            let is_lent = matches!(whose, Whose::Callers) && self.lent.iter().any(|one| one == part);
            if !is_lent && self.pins.iter().any(|pin| pin == part) {
                let whole = parts.next().unwrap_or_default();
                let (owner, rest) = whole.split_once(['/', '@']).unwrap_or((whole, ""));
                let known = match whose {
                    Whose::Strangers | Whose::Callers => true,
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

#[cfg(test)]
#[path = "issuers_tests.rs"]
mod tests;
