//! Accounts in memory: a fixed one, and generated ones.

use super::ROLE_ID;
use super::iam::{Account, Holder, Managed};
use crate::policy::laws::{statement, trusting};
use contract::{IamPrincipal, PrincipalKind};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) const POLICY: &str = "arn:aws:iam::123456789012:policy/teams/deploy";
pub(crate) const ADMIN: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
/// The AWS managed policy that denies everything.
pub(crate) const DENY_ALL: &str = "arn:aws:iam::aws:policy/AWSDenyAll";
const DENIES: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#;
/// A boundary that is required nowhere.
pub(crate) const OTHER_BOUNDARY: &str = "arn:aws:iam::123456789012:policy/elsewhere";

pub(crate) const DANGEROUS: &str = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Action\": [\"s3:GetObject\"], \"Resource\": \"arn:aws:s3:::assets/*\"},\n    {\"Effect\": \"Allow\", \"Action\": \"*\", \"Resource\": \"*\"}\n  ]\n}";
pub(crate) const ONLY_DANGEROUS: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
pub(crate) const SAFE: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::assets/*"}]}"#;
/// A document that nobody recorded and that no change makes.
pub(crate) const ELSEWHERE: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"elsewhere","Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::elsewhere"}]}"#;
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"},{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::999988887777:root"},"Action":"sts:AssumeRole"}]}"#;

/// The three principals, all with the name `web`: their kind, its word, and their unique ids.
pub(crate) const PRINCIPALS: [(PrincipalKind, &str, &str); 3] = [
    (PrincipalKind::Role, "Role", ROLE_ID),
    (PrincipalKind::User, "User", "AIDAEXAMPLE0000000001"),
    (PrincipalKind::Group, "Group", "AGPAEXAMPLE0000000001"),
];

pub(crate) fn who(kind: PrincipalKind) -> IamPrincipal {
    IamPrincipal { kind, name: "web".to_owned() }
}

/// A managed policy with one version.
pub(crate) fn managed_policy(id: &str, document: &str) -> Managed {
    let versions = [(1, document.to_owned())].into();
    Managed { id: id.to_owned(), versions, default: 1, last: 1, ..Managed::default() }
}

/// An account with a dangerous policy in every place where there can be one.
pub(crate) fn account(versions: u64) -> Account {
    let mut policy = Managed { id: "ANPAEXAMPLE0000000001".to_owned(), ..Managed::default() };
    for number in 1..=versions {
        policy.versions.insert(number, SAFE.replace("assets", &format!("assets-{number}")));
    }
    policy.versions.insert(versions, DANGEROUS.to_owned());
    (policy.default, policy.last) = (versions, versions);
    let holder = |kind: &str, id: &str| Holder {
        id: id.to_owned(),
        path: "/".to_owned(),
        inline: [("some".to_owned(), DANGEROUS.to_owned()), ("all".to_owned(), ONLY_DANGEROUS.to_owned())]
            .into(),
        attached: [POLICY.to_owned(), ADMIN.to_owned()].into(),
        trust: if kind == "Role" { TRUST.to_owned() } else { "{}".to_owned() },
        boundary: None,
        tags: BTreeMap::new(),
    };
    let holders = PRINCIPALS.map(|(_, kind, id)| ((kind.to_owned(), "web".to_owned()), holder(kind, id)));
    Account { policies: policies(policy), holders: holders.into() }
}

fn policies(deploy: Managed) -> BTreeMap<String, Managed> {
    [
        (POLICY.to_owned(), deploy),
        (ADMIN.to_owned(), managed_policy("ANPAEXAMPLE0000000002", ONLY_DANGEROUS)),
        (DENY_ALL.to_owned(), managed_policy("ANPAEXAMPLE0000000004", DENIES)),
        (OTHER_BOUNDARY.to_owned(), managed_policy("ANPAEXAMPLE0000000003", ELSEWHERE)),
    ]
    .into()
}

/// A document on one line or on many.
fn document(statements: Vec<Value>, pretty: bool) -> String {
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    if pretty { serde_json::to_string_pretty(&document).unwrap() } else { document.to_string() }
}

fn dangerous_or_not() -> impl Strategy<Value = String> {
    let admin = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
    let statements = prop::collection::vec(prop_oneof![4 => statement(), 1 => Just(admin)], 1..4);
    (statements, any::<bool>()).prop_map(|(statements, pretty)| document(statements, pretty))
}

fn trust() -> impl Strategy<Value = String> {
    (prop::collection::vec(trusting(), 1..4), any::<bool>())
        .prop_map(|(statements, pretty)| document(statements, pretty))
}

/// A policy with one to five versions, with gaps between their numbers, and any of them the default.
fn managed() -> impl Strategy<Value = Managed> {
    let versions = prop::collection::vec((1_u64..4, dangerous_or_not()), 1..=5);
    (versions, any::<Index>(), 0_u64..3).prop_map(|(versions, default, gone)| {
        let mut policy = Managed { id: "ANPAEXAMPLE0000000001".to_owned(), ..Managed::default() };
        for (gap, document) in versions {
            policy.last += gap;
            policy.versions.insert(policy.last, document);
        }
        policy.default = *default.get(&policy.versions.keys().copied().collect::<Vec<_>>());
        policy.last += gone;
        policy
    })
}

fn holder(kind: PrincipalKind, id: &'static str) -> impl Strategy<Value = Holder> {
    let inline = prop::collection::btree_map("[a-z+=,.@_-]{1,12}", dangerous_or_not(), 0..4);
    let attached = prop::collection::btree_set(select(vec![POLICY.to_owned(), ADMIN.to_owned()]), 0..=2);
    let boundary = select(vec![None, Some(POLICY.to_owned()), Some(OTHER_BOUNDARY.to_owned())]);
    (inline, attached, boundary, trust()).prop_map(move |(inline, attached, boundary, trust)| Holder {
        id: id.to_owned(),
        path: "/".to_owned(),
        inline,
        attached,
        trust,
        boundary: boundary.filter(|_| kind != PrincipalKind::Group),
        tags: BTreeMap::new(),
    })
}

/// Any account with these principals and policies.
pub(crate) fn generated() -> impl Strategy<Value = Account> {
    let [role, user, group] =
        PRINCIPALS.map(|(kind, word, id)| holder(kind, id).prop_map(move |holder| (word, holder)));
    (managed(), role, user, group).prop_map(|(policy, role, user, group)| {
        let holders = [role, user, group].map(|(kind, holder)| ((kind.to_owned(), "web".to_owned()), holder));
        Account { policies: policies(policy), holders: holders.into() }
    })
}
