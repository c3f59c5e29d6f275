//! The answer to a call: what it gave, or the service's error.

use super::client::ServiceError;
use super::model::{Kind, Member, Model, Operation, Protocol, Shape};
use super::names::Casing;
use super::time::{self, Format};
use super::xml::{self, Element};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Response};
use serde_json::{Map, Value};

/// What an operation gave, with the names and the times of whoever called it.
pub(super) fn output(
    operation: &Operation,
    answer: &Response<Bytes>,
    casing: Casing,
) -> Result<Value, String> {
    let reader = Reader { model: operation.model(), casing };
    let (Some(shape), Some(wire)) = (operation.output(), operation.wire()) else {
        return Ok(Value::Object(Map::new()));
    };
    let mut output = Map::new();
    for (name, member) in &shape.members {
        if let Some(value) = reader.located(name, member, answer) {
            output.insert(casing.of(name), value);
        }
    }
    if let Some((name, member)) =
        shape.payload.as_ref().and_then(|name| Some((name, shape.members.get(name)?)))
    {
        if let Some(value) = reader.payload(member, answer.body())? {
            output.insert(casing.of(name), value);
        }
        output.sort_keys();
        return Ok(Value::Object(output));
    }
    let has_body = shape.members.values().any(|member| member.location.is_none());
    if !has_body || answer.body().is_empty() {
        return Ok(Value::Object(output));
    }
    match reader.model.protocol {
        Protocol::Json | Protocol::RestJson => {
            let body: Value = serde_json::from_slice(answer.body()).map_err(|error| error.to_string())?;
            output.extend(reader.json_structure(shape, &body));
        }
        Protocol::Query | Protocol::Ec2 | Protocol::RestXml => {
            let document = xml::read(&String::from_utf8_lossy(answer.body()))?;
            let result = wire.wrapper.as_ref().and_then(|wrapper| document.child(wrapper));
            output.extend(reader.xml_structure(shape, result.unwrap_or(&document)));
        }
    }
    output.sort_keys();
    Ok(Value::Object(output))
}

struct Reader<'m> {
    model: &'m Model,
    casing: Casing,
}

