//! A change that is smaller than to strike out a whole statement: of its resources and of the values of its conditions, those
//! go by which the danger is reached, and the others stay.

use super::analyse::{Danger, Severity, Unjudged};
use super::document::{Document, Effect, Statement};
use super::matching::Glob;
use super::request::Request;
use super::resource::Resource;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// How many documents are judged in search of it.
const TRIED: usize = 16;

/// The operators of which a condition with fewer values allows less.
const OPERATORS: &[&str] = &["stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike"];

/// A value that is to go: the statement, the way to the list, and its place there.
struct Piece {
    statement: usize,
    way: Vec<String>,
    at: usize,
}

/// The document without the values and resources by which its grave dangers are reached, where each statement that grants
/// them would otherwise go as a whole. None where that is not enough, where it is no smaller change, and where a document
/// cannot be judged: all judgements of one search share an effort.
pub fn narrowed(
    document: &Document,
    grave: &[Danger],
    judge: &dyn Fn(&Document) -> Result<Vec<Danger>, Unjudged>,
) -> Option<Document> {
    let written: BTreeSet<&str> =
        grave.iter().flat_map(|danger| &danger.grants).map(|grant| grant.pointer.as_str()).collect();
    let goes = |index: usize| {
        let statement = document.statements().get(index)?;
        let all_struck = statement.actions.list.iter().all(|item| written.contains(item.pointer.as_str()));
        let is_trust = statement.principals.as_ref().is_some_and(|all| all.list.len() == 1);
        let is_whole = !statement.actions.negated && (is_trust || all_struck);
        (statement.effect == Effect::Allow && is_whole).then_some(())
    };
    if !grave.iter().flat_map(Danger::statements).all(|index| goes(index).is_some()) {
        return None;
    }
    let (mut now, mut dangers) = (document.clone(), grave.to_vec());
    let mut tried = 0;
    loop {
        let mut next = None;
        for piece in pieces(&now, &dangers) {
            tried += 1;
            if tried > TRIED {
                return None;
            }
            let Some(less) = now.less(piece.statement, |raw| take(raw, &piece)) else { continue };
            let mut left = judge(&less).ok()?;
            left.retain(|danger| danger.severity >= Severity::High);
            if left.is_empty() {
                return Some(less);
            }
            next.get_or_insert((less, left));
        }
        (now, dangers) = next?;
    }
}

/// What the witnesses need of the lists of their statements, the last first.
fn pieces(document: &Document, dangers: &[Danger]) -> Vec<Piece> {
    let mut all = Vec::new();
    for danger in dangers {
        for index in danger.statements() {
            let Some(statement) = document.statements().get(index) else { continue };
            for (way, at) in needed(statement, &danger.witness.requests) {
                all.push(Piece { statement: index, way, at });
            }
        }
    }
    all
}

fn needed(statement: &Statement, requests: &[Request]) -> Vec<(Vec<String>, usize)> {
    let mut all = Vec::new();
    let resources: Vec<_> = requests.iter().flat_map(|request| &request.resources).collect();
    if let Some(Value::Array(list)) =
        statement.raw.get("Resource").filter(|_| !has_one(statement.raw.get("Resource")))
    {
        let hit = |text: &str| {
            let pattern = Resource::of(text);
            resources.iter().any(|resource| pattern.matches(&resource.arn))
        };
        all.extend(hits(list, &hit).map(|at| (vec!["Resource".to_owned()], at)));
    }
    let Some(Value::Object(conditions)) = statement.raw.get("Condition") else { return all };
    for (operator, tests) in conditions {
        let lower = operator.to_ascii_lowercase();
        let bare = lower.rsplit(':').next().unwrap_or(&lower);
        let bare = bare.strip_suffix("ifexists").unwrap_or(bare);
        let (true, Value::Object(tests)) = (OPERATORS.contains(&bare), tests) else { continue };
        for (key, values) in tests {
            let Value::Array(list) = values else { continue };
            if has_one(Some(values)) {
                continue;
            }
            let is_pattern = bare.ends_with("like") || bare.starts_with("arn");
            let hit = |text: &str| {
                let had = resources.iter().filter_map(|resource| resource.context.get(key)).flatten();
                let fits = |value: &String| match is_pattern {
                    true => Glob::resource(text).matches(value),
                    false => text.eq_ignore_ascii_case(value),
                };
                had.into_iter().any(fits)
            };
            let way = vec!["Condition".to_owned(), operator.clone(), key.clone()];
            all.extend(hits(list, &hit).map(|at| (way.clone(), at)));
        }
    }
    all
}

