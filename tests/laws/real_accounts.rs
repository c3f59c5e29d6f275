//! The second and the third law with the real executable, in generated accounts: with more versions, inline policies and
//! principals than the event needs, and with boundaries.

use crate::generated::{accounts, check};
use crate::responder::Responder;
use crate::steps::Sample;
use crate::twice::each_twice;
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};
use tests::{LocalAws, Result};
use tokio::sync::Mutex;

/// Resources that an account has in addition.
#[derive(Debug, Clone)]
struct Besides {
    /// How many more versions each policy has; IAM keeps five.
    versions: usize,
    /// More inline policies of each role: the names and the allowed actions.
    inline: Vec<(String, &'static str)>,
    /// Whether another role, user and group have each policy.
    attached: [bool; 3],
    /// Whether each role has a boundary.
    boundary: bool,
}

/// One account for ten in memory, since processes take longer.
const OF_TEN: u32 = 10;

#[test]
fn generated_accounts_are_put_back_by_the_executable() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let responder = Mutex::new(runtime.block_on(Responder::start("generated", &Sample::first()?))?);
    let mut samples = Sample::all()?;
    samples.retain(|sample| sample.response.step("restore").is_some());
    let cases = accounts(200)?.div_ceil(OF_TEN);
    check("accounts of the executable", cases, (any::<Index>(), besides()), |(which, besides)| {
        let sample = which.get(&samples);
        let result = runtime.block_on(async {
            let mut responder = responder.lock().await;
            if !responder.begin(sample).await? {
                return Ok(());
            }
            add(&responder.aws, &besides).await?;
            put_back(&responder, sample).await
        });
        result.map_err(|error| TestCaseError::fail(format!("{}: {error}", sample.name())))
    })
}

async fn put_back(responder: &Responder, sample: &Sample) -> Result<()> {
    let before = everything(&responder.aws.account().await?);
    each_twice(responder, sample).await?;
    assert_eq!(everything(&responder.aws.account().await?), before, "{}", sample.name());
    Ok(())
}

/// IAM without the numbers of versions, which it does not use again.
fn everything(account: &Value) -> Value {
    let mut account = account.clone();
    let policies = account.get_mut("policies").and_then(Value::as_object_mut);
    for policy in policies.into_iter().flat_map(|policies| policies.values_mut()) {
        let id = policy.get("default").and_then(Value::as_str).unwrap_or_default().to_owned();
        let versions: Vec<(String, Value)> = part(policy, "versions");
        let default = versions.iter().find(|(version, _)| *version == id).map(|(_, says)| says.clone());
        let mut documents: Vec<String> = versions.iter().map(|(_, says)| says.to_string()).collect();
        documents.sort();
        *policy = json!({ "id": policy.get("id"), "documents": documents, "default": default });
    }
    let iam =
        ["roles", "users", "groups", "policies"].map(|part| (part.to_owned(), account.get(part).cloned()));
    iam.into_iter().map(|(part, value)| (part, value.unwrap_or_default())).collect()
}

/// The members of an object in one of its fields.
fn part(object: &Value, field: &str) -> Vec<(String, Value)> {
    let entries = object.get(field).and_then(Value::as_object).into_iter().flatten();
    entries.map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn besides() -> impl Strategy<Value = Besides> {
    let actions =
        prop::sample::select(vec!["s3:GetObject", "logs:PutLogEvents", "dynamodb:GetItem", "iam:*"]);
    let inline = prop::collection::btree_map("[a-z+=,.@_-]{1,12}", actions, 0..4);
    (0_usize..5, inline, any::<[bool; 3]>(), any::<bool>()).prop_map(
        |(versions, inline, attached, boundary)| Besides {
            versions,
            inline: inline.into_iter().collect(),
            attached,
            boundary,
        },
    )
}

/// Adds them to an account.
async fn add(aws: &LocalAws, besides: &Besides) -> Result<()> {
    let account = aws.account().await?;
    let policies = part(&account, "policies");
    if besides.boundary {
        let parameters = [("PolicyName", "besides-boundary"), ("PolicyDocument", &*allows("s3:*"))];
        aws.iam("CreatePolicy", &parameters).await?;
    }
    for (role, _) in &part(&account, "roles") {
        for (name, action) in &besides.inline {
            let parameters =
                [("RoleName", role.as_str()), ("PolicyName", name), ("PolicyDocument", &allows(action))];
            aws.iam("PutRolePolicy", &parameters).await?;
        }
        if besides.boundary {
            let boundary = "arn:aws:iam::123456789012:policy/besides-boundary";
            aws.iam("PutRolePermissionsBoundary", &[("RoleName", role), ("PermissionsBoundary", boundary)])
                .await?;
        }
    }
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}"#;
    for (kind, wanted) in ["Role", "User", "Group"].into_iter().zip(besides.attached) {
        let name = (format!("{kind}Name"), "besides");
        let name = (name.0.as_str(), name.1);
        if !wanted {
            continue;
        }
        let trust = (kind == "Role").then_some(("AssumeRolePolicyDocument", trust));
        let parameters: Vec<(&str, &str)> = [name].into_iter().chain(trust).collect();
        aws.iam(&format!("Create{kind}"), &parameters).await?;
        for (arn, _) in &policies {
            aws.iam(&format!("Attach{kind}Policy"), &[name, ("PolicyArn", arn)]).await?;
        }
    }
    for (arn, policy) in &policies {
        let there = part(policy, "versions").len();
        for number in 0..besides.versions.min(5_usize.saturating_sub(there)) {
            let document = allows(&format!("s3:Get{number}"));
            aws.iam("CreatePolicyVersion", &[("PolicyArn", arn), ("PolicyDocument", &document)]).await?;
        }
    }
    Ok(())
}

fn allows(action: &str) -> String {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow", "Action": action, "Resource": "*" }] }).to_string()
}
