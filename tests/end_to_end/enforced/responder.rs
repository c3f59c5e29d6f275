//! The resources of the responder: the case table, the topics, and a role for each task, built from the manifest alone.

use crate::world::{World, folder};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tests::{Engine, LocalAws, Ministack, Options, Result, Seeded, Session, Trouble, element, repository};

const ACCOUNT: &str = Ministack::ACCOUNT;

/// The case table.
pub(super) const TABLE: &str = "redress-cases";

/// An engine whose tasks are all on ministack, in their own roles.
pub(super) struct Enforced {
    pub(super) ministack: Ministack,
    /// The world: the engine, and local AWS with the findings of Security Hub alone.
    pub(super) world: World,
    /// A session of each task's role, for the test. The tasks have others, named as their functions: only their calls are
    /// compared with the roles of a deployment.
    pub(super) tasks: BTreeMap<String, Session>,
    /// The topic of the security team.
    pub(super) topic_arn: String,
}

/// Takes an action away from what a task's role allows.
pub(super) type Without<'a> = Option<(&'a str, &'a str)>;

impl Enforced {
    /// Starts it over an account that was built, in which this event is true.
    pub(super) async fn start(
        test: &str,
        ministack: Ministack,
        aws: LocalAws,
        event: &Value,
        without: Without<'_>,
    ) -> Result<Self> {
        Self::start_with(test, ministack, aws, event, without, Vec::new()).await
    }

    /// The same, with more in the environment of the tasks.
    pub(super) async fn start_with(
        test: &str,
        ministack: Ministack,
        aws: LocalAws,
        event: &Value,
        without: Without<'_>,
        environment: Vec<(String, String)>,
    ) -> Result<Self> {
        let keys = ["pk", "sk"];
        let kinds = keys.iter().zip(["HASH", "RANGE"]);
        let schema: Vec<_> =
            kinds.map(|(name, kind)| json!({ "AttributeName": name, "KeyType": kind })).collect();
        let types = keys.map(|name| json!({ "AttributeName": name, "AttributeType": "S" }));
        let table = json!({ "TableName": TABLE, "KeySchema": schema, "AttributeDefinitions": types, "BillingMode": "PAY_PER_REQUEST" });
        ministack.dynamodb("CreateTable", &table).await?;
        let seeded = Seeded {
            table: TABLE.to_owned(),
            topic_arn: topic(&ministack, "redress-security").await?,
            escalation_topic_arn: topic(&ministack, "redress-escalation").await?,
            token_key_arn: ministack.key().await?,
            ..aws.seed(event).await?
        };
        let (mut tasks, mut task_env, root) = (BTreeMap::new(), BTreeMap::new(), Session::administrator());
        for (task, role_arn) in task_roles(&ministack, &seeded, without).await? {
            let endpoint = ministack.endpoint();
            let mut environment = root.assume(endpoint, &role_arn, &task).await?.environment();
            // The engine passes calls on to AWS, except those of Step Functions. IAM must decide on these as well.
            environment.insert("AWS_ENDPOINT_URL_SFN".to_owned(), endpoint.to_owned());
            task_env.insert(task.clone(), environment);
            tasks.insert(task, root.assume(endpoint, &role_arn, "test").await?);
        }
        let folder = folder(test)?;
        let mut options = Options::test(folder.join("state"));
        options.output = Some(folder.join("engine.log"));
        options.mode = "approve".to_owned();
        options.environment = environment;
        let engine = Engine::start_over(&options, ministack.endpoint(), &task_env, &seeded).await?;
        ministack.engine_at(engine.endpoint()).await?;
        let topic_arn = seeded.topic_arn.clone();
        let world = World::over(aws, engine, seeded, folder, options);
        Ok(Self { ministack, world, tasks, topic_arn })
    }

    /// Everything in the case table, by its keys.
    pub(super) async fn records(&self) -> Result<BTreeMap<String, Value>> {
        let items = self.ministack.dynamodb("Scan", &json!({ "TableName": TABLE })).await?;
        let text = |item: &Value, name: &str| {
            item.pointer(&format!("/{name}/S")).and_then(Value::as_str).unwrap_or_default().to_owned()
        };
        let items = items.get("Items").and_then(Value::as_array).cloned().unwrap_or_default();
        Ok(items
            .into_iter()
            .map(|item| (format!("{}/{}", text(&item, "pk"), text(&item, "sk")), item))
            .collect())
    }
}

async fn topic(ministack: &Ministack, name: &str) -> Result<String> {
    element(&ministack.query("sns", "2010-03-31", "CreateTopic", &[("Name", name)]).await?, "TopicArn")
}

