//! Laws that hold for every document: what is written is what was read, and a remedy removes what it was asked to,
//! grants nothing, and is the same when it is applied twice.

use super::actions;
use super::cases::{assert_witnesses, known};
use super::document::{Effect, Patterns, Statement};
use super::matching::Glob;
use super::{Danger, Document, Remedy, Unjudged, identity, trust, without};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

const ACTIONS: &[&str] = &[
    "*",
    "*:*",
    "iam:*",
    "IAM:Pass*",
    "iam:PassRole",
    "iam:passrol?",
    "iam:Attach*Policy",
    "iam:AttachRolePolicy",
    "iam:Put*",
    "iam:CreateAccessKey",
    "iam:Get*",
    "lambda:*",
    "lambda:CreateFunction",
    "lambda:InvokeFunction",
    "lambda:AddPermission",
    "lambda:UpdateFunctionCode",
    "ec2:RunInstances",
    "ec2:*",
    "glue:*Job*",
    "s3:GetObject",
    "s3:PutBucketPolicy",
    "s3:*",
    "sts:AssumeRole",
    "logs:PutLogEvents",
    "nosuch:Thing",
];

const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::123456789012:*",
    "arn:aws:iam::123456789012:role/one",
    "arn:aws:iam::123456789012:user/${aws:username}",
    "arn:aws:lambda:*:123456789012:function:*",
    "arn:aws:s3:::assets/*",
];

const PRINCIPALS: &[&str] = &[
    "*",
    "123456789012",
    "arn:aws:iam::999999999999:root",
    "arn:aws:iam::210987654321:role/ci",
    "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com",
];

fn one_or_many(from: &'static [&'static str]) -> impl Strategy<Value = Value> {
    let one = prop::sample::select(from);
    prop_oneof![one.clone().prop_map(Value::from), prop::collection::vec(one, 1..4).prop_map(Value::from)]
}

fn condition() -> impl Strategy<Value = Option<Value>> {
    prop::sample::select(vec![
        None,
        None,
        None,
        Some(json!({ "Bool": { "aws:MultiFactorAuthPresent": true } })),
        Some(json!({ "BoolIfExists": { "aws:MultiFactorAuthPresent": "false" } })),
        Some(json!({ "StringLike": { "iam:PassedToService": ["lambda.amazonaws.com"] } })),
        Some(json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } })),
        Some(
            json!({ "NumericLessThan": { "aws:MultiFactorAuthAge": 3600 }, "IpAddress": { "aws:SourceIp": "0.0.0.0/0" } }),
        ),
    ])
}

fn negated() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "", "", "Not"])
}

pub(crate) fn statement() -> impl Strategy<Value = Value> {
    let effect = prop::sample::select(vec!["Allow", "Allow", "Allow", "Deny"]);
    (effect, negated(), one_or_many(ACTIONS), negated(), one_or_many(RESOURCES), condition(), any::<bool>())
        .prop_map(|(effect, not_action, actions, not_resource, resources, condition, named)| {
            let mut object = Map::new();
            if named {
                object.insert("Sid".to_owned(), json!("A\u{f6}\u{202e}b"));
            }
            object.insert(format!("{not_action}Action"), actions);
            object.insert("Effect".to_owned(), json!(effect));
            object.insert(format!("{not_resource}Resource"), resources);
            condition.map(|condition| object.insert("Condition".to_owned(), condition));
            Value::Object(object)
        })
}

pub(crate) fn trusting() -> impl Strategy<Value = Value> {
    let effect = prop::sample::select(vec!["Allow", "Allow", "Allow", "Deny"]);
    let action = prop::sample::select(vec![
        "sts:AssumeRole",
        "sts:AssumeRoleWithWebIdentity",
        "sts:*",
        "sts:TagSession",
    ]);
    let who = prop_oneof![
        Just(json!("*")),
        one_or_many(PRINCIPALS).prop_map(|list| json!({ "Service": "ec2.amazonaws.com", "AWS": list })),
        one_or_many(PRINCIPALS).prop_map(|list| json!({ "Federated": list })),
    ];
    (effect, negated(), who, action, condition()).prop_map(|(effect, not, who, action, condition)| {
        let mut object = Map::new();
        object.insert("Effect".to_owned(), json!(effect));
        object.insert(format!("{not}Principal"), who);
        object.insert("Action".to_owned(), json!(action));
        condition.map(|condition| object.insert("Condition".to_owned(), condition));
        Value::Object(object)
    })
}