impl Reader<'_> {
    /// A member that is in the headers, or is the status.
    fn located(&self, name: &str, member: &Member, answer: &Response<Bytes>) -> Option<Value> {
        let wire = member.wire.as_deref().unwrap_or(name);
        match member.location.as_deref()? {
            "statusCode" => Some(Value::from(answer.status().as_u16())),
            "header" => {
                let text = answer.headers().get(wire)?.to_str().ok()?;
                let decoded = (member.json == 1).then(|| STANDARD.decode(text).ok()).flatten();
                let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
                Some(self.leaf(member, decoded.as_deref().unwrap_or(text)))
            }
            "headers" => {
                let prefix = wire.to_ascii_lowercase();
                let found = answer.headers().iter().filter_map(|(key, value)| {
                    let key = key.as_str().strip_prefix(&prefix)?;
                    Some((key.to_owned(), Value::from(value.to_str().ok()?)))
                });
                Some(Value::Object(found.collect()))
            }
            _ => None,
        }
    }

    fn payload(&self, member: &Member, body: &Bytes) -> Result<Option<Value>, String> {
        let shape = self.model.shape(member);
        match shape.kind {
            Kind::Structure if shape.event_stream == 1 => Ok(None),
            Kind::Structure if body.is_empty() => Ok(None),
            Kind::Structure if self.model.protocol == Protocol::RestXml => {
                let document = xml::read(&String::from_utf8_lossy(body))?;
                Ok(Some(Value::Object(self.xml_structure(shape, &document))))
            }
            Kind::Structure | Kind::List | Kind::Map => {
                let body: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
                Ok(self.json(member, &body))
            }
            _ => Ok(Some(bytes_as_text(body))),
        }
    }

    fn json_structure(&self, shape: &Shape, value: &Value) -> Map<String, Value> {
        let members = shape.members.iter().filter(|(_, member)| member.location.is_none());
        let found = members.filter_map(|(name, member)| {
            let value = value.get(member.wire.as_deref().unwrap_or(name))?;
            Some((self.casing.of(name), self.json(member, value)?))
        });
        found.collect()
    }

    fn json(&self, member: &Member, value: &Value) -> Option<Value> {
        let shape = self.model.shape(member);
        Some(match (shape.kind, value) {
            (_, Value::Null) => return None,
            (Kind::Structure, value) if shape.document == 1 => value.clone(),
            (Kind::Structure, value) => Value::Object(self.json_structure(shape, value)),
            (Kind::List, Value::Array(items)) => {
                items.iter().filter_map(|item| self.json(shape.value(), item)).collect()
            }
            (Kind::Map, Value::Object(map)) => {
                let entries = map
                    .iter()
                    .filter_map(|(key, value)| Some((key.clone(), self.json(shape.value(), value)?)));
                Value::Object(entries.collect())
            }
            (Kind::Blob, Value::String(text)) => match STANDARD.decode(text) {
                Ok(bytes) => bytes_as_text(&bytes),
                Err(_) => value.clone(),
            },
            (Kind::Timestamp, value) => self.time(value),
            (_, value) => value.clone(),
        })
    }

    /// Optimized integrations give times as milliseconds since 1970, the others as text.
    fn time(&self, value: &Value) -> Value {
        match (time::read(value), self.casing) {
            (Some(at), Casing::Api) => Value::from(at.as_millisecond()),
            (Some(at), Casing::Sdk) => Value::from(Format::Iso.write(at)),
            (None, _) => value.clone(),
        }
    }

    fn xml_structure(&self, shape: &Shape, element: &Element) -> Map<String, Value> {
        let mut found = Map::new();
        for (name, member) in shape.members.iter().filter(|(_, member)| member.location.is_none()) {
            let inner = self.model.shape(member);
            let flat = inner.flattened == 1 || member.flattened == 1;
            let element_name = match (&inner.value().wire, flat && inner.kind == Kind::List) {
                (Some(of_element), true) => of_element,
                _ => member.wire.as_ref().unwrap_or(name),
            };
            let value = if member.attribute == 1 {
                let wanted = element_name.rsplit(':').next().unwrap_or_default();
                let attribute = element.attributes.iter().find(|(key, _)| key == wanted);
                attribute.map(|(_, text)| self.leaf(member, text))
            } else if flat && matches!(inner.kind, Kind::List | Kind::Map) {
                let all: Vec<&Element> =
                    element.children.iter().filter(|child| child.name == *element_name).collect();
                (!all.is_empty()).then(|| self.xml_collection(inner, &all))
            } else {
                element.child(element_name).map(|child| self.xml(member, child))
            };
            if let Some(value) = value {
                found.insert(self.casing.of(name), value);
            }
        }
        found
    }

    fn xml(&self, member: &Member, element: &Element) -> Value {
        let shape = self.model.shape(member);
        match shape.kind {
            Kind::Structure => Value::Object(self.xml_structure(shape, element)),
            Kind::List | Kind::Map => {
                self.xml_collection(shape, &element.children.iter().collect::<Vec<_>>())
            }
            _ => self.leaf(member, &element.text),
        }
    }

    fn xml_collection(&self, shape: &Shape, elements: &[&Element]) -> Value {
        if shape.kind == Kind::List {
            return elements.iter().map(|element| self.xml(shape.value(), element)).collect();
        }
        let key_name = shape.key().wire.as_deref().unwrap_or("key");
        let value_name = shape.value().wire.as_deref().unwrap_or("value");
        let entries = elements.iter().filter_map(|entry| {
            let value = entry.child(value_name).map(|value| self.xml(shape.value(), value));
            Some((entry.child(key_name)?.text.clone(), value.unwrap_or_default()))
        });
        Value::Object(entries.collect())
    }

    /// A value that was text on the wire.
    fn leaf(&self, member: &Member, text: &str) -> Value {
        let as_it_is = || Value::from(text);
        match self.model.shape(member).kind {
            Kind::Boolean => text.trim().parse::<bool>().map_or_else(|_| as_it_is(), Value::from),
            Kind::Timestamp => self.time(&as_it_is()),
            Kind::Blob => STANDARD.decode(text.trim()).map_or_else(|_| as_it_is(), |it| bytes_as_text(&it)),
            Kind::List => text.split(',').map(|item| Value::from(item.trim())).collect(),
            Kind::String | Kind::Character | Kind::Structure | Kind::Map => as_it_is(),
            _ => serde_json::from_str::<serde_json::Number>(text.trim())
                .map_or_else(|_| as_it_is(), Value::Number),
        }
    }
}

/// Bytes are text in Step Functions, where they are that; otherwise in base64.
fn bytes_as_text(bytes: &[u8]) -> Value {
    Value::from(std::str::from_utf8(bytes).map_or_else(|_| STANDARD.encode(bytes), str::to_owned))
}

/// The error that a service answered.
pub(super) fn error(model: &Model, answer: &Response<Bytes>) -> ServiceError {
    let headers = answer.headers();
    let text = String::from_utf8_lossy(answer.body());
    let document = xml::read(&text).ok();
    let json: Value = serde_json::from_str(&text).unwrap_or_default();
    let of_xml = |name: &str| Some(document.as_ref()?.find(name)?.text.clone());
    let of_json = |names: &[&str]| names.iter().find_map(|name| Some(json.get(name)?.as_str()?.to_owned()));
    let code = header(headers, "x-amzn-errortype")
        .or_else(|| of_json(&["__type", "code", "Code"]))
        .or_else(|| of_xml("Code"))
        .unwrap_or_else(|| match answer.status().as_u16() {
            404 => "NotFound".to_owned(),
            status => status.to_string(),
        });
    // `com.amazonaws.sqs#QueueDoesNotExist`, `ResourceNotFoundException:http://internal...`
    let code = code.rsplit('#').next().unwrap_or_default();
    let code = code.split(':').next().unwrap_or_default().to_owned();
    let message = of_json(&["message", "Message", "errorMessage"]).or_else(|| of_xml("Message"));
    let in_body = of_xml("RequestId").or_else(|| of_xml("RequestID"));
    ServiceError {
        exception: model.errors.get(&code).cloned(),
        code,
        message: message.unwrap_or_else(|| "null".to_owned()),
        status: answer.status().as_u16(),
        request_id: request_id(headers).or(in_body).unwrap_or_else(|| "null".to_owned()),
    }
}

/// The id that a service gave a request.
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    header(headers, "x-amzn-requestid").or_else(|| header(headers, "x-amz-request-id"))
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}
