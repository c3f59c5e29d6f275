//! The dangers of a role's trust policy: who may come in that should not.

use super::Known;
use super::analyse::{Danger, Grant, Severity, Unjudged};
use super::tables::Tables;
use super::request::Witness;
use super::conditions;
use super::document::{Condition, Document, Effect, Kind, Principal, Statement};
use super::matching::Glob;
use std::collections::BTreeMap;

/// The actions that let somebody use the role.
const ASSUMING: &[&str] = &["sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"];

/// Identity providers that everybody can sign up with: their tokens must be told apart by this claim.
const SHARED_PROVIDERS: &[(&str, &str)] = &[
    ("token.actions.githubusercontent.com", "sub"),
    ("gitlab.com", "sub"),
    ("app.terraform.io", "sub"),
    ("agent.buildkite.com", "sub"),
    ("oidc.vercel.com", "sub"),
    ("accounts.google.com", "aud"),
    ("www.amazon.com", "app_id"),
    ("graph.facebook.com", "app_id"),
    ("cognito-identity.amazonaws.com", "aud"),
];

/// The claims of GitHub and GitLab that name the owner as well as `sub` does.
const OWNER_CLAIMS: &[&str] = &[
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "job_workflow_ref",
    "namespace_id",
    "namespace_path",
    "project_id",
    "project_path",
];

/// What is wrong with a principal.
struct Verdict {
    kind: &'static str,
    severity: Severity,
    why: String,
}

pub(super) fn dangers(document: &Document, known: &Known, _tables: &'static Tables) -> Result<Vec<Danger>, Unjudged> {
    let mut found: BTreeMap<&str, Danger> = BTreeMap::new();
    let statements = document.statements().iter().enumerate();
    for (index, statement) in statements.filter(|(_, statement)| statement.effect == Effect::Allow) {
        let assumed = assumes(statement);
        if assumed.is_empty() {
            continue;
        }
        for (principal, verdict) in judged(document, statement, &assumed, known) {
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
                why: verdict.why,
                witness: Witness { principal: String::new(), requests: vec![] },
            });
            danger.severity = danger.severity.max(verdict.severity);
            danger.grants.push(grant);
        }
    }
    Ok(found.into_values().collect())
}

/// The ways to use a role that the statement is about.
fn assumes(statement: &Statement) -> Vec<&'static str> {
    let globs: Vec<Glob> = statement.actions.list.iter().map(|item| Glob::action(&item.text)).collect();
    let named = |action: &&&str| globs.iter().any(|glob| glob.matches(action)) != statement.actions.negated;
    ASSUMING.iter().filter(named).copied().collect()
}

/// The principals of a statement who should not come in; none in place of one where it lets in everybody but some.
fn judged<'a>(
    document: &Document,
    statement: &'a Statement,
    assumed: &[&str],
    known: &Known,
) -> Vec<(Option<&'a Principal>, Verdict)> {
    let everybody = Verdict {
        kind: "anyone-but-some-can-assume",
        severity: Severity::Critical,
        why: "Everybody in the world but those who are named may use this role, from any account of AWS."
            .to_owned(),
    };
    // IAM refuses a trust policy without principal; should one come by, it says of nobody that they may not.
    let Some(principals) = &statement.principals else { return vec![(None, everybody)] };
    let tests = with_denials(document, statement, assumed);
    if principals.negated {
        let denied = denied(document, &Principal::anyone(), assumed);
        return if denied {
            vec![]
        } else {
            everybody.under(&tests, known).map(|it| (None, it)).into_iter().collect()
        };
    }
    principals
        .list
        .iter()
        .filter(|principal| !denied(document, principal, assumed))
        .filter_map(|principal| verdict(principal, &tests, known).map(|verdict| (Some(principal), verdict)))
        .collect()
}

fn verdict(principal: &Principal, tests: &[Condition], known: &Known) -> Option<Verdict> {
    let who = principal.who.text.as_str();
    match principal.kind {
        _ if is_anyone(principal) => Verdict {
            kind: "anyone-can-assume",
            severity: Severity::Critical,
            why: "Everybody in the world who has an account of AWS may use this role.".to_owned(),
        }
        .under(tests, known),
        Kind::Anyone | Kind::Service => None,
        Kind::Aws | Kind::CanonicalUser => {
            let account = account_of(who);
            // The unique id of a role or user stands where that was deleted: nobody can be it any more.
            let gone = account.is_none() && principal.kind == Kind::Aws && who.starts_with('A');
            if gone || account.is_some_and(|account| known.has(account)) {
                return None;
            }
            Verdict {
                kind: "unknown-account-can-assume",
                severity: Severity::High,
                why: "An account that is not among the known ones may use this role: whoever holds that account decides who comes in.".to_owned(),
            }
            .under(tests, known)
        }
        Kind::Federated => federated(who, tests),
    }
}