fn document(statement: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    let statement = statement.boxed();
    let statements = prop_oneof![1 => statement.clone(), 4 => prop::collection::vec(statement, 1..5).prop_map(Value::from)];
    statements.prop_map(|statements| json!({ "Version": "2012-10-17", "Id": "x", "Statement": statements }))
}

/// What is left after the remedy, or none where that is nothing.
fn left(document: &Document, dangers: &[Danger]) -> Option<Document> {
    match without(document, dangers) {
        Remedy::Unchanged => Some(document.clone()),
        Remedy::Changed(safe) => Some(safe),
        Remedy::Nothing => None,
    }
}

/// Of these dangers, the kinds that are to be removed: all, or those that the bits of the mask choose.
fn chosen(dangers: &[Danger], mask: u64) -> Vec<Danger> {
    dangers
        .iter()
        .enumerate()
        .filter(|(at, _)| mask >> (at % 64) & 1 == 1)
        .map(|(_, danger)| danger.clone())
        .collect()
}

fn kinds(dangers: &[Danger]) -> BTreeSet<&str> {
    dangers.iter().map(|danger| danger.kind.as_str()).collect()
}

/// Whether the document allows the action on the resource, when every condition holds.
fn allows(document: &Document, action: &str, resource: &str) -> bool {
    let is = |patterns: &Patterns, text: &str, glob: fn(&str) -> Glob| {
        patterns.list.iter().any(|item| glob(&item.text).matches(text)) != patterns.negated
    };
    let about = |statement: &&Statement| {
        is(&statement.actions, action, Glob::action)
            && statement.resources.as_ref().is_none_or(|patterns| is(patterns, resource, Glob::resource))
    };
    let said: Vec<&Statement> = document.statements().iter().filter(about).collect();
    let effect = |effect| move |statement: &&Statement| statement.effect == effect;
    said.iter().copied().filter(effect(Effect::Allow)).count() > 0
        && !said.iter().copied().filter(effect(Effect::Deny)).any(|statement| statement.conditions.is_empty())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_is_written_is_what_was_read(value in prop_oneof![document(statement()), document(trusting())]) {
        let document = Document::from_value(value.clone()).unwrap();
        prop_assert_eq!(document.to_value().to_string(), value.to_string());
        for text in [value.to_string(), document.pretty()] {
            let read = Document::parse(&text).unwrap();
            prop_assert_eq!(&read, &document);
            prop_assert_eq!(read.to_value().to_string(), value.to_string());
        }
    }

    #[test]
    fn a_remedy_removes_what_it_was_asked_to(value in document(statement()), mask in any::<u64>(), all in any::<bool>()) {
        let document = Document::from_value(value).unwrap();
        let dangers = identity(&document, &known()).unwrap();
        assert_witnesses(&document, &dangers);
        let removed = if all { dangers.clone() } else { chosen(&dangers, mask) };
        if removed.is_empty() {
            prop_assert_eq!(without(&document, &removed), Remedy::Unchanged);
        }
        let Some(safe) = left(&document, &removed) else { return Ok(()) };
        let after = identity(&safe, &known()).unwrap();
        prop_assert!(kinds(&after).is_disjoint(&kinds(&removed)), "{:?} of {:#}", kinds(&after), safe.to_value());
        prop_assert!(kinds(&after).is_subset(&kinds(&dangers)), "{:?} is new", kinds(&after));
        let again = chosen(&after, if all { u64::MAX } else { 0 });
        prop_assert_eq!(without(&safe, &again), Remedy::Unchanged);
        for action in actions::all().step_by(97).map(|action| action.name.as_str()).chain(ACTIONS.iter().copied()) {
            for resource in RESOURCES {
                if allows(&safe, action, resource) {
                    prop_assert!(allows(&document, action, resource), "{} on {} is new", action, resource);
                }
            }
        }
        prop_assert_eq!(Document::parse(&safe.pretty()), Ok(safe));
    }

    #[test]
    fn a_trust_policy_is_put_right_the_same_way(value in document(trusting()), mask in any::<u64>(), all in any::<bool>()) {
        let document = Document::from_value(value).unwrap();
        let dangers = trust(&document, &known()).unwrap();
        let removed = if all { dangers.clone() } else { chosen(&dangers, mask) };
        let Some(safe) = left(&document, &removed) else { return Ok(()) };
        let after = trust(&safe, &known()).unwrap();
        prop_assert!(kinds(&after).is_disjoint(&kinds(&removed)), "{:?} of {:#}", kinds(&after), safe.to_value());
        prop_assert!(kinds(&after).is_subset(&kinds(&dangers)), "{:?} is new", kinds(&after));
        let who = |document: &Document| -> BTreeSet<String> {
            let allowing = document.statements().iter().filter(|statement| statement.effect == Effect::Allow);
            allowing.flat_map(|statement| &statement.principals).flat_map(|all| &all.list).map(|one| one.who.text.clone()).collect()
        };
        prop_assert!(who(&safe).is_subset(&who(&document)));
        prop_assert_eq!(Document::parse(&safe.pretty()), Ok(safe));
    }

    #[test]
    fn nothing_that_is_read_makes_it_fall(text in r#"[{}\[\]",:*?a-zA-Z0-9 \\]{0,60}"#) {
        if let Ok(document) = Document::parse(&text) {
            identity(&document, &known()).unwrap();
        }
    }
}

