//! Every file of `cases/`: a document, the dangers that it is known to have, and what is left without them.
//! `GOLDEN=1 cargo test` writes down what is found; the difference is for people to judge.

use super::document::{Effect, Item, Kind, Patterns, Principal, Statement};
use super::matching::Glob;
use super::operators::{expand, like, passes};
use super::request::Context;
use super::resource::completed;
use super::{Danger, Document, Known, Remedy, identity, trust, trusts_nobody, without};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Case {
    /// What it is about, in a sentence.
    about: String,
    of: Of,
    /// Whether it is a trust policy as IAM gives it back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    saved: bool,
    document: Value,
    /// Severity, kind, and what grants it: one line each.
    dangers: Vec<String>,
    /// What is left: a document, `unchanged`, or `nothing`.
    safe: Value,
}

#[derive(Debug, Clone, Copy, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
enum Of {
    Identity,
    Trust,
}

pub(super) fn known() -> Known {
    Known {
        account: "123456789012".to_owned(),
        accounts: ["210987654321".to_owned()].into(),
        organizations: ["o-a1b2c3d4e5".to_owned()].into(),
        networks: ["198.18.0.0/15".to_owned(), "vpce-0123456789abcdef0".to_owned()].into(),
        owners: ["app.terraform.io/acme".to_owned()].into(),
        protected: ["break-glass".to_owned(), "redress/*".to_owned()].into(),
        holders: ["arn:aws:iam::123456789012:role/own/holder".to_owned()].into(),
        // 2026-12-01T12:00:00Z.
        now: 1_796_126_400,
        ..Known::default()
    }
}

fn dangers(case: &Case, document: &Document) -> Vec<Danger> {
    let known = Known { saved: case.saved, ..known() };
    match case.of {
        Of::Identity => identity(document, &known).unwrap(),
        Of::Trust => trust(document, &known).unwrap(),
    }
}

fn line(danger: &Danger) -> String {
    let grants: Vec<String> =
        danger.grants.iter().map(|grant| format!("{} at {}", grant.written, grant.pointer)).collect();
    format!("{:?} {}: {}", danger.severity, danger.kind, grants.join("; "))
}

fn seen(case: &Case, document: &Document) -> Case {
    let dangers = dangers(case, document);
    let safe = match without(document, &dangers) {
        Remedy::Unchanged => json!("unchanged"),
        Remedy::Nothing => json!("nothing"),
        Remedy::Changed(safe) => safe.to_value(),
    };
    Case { dangers: dangers.iter().map(line).collect(), safe, ..case.clone() }
}

#[test]
fn every_case_is_judged_as_written() {
    let folder = PathBuf::from("src/policy/cases");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 40, "only {} cases in {}", paths.len(), folder.display());
    let mut wrong = Vec::new();
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let case: Case =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let document = Document::from_value(case.document.clone()).unwrap();
        assert_witnesses(&document, &dangers(&case, &document));
        let now = seen(&case, &document);
        if std::env::var_os("GOLDEN").is_some() {
            std::fs::write(&path, format!("{}\n", serde_json::to_string_pretty(&now).unwrap())).unwrap();
        } else if now != case {
            wrong.push(format!("{}: {:#?}\nsafe: {:#}", path.display(), now.dangers, now.safe));
        }
    }
    assert!(
        wrong.is_empty(),
        "judged otherwise than written, look and then run with GOLDEN=1:\n{}",
        wrong.join("\n")
    );
}

/// Whether the statements that are about a request allow it, evaluated one by one.
fn is_allowed(document: &Document, principal: &str, action: &str, arn: &str, context: &Context) -> bool {
    let account = principal.split(':').nth(4).unwrap_or(principal);
    let is_meant = |one: &Principal| match one.kind {
        Kind::Anyone => true,
        Kind::Aws => {
            let who = one.who.text.as_str();
            let root = format!("arn:aws:iam::{account}:root");
            // A unique id is replaced by an ARN when the policy is saved.
            let is_id = who.starts_with("AROA");
            is_id || who.contains('*') || who == principal || who == account || who == root
        }
        // What is known of these is the subject of a token.
        _ => true,
    };
    let applies = |statement: &&Statement| {
        let acts = |item: &Item| Glob::action(&item.text).matches(action);
        let holds = |patterns: &Patterns| {
            let is_void =
                patterns.negated && patterns.list.iter().any(|item| expand(&item.text, context).is_none());
            !is_void
                && patterns.list.iter().any(|item| like(&completed(&item.text), arn, context))
                    != patterns.negated
        };
        let is_about_them = statement
            .principals
            .as_ref()
            .is_none_or(|principals| principals.list.iter().any(is_meant) != principals.negated);
        is_about_them
            && statement.actions.list.iter().any(acts) != statement.actions.negated
            && statement.resources.as_ref().is_none_or(holds)
            && statement.conditions.iter().all(|condition| passes(condition, context))
    };
    let effects: Vec<Effect> = document.statements().iter().filter(applies).map(|it| it.effect).collect();
    effects.contains(&Effect::Allow) && !effects.contains(&Effect::Deny)
}

