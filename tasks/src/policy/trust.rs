//! The dangers of a role's trust policy: who may come in that should not.

use super::Known;
use super::analyse::{Danger, Grant, Severity, Unjudged};
use super::construct::mark;
use super::document::{Condition, Document, Effect, Kind, Principal, Statement};
use super::home::account;
use super::issuers::Whose;
use super::knowledge::Tables;
use super::matching::{Effort, Glob};
use super::outsider::{Asker, Outsider, STRANGER};
use super::request::{Request, Resource, Witness};
use super::solver::{Solution, solve};
use std::collections::{BTreeMap, BTreeSet};

/// The actions that let somebody use the role.
const ASSUME: &str = "sts:AssumeRole";
const WITH_SAML: &str = "sts:AssumeRoleWithSAML";
const WITH_TOKEN: &str = "sts:AssumeRoleWithWebIdentity";

/// Accounts of strangers. What is written of one or of some of them lets in others.
const STRANGERS: &[&str] = &[
    STRANGER,
    "104729130001",
    "217645177002",
    "331999331013",
    "452930477124",
    "563018672235",
    "674506111346",
    "785407218457",
    "890561223568",
    "946179001679",
    "055440022780",
    "129390061891",
    "268435399902",
];

const ROLES_ANYWHERE: &str = "rolesanywhere.amazonaws.com";

/// What is wrong with a principal.
struct Verdict {
    kind: &'static str,
    severity: Severity,
    why: String,
    /// What the sentence says where it holds for one organization or account only.
    witness: Witness,
}

pub(super) fn dangers(
    document: &Document,
    known: &Known,
    tables: &'static Tables,
    effort: &Effort,
) -> Result<Vec<Danger>, Unjudged> {
    let names = names(document);
    let is_used = names.iter().any(|name| name.contains("example"));
    let name =
        if is_used { mark(names.iter().map(String::as_str)).to_string() } else { "example".to_owned() };
    let door = Door { document, known, tables, names, name, effort: effort.lent() };
    let mut found: BTreeMap<&str, Danger> = BTreeMap::new();
    let statements = document.statements().iter().enumerate();
    for (index, statement) in statements.filter(|(_, statement)| statement.effect == Effect::Allow) {
        let assumed = assumes(statement);
        if assumed.is_empty() {
            continue;
        }
        for (principal, verdict) in door.judged(statement) {
            let pointer = match principal {
                Some(principal) => principal.who.pointer.clone(),
                None => format!("{}/NotPrincipal", statement.pointer),
            };
            let written = principal.map_or("everybody but these".to_owned(), |one| one.who.text.clone());
            let actions = assumed.iter().map(|action| (*action).to_owned()).collect();
            let grant = Grant { statement: index, pointer, written, actions, more: 0 };
            let danger = found.entry(verdict.kind).or_insert_with(|| Danger {
                severity: verdict.severity,
                kind: verdict.kind.to_owned(),
                grants: vec![],
                needs: vec![],
                why: verdict.why.clone(),
                witness: verdict.witness.clone(),
            });
            if verdict.severity > danger.severity {
                (danger.severity, danger.why, danger.witness) =
                    (verdict.severity, verdict.why, verdict.witness);
            }
            danger.grants.push(grant);
        }
    }
    effort.settle(&door.effort);
    if effort.is_spent() { Err(Unjudged::TooLarge) } else { Ok(found.into_values().collect()) }
}

/// The ways to use a role that the statement is about.
fn assumes(statement: &Statement) -> Vec<&'static str> {
    [ASSUME, WITH_SAML, WITH_TOKEN].into_iter().filter(|action| is_about(statement, action)).collect()
}

fn is_about(statement: &Statement, action: &str) -> bool {
    let matches = |item: &super::document::Item| Glob::action(&item.text).matches(action);
    statement.actions.list.iter().any(matches) != statement.actions.negated
}

