//! The request that a state's arguments and a connection make together.

use super::super::Caller;
use super::connection::Additions;
use crate::aws::ENCODED;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use percent_encoding::utf8_percent_encode;
use serde_json::{Map, Value};

/// Headers that belong to the connection between two machines, or that Step Functions sets itself.
const RESERVED: [&str; 14] = [
    "host",
    "user-agent",
    "range",
    "content-length",
    "connection",
    "keep-alive",
    "transfer-encoding",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "proxy-authorization",
    "proxy-authenticate",
    "proxy-connection",
];

/// Makes the request. What is wrong with the arguments is said in Step Functions' words.
pub(super) fn request(
    caller: &Caller,
    arguments: &Value,
    additions: &Additions,
) -> Result<Request<Bytes>, Vec<String>> {
    let text = |name: &str| arguments.get(name).and_then(Value::as_str);
    let required = ["ApiEndpoint", "Method"];
    let missing = required.iter().filter(|name| text(name).is_none());
    let missing: Vec<String> =
        missing.map(|name| format!("The field '{name}' is required but was missing")).collect();
    let (Some(endpoint), Some(method)) = (text("ApiEndpoint"), text("Method")) else { return Err(missing) };
    let one = |fault: String| vec![fault];
    let mut headers = HeaderMap::new();
    put(&mut headers, "user-agent", &format!("Amazon|StepFunctions|HttpInvoke|{}", caller.region))
        .map_err(one)?;
    put(&mut headers, "range", "bytes=0-262144").map_err(one)?;
    let (kind, body) = body(arguments, &additions.body).map_err(one)?;
    if let Some(kind) = kind {
        put(&mut headers, "content-type", kind).map_err(one)?;
    }
    for (name, values) in said(arguments, "Headers") {
        if RESERVED.contains(&name.to_ascii_lowercase().as_str()) {
            return Err(vec![format!("The header '{name}' is not supported by Step Functions")]);
        }
        put(&mut headers, name, &values.join(",")).map_err(one)?;
    }
    for (name, value) in &additions.headers {
        put(&mut headers, name, value).map_err(one)?;
    }
    let uri = with_query(endpoint, &query(arguments, &additions.query));
    let request = Request::builder().method(method).uri(uri).body(body);
    // The address is not said: a connection may have put a secret into it.
    let mut request = request.map_err(|_| vec!["The ApiEndpoint or the Method cannot be used".to_owned()])?;
    *request.headers_mut() = headers;
    Ok(request)
}

/// The names of a field, each with one value or several.
pub(super) fn said<'a>(arguments: &'a Value, field: &str) -> impl Iterator<Item = (&'a String, Vec<String>)> {
    let all = arguments.get(field).and_then(Value::as_object).into_iter().flatten();
    all.map(|(name, value)| {
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        (name, values.iter().map(plain).collect())
    })
}

fn query(arguments: &Value, additions: &[(String, String)]) -> Vec<(String, String)> {
    let is_free = |name: &str| additions.iter().all(|(other, _)| other != name);
    let own = said(arguments, "QueryParameters").filter(|(name, _)| is_free(name));
    let own = own.flat_map(|(name, values)| values.into_iter().map(|value| (name.clone(), value)));
    own.chain(additions.iter().cloned()).collect()
}

/// The body, and of what kind it is.
fn body(arguments: &Value, additions: &[(String, String)]) -> Result<(Option<&'static str>, Bytes), String> {
    let own = arguments.get("RequestBody").filter(|body| !body.is_null());
    let merged = match own {
        own if additions.is_empty() => own.cloned(),
        own => Some(merged(own, additions)?),
    };
    let Some(body) = merged else { return Ok((None, Bytes::new())) };
    if arguments.pointer("/Transform/RequestBodyEncoding").and_then(Value::as_str) != Some("URL_ENCODED") {
        return Ok((Some("application/json"), plain(&body).into()));
    }
    let format = arguments.pointer("/Transform/RequestEncodingOptions/ArrayFormat");
    let mut pairs = Vec::new();
    encoded(None, &body, format.and_then(Value::as_str).unwrap_or("INDICES"), &mut pairs);
    Ok((Some("application/x-www-form-urlencoded"), form(&pairs).into()))
}

/// A body with what a connection adds to it: it can only be added to an object.
fn merged(own: Option<&Value>, additions: &[(String, String)]) -> Result<Value, String> {
    let parsed = own.and_then(Value::as_str).and_then(|text| serde_json::from_str(text).ok());
    let mut members: Map<String, Value> = match parsed.as_ref().or(own) {
        None => Map::new(),
        Some(Value::Object(members)) => members.clone(),
        Some(_) => {
            let fault = "The field 'RequestBody' must be an object, as the connection has body parameters";
            return Err(fault.to_owned());
        }
    };
    for (name, value) in additions {
        members.insert(name.clone(), Value::from(value.as_str()));
    }
    Ok(Value::Object(members))
}

/// Puts a header over one of the same name. The value is not said where it cannot be sent: it may be a secret.
pub(super) fn put(headers: &mut HeaderMap, name: &str, value: &str) -> Result<(), String> {
    let unusable = || format!("The header '{name}' cannot be sent");
    let of: HeaderName = name.parse().map_err(|_| unusable())?;
    let value = HeaderValue::from_str(value).map_err(|_| unusable())?;
    // There may be more than a request can have.
    headers.try_insert(of, value).map_err(|_| unusable())?;
    Ok(())
}

/// An address with a query, behind the one that it has.
pub(super) fn with_query(endpoint: &str, pairs: &[(String, String)]) -> String {
    let separator = if endpoint.contains('?') { "&" } else { "?" };
    if pairs.is_empty() { endpoint.to_owned() } else { format!("{endpoint}{separator}{}", form(pairs)) }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

pub(super) fn form(pairs: &[(String, String)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
    let pairs = pairs.iter().map(|(key, value)| format!("{}={}", encode(key), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
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
