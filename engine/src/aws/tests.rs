//! Calls on the wire: which request is made of parameters, and what is made of an answer. The cases are files in `cases/`;
//! `GOLDEN=1` fills in what follows from `parameters` and `answer`, for somebody to read.

use super::client::CallFault;
use super::model::{self, Kind, Operation, Service, Shape};
use super::names::Casing;
use super::{request, response, xml};
use bytes::Bytes;
use http::{Request, Response};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    comment: String,
    service: String,
    action: String,
    casing: Names,
    parameters: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Answered>,
    #[serde(default)]
    expected: Expected,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Names {
    Sdk,
    Api,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answered {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

#[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Expected {
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Wire>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    line: String,
    headers: BTreeMap<String, String>,
    body: String,
}

impl Wire {
    fn of(request: &Request<Bytes>) -> Self {
        let path = request.uri().path_and_query().unwrap();
        let headers = request.headers().iter();
        Self {
            line: format!("{} {path}", request.method()),
            headers: headers
                .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
                .collect(),
            body: String::from_utf8(request.body().to_vec()).unwrap(),
        }
    }
}

fn happens(case: &Case) -> Expected {
    let operation = Operation::find(&case.service, &case.action).unwrap();
    let casing = match case.casing {
        Names::Sdk => Casing::Sdk,
        Names::Api => Casing::Api,
    };
    let made = request::request("http://aws", &operation, &case.parameters, casing, "a-token");
    let mut happened = Expected::default();
    match made {
        Ok(request) => happened.request = Some(Wire::of(&request)),
        Err(fault) => happened.fault = Some(fault.to_string()),
    }
    let Some(answered) = &case.answer else { return happened };
    let mut answer = Response::builder().status(answered.status);
    for (name, value) in &answered.headers {
        answer = answer.header(name, value);
    }
    let answer = answer.body(Bytes::from(answered.body.clone())).unwrap();
    if answered.status >= 300 {
        let error = response::error(operation.model(), &answer);
        happened.fault = Some(format!(
            "{}.{}: {} ({}, {}, {})",
            operation.model().name,
            error.exception.as_deref().unwrap_or("-"),
            error.message,
            error.code,
            error.status,
            error.request_id
        ));
    } else {
        match response::output(&operation, &answer, casing) {
            Ok(output) => happened.output = Some(output),
            Err(why) => happened.fault = Some(CallFault::Answer(why).to_string()),
        }
    }
    happened
}

#[test]
fn calls_are_on_the_wire_as_the_models_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/aws/cases");
    let files = crate::workflow::json_files(&folder).unwrap();
    assert!(files.len() >= 25, "{files:?}");
    for file in files {
        let mut case: Case = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let happened = happens(&case);
        if std::env::var_os("GOLDEN").is_some() {
            case.expected = happened;
            std::fs::write(&file, serde_json::to_string_pretty(&case).unwrap() + "\n").unwrap();
        } else {
            assert_eq!(case.expected, happened, "{}: {}", file.display(), case.comment);
        }
    }
}

/// Every model can be read, and speaks of no shape that it does not have.
#[test]
fn every_service_can_be_read() {
    let mut operations = 0;
    for name in model::services() {
        let service = Service::find(name).unwrap_or_else(|| panic!("`{name}` cannot be read"));
        for action in service.actions() {
            let operation = service.operation(&action).unwrap_or_else(|| panic!("{name}:{action}"));
            for shape in [operation.input(), operation.output()].into_iter().flatten() {
                assert_eq!(shape.kind, Kind::Structure, "{name}:{action}");
                // No two members may be called the same.
                let names = |shape: &Shape, casing: Casing| {
                    let names: std::collections::BTreeSet<String> =
                        shape.members.keys().map(|member| casing.of(member)).collect();
                    assert_eq!(names.len(), shape.members.len(), "{name}:{action}");
                };
                names(shape, Casing::Sdk);
            }
            operations += 1;
        }
    }
    assert!(model::services().count() > 400 && operations > 15_000, "{operations}");
    assert_eq!(model::version().split('.').count(), 3);
    for (service, action) in
        [("iam", "GetRole"), ("iam", "getrole"), ("none", "getRole"), ("iam", ""), ("", "")]
    {
        assert!(Operation::find(service, action).is_none(), "{service}:{action}");
    }
}

proptest! {
    /// Whatever parameters are given and whatever is answered, nothing panics.
    #[test]
    fn no_parameters_and_no_answer_panic(text in "\\PC{0,40}", json in "[{}\\[\\]\":,a-zA-Z0-9]{0,40}", status in 100_u16..600, pick in 0_usize..6) {
        let (service, action) = [("iam", "createRole"), ("s3", "putObject"), ("ec2", "describeInstances"),
            ("dynamodb", "getItem"), ("lambda", "invoke"), ("s3", "putBucketAcl")][pick];
        let operation = Operation::find(service, action).unwrap();
        let parameters: Value = serde_json::from_str(&json).unwrap_or(Value::String(text.clone()));
        let _ = request::request("http://aws", &operation, &parameters, Casing::Sdk, "t");
        let named = serde_json::json!({"Bucket": text, "Key": text, "RoleName": text, "AssumeRolePolicyDocument": parameters,
            "FunctionName": text, "Payload": parameters, "TableName": text});
        let _ = request::request("http://aws", &operation, &named, Casing::Sdk, "t");
        let _ = xml::read(&text);
        for body in [text, json] {
            let answer = Response::builder().status(status).header("x-amzn-errortype", "a:b").body(Bytes::from(body)).unwrap();
            let _ = response::output(&operation, &answer, Casing::Api);
            let _ = response::error(operation.model(), &answer);
        }
    }
}
