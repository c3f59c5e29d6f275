//! What was found of a danger, and how bad it is after its conditions.

use super::Known;
use super::analyse::{Danger, Grant, Severity};
use super::grants::Allowance;
use super::home::principals;
use super::request::{Request, Witness};

/// The keys that narrow a request, and those that would if what they name were known.
#[derive(Default, Clone)]
pub(super) struct Narrowing {
    by: Vec<String>,
    doubted: Vec<String>,
}

impl Narrowing {
    pub(super) fn add(&mut self, seen: &Allowance<'_>) {
        self.by.extend(seen.narrowed_by.iter().cloned());
        self.doubted.extend(seen.doubted_by.iter().cloned());
    }

    /// How bad a danger is after them, and what is said of them. What only may be known silences nothing.
    fn weigh(mut self, severity: Severity) -> Option<(Severity, String)> {
        self.by.dedup();
        self.doubted.dedup();
        if !self.by.is_empty() {
            let said = format!(" A condition narrows it ({}), but does not end it.", self.by.join(", "));
            return Some((severity.narrowed()?, said));
        }
        if self.doubted.is_empty() {
            return Some((severity, String::new()));
        }
        let said = format!(
            " What it names ({}) may be meant so, or may be a stranger's or an administrator's: the name does not say.",
            self.doubted.join(", ")
        );
        Some((severity.narrowed().unwrap_or(severity), said))
    }
}

/// What was found of a danger.
#[derive(Default)]
pub(super) struct Found {
    pub(super) grants: Vec<Grant>,
    pub(super) requests: Vec<Request>,
    /// What narrows the easiest request; none where nothing was found yet.
    pub(super) narrowing: Option<Narrowing>,
}

impl Found {
    pub(super) fn add(&mut self, grant: Grant, seen: &Allowance<'_>) {
        self.note(seen);
        self.grants.push(grant);
    }

    /// Keeps the request, where it is easier than what there is.
    pub(super) fn note(&mut self, seen: &Allowance<'_>) {
        let is_easier =
            self.narrowing.as_ref().is_none_or(|best| seen.hardness() < (best.by.len(), best.doubted.len()));
        if is_easier {
            self.requests = vec![seen.request.clone()];
            let mut narrowing = Narrowing::default();
            narrowing.add(seen);
            self.narrowing = Some(narrowing);
        }
    }

    /// The danger, where anything grants it, and where it is one after the conditions.
    pub(super) fn danger(
        mut self,
        known: &Known,
        severity: Severity,
        kind: &str,
        needs: Vec<String>,
        why: String,
    ) -> Option<Danger> {
        if self.grants.is_empty() {
            return None;
        }
        self.grants.sort_by_key(|grant| grant.statement);
        let mut witness = Witness { principal: String::new(), requests: self.requests };
        let principal = witness.value("aws:PrincipalArn").map(str::to_owned);
        witness.principal = principal.or_else(|| principals(known).into_iter().next()).unwrap_or_default();
        let (severity, said) = self.narrowing.unwrap_or_default().weigh(severity)?;
        let why = worded(&why, &witness) + &said;
        Some(Danger { severity, kind: kind.to_owned(), grants: self.grants, needs, why, witness })
    }
}

/// Fills in what the witness says of a key, such as `{iam:PolicyARN}`.
fn worded(why: &str, witness: &Witness) -> String {
    let Some((before, rest)) = why.split_once('{') else { return why.to_owned() };
    let Some((key, after)) = rest.split_once('}') else { return why.to_owned() };
    let value = witness.value(key).unwrap_or("arn:aws:iam::aws:policy/AdministratorAccess");
    let value = value.rsplit('/').next().unwrap_or(value);
    format!("{before}{value}{after}")
}
