//! The HTTP request of a call.

use super::body::{self, Data};
use super::client::CallFault;
use super::model::{Kind, Member, Operation, OperationModel, Protocol, Shape};
use super::names::Casing;
use super::query::{self, ENCODED};
use super::time::Format;
use super::xml;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderName};
use http::{HeaderMap, HeaderValue, Request};
use md5::{Digest, Md5};
use percent_encoding::utf8_percent_encode;
use serde_json::Value;

/// Makes the request of a call with these parameters, to be sent to this endpoint. `token` is taken where an operation
/// wants a token that makes it idempotent and none is given.
pub(super) fn request(
    endpoint: &str,
    operation: &Operation,
    parameters: &Value,
    casing: Casing,
    token: &str,
) -> Result<Request<Bytes>, CallFault> {
    let model = operation.model();
    let wire = operation.wire().ok_or_else(|| CallFault::Request("the operation is not there".to_owned()))?;
    let empty = Value::Object(serde_json::Map::new());
    let parameters = if parameters.is_null() { &empty } else { parameters };
    let data = match operation.input() {
        Some(shape) => {
            let data = body::read(model, shape, parameters, casing).map_err(CallFault::Parameters)?;
            with_token(shape, data, token)
        }
        None => Data::Structure(Vec::new()),
    };
    let mut parts = Parts { operation, wire, data: &data, headers: HeaderMap::new() };
    let (path, body) = match model.protocol {
        Protocol::Json => ("/".to_owned(), parts.json()?),
        Protocol::Query | Protocol::Ec2 => ("/".to_owned(), parts.form()),
        Protocol::RestJson | Protocol::RestXml => (parts.path()?, parts.rest()?),
    };
    if wire.checksum == 1 {
        parts.header("content-md5", &STANDARD.encode(Md5::digest(&body)))?;
    }
    let mut request = Request::builder()
        .method(wire.method.as_str())
        .uri(format!("{endpoint}{path}"))
        .body(body)
        .map_err(|error| CallFault::Request(error.to_string()))?;
    *request.headers_mut() = parts.headers;
    Ok(request)
}

/// What is wrong with the parameters of a call, in Step Functions' words.
pub(crate) fn faults(operation: &Operation, parameters: &Value, casing: Casing) -> Vec<String> {
    match request("http://localhost", operation, parameters, casing, "") {
        Err(CallFault::Parameters(faults)) => faults,
        _ => Vec::new(),
    }
}

fn with_token(shape: &Shape, data: Data, token: &str) -> Data {
    let Data::Structure(mut members) = data else { return data };
    for (name, member) in &shape.members {
        if member.idempotency_token == 1 && !members.iter().any(|(it, _)| it == name) {
            members.push((name.clone(), Data::Text(token.to_owned())));
        }
    }
    Data::Structure(members)
}

struct Parts<'r> {
    operation: &'r Operation,
    wire: &'r OperationModel,
    data: &'r Data,
    headers: HeaderMap,
}