/// Asserts that the document allows every request of the witnesses.
pub(super) fn assert_witnesses(document: &Document, dangers: &[Danger]) {
    for danger in dangers {
        assert!(!danger.witness.requests.is_empty(), "{} has no witness", danger.kind);
        for request in &danger.witness.requests {
            for resource in &request.resources {
                let allowed = is_allowed(
                    document,
                    &danger.witness.principal,
                    &request.action,
                    &resource.arn,
                    &resource.context,
                );
                assert!(
                    allowed,
                    "{}: {:?} is not allowed by {:#}",
                    danger.kind,
                    danger.witness,
                    document.to_value()
                );
            }
        }
        assert!(danger.witness.sentence().starts_with("For example: "));
    }
}

/// A document that allows these, each on its resource.
fn allowing(pairs: &[(&str, &str)]) -> Document {
    let statements: Vec<Value> = pairs
        .iter()
        .map(|(action, resource)| json!({ "Effect": "Allow", "Action": [action], "Resource": resource }))
        .collect();
    Document::from_value(json!({ "Version": "2012-10-17", "Statement": statements })).unwrap()
}

fn kinds(document: &Document) -> Vec<String> {
    identity(document, &known()).unwrap().into_iter().map(|danger| danger.kind).collect()
}

#[test]
fn every_escalation_is_found_where_all_it_needs_is_there_and_only_there() {
    for path in &super::knowledge::knowledge().unwrap().escalations.paths {
        let kind = format!("escalation-{}", path.id);
        let all: Vec<(&str, &str)> = path.needs.iter().map(|action| (action.as_str(), "*")).collect();
        let document = allowing(&all);
        let danger = identity(&document, &known()).unwrap().into_iter().find(|danger| danger.kind == kind);
        let danger = danger.unwrap_or_else(|| panic!("{kind} is not found"));
        assert_eq!((danger.severity, &danger.needs), (path.severity, &path.needs), "{kind}");
        assert!(danger.why.starts_with("Whoever has ") && danger.why.ends_with('.'), "{}", danger.why);
        match without(&document, std::slice::from_ref(&danger)) {
            Remedy::Unchanged => panic!("{kind} is not removed"),
            Remedy::Changed(safe) => assert!(!kinds(&safe).contains(&kind), "{kind} is still there"),
            Remedy::Nothing => assert_eq!(path.needs.len(), 1, "{kind}"),
        }
        for missing in 0..all.len() {
            let rest: Vec<_> =
                all.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, pair)| *pair).collect();
            if !rest.is_empty() {
                assert!(!kinds(&allowing(&rest)).contains(&kind), "{kind} without {}", all[missing].0);
            }
        }
        for named in &path.everywhere {
            let one = "arn:aws:iam::123456789012:role/one";
            let narrowed: Vec<_> =
                all.iter().map(|(action, all)| (*action, if action == named { one } else { *all })).collect();
            assert!(!kinds(&allowing(&narrowed)).contains(&kind), "{kind} with {named} on one role");
        }
    }
}

#[test]
fn what_trusts_nobody_is_a_safe_trust_policy() {
    let document = Document::from_value(trusts_nobody()).unwrap();
    assert_eq!(trust(&document, &known()).unwrap(), []);
}

#[test]
fn a_list_of_actions_is_bounded() {
    let dangers = identity(&allowing(&[("s3:*", "*")]), &known()).unwrap();
    let danger = dangers.iter().find(|danger| danger.kind == "permissions-management").unwrap();
    assert_eq!(danger.grants[0].actions.len(), 8);
    assert!(danger.grants[0].more > 0);
}