fn has_one(list: Option<&Value>) -> bool {
    list.and_then(Value::as_array).is_none_or(|list| list.len() < 2)
}

fn hits<'l>(list: &'l [Value], hit: &'l dyn Fn(&str) -> bool) -> impl Iterator<Item = usize> {
    let places = list.iter().enumerate().rev();
    let hits = places.filter(|(_, value)| value.as_str().is_some_and(hit)).map(|(at, _)| at);
    hits.collect::<Vec<_>>().into_iter()
}

/// Takes the piece out of its list.
fn take(raw: &mut Map<String, Value>, piece: &Piece) {
    let (Some(first), rest) = (piece.way.first(), piece.way.iter().skip(1)) else { return };
    let list = rest.fold(raw.get_mut(first), |value, name| value.and_then(|value| value.get_mut(name)));
    if let Some(Value::Array(list)) = list
        && piece.at < list.len()
        && list.len() > 1
    {
        list.remove(piece.at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Effort, Known, identity_within, trust_within};
    use serde_json::json;

    fn known() -> Known {
        Known { account: "123456789012".to_owned(), ..Known::default() }
    }

    /// What is left of a statement.
    fn left(statement: Value, is_trust: bool) -> Option<Value> {
        left_within(statement, is_trust, &Effort::default())
    }

    fn left_within(statement: Value, is_trust: bool, effort: &Effort) -> Option<Value> {
        let document = json!({ "Version": "2012-10-17", "Statement": statement });
        let document = Document::from_value(document).unwrap();
        let judge = |document: &Document| match is_trust {
            true => trust_within(document, &known(), effort),
            false => identity_within(document, &known(), effort),
        };
        let mut grave = judge(&document).unwrap();
        grave.retain(|danger| danger.severity >= Severity::High);
        assert!(!grave.is_empty());
        narrowed(&document, &grave, &judge).map(|left| left.to_value()["Statement"].clone())
    }

    #[test]
    fn what_is_harmless_of_a_list_stays() {
        let github = "token.actions.githubusercontent.com";
        let jobs = |subjects: Value| {
            json!({
                "Effect": "Allow",
                "Principal": { "Federated": format!("arn:aws:iam::123456789012:oidc-provider/{github}") },
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": { "StringLike": { format!("{github}:sub"): subjects } }
            })
        };
        let main = "repo:acme/app:ref:refs/heads/main";
        assert_eq!(left(jobs(json!([main, "repo:*", "repo:a*"])), true), Some(jobs(json!([main]))));
        assert_eq!(left(jobs(json!(["repo:a*", "repo:*"])), true), None);
        assert_eq!(left(jobs(json!("repo:*")), true), None);

        let accounts = |accounts: Value| {
            json!({
                "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole",
                "Condition": { "StringEquals": { "aws:PrincipalAccount": accounts } }
            })
        };
        let both = json!(["123456789012", "999999999999"]);
        assert_eq!(left(accounts(both), true), Some(accounts(json!(["123456789012"]))));

        let role = "arn:aws:iam::123456789012:role/web";
        let put = |actions: Value, resources: Value| json!({ "Effect": "Allow", "Action": actions, "Resource": resources });
        let one = json!("iam:PutRolePolicy");
        assert_eq!(
            left(put(one.clone(), json!([role, "arn:aws:iam::*:role/*"])), false),
            Some(put(one, json!([role])))
        );
        // The other action would lose more than by the whole of this one.
        assert_eq!(left(put(json!(["iam:PutRolePolicy", "s3:ListBucket"]), json!([role, "*"])), false), None);
    }

    /// The search judges several documents, and whoever writes a policy could make each of them hard to judge.
    #[test]
    fn the_search_ends_where_the_effort_is_spent() {
        let role = "arn:aws:iam::123456789012:role/web";
        let statement = json!({ "Effect": "Allow", "Action": "iam:PutRolePolicy", "Resource": [role, "arn:aws:iam::*:role/*"] });
        let whole = Effort::default();
        let before = whole.left();
        assert!(left_within(statement.clone(), false, &whole).is_some());
        let needed = before - whole.left();
        let all = |steps: usize| Effort::of(u32::try_from(steps).unwrap());
        assert!(left_within(statement.clone(), false, &all(needed + 1)).is_some());
        assert_eq!(left_within(statement, false, &all(needed)), None);
    }

    #[test]
    fn a_denial_and_a_negated_condition_are_left_alone() {
        let statement = json!({
            "Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole",
            "Condition": { "StringNotEquals": { "aws:PrincipalAccount": ["999999999999", "888888888888"] } }
        });
        assert_eq!(left(statement, true), None);
    }
}
