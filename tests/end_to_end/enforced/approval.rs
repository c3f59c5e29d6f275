//! The permissions of the Lambda with which people answer: it can do its own job and nothing else.

use super::account::leaked_role;
use super::ask::{ALL, Ask, dynamodb, iam, item, keyed, merged, sns, states};
use super::responder::{Enforced, TABLE};
use crate::patience::until;
use http::Method;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::responses::CREDENTIAL_EXFILTRATION;
use tests::{Ministack, Result, Session, Trouble};

const ACCOUNT: &str = Ministack::ACCOUNT;

/// The context of a decision of ministack. `request.py` adds parts of the context that ministack does not find by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Basis {
    /// It finds the context in the request by itself.
    Itself,
    /// `dynamodb:LeadingKeys`, which it does not know.
    Partition,
    /// That a token is one of some state machine of the account: which one, neither of us can say.
    Token,
    /// That the call is one of Security Hub, which it does not have.
    Hub,
}
use Basis::{Hub, Itself, Partition, Token};

/// A role of Identity Center, and its path.
const OF_IDENTITY_CENTER: &str = "AWSReservedSSO_SecOps_0123456789abcdef";
const PATH: &str = "/aws-reserved/sso.amazonaws.com/eu-west-1/";
/// A role that somebody gave such a name.
const SO_NAMED: &str = "AWSReservedSSO_SecOps_fedcba9876543210";

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}]}"#;

/// The calls of the Lambda's own job.
fn own_job(question: (&str, &str), approval: (&str, &str)) -> Vec<(&'static str, Basis, Ask)> {
    let token = json!({ "taskToken": "a token that is none", "output": "{}", "error": "x", "cause": "y" });
    vec![
        ("read the record of an id", Partition, item("GetItem", approval)),
        ("read a question", Partition, item("GetItem", question)),
        ("write the record of an id", Partition, item("PutItem", approval)),
        ("write a question", Partition, item("PutItem", question)),
        ("tell whose a role is", Itself, iam("GetRole", vec![("RoleName", OF_IDENTITY_CENTER.to_owned())])),
        ("answer a run", Token, states("SendTaskSuccess", token.clone())),
        ("answer a run with an error", Token, states("SendTaskFailure", token)),
    ]
}