/// A trust policy, and who stands before it.
struct Door<'a> {
    document: &'a Document,
    known: &'a Known,
    tables: &'static Tables,
    /// The principals and accounts that the document names, in conditions as well.
    names: BTreeSet<String>,
    /// A name of a role or user that the document does not name.
    name: String,
    effort: Effort,
}

fn names(document: &Document) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for statement in document.statements() {
        names.extend(statement.principals.iter().flat_map(|all| &all.list).map(|one| one.who.text.clone()));
        let about = statement.conditions.iter().filter(|test| {
            let key = test.key.to_ascii_lowercase();
            key == "aws:principalarn" || key == "aws:principalaccount"
        });
        names.extend(about.flat_map(|test| test.values.iter().cloned()));
    }
    names
}

impl<'a> Door<'a> {
    /// The principals of a statement who should not come in; none in place of one where it lets in everybody but some.
    fn judged(&self, statement: &'a Statement) -> Vec<(Option<&'a Principal>, Verdict)> {
        // IAM refuses a trust policy without principal; should one come by, it says of nobody that they may not.
        let Some(principals) = statement.principals.as_ref().filter(|principals| !principals.negated) else {
            let why =
                "Everybody in the world but those who are named may use this role, from any account of AWS.";
            return self
                .anyone(statement, "anyone-but-some-can-assume", why)
                .map(|it| (None, it))
                .into_iter()
                .collect();
        };
        let verdict =
            |principal: &'a Principal| self.verdict(statement, principal).map(|it| (Some(principal), it));
        principals.list.iter().filter_map(verdict).collect()
    }

    fn verdict(&self, statement: &Statement, principal: &Principal) -> Option<Verdict> {
        let who = principal.who.text.as_str();
        match principal.kind {
            _ if is_anyone(principal) => {
                let why = "Everybody in the world who has an account of AWS may use this role.";
                let anyone = self.anyone(statement, "anyone-can-assume", why);
                anyone.or_else(|| self.service(statement, who))
            }
            Kind::Service if who == ROLES_ANYWHERE => self.certificate(statement),
            Kind::Anyone => None,
            Kind::Service => self.service(statement, who),
            Kind::Aws | Kind::CanonicalUser => {
                let account = account_of(who);
                // The unique id of a role or user stands where that was deleted: nobody can be it any more.
                let is_id = account.is_none() && principal.kind == Kind::Aws && who.starts_with('A');
                let gone = is_id && self.known.saved;
                if gone || account.is_some_and(|account| self.known.has(account)) {
                    return None;
                }
                let why = "An account that is not among the known ones may use this role: whoever holds that account decides who comes in.";
                let verdict = self.account(statement, account.unwrap_or(STRANGER), who)?;
                verdict.named("unknown-account-can-assume", Severity::High, why)
            }
            Kind::Federated if self.is_foreign(who) => {
                let why = "An identity provider of an account that is not among the known ones is named: whoever holds that account decides what its tokens say. AWS asks for a provider of the role's own account.";
                let provider = who.split_once("oidc-provider/").map_or("", |(_, provider)| provider);
                let action = if who.contains(":saml-provider/") { WITH_SAML } else { WITH_TOKEN };
                let found = self.found(statement, Asker::Issuer { provider }, who, action)?;
                found.named("federated-of-unknown-account", Severity::Medium, why)
            }
            Kind::Federated if who.contains(":saml-provider/") => self.saml(statement, who),
            Kind::Federated => self.token(statement, who),
        }
    }

