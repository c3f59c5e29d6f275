//! AWS's service models, as `engine/models/generate.py` packs them: which operations a service has, what they take and
//! give, and where each part of it goes on the wire.
//!
//! Source: the models that botocore carries (Apache License 2.0).

use miniz_oxide::inflate::decompress_to_vec_with_limit;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// The packed models.
static PACKED: &[u8] = include_bytes!("../../models/services.bin");

/// No index and no model is larger than this.
const MOST_BYTES: usize = 64 * 1024 * 1024;

static INDEX: LazyLock<Index> = LazyLock::new(Index::read);

/// The models that were inflated. There are few in one engine, and each is used again.
static INFLATED: LazyLock<Mutex<HashMap<String, Arc<Model>>>> = LazyLock::new(Mutex::default);

#[derive(Default, Deserialize)]
struct Index {
    botocore: String,
    /// Where each model begins after the index, and how long it is.
    services: BTreeMap<String, (usize, usize)>,
    #[serde(skip)]
    models: &'static [u8],
}

impl Index {
    fn read() -> Self {
        let Some((length, rest)) = PACKED.split_first_chunk() else { return Self::default() };
        let length = u32::from_le_bytes(*length) as usize;
        let Some((index, models)) = rest.split_at_checked(length) else { return Self::default() };
        Self { models, ..inflate(index).unwrap_or_default() }
    }
}

fn inflate<T: for<'d> Deserialize<'d>>(packed: &[u8]) -> Option<T> {
    let text = decompress_to_vec_with_limit(packed, MOST_BYTES).ok()?;
    serde_json::from_slice(&text).ok()
}

/// The version of botocore that the models are from.
pub fn version() -> &'static str {
    &INDEX.botocore
}

/// The names of all services, as `aws-sdk:NAME:action` has them.
pub fn services() -> impl Iterator<Item = &'static str> {
    INDEX.services.keys().map(String::as_str)
}

/// How a service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Protocol {
    Json,
    RestJson,
    RestXml,
    Query,
    Ec2,
}

/// The model of a service.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Model {
    pub(crate) protocol: Protocol,
    /// The version of the API: `2010-05-08`.
    pub(crate) version: String,
    /// What its host begins with.
    #[serde(rename = "endpoint")]
    pub(crate) _endpoint: String,
    /// The service in a signature.
    pub(crate) signing: String,
    /// What `x-amz-target` begins with.
    pub(crate) target: String,
    /// The version of the JSON protocol.
    pub(crate) json: String,
    pub(crate) namespace: String,
    /// Its host, where it has one for all regions.
    #[serde(rename = "global")]
    pub(crate) _global: String,
    /// Whether it spoke the query protocol before it spoke JSON.
    pub(crate) queried: u8,
    /// The name in Pascal case, with which its errors begin.
    pub(crate) name: String,
    /// The exceptions of its operations, by their codes on the wire.
    pub(crate) errors: BTreeMap<String, String>,
    operations: BTreeMap<String, OperationModel>,
    shapes: Vec<Shape>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OperationModel {
    #[serde(rename = "u")]
    pub(crate) uri: String,
    #[serde(default = "post", rename = "m")]
    pub(crate) method: String,
    #[serde(rename = "i")]
    pub(crate) input: Option<Member>,
    #[serde(rename = "o")]
    pub(crate) output: Option<Member>,
    /// The element around the result, in the query protocol.
    #[serde(rename = "w")]
    pub(crate) wrapper: Option<String>,
    #[serde(rename = "h")]
    pub(crate) _host_prefix: Option<String>,
    /// Whether the request must have a checksum.
    #[serde(default, rename = "c")]
    pub(crate) checksum: u8,
    /// Whether it is not signed.
    #[serde(default, rename = "a")]
    pub(crate) unsigned: u8,
}

fn post() -> String {
    "POST".to_owned()
}

/// A member of a structure, or the element of a list: its shape, and where it goes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Member {
    #[serde(rename = "s")]
    shape: usize,
    /// Its name on the wire, where it has another one.
    #[serde(rename = "n")]
    pub(crate) wire: Option<String>,
    /// `header`, `headers`, `uri`, `querystring` or `statusCode`; without it it is in the body.
    #[serde(rename = "l")]
    pub(crate) location: Option<String>,
    #[serde(default, rename = "f")]
    pub(crate) flattened: u8,
    #[serde(default, rename = "a")]
    pub(crate) attribute: u8,
    #[serde(rename = "t")]
    pub(crate) timestamp: Option<String>,
    #[serde(rename = "q")]
    pub(crate) query: Option<String>,
    #[serde(default, rename = "g")]
    pub(crate) _streaming: u8,
    #[serde(default, rename = "j")]
    pub(crate) json: u8,
    #[serde(default, rename = "h")]
    pub(crate) _host_label: u8,
    /// Whether it is made up where it is not given.
    #[serde(default, rename = "i")]
    pub(crate) idempotency_token: u8,
    #[serde(rename = "x")]
    pub(crate) namespace: Option<Namespace>,
}

