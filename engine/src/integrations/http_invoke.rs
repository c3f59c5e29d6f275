//! `http:invoke`: an HTTPS API outside AWS.
//!
//! Source: Step Functions developer guide, "Call HTTPS APIs in Step Functions workflows".

use super::{Caller, Report, optimized, parameters_refused};
use crate::aws::Aws;
use crate::client::Http;
use crate::execution::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value, json};
use std::time::Duration;

/// How long a call may take.
const TIMEOUT: Duration = Duration::from_secs(60);

pub(super) async fn call(http: &Http, aws: &Aws, caller: &Caller, arguments: &Value) -> Report {
    let connection = connection(aws, caller, arguments).await?;
    let request =
        request(caller, arguments, &connection).map_err(|faults| parameters_refused(arguments, &faults))?;
    let answer = tokio::time::timeout(TIMEOUT, http.send(request)).await;
    let socket = |why: String| Failure::new("States.Http.Socket", why);
    let answer = answer.map_err(|_| socket("the endpoint gave no answer in 60 seconds".to_owned()))?;
    report(answer.map_err(|error| socket(error.to_string()))?)
}

/// What the connection adds to a request: headers, and parameters of the query.
#[derive(Default)]
struct Connection {
    headers: Vec<(String, String)>,
    query: Vec<(String, String)>,
}

/// Reads the connection and its secret.
async fn connection(aws: &Aws, caller: &Caller, arguments: &Value) -> Result<Connection, Failure> {
    let named = ["/Authentication/ConnectionArn", "/InvocationConfig/ConnectionArn"];
    let Some(arn) = named.iter().find_map(|at| arguments.pointer(at)?.as_str()) else {
        return Ok(Connection::default());
    };
    let name = arn.split('/').nth(1).unwrap_or(arn);
    let described =
        optimized::answer(aws, caller, ("events", "describeConnection"), &json!({ "Name": name })).await?;
    let text = |value: &Value, at: &str| value.pointer(at).and_then(Value::as_str).map(str::to_owned);
    let kind = text(&described.output, "/AuthorizationType").unwrap_or_default();
    let secret_arn = text(&described.output, "/SecretArn").unwrap_or_default();
    let wanted = json!({ "SecretId": secret_arn });
    let secret = optimized::answer(aws, caller, ("secretsmanager", "getSecretValue"), &wanted).await?;
    let secret = text(&secret.output, "/SecretString").unwrap_or_default();
    let secret: Value = serde_json::from_str(&secret).unwrap_or_default();
    let of = |name: &str| secret.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let mut connection = Connection::default();
    match kind.as_str() {
        "BASIC" => {
            let pair = STANDARD.encode(format!("{}:{}", of("username"), of("password")));
            connection.headers.push(("authorization".to_owned(), format!("Basic {pair}")));
        }
        "API_KEY" => connection.headers.push((of("api_key_name"), of("api_key_value"))),
        other => {
            let cause =
                format!("this engine cannot authorize with the type `{other}` of the connection `{name}`");
            return Err(Failure::new("States.Runtime", cause));
        }
    }
    let http = described.output.pointer("/AuthParameters/InvocationHttpParameters").cloned();
    for (at, to) in
        [("/HeaderParameters", &mut connection.headers), ("/QueryStringParameters", &mut connection.query)]
    {
        let all = http.as_ref().and_then(|http| http.pointer(at)?.as_array().cloned());
        for entry in all.into_iter().flatten() {
            let pair = (text(&entry, "/Key"), text(&entry, "/Value"));
            if let (Some(key), Some(value)) = pair {
                to.push((key, value));
            }
        }
    }
    Ok(connection)
}

