//! A member account, with the response role that the templates have: the tasks become it under enforcement, contain and
//! release a role there, and are refused nothing.

use super::account::Suspect;
use super::powers::{approved, denied, tasks_of};
use super::responder::Enforced;
use crate::event::{sample, set};
use serde_json::{Value, json};
use tests::responses::CREDENTIAL_EXFILTRATION;
use tests::{LocalAws, Ministack, Result, Session, Trouble, element, repository};

const ACCOUNT: &str = Ministack::ACCOUNT;

/// The member of the snapshots, and what its response role asks for.
const MEMBER: &str = "210987654321";
const EXTERNAL_ID: &str = "an-external-id-for-tests";
const IAM: (&str, &str) = ("iam", "2010-05-08");

/// The response roles: of the tasks that look, and of those that act.
const ROLES: [&str; 2] = ["redress-response", "redress-response-act"];

/// A response role in the template of the member. A test of `cdk/` compares the snapshot with the synthesised template.
fn response_role(name: &str) -> Result<Value> {
    let file = repository().join(format!("cdk/test/snapshots/whole-RedressMember-{MEMBER}-us-east-1.json"));
    let template: Value = serde_json::from_str(&std::fs::read_to_string(file)?)?;
    let resources = template.get("Resources").and_then(Value::as_object).into_iter().flatten();
    let named = |resource: &&Value| resource.pointer("/Properties/RoleName") == Some(&json!(name));
    let role = resources.map(|(_, resource)| resource).find(named).and_then(|role| role.get("Properties"));
    role.map(with_partition).ok_or_else(|| Trouble(format!("the template has no role {name}")))
}

/// Resolves the references of a value, which are all to the partition.
fn with_partition(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(with_partition).collect(),
        Value::Object(members) => {
            match (members.get("Ref"), members.get("Fn::Join").and_then(Value::as_array)) {
                (Some(_), _) => json!("aws"),
                (None, Some(join)) => {
                    let parts = join.get(1).map(with_partition).unwrap_or_default();
                    parts
                        .as_array()
                        .into_iter()
                        .flatten()
                        .filter_map(Value::as_str)
                        .collect::<String>()
                        .into()
                }
                (None, None) => members
                    .iter()
                    .map(|(name, member)| (name.clone(), with_partition(member)))
                    .collect::<serde_json::Map<_, _>>()
                    .into(),
            }
        }
        other => other.clone(),
    }
}

/// Gives the member one of its response roles.
async fn join(ministack: &Ministack, name: &str) -> Result<()> {
    let role = response_role(name)?;
    let text = |pointer: &str| {
        let value = role.pointer(pointer).cloned().unwrap_or_default();
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    };
    let name = ("RoleName", name);
    let (path, trust) = (text("/Path"), text("/AssumeRolePolicyDocument"));
    let made = [name, ("Path", path.as_str()), ("AssumeRolePolicyDocument", trust.as_str())];
    ministack.query_of(MEMBER, IAM, "CreateRole", &made).await?;
    let document = text("/Policies/0/PolicyDocument");
    let policy = [name, ("PolicyName", "response"), ("PolicyDocument", document.as_str())];
    ministack.query_of(MEMBER, IAM, "PutRolePolicy", &policy).await.map(|_| ())
}

/// A role of this name in an account, whose root may assume it: its id, its ARN and a session.
async fn role(ministack: &Ministack, account: &str, name: &str) -> Result<(String, String, Session)> {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "AWS": format!("arn:aws:iam::{account}:root") },
    }] });
    let may = json!({ "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*" },
    ] });
    let parameters = [("RoleName", name), ("AssumeRolePolicyDocument", &trust.to_string())];
    let made = ministack.query_of(account, IAM, "CreateRole", &parameters).await?;
    let policy = [("RoleName", name), ("PolicyName", "own"), ("PolicyDocument", &may.to_string())];
    ministack.query_of(account, IAM, "PutRolePolicy", &policy).await?;
    let (id, arn) = (element(&made, "RoleId")?, element(&made, "Arn")?);
    let session = Session::of_account(account).assume(ministack.endpoint(), &arn, "thief").await?;
    Ok((id, arn, session))
}

#[tokio::test]
async fn a_role_of_a_member_is_contained_and_released_with_the_role_of_the_template() -> Result<()> {
    let aws = LocalAws::start(ACCOUNT).await?;
    let ministack = Ministack::start(&aws).await?;
    for name in ROLES {
        join(&ministack, name).await?;
    }
    let name = "web-frontend";
    let (_, _, at_home) = role(&ministack, ACCOUNT, name).await?;
    let (id, role_arn, session) = role(&ministack, MEMBER, name).await?;
    let home = sample("outside")?;
    let mut event: Value = serde_json::from_str(&home.to_string().replace(ACCOUNT, MEMBER))?;
    let principal = format!("{id}:i-0a1b2c3d4e5f60718");
    set(&mut event, "/detail/resource/accessKeyDetails/principalId", principal.into())?;
    let environment = vec![
        ("MEMBER_ACCOUNTS".to_owned(), MEMBER.to_owned()),
        ("MEMBER_EXTERNAL_ID".to_owned(), EXTERNAL_ID.to_owned()),
    ];
    let enforced = Enforced::start_with("enforced-member", ministack, aws, &home, None, environment).await?;
    enforced.world.aws.seed_member(&event).await?;
    let suspect = Suspect { event, role: name.to_owned(), role_arn, session };
    let ministack = &enforced.ministack;
    let stolen = async |session: &Session| session.list_buckets(ministack.endpoint()).await;
    assert_eq!((stolen(&suspect.session).await?, stolen(&at_home).await?), (Ok(()), Ok(())));

    let run = approved(&enforced, &suspect).await?;
    run.asks("undo")?;
    let answer = stolen(&suspect.session).await?;
    assert!(denied(&answer, "explicit deny"), "{answer:?}");
    assert_eq!(stolen(&at_home).await?, Ok(()), "the role of the same name at home is left alone");

    let run = enforced.world.undo(&run).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Restored"), "{:?}", run.errors());
    assert_eq!(stolen(&suspect.session).await?, Ok(()), "the undo gives back what there was");
    assert_eq!(run.errors(), Vec::<&Value>::new(), "no task was denied anything");
    let mut expected = tasks_of(CREDENTIAL_EXFILTRATION)?;
    expected.extend(ROLES.iter().filter_map(|name| name.strip_prefix("redress-")).map(str::to_owned));
    assert_eq!(ministack.tasks_were_allowed_everything().await?, expected);
    Ok(())
}