/// `xmlNamespace`
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Namespace {
    pub(crate) uri: String,
    pub(crate) prefix: Option<String>,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Structure,
    List,
    Map,
    String,
    Character,
    Blob,
    Boolean,
    Integer,
    Long,
    Short,
    Byte,
    BigInteger,
    Float,
    Double,
    BigDecimal,
    Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shape {
    #[serde(rename = "t")]
    pub(crate) kind: Kind,
    #[serde(default, rename = "m")]
    pub(crate) members: BTreeMap<String, Member>,
    #[serde(default, rename = "r")]
    pub(crate) required: Vec<String>,
    /// The member that is the whole body.
    #[serde(rename = "p")]
    pub(crate) payload: Option<String>,
    #[serde(rename = "n")]
    pub(crate) wire: Option<String>,
    /// The values of an enumeration.
    #[serde(default, rename = "e")]
    pub(crate) values: Vec<String>,
    #[serde(default, rename = "z")]
    pub(crate) event_stream: u8,
    /// Whether it is any JSON.
    #[serde(default, rename = "d")]
    pub(crate) document: u8,
    #[serde(rename = "x")]
    pub(crate) namespace: Option<Namespace>,
    #[serde(rename = "v")]
    value: Option<Member>,
    #[serde(rename = "k")]
    key: Option<Member>,
    #[serde(default, rename = "f")]
    pub(crate) flattened: u8,
    #[serde(rename = "w")]
    pub(crate) timestamp: Option<String>,
}

impl Shape {
    /// The element of a list, or the value of a map.
    pub(crate) fn value(&self) -> &Member {
        self.value.as_ref().unwrap_or(&NOTHING)
    }

    /// The key of a map.
    pub(crate) fn key(&self) -> &Member {
        self.key.as_ref().unwrap_or(&NOTHING)
    }
}

static NOTHING: LazyLock<Member> = LazyLock::new(|| Member { shape: usize::MAX, ..Member::default() });

/// What stands for a shape that a model speaks of and does not have.
static UNKNOWN: LazyLock<Shape> = LazyLock::new(|| Shape {
    kind: Kind::String,
    members: BTreeMap::new(),
    required: Vec::new(),
    payload: None,
    wire: None,
    values: Vec::new(),
    event_stream: 0,
    document: 0,
    namespace: None,
    value: None,
    key: None,
    flattened: 0,
    timestamp: None,
});

impl Model {
    pub(crate) fn shape(&self, member: &Member) -> &Shape {
        self.shapes.get(member.shape).unwrap_or(&UNKNOWN)
    }
}

/// A service that can be called. It can be cloned; all clones are the same.
#[derive(Clone)]
pub(crate) struct Service(Arc<Model>);

impl Service {
    /// The service of that name in `aws-sdk:NAME:action`.
    pub(crate) fn find(name: &str) -> Option<Self> {
        let (at, length) = *INDEX.services.get(name)?;
        let mut inflated = INFLATED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = inflated.get(name) {
            return Some(Self(Arc::clone(model)));
        }
        let model = Arc::new(inflate(INDEX.models.get(at..at.checked_add(length)?)?)?);
        inflated.insert(name.to_owned(), Arc::clone(&model));
        Some(Self(model))
    }

    /// The actions that it has: `getItem`.
    #[cfg(test)]
    pub(super) fn actions(&self) -> Vec<String> {
        let small = |name: &String| {
            let mut letters = name.chars();
            let first = letters.next().map(|first| first.to_ascii_lowercase());
            first.into_iter().chain(letters).collect()
        };
        self.0.operations.keys().map(small).collect()
    }

    /// The operation of an action: `getItem`, which the API calls `GetItem`.
    pub(crate) fn operation(&self, action: &str) -> Option<Operation> {
        let mut letters = action.chars();
        let first = letters.next().filter(char::is_ascii_lowercase)?;
        let name = first.to_ascii_uppercase().to_string() + letters.as_str();
        self.0.operations.contains_key(&name).then(|| Operation { model: Arc::clone(&self.0), name })
    }
}

/// An operation of a service.
#[derive(Clone)]
pub(crate) struct Operation {
    model: Arc<Model>,
    name: String,
}

impl Operation {
    /// The operation of `aws-sdk:SERVICE:ACTION`.
    pub(crate) fn find(service: &str, action: &str) -> Option<Self> {
        Service::find(service)?.operation(action)
    }

    /// The operation of `SERVICE:ACTION`, an optimized integration, which calls some services otherwise.
    pub(crate) fn find_optimized(service: &str, action: &str) -> Option<Self> {
        let name = match service {
            "states" => "sfn",
            "events" => "eventbridge",
            "elasticmapreduce" => "emr",
            "emr-containers" => "emrcontainers",
            "emr-serverless" => "emrserverless",
            "bedrock" if action.starts_with("invoke") => "bedrockruntime",
            other => other,
        };
        Self::find(name, action)
    }

    /// The model of its service.
    pub(crate) fn model(&self) -> &Model {
        &self.model
    }

    /// Its name in the API.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn wire(&self) -> Option<&OperationModel> {
        self.model.operations.get(&self.name)
    }

    /// What it takes.
    pub(crate) fn input(&self) -> Option<&Shape> {
        self.wire()?.input.as_ref().map(|input| self.model.shape(input))
    }

    /// What it gives.
    pub(crate) fn output(&self) -> Option<&Shape> {
        self.wire()?.output.as_ref().map(|output| self.model.shape(output))
    }
}