fn request(
    caller: &Caller,
    arguments: &Value,
    connection: &Connection,
) -> Result<Request<Bytes>, Vec<String>> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let required = ["ApiEndpoint", "Method"];
    let missing = required.iter().filter(|name| text(name).is_none());
    let missing: Vec<String> =
        missing.map(|name| format!("The field '{name}' is required but was missing")).collect();
    let (Some(endpoint), Some(method)) = (text("ApiEndpoint"), text("Method")) else { return Err(missing) };
    let mut pairs = connection.query.clone();
    for (name, value) in arguments.get("QueryParameters").and_then(Value::as_object).into_iter().flatten() {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        pairs.extend(values.iter().map(|value| (name.clone(), plain(value))));
    }
    let separator = if endpoint.contains('?') { "&" } else { "?" };
    let query = form(&pairs);
    let uri = if query.is_empty() { endpoint.to_owned() } else { format!("{endpoint}{separator}{query}") };
    let mut headers = HeaderMap::new();
    let mut put = |name: &str, value: &str| -> Result<(), Vec<String>> {
        let unusable = || vec![format!("The header '{name}' cannot be sent")];
        let name: HeaderName = name.parse().map_err(|_| unusable())?;
        headers.insert(name, HeaderValue::from_str(value).map_err(|_| unusable())?);
        Ok(())
    };
    put("user-agent", &format!("Amazon|StepFunctions|HttpInvoke|{}", caller.region))?;
    put("range", "bytes=0-262144")?;
    let body = arguments.get("RequestBody").filter(|body| !body.is_null());
    let encodes = arguments.pointer("/Transform/RequestBodyEncoding").and_then(Value::as_str);
    let body = match (body, encodes) {
        (None, _) => Bytes::new(),
        (Some(body), Some("URL_ENCODED")) => {
            put("content-type", "application/x-www-form-urlencoded")?;
            let format = arguments.pointer("/Transform/RequestEncodingOptions/ArrayFormat");
            let mut pairs = Vec::new();
            encoded(None, body, format.and_then(Value::as_str).unwrap_or("INDICES"), &mut pairs);
            form(&pairs).into()
        }
        (Some(body), _) => {
            put("content-type", "application/json")?;
            plain(body).into()
        }
    };
    for (name, value) in arguments.get("Headers").and_then(Value::as_object).into_iter().flatten() {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        put(name, &values.iter().map(plain).collect::<Vec<_>>().join(","))?;
    }
    for (name, value) in &connection.headers {
        put(name, value)?;
    }
    let request = Request::builder().method(method).uri(uri).body(body);
    let mut request = request.map_err(|error| vec![format!("The request cannot be sent: {error}")])?;
    *request.headers_mut() = headers;
    Ok(request)
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn form(pairs: &[(String, String)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    pairs
        .iter()
        .map(|(key, value)| format!("{}={}", encode(key), encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}

/// `RequestBodyEncoding`: objects and arrays as the pairs of a form.
fn encoded(name: Option<&str>, value: &Value, arrays: &str, pairs: &mut Vec<(String, String)>) {
    let of = name.unwrap_or_default();
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let inner = name.map_or_else(|| key.clone(), |name| format!("{name}[{key}]"));
                encoded(Some(&inner), value, arrays, pairs);
            }
        }
        Value::Array(items) => match arrays {
            "COMMAS" => {
                pairs.push((of.to_owned(), items.iter().map(plain).collect::<Vec<_>>().join(",")));
            }
            "NONE" => pairs.push((of.to_owned(), value.to_string())),
            _ => {
                for (n, item) in items.iter().enumerate() {
                    let inner = match arrays {
                        "REPEAT" => of.to_owned(),
                        "BRACKETS" => format!("{of}[]"),
                        _ => format!("{of}[{n}]"),
                    };
                    encoded(Some(&inner), item, arrays, pairs);
                }
            }
        },
        leaf => pairs.push((of.to_owned(), plain(leaf))),
    }
}

fn report(answer: Response<Bytes>) -> Report {
    let status = answer.status();
    let mut headers = Map::new();
    for (name, value) in answer.headers() {
        let values = headers.entry(name.as_str()).or_insert_with(|| json!([]));
        if let (Some(values), Ok(value)) = (values.as_array_mut(), value.to_str()) {
            values.push(json!(value));
        }
    }
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    let is_json = headers.get("content-type").is_some_and(|kind| kind.to_string().contains("json"));
    let body = match serde_json::from_str(&text) {
        Ok(body) if is_json => body,
        _ => Value::String(text),
    };
    if status.is_success() {
        return Ok(json!({
            "Headers": headers,
            "ResponseBody": body,
            "StatusCode": status.as_u16(),
            "StatusText": status.canonical_reason().unwrap_or_default(),
        }));
    }
    let cause = json!({
        "StatusCode": status.as_u16(),
        "StatusText": status.canonical_reason().unwrap_or_default(),
        "ResponseBody": body,
        "Headers": headers,
    });
    Err(Failure::new(&format!("States.Http.StatusCode.{}", status.as_u16()), cause.to_string()))
}