    /// Everybody: of the accounts of strangers, the first that comes in.
    fn anyone(&self, statement: &Statement, kind: &'static str, why: &str) -> Option<Verdict> {
        // Whoever has a token of a provider that a condition is about.
        if is_about(statement, WITH_TOKEN) {
            let claims = statement.conditions.iter().filter_map(|condition| condition.key.rsplit_once(':'));
            let mut providers =
                claims.map(|(provider, _)| provider).filter(|provider| provider.contains('.'));
            if let Some(verdict) = providers.find_map(|provider| self.token(statement, provider)) {
                return Some(verdict);
            }
        }
        // Whoever has a provider of their own writes what it says.
        let asks = |condition: &Condition| condition.key.to_ascii_lowercase().starts_with("saml:");
        if is_about(statement, WITH_SAML) && statement.conditions.iter().any(asks) {
            let found = self.found(statement, Asker::Issuer { provider: "" }, "*", WITH_SAML);
            if let Some(verdict) = found.and_then(|found| found.named(kind, Severity::Critical, why)) {
                return Some(verdict);
            }
        }
        let Some(found) = self.stranger(statement) else { return self.named(statement) };
        let of = ["aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalAccount"];
        let one =
            of.iter().find(|key| found.solution.narrowed_by.iter().any(|by| by.eq_ignore_ascii_case(key)));
        let one = one.and_then(|key| found.solution.context.get(key)?.first().cloned());
        match one {
            Some(one) => {
                let why = format!("Everybody of {one}, which is not known, may use this role.");
                // Where no organization is known it may be our own.
                let may_be_own = one.starts_with("o-")
                    && self.known.organizations.is_empty()
                    && organizations(statement) <= 1;
                let severity = if may_be_own { Severity::High } else { Severity::Critical };
                found.named(kind, severity, &why)
            }
            None => found.named(kind, Severity::Critical, why),
        }
    }

    /// Of the accounts that the document does not name, one that comes in: by a role, by a user, or as its root user.
    fn stranger(&self, statement: &Statement) -> Option<Found> {
        let tells_apart = |condition: &Condition| {
            let key = condition.key.to_ascii_lowercase();
            key == "aws:principalaccount" || key == "aws:principalarn"
        };
        let mut all = self.document.statements().iter().flat_map(|statement| &statement.conditions);
        let tried = if all.any(tells_apart) { STRANGERS.len() } else { 1 };
        let is_free = |account: &&&str| !self.known.has(account) && !self.names.contains(**account);
        let mut best: Option<Found> = None;
        for account in STRANGERS.iter().filter(is_free).take(tried) {
            let Some(found) = self.account(statement, account, "*") else { continue };
            if found.solution.narrowed_by.is_empty() {
                return Some(found);
            }
            best = best.or(Some(found));
        }
        best
    }

    /// An unknown account that the document names where it denies or excepts, and that comes in by this.
    fn named(&self, statement: &Statement) -> Option<Verdict> {
        let why = "An account that is not among the known ones may use this role: what is denied to all others is not denied to it.";
        self.names.iter().filter_map(|name| Some((name, account_of(name)?))).find_map(|(name, account)| {
            if self.known.has(account)
                || account.len() != 12
                || account.bytes().any(|byte| !byte.is_ascii_digit())
            {
                return None;
            }
            let found = self.account_as(statement, account, name, "*")?;
            found.named("unknown-account-can-assume", Severity::High, why)
        })
    }

    /// How an account comes in that is written down like this, `*` where everybody comes in.
    fn account(&self, statement: &Statement, account: &str, written: &str) -> Option<Found> {
        self.account_as(statement, account, written, written)
    }

    fn account_as(&self, statement: &Statement, account: &str, who: &str, written: &str) -> Option<Found> {
        // Whoever may do anything with a role may be of any kind.
        let action = assumes(statement).into_iter().find(|action| *action == ASSUME || written == "*")?;
        let of = |name: &str, is_written| {
            let asker = Asker::Account { account, name, is_written, is_anyone: who == "*" };
            self.found(statement, asker, written, action)
        };
        let name = who.splitn(6, ':').nth(5);
        if let Some(name) = name.filter(|name| name.starts_with("role/") || name.starts_with("user/")) {
            return of(name, true);
        }
        let mut best: Option<Found> = None;
        for name in [format!("role/{}", self.name), format!("user/{}", self.name), "root".to_owned()] {
            let Some(found) = of(&name, false) else { continue };
            if found.solution.narrowed_by.is_empty() {
                return Some(found);
            }
            best = best.or(Some(found));
        }
        best
    }