/// Calls that are not its job.
fn not_its_job(
    run: &str,
    topic: &str,
    case: &str,
    question: (&str, &str),
) -> Vec<(&'static str, Basis, Ask)> {
    let (web, own) = ("web-frontend", "redress-answer-approval");
    let policy = |role: &str| {
        vec![
            ("RoleName", role.to_owned()),
            ("PolicyName", "x".to_owned()),
            ("PolicyDocument", ALL.to_owned()),
        ]
    };
    let role = |role: &str| vec![("RoleName", role.to_owned())];
    let user = || vec![("UserName", "x".to_owned())];
    let with = |mut one: Vec<(&'static str, String)>, name: &'static str, value: &str| {
        one.push((name, value.to_owned()));
        one
    };
    let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
    let table = json!({ "TableName": TABLE });
    let key = keyed(question);
    let of_table = |more: Value| merged(&table, &more);
    let machine = format!("arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:{CREDENTIAL_EXFILTRATION}");
    let in_run = json!({ "executionArn": run });
    let partition = |name: &str| format!("{name}#{case}");
    vec![
        ("put a policy on a role", Itself, iam("PutRolePolicy", policy(web))),
        ("put a policy on its own role", Itself, iam("PutRolePolicy", policy(own))),
        ("delete a policy of a role", Itself, iam("DeleteRolePolicy", with(role(web), "PolicyName", "own"))),
        (
            "attach a policy to its own role",
            Itself,
            iam("AttachRolePolicy", with(role(own), "PolicyArn", administrator)),
        ),
        (
            "change who may use a role",
            Itself,
            iam("UpdateAssumeRolePolicy", with(role(web), "PolicyDocument", ALL)),
        ),
        ("take the boundary off a role", Itself, iam("DeleteRolePermissionsBoundary", role(web))),
        ("read a role", Itself, iam("GetRole", role(web))),
        ("read a role with the name of another's", Itself, iam("GetRole", role(SO_NAMED))),
        ("list the roles", Itself, iam("ListRoles", vec![])),
        (
            "make a policy",
            Itself,
            iam("CreatePolicy", vec![("PolicyName", "x".to_owned()), ("PolicyDocument", ALL.to_owned())]),
        ),
        ("make a user", Itself, iam("CreateUser", user())),
        ("make an access key", Itself, iam("CreateAccessKey", user())),
        (
            "be another task",
            Itself,
            Ask::Form(
                "sts",
                "2011-06-15",
                "AssumeRole",
                vec![
                    (
                        "RoleArn",
                        format!("arn:aws:iam::{ACCOUNT}:role/redress/redress-role-containment-change"),
                    ),
                    ("RoleSessionName", "other".to_owned()),
                ],
            ),
        ),
        ("close a case", Partition, item("PutItem", (&partition("finding"), "case"))),
        ("read what was before", Partition, item("GetItem", (&partition("before"), "role"))),
        ("write what was before", Partition, item("PutItem", (&partition("before"), "role"))),
        ("write what was sent", Partition, item("PutItem", (&partition("sent"), "x"))),
        ("write what was put back", Partition, item("PutItem", ("restored#x", "x"))),
        ("reset the breaker", Partition, item("PutItem", ("breaker", "x"))),
        ("write beside every partition", Partition, item("PutItem", ("x", "question#"))),
        (
            "change a question",
            Itself,
            dynamodb("UpdateItem", of_table(json!({ "Key": key, "UpdateExpression": "REMOVE expiry" }))),
        ),
        ("delete a question", Itself, dynamodb("DeleteItem", of_table(json!({ "Key": key })))),
        ("read all records", Itself, dynamodb("Scan", table.clone())),
        (
            "look for questions",
            Itself,
            dynamodb(
                "Query",
                of_table(json!({
                    "KeyConditionExpression": "pk = :p", "ExpressionAttributeValues": { ":p": { "S": question.0 } },
                })),
            ),
        ),
        (
            "read several",
            Itself,
            dynamodb("BatchGetItem", json!({ "RequestItems": { TABLE: { "Keys": [key] } } })),
        ),
        (
            "write several",
            Itself,
            dynamodb(
                "BatchWriteItem",
                json!({ "RequestItems": { TABLE: [{ "DeleteRequest": { "Key": key } }] } }),
            ),
        ),
        (
            // It is PutItem that is decided on, and the call does not say of one item where it is.
            "write in a transaction",
            Itself,
            dynamodb(
                "TransactWriteItems",
                json!({ "TransactItems": [{ "Put": { "TableName": TABLE, "Item": key } }] }),
            ),
        ),
        ("delete the table", Itself, dynamodb("DeleteTable", table.clone())),
        ("read another table", Itself, dynamodb("GetItem", json!({ "TableName": "payroll", "Key": key }))),
        ("list the tables", Itself, dynamodb("ListTables", json!({}))),
        (
            "send a message",
            Itself,
            sns("Publish", vec![("TopicArn", topic.to_owned()), ("Message", "x".to_owned())]),
        ),
        (
            "read along",
            Itself,
            sns(
                "Subscribe",
                vec![
                    ("TopicArn", topic.to_owned()),
                    ("Protocol", "https".to_owned()),
                    ("Endpoint", "https://evil.example".to_owned()),
                ],
            ),
        ),
        ("stop a run", Itself, states("StopExecution", in_run.clone())),
        ("read a run", Itself, states("DescribeExecution", in_run.clone())),
        ("read a history", Itself, states("GetExecutionHistory", in_run)),
        (
            "change a workflow",
            Itself,
            states("UpdateStateMachine", json!({ "stateMachineArn": machine, "definition": "{}" })),
        ),
        ("list the workflows", Itself, states("ListStateMachines", json!({}))),
        ("keep a run alive", Token, states("SendTaskHeartbeat", json!({ "taskToken": "x" }))),
        ("look for findings", Hub, Ask::Path("securityhub", Method::POST, "/findings".to_owned(), "{}")),
        (
            "close a finding",
            Hub,
            Ask::Path(
                "securityhub",
                Method::PATCH,
                "/findings/batchupdate".to_owned(),
                r#"{"Workflow":{"Status":"RESOLVED"}}"#,
            ),
        ),
        ("look for instances", Itself, Ask::Form("ec2", "2016-11-15", "DescribeInstances", vec![])),
        ("list the buckets", Itself, Ask::Path("s3", Method::GET, "/".to_owned(), "")),
        (
            "call another function",
            Itself,
            Ask::Path(
                "lambda",
                Method::POST,
                "/2015-03-31/functions/role-containment-change/invocations".to_owned(),
                "{}",
            ),
        ),
        (
            "list the functions",
            Itself,
            Ask::Path("lambda", Method::GET, "/2015-03-31/functions".to_owned(), ""),
        ),
        (
            "switch a rule off",
            Itself,
            Ask::Json("events", "AWSEvents.DisableRule".to_owned(), json!({ "Name": "x" })),
        ),
        (
            "read a secret",
            Itself,
            Ask::Json(
                "secretsmanager",
                "secretsmanager.GetSecretValue".to_owned(),
                json!({ "SecretId": "x" }),
            ),
        ),
        (
            "read a parameter",
            Itself,
            Ask::Json("ssm", "AmazonSSM.GetParameter".to_owned(), json!({ "Name": "x" })),
        ),
        ("make a key", Itself, Ask::Json("kms", "TrentService.CreateKey".to_owned(), json!({}))),
    ]
}

/// Everything that must not change.
async fn everything(enforced: &Enforced, run: &str) -> Result<(BTreeMap<String, Value>, String, usize)> {
    let iam = enforced.ministack.iam("GetAccountAuthorizationDetails", &[]).await?;
    let iam = iam.split_once("<ResponseMetadata>").map_or(iam.clone(), |(text, _)| text.to_owned());
    Ok((enforced.records().await?, iam, enforced.world.history(run).await?.len()))
}

#[tokio::test]
async fn the_approval_lambda_can_do_its_own_job_and_nothing_else() -> Result<()> {
    let (enforced, suspect) = leaked_role("enforced-approval", None).await?;
    let (world, endpoint) = (&enforced.world, enforced.ministack.endpoint());
    let asked = world.respond(&suspect.event).await?;
    let (id, case) = (asked.asks("change")?, asked.case()?);
    for (name, path) in [(OF_IDENTITY_CENTER, PATH), (SO_NAMED, "/")] {
        let role = [("RoleName", name), ("Path", path), ("AssumeRolePolicyDocument", TRUST)];
        enforced.ministack.iam("CreateRole", &role).await?;
    }
    let before = everything(&enforced, &asked.arn).await?;
    let (question, approval) = (format!("question#{case}"), format!("approval#{id}"));
    let (question, approval) = ((question.as_str(), "change"), (approval.as_str(), "approval"));
    for (partition, sort) in [question, approval] {
        let record = format!("{partition}/{sort}");
        assert!(before.0.contains_key(&record), "{record} is not among {:?}", before.0.keys());
    }
    let session = enforced.tasks.get("answer-approval").ok_or_else(|| Trouble("no such task".to_owned()))?;

    let mut decided: BTreeMap<Basis, usize> = BTreeMap::new();
    for (what, basis, ask) in own_job(question, approval) {
        assert_eq!(ask.refused(session, endpoint).await?, None, "it cannot {what}");
        *decided.entry(basis).or_default() += 1;
    }
    let attempts = not_its_job(&asked.arn, &enforced.topic_arn, &case, question);
    for (what, basis, ask) in &attempts {
        assert!(ask.refused(session, endpoint).await?.is_some(), "it can {what}");
        *decided.entry(*basis).or_default() += 1;
    }
    for (task, session) in enforced.tasks.iter().filter(|(task, _)| *task != "answer-approval") {
        for (what, _, ask) in own_job(question, approval).iter().filter(|(_, basis, _)| *basis == Token) {
            assert!(ask.refused(session, endpoint).await?.is_some(), "`{task}` can {what}");
        }
        let reads = item("GetItem", approval).refused(session, endpoint).await?;
        assert_eq!(reads.is_none(), task == "request-approval", "`{task}` reads whom an id belongs to");
    }
    assert_eq!(everything(&enforced, &asked.arn).await?, before, "nothing has changed");
    eprintln!("decisions of ministack, by what it was told besides: {decided:?}");

    // The real Lambda does its job in this role, and nobody else's.
    world.command(0, &["approve", &id, "--reason", "seen it"]).await?;
    let run = world.follow(&asked.arn).await?;
    // After the window it starts the run that offers the undo again.
    world.command(0, &["deny", &run.asks("undo")?, "--reason", "it stays"]).await?;
    let restore = ["restore", &case, "--reason", "the incident is closed"];
    until("the case is closed and can be restored", async || {
        Ok((world.redress().run(&restore).await?.code == 0).then_some(()))
    })
    .await?;
    // Each attempt is one that IAM would let somebody else make: it was refused for who made it.
    for (what, _, ask) in &attempts {
        let refused = ask.refused(&Session::administrator(), endpoint).await?;
        assert_eq!(refused, None, "nobody can {what}, so this says nothing of the Lambda");
    }
    Ok(())
}
