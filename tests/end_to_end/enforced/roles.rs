//! The permissions of each task's role: the records of the case table that it reads and writes, and the resources that it
//! must not touch.

use super::account::leaked_role;
use super::ask::{ALL, Ask, iam, item};
use http::Method;
use std::collections::BTreeMap;
use tests::{Result, Trouble};

/// The partitions of the case table.
const RECORDS: &[&str] = &[
    "finding#x",
    "subject#x",
    "principal#x",
    "sent#x",
    "question#x",
    "approval#x",
    "before#role-containment#x",
    "before#iam-policy#x",
    "before#permissions-boundary#x",
    "restored#role-containment#x",
    "begun#role-containment#x",
    "begun#iam-policy#x",
    "begun#permissions-boundary#x",
    "restored#iam-policy#x",
    "restored#permissions-boundary#x",
    "breaker#role-containment",
    "breaker#iam-policy",
    "breaker#permissions-boundary",
    "before#x",
    "breaker",
    "x",
];

/// The records that each common task and each step may read (`r`) and write (`w`), and no others: a step has those of its
/// kind. Only some kinds need those in brackets.
const REACHED: &[(&str, &[(&str, &str)])] = &[
    ("open-case", &[("finding#x", "rw"), ("subject#x", "rw"), ("principal#x", "rw"), ("before#{any}x", "r")]),
    ("notify", &[("sent#x", "rw")]),
    ("check-guardrails", &[("breaker#{kind}", "rw"), ("restored#{kind}#x", "(r)")]),
    ("request-approval", &[("question#x", "rw"), ("approval#x", "rw"), ("finding#x", "r")]),
    ("answer-approval", &[("question#x", "rw"), ("approval#x", "rw"), ("finding#x", "r")]),
    ("record", &[("before#{kind}#x", "rw")]),
    ("change", &[("before#{kind}#x", "r"), ("begun#{kind}#x", "(rw)")]),
    ("verify", &[]),
    ("restore", &[("before#{kind}#x", "r"), ("begun#{kind}#x", "(r)"), ("restored#{kind}#x", "(rw)")]),
    ("close-case", &[("finding#x", "rw")]),
];

/// Calls of actions that a task may use: on resources that are denied to it, and on others.
fn narrowed() -> Vec<(&'static str, &'static str, Ask, bool)> {
    let role = |action: &'static str, name: &str, more: (&'static str, &str)| {
        let mut parameters = vec![("RoleName", name.to_owned()), (more.0, more.1.to_owned())];
        if action == "PutRolePolicy" {
            parameters.push(("PolicyDocument", ALL.to_owned()));
        }
        iam(action, parameters)
    };
    let update = |body: &'static str| {
        Ask::Path("securityhub", Method::PATCH, "/findings/batchupdate".to_owned(), body)
    };
    let version = |arn: &str| {
        iam("CreatePolicyVersion", vec![("PolicyArn", arn.to_owned()), ("PolicyDocument", ALL.to_owned())])
    };
    let (own, web, policy) = ("redress-notify", "web-frontend", ("PolicyName", "x"));
    let administrator = ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess");
    let note = r#"{"FindingIdentifiers":[],"Note":{"Text":"x","UpdatedBy":"x"}}"#;
    vec![
        (
            "role-containment-change",
            "put a policy on the responder",
            role("PutRolePolicy", own, policy),
            false,
        ),
        ("role-containment-change", "put a policy on a role", role("PutRolePolicy", web, policy), true),
        (
            "role-containment-restore",
            "delete a policy of the responder",
            role("DeleteRolePolicy", own, policy),
            false,
        ),
        (
            "role-containment-restore",
            "delete a policy of a role",
            role("DeleteRolePolicy", web, policy),
            true,
        ),
        ("iam-policy-change", "put a policy on the responder", role("PutRolePolicy", own, policy), false),
        (
            "iam-policy-change",
            "change who may use the responder",
            role("UpdateAssumeRolePolicy", own, ("PolicyDocument", ALL)),
            false,
        ),
        (
            "iam-policy-change",
            "change a policy of the responder",
            version("arn:aws:iam::123456789012:policy/redress/x"),
            false,
        ),
        ("iam-policy-change", "change a policy", version("arn:aws:iam::123456789012:policy/x"), true),
        ("iam-policy-restore", "put a policy on the responder", role("PutRolePolicy", own, policy), false),
        (
            "iam-policy-restore",
            "make the responder everything",
            role("AttachRolePolicy", own, administrator),
            false,
        ),
        (
            "iam-policy-restore",
            "attach a policy to a role",
            role("AttachRolePolicy", web, administrator),
            true,
        ),
        ("update-finding", "write a note", update(note), true),
        ("update-finding", "set a status", update(r#"{"Workflow":{"Status":"NOTIFIED"}}"#), false),
        (
            "set-workflow-status",
            "say that people know",
            update(r#"{"Workflow":{"Status":"NOTIFIED"}}"#),
            true,
        ),
        (
            "set-workflow-status",
            "say that it is resolved",
            update(r#"{"Workflow":{"Status":"RESOLVED"}}"#),
            false,
        ),
        (
            "set-workflow-status",
            "say that it is wanted",
            update(r#"{"Workflow":{"Status":"SUPPRESSED"}}"#),
            false,
        ),
    ]
}

#[tokio::test]
async fn each_task_reaches_its_own_records_and_not_the_responder() -> Result<()> {
    let (enforced, _) = leaked_role("enforced-roles", None).await?;
    let endpoint = enforced.ministack.endpoint();
    let reached: BTreeMap<_, _> = REACHED.iter().copied().collect();
    for task in contract::declarations() {
        let name = task.step.unwrap_or(&task.name);
        let session = enforced.tasks.get(&task.name);
        let session = session.ok_or_else(|| Trouble(format!("there is no `{}`", task.name)))?;
        for record in RECORDS {
            let known = reached.get(name).copied().unwrap_or_default();
            let is_it = |pattern: &str| match pattern.split_once("{any}") {
                Some((start, end)) => record.starts_with(start) && record.ends_with(end),
                None => pattern.replace("{kind}", task.kind.unwrap_or("none")) == *record,
            };
            let may = known.iter().find(|(pattern, _)| is_it(pattern)).map_or("", |(_, may)| may);
            for (action, letter) in [("GetItem", 'r'), ("PutItem", 'w')] {
                let refused = item(action, (record, "x")).refused(session, endpoint).await?;
                let as_expected = match refused {
                    None => may.contains(letter),
                    Some(_) => !may.contains(letter) || may.starts_with('('),
                };
                assert!(as_expected, "`{}`: {action} of `{record}`: {refused:?}", task.name);
            }
        }
    }
    for (task, what, ask, may) in narrowed() {
        let session = enforced.tasks.get(task).ok_or_else(|| Trouble(format!("there is no `{task}`")))?;
        let refused = ask.refused(session, endpoint).await?;
        if may {
            assert_eq!(refused, None, "`{task}` cannot {what}");
        } else {
            assert!(refused.is_some_and(|why| why.contains("explicit deny")), "`{task}` can {what}");
        }
    }
    Ok(())
}