    /// Whether it is a provider of an account that is not known.
    fn is_foreign(&self, who: &str) -> bool {
        let is_account =
            |account: &&str| account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        account_of(who).filter(is_account).is_some_and(|account| !self.known.has(account))
    }

    /// A service that acts for an account, a resource or an organization that is not known, where the policy names one.
    fn service(&self, statement: &Statement, who: &str) -> Option<Verdict> {
        let found = self.found(statement, Asker::Service, who, ASSUME)?;
        let keys = ["aws:SourceAccount", "aws:SourceArn", "aws:SourceOrgID", "aws:SourceOrgPaths"];
        keys.iter().find_map(|key| found.solution.context.get(key))?;
        let why = "A service may use this role for an account that is not among the known ones: a condition names that account (aws:SourceAccount, aws:SourceArn) or its organization.";
        found.named("service-for-unknown-account", Severity::Medium, why)
    }

    /// Roles Anywhere hands out the role for any certificate of any of the account's trust anchors.
    fn certificate(&self, statement: &Statement) -> Option<Verdict> {
        let found = self.found(statement, Asker::Certificate, ROLES_ANYWHERE, ASSUME)?;
        let why = "Whoever has a certificate of any trust anchor of the account may use this role: no condition names the anchor (aws:SourceArn) or the subject.";
        found.named("roles-anywhere-without-condition", Severity::Medium, why)
    }

    fn saml(&self, statement: &Statement, who: &str) -> Option<Verdict> {
        let found = self.found(statement, Asker::Saml, who, WITH_SAML)?;
        let why = "Every assertion of this SAML provider is let in, for whatever service it was issued: SAML:aud is not tested.";
        found.named("federated-without-condition", Severity::Medium, why)
    }

    /// A provider of identities lets in all of its users, unless the token is tested.
    fn token(&self, statement: &Statement, who: &str) -> Option<Verdict> {
        let provider = who.split_once("oidc-provider/").map_or(who, |(_, provider)| provider);
        let issuer = self.tables.issuers.find(provider);
        let look = |whose| {
            let asker = Asker::Token { provider, issuer, whose };
            self.found(statement, asker, who, WITH_TOKEN)
        };
        let kind = "federated-without-condition";
        if let Some(found) = look(Whose::Strangers) {
            let (severity, why) = match issuer {
                Some(issuer) => {
                    let everybody = format!(
                        "Everybody who has an account at {provider} may use this role: no condition names whose jobs are let in (the claim sub)."
                    );
                    let usual = if issuer.shared { Severity::Critical } else { Severity::Medium };
                    (issuer.severity.unwrap_or(usual), issuer.who.clone().unwrap_or(everybody))
                }
                None => (
                    Severity::High,
                    "Every token of this identity provider is let in, for whatever application it was issued: neither aud nor sub is tested.".to_owned(),
                ),
            };
            return found.named(kind, severity, &why);
        }
        let prefix = format!("{provider}/");
        let owners: Vec<&str> =
            self.known.owners.iter().filter_map(|owner| owner.strip_prefix(&prefix)).collect();
        let issuer = issuer.filter(|issuer| issuer.shared)?;
        if !owners.is_empty()
            && let Some(found) = look(Whose::AllBut(&owners))
        {
            let why = format!(
                "The jobs of an owner at {provider} who is not among the known ones may use this role."
            );
            return found.named("unknown-owner-can-assume", Severity::High, &why);
        }
        let found = issuer.lends().then(|| look(Whose::Callers)).flatten()?;
        let why = "Everybody who calls the workflow that is named may use this role, if it is in a public repository: no condition names whose jobs are let in.";
        found.named(kind, Severity::Medium, why)
    }