#[test]
fn what_is_no_policy_is_refused_with_place_and_remedy() {
    for (text, expected) in [
        ("", "at the top: this is not JSON"),
        ("[]", "at the top: there is a list; a policy document is an object"),
        ("{}", "at the top: there is no Statement; add"),
        (r#"{"Statement":[]}"#, "at /Statement: the list is empty; IAM wants at least one statement"),
        (
            r#"{"Version":"2020-01-01","Statement":[]}"#,
            r#"at /Version: the version is "2020-01-01"; use 2012-10-17"#,
        ),
        (r#"{"statement":[]}"#, r#"at /statement: "statement" is unknown; a policy document has"#),
        (r#"{"Statement":["x"]}"#, r#"at /Statement/0: there is "x"; a statement is an object"#),
        (r#"{"Statement":{"Action":"*"}}"#, "at /Statement: there is no Effect; say Allow or Deny"),
        (
            r#"{"Statement":{"Effect":"allow","Action":"*"}}"#,
            r#"at /Statement/Effect: the effect is "allow"; say"#,
        ),
        (r#"{"Statement":{"Effect":"Allow"}}"#, "at /Statement: there is neither Action nor NotAction; say"),
        (
            r#"{"Statement":[{"Effect":"Allow","Action":["a",1]}]}"#,
            "at /Statement/0/Action/1: there is 1; use a string",
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","NotAction":"*"}}"#,
            "at /Statement: there are both Action and NotAction; keep",
        ),
        (r#"{"Statement":{"Effect":"Allow","Action":"s3:Get*","Action":"*"}}"#, r#""Action" stands twice"#),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","Principal":"me"}}"#,
            r#"at /Statement/Principal: the principal is "me"; say *"#,
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","Principal":{"aws":"*"}}}"#,
            r#"at /Statement/Principal/aws: "aws" is unknown"#,
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","Condition":{"Bool":"x"}}}"#,
            r#"at /Statement/Condition/Bool: there is "x"; a condition is"#,
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"*","Condition":{"Bool":{"a/b":null}}}}"#,
            "at /Statement/Condition/Bool/a~1b: the value is null",
        ),
        ("{\"Statement\":{\"\u{202e}\\u001bx\":1}}", r"\u{202e}\u{1b}x"),
    ] {
        let said = Document::parse(text).unwrap_err().to_string();
        assert!(said.contains(expected), "{text}\n  {said}\n  {expected}");
        assert!(!said.contains(['\u{202e}', '\u{1b}']), "{said:?}");
    }
}

/// Documents of the largest size that IAM takes, each hard in its own way.
fn largest() -> Vec<(&'static str, bool, Value)> {
    let allow =
        |action: Value, resource: Value| json!({ "Effect": "Allow", "Action": action, "Resource": resource });
    let many = |number: usize, text: &dyn Fn(usize) -> String| -> Value { (0..number).map(text).collect() };
    let prefixes = many(150, &|at| format!("arn:aws:iam::*:role/t{at:03}-*"));
    let actions = many(400, &|at| format!("s3:Get{at:04}*"));
    let globs = many(100, &|at| format!("arn:aws:iam::*:role/{}{at}*", "*a?".repeat(12)));
    let harder = many(40, &|at| format!("*a{}", "?".repeat(40 + at)));
    let policies = many(150, &|at| format!("arn:aws:iam::aws:policy/X{at}*"));
    let mut unless = vec![allow(json!("*"), json!("*"))];
    unless.extend((0..25).map(|at| {
        let tests = json!({ "StringNotEquals": { "aws:PrincipalTag/a": [format!("{at}")], "aws:PrincipalTag/b": ["x", "y"] }, "StringEquals": { "aws:RequestedRegion": format!("r{at}") } });
        json!({ "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": tests })
    }));
    let mut attaching = allow(json!("iam:Attach*"), json!("*"));
    attaching["Condition"] = json!({ "ArnLike": { "iam:PolicyARN": policies } });
    vec![
        ("prefixes", true, json!([allow(json!("*"), prefixes)])),
        ("actions", true, json!([allow(actions, json!("*"))])),
        (
            "not actions",
            true,
            json!([{ "Effect": "Allow", "NotAction": many(500, &|at| format!("x{at}:*")), "Resource": "*" }]),
        ),
        ("policies", true, json!([attaching])),
        ("denials", true, Value::Array(unless)),
        ("no service", false, json!([allow(many(750, &|at| format!("*e*e*e*e*{at}")), json!("*"))])),
        (
            "denied names",
            false,
            json!([
                { "Effect": "Allow", "NotAction": "iam:*", "Resource": "*" },
                { "Effect": "Deny", "Action": "x:y", "Resource": many(700, &|at| format!("*{at}?x")) }
            ]),
        ),
        (
            "globs",
            false,
            json!([allow(json!("*"), globs), { "Effect": "Deny", "Action": "*", "Resource": harder }]),
        ),
    ]
}

#[test]
fn the_work_is_bounded() {
    for (name, is_judged, statements) in largest() {
        let document =
            Document::from_value(json!({ "Version": "2012-10-17", "Statement": statements })).unwrap();
        let judged = identity(&document, &known());
        assert_eq!(judged.is_ok(), is_judged, "{name}: {judged:?}");
        // What cannot be judged is never called harmless.
        assert!(judged.is_ok() || matches!(judged, Err(Unjudged::TooLarge)), "{name}");
    }
}

#[test]
fn the_work_on_a_trust_policy_is_bounded() {
    let issuer = "token.actions.githubusercontent.com";
    for hard in ["*a:".repeat(100), "?:".repeat(900), "*a?".repeat(300), format!("*{}", "ab*".repeat(250))] {
        let document = Document::from_value(json!({ "Version": "2012-10-17", "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": format!("arn:aws:iam::123456789012:oidc-provider/{issuer}") },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": { "StringLike": { format!("{issuer}:sub"): ["repo:evil/*", hard] } }
        }] }));
        let judged = trust(&document.unwrap(), &known());
        assert!(judged.is_ok() || matches!(judged, Err(Unjudged::TooLarge)), "{judged:?}");
    }
}