/// A provider of identities lets in all of its users, unless the token is tested.
fn federated(who: &str, tests: &[Condition]) -> Option<Verdict> {
    let provider = who.split_once("oidc-provider/").map_or(who, |(_, provider)| provider);
    let kind = "federated-without-condition";
    if who.contains(":saml-provider/") {
        let tested = tests
            .iter()
            .any(|test| conditions::narrows(test) && test.key.to_ascii_lowercase().starts_with("saml:"));
        let why = "Every assertion of this SAML provider is let in, for whatever service it was issued: SAML:aud is not tested.";
        return (!tested).then(|| Verdict { kind, severity: Severity::Medium, why: why.to_owned() });
    }
    let shared = SHARED_PROVIDERS
        .iter()
        .find(|(name, _)| provider == *name || provider.starts_with(&format!("{name}/")));
    let claim = |test: &Condition| {
        let key = test.key.to_ascii_lowercase();
        let claim = key.strip_prefix(&format!("{}:", provider.to_ascii_lowercase()))?.to_owned();
        conditions::narrows(test).then_some((claim, test.values.clone()))
    };
    let claims: Vec<(String, Vec<String>)> = tests.iter().filter_map(claim).collect();
    let (severity, why) = match shared {
        Some((name, "sub")) => {
            let named = |(claim, values): &(String, Vec<String>)| {
                (claim == "sub" && values.iter().all(|value| names_an_owner(value)))
                    || (OWNER_CLAIMS.contains(&claim.as_str()) && values.iter().all(|value| names(value)))
            };
            if claims.iter().any(named) {
                return None;
            }
            let why = format!(
                "Everybody who has an account at {name} may use this role: no condition names whose jobs are let in (the claim sub)."
            );
            (Severity::Critical, why)
        }
        Some((name, wanted)) => {
            if claims.iter().any(|(claim, _)| claim == wanted || claim == "sub" || claim == "oaud") {
                return None;
            }
            (
                Severity::Critical,
                format!(
                    "Everybody who can sign in with {name} may use this role: no condition names the application (the claim {wanted})."
                ),
            )
        }
        None if provider.starts_with("oidc.eks.") => {
            if claims.iter().any(|(claim, _)| claim == "sub") {
                return None;
            }
            (Severity::Medium, "Every pod of the cluster may use this role: no condition names the service account (the claim sub).".to_owned())
        }
        None => {
            if claims.iter().any(|(claim, _)| matches!(claim.as_str(), "aud" | "sub" | "azp" | "amr")) {
                return None;
            }
            (Severity::High, "Every token of this identity provider is let in, for whatever application it was issued: neither aud nor sub is tested.".to_owned())
        }
    };
    Some(Verdict { kind, severity, why })
}

/// Whether a `sub` such as `repo:octo-org/octo-repo:*` names the owner and not only the form.
fn names_an_owner(value: &str) -> bool {
    let owner = value.split_once(':').map_or(value, |(_, rest)| rest);
    names(owner.split(['/', ':']).next().unwrap_or(owner))
}

fn names(value: &str) -> bool {
    !value.is_empty() && !value.contains(['*', '?'])
}

/// The conditions of the statement, with those that "denied unless" adds.
fn with_denials(document: &Document, statement: &Statement, assumed: &[&str]) -> Vec<Condition> {
    let denials = document
        .statements()
        .iter()
        .filter(|denial| denial.effect == Effect::Deny && denies(denial, &Principal::anyone(), assumed));
    let left = denials.filter_map(|denial| conditions::left_by_denial(&denial.conditions));
    statement.conditions.iter().cloned().chain(left).collect()
}

/// Whether a statement denies this principal all that is allowed, whatever the circumstances.
fn denied(document: &Document, principal: &Principal, assumed: &[&str]) -> bool {
    let unconditional = |denial: &&Statement| denial.effect == Effect::Deny && denial.conditions.is_empty();
    document.statements().iter().filter(unconditional).any(|denial| denies(denial, principal, assumed))
}

fn denies(denial: &Statement, principal: &Principal, assumed: &[&str]) -> bool {
    let denied = assumes(denial);
    let Some(principals) = &denial.principals else { return false };
    let named = |one: &Principal| {
        is_anyone(one) || (one.kind == principal.kind && one.who.text == principal.who.text)
    };
    assumed.iter().all(|action| denied.contains(action))
        && !principals.negated
        && principals.list.iter().any(named)
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

impl Verdict {
    /// What is left of it under these conditions: nothing where they let in only whom we know.
    fn under(mut self, tests: &[Condition], known: &Known) -> Option<Self> {
        let narrowing: Vec<&Condition> = tests.iter().filter(|test| conditions::narrows(test)).collect();
        if narrowing.iter().any(|test| lets_in_only_known(test, known)) {
            return None;
        }
        if !narrowing.is_empty() {
            self.severity = self.severity.narrowed()?;
            self.why.push_str(" A condition narrows it, but not to accounts that are known.");
        }
        Some(self)
    }
}

fn lets_in_only_known(test: &Condition, known: &Known) -> bool {
    let known_value = |value: &String| match test.key.to_ascii_lowercase().as_str() {
        "aws:principalorgid" => known.organizations.contains(value),
        "aws:principalorgpaths" => {
            value.split('/').next().is_some_and(|organization| known.organizations.contains(organization))
        }
        "aws:principalaccount" | "aws:sourceaccount" => known.has(value),
        "aws:principalarn" | "aws:sourcearn" => account_of(value).is_some_and(|account| known.has(account)),
        _ => false,
    };
    !test.values.is_empty() && test.values.iter().all(known_value)
}

impl Principal {
    /// Everybody.
    fn anyone() -> Self {
        let who = super::document::Item { text: "*".to_owned(), pointer: String::new() };
        Self { kind: Kind::Anyone, who }
    }
}