    /// A request by which the asker comes in.
    fn found(&self, statement: &Statement, asker: Asker<'_>, written: &str, action: &str) -> Option<Found> {
        if !is_about(statement, action) {
            return None;
        }
        let provider = match asker {
            Asker::Token { provider, .. } => Some(provider.to_owned()),
            _ => None,
        };
        let outsider = Outsider { tables: self.tables, known: self.known, asker };
        let principal = outsider.principal().unwrap_or_else(|| written.to_owned());
        let denials: Vec<&[Condition]> = self
            .document
            .statements()
            .iter()
            .filter(|denial| denial.effect == Effect::Deny && is_about(denial, action))
            .filter(|denial| covers(denial, &principal, written))
            .map(|denial| denial.conditions.as_slice())
            .collect();
        let mut solution = solve(&statement.conditions, &denials, &outsider, &self.effort)?;
        solution.context = solution.context.with_account(account_of(&principal).unwrap_or(STRANGER));
        let role = format!("arn:aws:iam::{}:role/this-role", account(self.known));
        let subject = provider.and_then(|provider| {
            let subject = solution.context.get(&format!("{provider}:sub"))?.first()?.clone();
            Some(format!("{provider} for {subject}"))
        });
        let witness = Witness {
            principal: subject.unwrap_or(principal),
            requests: vec![Request {
                action: action.to_owned(),
                resources: vec![Resource { arn: role, context: solution.context.clone() }],
            }],
        };
        Some(Found { solution, witness })
    }
}

/// How somebody comes in.
struct Found {
    solution: Solution,
    witness: Witness,
}

impl Found {
    /// What is said of it: nothing where the conditions leave too little.
    fn named(self, kind: &'static str, severity: Severity, why: &str) -> Option<Verdict> {
        let mut why = why.to_owned();
        let Solution { narrowed_by, doubted_by, .. } = &self.solution;
        let keys: Vec<&str> = narrowed_by.iter().chain(doubted_by).map(String::as_str).collect();
        if !keys.is_empty() {
            why.push_str(&format!(
                " A condition narrows it ({}), but not to anybody who is known.",
                keys.join(", ")
            ));
            if narrowed_by.iter().any(|key| key.eq_ignore_ascii_case("sts:ExternalId")) {
                why.push_str(" An external id keeps others from misusing a vendor's access; it does not say who the vendor is.");
            }
        }
        let severity = match (narrowed_by.is_empty(), doubted_by.is_empty()) {
            (true, true) => severity,
            // What only may be known silences nothing.
            (true, false) => severity.narrowed().unwrap_or(severity),
            (false, _) => severity.narrowed()?,
        };
        Some(Verdict { kind, severity, why, witness: self.witness })
    }
}

/// How many organizations the conditions name.
fn organizations(statement: &Statement) -> usize {
    let about = statement.conditions.iter().filter(|test| {
        let key = test.key.to_ascii_lowercase();
        key == "aws:principalorgid" || key == "aws:principalorgpaths"
    });
    let named: BTreeSet<&str> =
        about.flat_map(|test| &test.values).map(|value| value.split('/').next().unwrap_or(value)).collect();
    named.len()
}

/// Whether a denial is about the principal, who comes in under what is written.
fn covers(denial: &Statement, principal: &str, written: &str) -> bool {
    let Some(principals) = &denial.principals else { return false };
    let named = |one: &Principal| {
        let who = one.who.text.as_str();
        let whole_account = account_of(who).filter(|account| who == *account || who.ends_with(":root"));
        is_anyone(one)
            || who == principal
            || (who == written && written != "*")
            || whole_account.is_some_and(|account| account_of(principal) == Some(account))
    };
    principals.list.iter().any(named) != principals.negated
}

/// Whether this is everybody: `*`, or an ARN that does not name the account.
fn is_anyone(principal: &Principal) -> bool {
    let who = principal.who.text.as_str();
    match principal.kind {
        Kind::Anyone => true,
        Kind::Aws => account_of(who).unwrap_or(who).contains(['*', '?']),
        Kind::Service | Kind::Federated | Kind::CanonicalUser => Glob::resource(who).is_everything(),
    }
}

/// The account of an ARN, or the account itself.
fn account_of(who: &str) -> Option<&str> {
    if who.len() == 12 && who.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(who);
    }
    let mut parts = who.splitn(6, ':');
    (parts.next() == Some("arn")).then(|| parts.nth(3)).flatten()
}