impl Parts<'_> {
    fn header(&mut self, name: &str, value: &str) -> Result<(), CallFault> {
        let unusable = || CallFault::Request(format!("`{value}` cannot stand in the header `{name}`"));
        let name: HeaderName = name.parse().map_err(|_| unusable())?;
        self.headers.insert(name, HeaderValue::from_str(value).map_err(|_| unusable())?);
        Ok(())
    }

    fn json(&mut self) -> Result<Bytes, CallFault> {
        let model = self.operation.model();
        self.header("x-amz-target", &format!("{}.{}", model.target, self.operation.name()))?;
        self.header("content-type", &format!("application/x-amz-json-{}", model.json))?;
        if model.queried == 1 {
            self.header("x-amzn-query-mode", "true")?;
        }
        let body = self.wire.input.as_ref().map(|input| body::json(model, input, self.data));
        Ok(body.map_or_else(|| "{}".to_owned(), |body| body.to_string()).into())
    }

    fn form(&mut self) -> Bytes {
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded; charset=utf-8");
        self.headers.insert(CONTENT_TYPE, kind);
        query::form(self.operation.model(), self.operation.name(), self.wire, self.data).into()
    }

    /// The members that go to a location: their names, what they are, and their values.
    fn located(&self, location: &str) -> Vec<(&str, &Member, &Data)> {
        let (Some(shape), Data::Structure(members)) = (self.operation.input(), self.data) else {
            return Vec::new();
        };
        let located = members.iter().filter_map(|(name, data)| {
            let member = shape.members.get(name)?;
            (member.location.as_deref() == Some(location)).then_some((name.as_str(), member, data))
        });
        located.collect()
    }

    /// The path with its labels filled in, and the query.
    fn path(&self) -> Result<String, CallFault> {
        let (template, constant) = match self.wire.uri.split_once('?') {
            Some((template, constant)) => (template, Some(constant)),
            None => (self.wire.uri.as_str(), None),
        };
        let labels = self.located("uri");
        let (mut path, mut rest) = (String::new(), template);
        while let Some((before, after)) = rest.split_once('{') {
            path.push_str(before);
            let (label, after) = after.split_once('}').unwrap_or((after, ""));
            let (label, greedy) = label.strip_suffix('+').map_or((label, false), |label| (label, true));
            let found =
                labels.iter().find(|(name, member, _)| member.wire.as_deref().unwrap_or(name) == label);
            let value = found.map(|(_, member, data)| {
                data.text(Format::of(member, self.operation.model().shape(member), Format::Iso))
            });
            let value = value.filter(|value| !value.is_empty()).ok_or_else(|| {
                CallFault::Parameters(vec![format!("The field '{label}' is required but was missing")])
            })?;
            if greedy {
                let steps = value.split('/').map(|step| utf8_percent_encode(step, ENCODED).to_string());
                path.push_str(&steps.collect::<Vec<_>>().join("/"));
            } else {
                path.push_str(&utf8_percent_encode(&value, ENCODED).to_string());
            }
            rest = after;
        }
        path.push_str(rest);
        let mut query: Vec<String> = constant.map(str::to_owned).into_iter().collect();
        for (name, member, data) in self.located("querystring") {
            self.add_query(member.wire.as_deref().unwrap_or(name), member, data, &mut query);
        }
        Ok(if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) })
    }

    fn add_query(&self, name: &str, member: &Member, data: &Data, query: &mut Vec<String>) {
        let shape = self.operation.model().shape(member);
        match data {
            Data::List(items) => {
                items.iter().for_each(|item| self.add_query(name, shape.value(), item, query));
            }
            Data::Map(entries) => {
                for (key, value) in entries {
                    self.add_query(key, shape.value(), value, query);
                }
            }
            leaf => {
                let encoded = |text: &str| utf8_percent_encode(text, ENCODED).to_string();
                let value = leaf.text(Format::of(member, shape, Format::Iso));
                query.push(format!("{}={}", encoded(name), encoded(&value)));
            }
        }
    }

    fn rest(&mut self) -> Result<Bytes, CallFault> {
        let headers: Vec<(String, String)> = self
            .located("header")
            .into_iter()
            .map(|(name, member, data)| {
                (member.wire.as_deref().unwrap_or(name).to_owned(), self.header_value(member, data))
            })
            .collect();
        let prefixed: Vec<(String, String)> = self
            .located("headers")
            .into_iter()
            .flat_map(|(_, member, data)| {
                let prefix = member.wire.clone().unwrap_or_default();
                let entries = if let Data::Map(entries) = data { entries.as_slice() } else { &[] };
                entries.iter().map(move |(key, value)| (format!("{prefix}{key}"), value.text(Format::Http)))
            })
            .collect();
        for (name, value) in headers.into_iter().chain(prefixed) {
            self.header(&name, &value)?;
        }
        let model = self.operation.model();
        let kind = if model.protocol == Protocol::RestXml { "application/xml" } else { "application/json" };
        let Some(shape) = self.operation.input() else { return Ok(Bytes::new()) };
        if let Some(payload) = &shape.payload {
            let Some(member) = shape.members.get(payload) else { return Ok(Bytes::new()) };
            let Some(data) = self.data.member(payload) else {
                // JSON that is not there is an empty object.
                let is_json =
                    model.protocol == Protocol::RestJson && model.shape(member).kind == Kind::Structure;
                if !is_json {
                    return Ok(Bytes::new());
                }
                self.kind(kind)?;
                return Ok(Bytes::from_static(b"{}"));
            };
            return match model.shape(member).kind {
                Kind::Structure => {
                    self.kind(kind)?;
                    let name = member.wire.as_deref().or(model.shape(member).wire.as_deref());
                    Ok(self.document(name.unwrap_or(payload), member, data))
                }
                _ => {
                    self.kind("application/octet-stream")?;
                    Ok(match data {
                        Data::Blob(bytes) => bytes.clone().into(),
                        leaf => leaf.text(Format::Iso).into(),
                    })
                }
            };
        }
        let in_body = shape.members.values().any(|member| member.location.is_none());
        let (true, Some(input)) = (in_body, &self.wire.input) else { return Ok(Bytes::new()) };
        self.kind(kind)?;
        let name = input.wire.as_deref().or(shape.wire.as_deref());
        Ok(self.document(name.unwrap_or(self.operation.name()), input, self.data))
    }

    fn kind(&mut self, kind: &str) -> Result<(), CallFault> {
        if self.headers.contains_key(CONTENT_TYPE) { Ok(()) } else { self.header("content-type", kind) }
    }

    fn document(&self, name: &str, member: &Member, data: &Data) -> Bytes {
        let model = self.operation.model();
        match (model.protocol, data) {
            (Protocol::RestXml, _) => {
                let text = xml::write(model, name, member, data);
                let is_bare = member.namespace.is_none() && model.shape(member).namespace.is_none();
                // The outermost element has the namespace of the service.
                let opening = format!("<{name} xmlns=\"{}\"", model.namespace);
                let text = match text.strip_prefix(&format!("<{name}")) {
                    Some(rest) if is_bare && !model.namespace.is_empty() => format!("{opening}{rest}"),
                    _ => text,
                };
                text.into()
            }
            (_, Data::Structure(members)) => {
                Value::Object(body::structure(model, model.shape(member), members)).to_string().into()
            }
            (_, data) => body::json(model, member, data).to_string().into(),
        }
    }

    fn header_value(&self, member: &Member, data: &Data) -> String {
        let shape = self.operation.model().shape(member);
        match data {
            Data::List(items) => {
                let items = items.iter().map(|item| self.header_value(shape.value(), item));
                items.collect::<Vec<_>>().join(",")
            }
            leaf => {
                let text = leaf.text(Format::of(member, shape, Format::Http));
                if member.json == 1 { STANDARD.encode(text) } else { text }
            }
        }
    }
}
