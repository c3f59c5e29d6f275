//! What the role of each task may do: which records of the case table it reads and writes, and what is denied to it
//! although it may do the like.

use super::account::leaked_role;
use super::ask::{ALL, Ask, iam, item};
use http::Method;
use std::collections::BTreeMap;
use tests::{Result, Trouble};

/// What the case table is divided into.
const RECORDS: &[&str] = &[
    "finding#x",
    "sent#x",
    "breaker",
    "question#x",
    "approval#x",
    "before#x",
    "restored#x",
    "x",
    "breaker#x",
];

/// What each task reads (`r`) and writes (`w`) of it. The others nothing.
const REACHED: &[(&str, &[(&str, &str)])] = &[
    ("open-case", &[("finding#x", "rw")]),
    ("notify", &[("sent#x", "rw")]),
    ("check-guardrails", &[("breaker", "rw"), ("restored#x", "r")]),
    ("request-approval", &[("question#x", "rw"), ("approval#x", "rw")]),
    ("answer-approval", &[("question#x", "rw"), ("approval#x", "rw")]),
    ("snapshot-role", &[("before#x", "rw")]),
    ("contain-role", &[("before#x", "r")]),
    ("snapshot-policy", &[("before#x", "rw")]),
    ("remediate-policy", &[("before#x", "r")]),
    ("restore-role", &[("before#x", "r")]),
    ("restore-policy", &[("before#x", "r"), ("restored#x", "rw")]),
    ("close-case", &[("finding#x", "rw")]),
];

/// Calls of which each is one that the task may make, but for what it is about; and one of the kind that it may.
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
        ("contain-role", "put a policy on the responder", role("PutRolePolicy", own, policy), false),
        ("contain-role", "put a policy on a role", role("PutRolePolicy", web, policy), true),
        ("restore-role", "delete a policy of the responder", role("DeleteRolePolicy", own, policy), false),
        ("restore-role", "delete a policy of a role", role("DeleteRolePolicy", web, policy), true),
        ("remediate-policy", "put a policy on the responder", role("PutRolePolicy", own, policy), false),
        (
            "remediate-policy",
            "change who may use the responder",
            role("UpdateAssumeRolePolicy", own, ("PolicyDocument", ALL)),
            false,
        ),
        (
            "remediate-policy",
            "change a policy of the responder",
            version("arn:aws:iam::123456789012:policy/redress/x"),
            false,
        ),
        ("remediate-policy", "change a policy", version("arn:aws:iam::123456789012:policy/x"), true),
        ("restore-policy", "put a policy on the responder", role("PutRolePolicy", own, policy), false),
        (
            "restore-policy",
            "make the responder everything",
            role("AttachRolePolicy", own, administrator),
            false,
        ),
        ("restore-policy", "attach a policy to a role", role("AttachRolePolicy", web, administrator), true),
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
    for (task, session) in &enforced.tasks {
        for record in RECORDS {
            let known = reached.get(task.as_str()).copied().unwrap_or_default();
            let may = known.iter().find(|(name, _)| name == record).map_or("", |(_, may)| may);
            for (action, letter) in [("GetItem", 'r'), ("PutItem", 'w')] {
                let refused = item(action, (record, "x")).refused(session, endpoint).await?;
                assert_eq!(
                    refused.is_none(),
                    may.contains(letter),
                    "`{task}`: {action} of `{record}`: {refused:?}"
                );
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
