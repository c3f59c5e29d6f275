//! EventBridge connections: what they add to a request. They are described by EventBridge, and their secrets are kept by
//! Secrets Manager, both at the AWS endpoint.
//!
//! Source: EventBridge user guide, "Connections for HTTP endpoint targets"; for the errors Step Functions developer guide,
//! "Call HTTPS APIs in Step Functions workflows", connection errors.

use super::super::{Caller, optimized};
use crate::aws::Aws;
use crate::execution::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// What a connection adds to a request. What the state says of the same name gives way to it.
#[derive(Default)]
pub(super) struct Additions {
    pub(super) headers: Vec<(String, String)>,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Vec<(String, String)>,
}

/// Client credentials, for which an authorization server gives tokens.
pub(super) struct OAuth {
    /// Where tokens are given.
    pub(super) endpoint: String,
    pub(super) method: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) additions: Additions,
}

/// A connection with its secret.
#[derive(Default)]
pub(super) struct Connection {
    pub(super) additions: Additions,
    pub(super) oauth: Option<OAuth>,
}

/// An error of a connection.
pub(super) fn fault(kind: &str, cause: &str) -> Failure {
    Failure::new(&format!("Events.ConnectionResource.{kind}"), cause)
}

fn text(value: &Value, at: &str) -> Option<String> {
    value.pointer(at).and_then(Value::as_str).map(str::to_owned)
}

impl Connection {
    /// Reads the connection that the arguments name, and its secret.
    pub(super) async fn read(aws: &Aws, caller: &Caller, arguments: &Value) -> Result<Self, Failure> {
        let named = ["/Authentication/ConnectionArn", "/InvocationConfig/ConnectionArn"];
        let Some(arn) = named.iter().find_map(|at| arguments.pointer(at)?.as_str()) else {
            return Ok(Self::default());
        };
        let name = arn.split('/').nth(1).unwrap_or(arn);
        let wanted = json!({ "Name": name });
        let described = optimized::answer(aws, caller, ("events", "describeConnection"), &wanted).await;
        let described = described.map_err(of_connection)?.output;
        if let Some(state) = text(&described, "/ConnectionState").filter(|state| state != "AUTHORIZED") {
            // OAuth is authorized when it is first needed: here nobody does it beforehand.
            if !matches!(state.as_str(), "AUTHORIZING" | "CREATING" | "ACTIVE") {
                let cause = format!("the connection `{name}` is {state}");
                return Err(fault("InvalidConnectionState", &cause));
            }
        }
        let wanted = json!({ "SecretId": text(&described, "/SecretArn").unwrap_or_default() });
        let secret = optimized::answer(aws, caller, ("secretsmanager", "getSecretValue"), &wanted).await;
        let secret = text(&secret.map_err(of_connection)?.output, "/SecretString").unwrap_or_default();
        let secret: Value = serde_json::from_str(&secret).unwrap_or_default();
        Self::of(name, &described, &secret)
    }

    fn of(name: &str, described: &Value, secret: &Value) -> Result<Self, Failure> {
        // The client of OAuth is a part of its own in some secrets.
        let kept = |name: &str| {
            let found = text(secret, &format!("/{name}"));
            found.or_else(|| text(secret, &format!("/client_parameters/{name}"))).unwrap_or_default()
        };
        // The values of what is secret are with the secret alone.
        let additions = |of_secret: &[&str], of_connection: &str| {
            let kept = of_secret.iter().find_map(|name| secret.get(*name));
            Additions::of(kept.or_else(|| described.pointer(of_connection)))
        };
        let invocation = "/AuthParameters/InvocationHttpParameters";
        let mut connection =
            Self { additions: additions(&["invocation_http_parameters"], invocation), oauth: None };
        let headers = &mut connection.additions.headers;
        match text(described, "/AuthorizationType").unwrap_or_default().as_str() {
            "BASIC" => {
                let pair = STANDARD.encode(format!("{}:{}", kept("username"), kept("password")));
                headers.push(("Authorization".to_owned(), format!("Basic {pair}")));
            }
            "API_KEY" => headers.push((kept("api_key_name"), kept("api_key_value"))),
            "OAUTH_CLIENT_CREDENTIALS" => {
                let of = |at: &str, of_secret: &str| {
                    let described = text(described, &format!("/AuthParameters/OAuthParameters/{at}"));
                    described.unwrap_or_else(|| kept(of_secret))
                };
                connection.oauth = Some(OAuth {
                    endpoint: of("AuthorizationEndpoint", "authorization_endpoint"),
                    method: of("HttpMethod", "http_method"),
                    client_id: of("ClientParameters/ClientID", "client_id"),
                    client_secret: kept("client_secret"),
                    additions: additions(
                        &["oauth_http_parameters", "o_auth_http_parameters"],
                        "/AuthParameters/OAuthParameters/OAuthHttpParameters",
                    ),
                });
            }
            other => {
                let cause =
                    format!("the connection `{name}` has no authorization `{other}` that this engine knows");
                return Err(fault("InvalidConnectionState", &cause));
            }
        }
        Ok(connection)
    }
}

impl Additions {
    /// Reads parameters, with names as a description has them or as secrets do (`header_parameters`).
    fn of(parameters: Option<&Value>) -> Self {
        let pairs = |described: &str, kept: &str| {
            let all = parameters.and_then(|it| it.get(described).or_else(|| it.get(kept))?.as_array());
            let of = |entry: &Value, described, kept| text(entry, described).or_else(|| text(entry, kept));
            let pair = |entry| Some((of(entry, "/Key", "/key")?, of(entry, "/Value", "/value")?));
            all.into_iter().flatten().filter_map(pair).collect()
        };
        Self {
            headers: pairs("HeaderParameters", "header_parameters"),
            query: pairs("QueryStringParameters", "query_string_parameters"),
            body: pairs("BodyParameters", "body_parameters"),
        }
    }
}

/// A connection or a secret that cannot be read, in the words of `http:invoke`.
fn of_connection(failure: Failure) -> Failure {
    let error = failure.error.as_ref().map_or("", |error| error.as_str());
    let kind = match error.rsplit('.').next().unwrap_or_default() {
        "ResourceNotFoundException" => "ResourceNotFound",
        "AccessDeniedException" => "AccessDenied",
        "ConcurrentModificationException" => "ConcurrentModification",
        _ => return failure,
    };
    fault(kind, &failure.cause.unwrap_or_default())
}
