use super::*;
use crate::runtime::permissions::Statement;
use crate::testing::Wire;
use contract::{Nature, Task};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::json;

const INVOKED: &str = "arn:aws:lambda:us-east-1:123456789012:function:echo";

/// A task that gives back its input, if that can be written.
struct Echo;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Input {
    case_id: String,
    list: Vec<u8>,
}

/// Writes a list of one number, and fails with any other.
#[derive(Deserialize)]
struct Output(Vec<u8>);

impl Serialize for Output {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [one] => serializer.serialize_u8(*one),
            _ => Err(serde::ser::Error::custom("not one number")),
        }
    }
}

impl Task for Echo {
    const NAME: &'static str = "echo";
    const NATURE: Nature = Nature::Look;
    const TIMEOUT_SECONDS: u32 = 1;
    type Input = Input;
    type Output = Output;
    type Error = contract::tasks::close_case::Error;
}

impl Run for Echo {
    const SUMMARY: &'static str = "Gives back its input.";
    const IAM: &'static [Statement] = &[];

    async fn run(input: Input, _aws: &Aws) -> Result<Output, Self::Error> {
        match input.list.is_empty() {
            true => Err(Self::Error::NotOurCase { case_id: input.case_id, owner: "none".to_owned() }),
            false => Ok(Output(input.list)),
        }
    }
}

async fn called(payload: Value, invoked: &str) -> Result<Value, (&'static str, String)> {
    let aws = Wire::default().aws();
    answer::<Echo>(payload, invoked, &aws).await.map_err(|failed| (failed.name, failed.message))
}

#[tokio::test]
async fn a_call_is_answered_with_the_output_or_with_a_named_error() {
    let of = |list: Value| json!({ "caseId": "4f1b2c3d4e5f", "list": list });
    assert_eq!(called(of(json!([1])), INVOKED).await, Ok(json!(1)));
    for (payload, invoked, name, message) in [
        (of(json!([])), INVOKED, "NotOurCase", "`none` has it"),
        (of(json!([1, 2])), INVOKED, "Internal", "writing the output as JSON: not one number"),
        (
            of(json!([1, "secret"])),
            INVOKED,
            "InvalidInput",
            "the payload of `echo` cannot be read at `list[1]`",
        ),
        (json!({ "list": [] }), INVOKED, "InvalidInput", "missing field `caseId`"),
        (json!({ "requestContext": { "http": {} } }), INVOKED, "InvalidInput", "`echo` has no page"),
        (of(json!([1])), "echo", "Internal", "ARN"),
    ] {
        let (error, text) = called(payload.clone(), invoked).await.unwrap_err();
        assert_eq!(error, name, "{payload}: {text}");
        assert!(text.contains(message), "{text}");
    }
}

#[test]
fn the_error_type_is_the_name_of_the_variant() {
    let diagnostic = Diagnostic::from(Failed::new("Drifted", "it moved"));
    assert_eq!(diagnostic.error_type, "Drifted");
    assert_eq!(diagnostic.error_message, "it moved");
}
