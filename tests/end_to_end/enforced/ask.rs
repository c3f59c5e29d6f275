//! Calls of AWS, to see whether IAM lets somebody make them.

use super::responder::TABLE;
use http::Method;
use serde_json::{Value, json};
use tests::{Result, Session};

/// A call of AWS.
pub(super) enum Ask {
    /// Service, version, action, parameters.
    Form(&'static str, &'static str, &'static str, Vec<(&'static str, String)>),
    /// Service, target, body.
    Json(&'static str, String, Value),
    /// Service, method, path, body.
    Path(&'static str, Method, String, &'static str),
}

/// A policy of everything.
pub(super) const ALL: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;

pub(super) fn iam(action: &'static str, parameters: Vec<(&'static str, String)>) -> Ask {
    Ask::Form("iam", "2010-05-08", action, parameters)
}

pub(super) fn sns(action: &'static str, parameters: Vec<(&'static str, String)>) -> Ask {
    Ask::Form("sns", "2010-03-31", action, parameters)
}

pub(super) fn states(action: &str, body: Value) -> Ask {
    Ask::Json("states", format!("AWSStepFunctions.{action}"), body)
}

pub(super) fn dynamodb(action: &str, body: Value) -> Ask {
    Ask::Json("dynamodb", format!("DynamoDB_20120810.{action}"), body)
}

/// Reads a record, or writes it on the condition that it is and is not there, so that nothing is written.
pub(super) fn item(action: &str, key: (&str, &str)) -> Ask {
    let more = match action {
        "GetItem" => json!({ "Key": keyed(key) }),
        _ => json!({
            "Item": keyed(key),
            "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(pk)",
        }),
    };
    dynamodb(action, merged(&json!({ "TableName": TABLE }), &more))
}

pub(super) fn keyed((partition, sort): (&str, &str)) -> Value {
    json!({ "pk": { "S": partition }, "sk": { "S": sort } })
}

pub(super) fn merged(one: &Value, other: &Value) -> Value {
    let members = [one, other].into_iter().filter_map(Value::as_object).flatten();
    members.map(|(name, value)| (name.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into()
}

impl Ask {
    /// Gives the refusal, if IAM refuses. What the service says of it otherwise does not count.
    pub(super) async fn refused(&self, session: &Session, endpoint: &str) -> Result<Option<String>> {
        let answer = match self {
            Self::Form(service, version, action, parameters) => {
                let parameters: Vec<(&str, &str)> =
                    parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
                session.query(endpoint, service, version, action, &parameters).await?
            }
            Self::Json(service, target, body) => session.json(endpoint, service, target, body).await?,
            Self::Path(service, method, path, body) => {
                session.call(endpoint, service, method.clone(), path, body).await?
            }
        };
        Ok(answer.err().filter(|why| why.contains("not authorized to perform")))
    }
}