/// Makes the role of each task, and gives its ARN.
async fn task_roles(
    ministack: &Ministack,
    seeded: &Seeded,
    without: Without<'_>,
) -> Result<BTreeMap<String, String>> {
    let manifest = tests::responses::json(&repository().join("tasks/manifest.json"))?;
    let mut roles = BTreeMap::new();
    for task in manifest.as_array().into_iter().flatten() {
        let name = task.get("name").and_then(Value::as_str).unwrap_or_default();
        let lacks = without.filter(|(of, _)| *of == name).map(|(_, action)| action);
        let grants = task.get("iam").and_then(Value::as_array).cloned().unwrap_or_default();
        let statements: Vec<Value> = grants.iter().map(|grant| statement(grant, lacks)).collect();
        // IAM refuses a policy without statements.
        let document = (!statements.is_empty())
            .then(|| json!({ "Version": "2012-10-17", "Statement": statements }).to_string())
            .map(|document| filled(&document, seeded))
            .transpose()?;
        let full = format!("redress-{name}");
        let made = role(ministack, &full, "/redress/", "lambda.amazonaws.com", document.as_deref()).await?;
        roles.insert(name.to_owned(), element(&made, "Arn")?);
    }
    Ok(roles)
}

/// Creates a role, with an inline policy if there is a document. Returns the answer of `CreateRole`.
pub(super) async fn role(
    ministack: &Ministack,
    name: &str,
    path: &str,
    service: &str,
    document: Option<&str>,
) -> Result<String> {
    // Only a service may assume it on AWS. Here root may as well, so that the test has a session.
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": { "Service": service, "AWS": format!("arn:aws:iam::{ACCOUNT}:root") },
    }] });
    let parameters = [("RoleName", name), ("Path", path), ("AssumeRolePolicyDocument", &trust.to_string())];
    let made = ministack.iam("CreateRole", &parameters).await?;
    if let Some(document) = document {
        let policy = [("RoleName", name), ("PolicyName", "own"), ("PolicyDocument", document)];
        ministack.iam("PutRolePolicy", &policy).await?;
    }
    Ok(made)
}

/// The permissions boundary that the accounts of the responses require.
const BOUNDARY: &str = "developer-boundary";

/// A statement of the manifest as IAM writes it.
fn statement(grant: &Value, lacks: Option<&str>) -> Value {
    let member = |value: &Value, name: &str| value.get(name).cloned().unwrap_or_default();
    let actions = member(grant, "actions");
    let actions = actions.as_array().into_iter().flatten();
    let actions: Vec<_> = actions.filter(|action| action.as_str() != lacks).collect();
    let mut conditions = Map::new();
    for condition in member(grant, "conditions").as_array().into_iter().flatten() {
        let operator = member(condition, "operator").as_str().unwrap_or_default().to_owned();
        let key = member(condition, "key").as_str().unwrap_or_default().to_owned();
        let keys = conditions.entry(operator).or_insert_with(|| json!({}));
        if let Some(keys) = keys.as_object_mut() {
            keys.insert(key, member(condition, "values"));
        }
    }
    json!({
        "Effect": member(grant, "effect"), "Action": actions, "Resource": member(grant, "resources"),
        "Condition": conditions,
    })
}

/// A document in which every placeholder is filled: one that is not would be a statement that never applies.
fn filled(document: &str, seeded: &Seeded) -> Result<String> {
    let states = format!("arn:aws:states:us-east-1:{ACCOUNT}");
    let table = format!("arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/{TABLE}");
    let values = [
        ("${Account}", ACCOUNT),
        ("${Partition}", "aws"),
        ("${Region}", "us-east-1"),
        ("${CaseTable}", &table),
        ("${Topic}", &seeded.topic_arn),
        ("${EscalationTopic}", &seeded.escalation_topic_arn),
        ("${TokenKey}", &seeded.token_key_arn),
        ("${Executions}", &format!("{states}:execution:*")),
        ("${StateMachines}", &format!("{states}:stateMachine:*")),
        ("${MemberRoles}", "arn:aws:iam::*:role/redress/redress-response"),
        ("${ActingMemberRoles}", "arn:aws:iam::*:role/redress/redress-response-act"),
        ("${RequiredBoundaries}", &format!("arn:aws:iam::{ACCOUNT}:policy/{BOUNDARY}")),
    ];
    let text = values.iter().fold(document.to_owned(), |text, (name, value)| text.replace(name, value));
    if text.contains("${") { Err(Trouble(format!("nobody fills a placeholder of {text}"))) } else { Ok(text) }
}
