use super::*;
use crate::messages::samples::{CASE, finding, looked};
use crate::testing::Wire;
use contract::{Context, TaskError};
use serde_json::{Value, json};

fn known(fields: Value) -> Wire {
    let finding = json!({ "Id": "x", "ProductArn": "y", "UserDefinedFields": fields, "SchemaVersion": "2018-10-08", "GeneratorId": "g", "AwsAccountId": "1", "CreatedAt": "t", "UpdatedAt": "t", "Resources": [] });
    Wire::default().answers("GetFindings", json!({ "Findings": [finding] }).to_string())
}

fn written() -> String {
    json!({ "ProcessedFindings": [], "UnprocessedFindings": [] }).to_string()
}

async fn update(wire: &Wire, context: Option<Context>) -> Result<Output, Error> {
    let input = Input { case_id: CASE.to_owned(), finding: finding(), context, note: "n".repeat(600) };
    UpdateFinding::run(input, &wire.aws()).await
}

fn body(wire: &Wire) -> Value {
    serde_json::from_str(&wire.bodies("BatchUpdateFindings")[0]).unwrap()
}

#[tokio::test]
async fn the_note_fits_and_other_peoples_fields_stay() {
    let wire =
        known(json!({ "ticket": "SEC-1", "redress:role": "old" })).answers("BatchUpdateFindings", written());
    let output = update(&wire, Some(looked().context)).await.unwrap();
    assert_eq!((output.note.chars().count(), output.fields), (512, 4));
    let body = body(&wire);
    assert_eq!(
        body["UserDefinedFields"],
        json!({
            "ticket": "SEC-1", "redress:case": CASE, "redress:role": "web-frontend",
            "redress:environment": "production",
        })
    );
    assert_eq!(
        body["FindingIdentifiers"][0]["ProductArn"],
        "arn:aws:securityhub:us-east-1::product/aws/guardduty"
    );
    assert_eq!(body["Note"]["UpdatedBy"], "redress");
    assert!(body.get("Workflow").is_none());
}

#[tokio::test]
async fn without_a_context_the_case_alone_is_written() {
    let wire = known(json!({})).answers("BatchUpdateFindings", written());
    assert_eq!(update(&wire, None).await.unwrap().fields, 1);
    assert_eq!(body(&wire)["UserDefinedFields"], json!({ "redress:case": CASE }));
}

#[tokio::test]
async fn there_are_never_more_than_fifty_fields() {
    let many: serde_json::Map<String, Value> = (0..49).map(|n| (format!("f{n}"), json!("v"))).collect();
    let wire = known(Value::Object(many)).answers("BatchUpdateFindings", written());
    assert_eq!(update(&wire, Some(looked().context)).await.unwrap().fields, 50);
    let body = body(&wire);
    assert_eq!(body["UserDefinedFields"]["redress:case"], CASE);
    assert!(body["UserDefinedFields"].get("redress:role").is_none());
}

#[tokio::test]
async fn a_field_is_one_plain_line_that_fits() {
    let wire = known(json!({})).answers("BatchUpdateFindings", written());
    let fields = [("redress:owner", "<b>\n".repeat(1000)), (&"k".repeat(200), "v".to_owned())];
    let fields = fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    update(&wire, Some(Context { fields, ..Context::default() })).await.unwrap();
    let body = body(&wire);
    for (key, value) in body["UserDefinedFields"].as_object().unwrap() {
        let value = value.as_str().unwrap();
        assert!(key.chars().count() <= 128 && value.chars().count() <= 1024, "{key}");
        assert!(!value.contains(['<', '\n']), "{value}");
    }
}

#[tokio::test]
async fn an_answer_that_wrote_nothing_is_never_a_success() {
    for (code, name) in [
        ("FindingNotFound", "FindingNotFound"),
        ("ConcurrentUpdateError", "ConcurrentUpdate"),
        ("InternalFailure", "Unavailable"),
        ("FindingSizeExceeded", "FindingRejected"),
        ("DuplicatedFindingIdentifier", "FindingRejected"),
        ("InvalidInput", "FindingRejected"),
    ] {
        let unprocessed = json!({ "FindingIdentifier": { "Id": "x", "ProductArn": "y" }, "ErrorCode": code, "ErrorMessage": "m" });
        let answer = json!({ "ProcessedFindings": [], "UnprocessedFindings": [unprocessed] }).to_string();
        let error = update(&known(json!({})).answers("BatchUpdateFindings", answer), None).await.unwrap_err();
        assert_eq!(error.name(), name, "{error}");
    }
}

#[tokio::test]
async fn a_finding_that_is_not_there_yet_and_a_hub_that_is_off_have_names() {
    let wire = Wire::default().answers("GetFindings", json!({ "Findings": [] }).to_string());
    assert_eq!(update(&wire, None).await.unwrap_err().name(), "FindingNotFound");
    assert_eq!(wire.actions(), ["GetFindings"]);
    for (status, code, name) in [
        (401, "InvalidAccessException", "HubNotEnabled"),
        (429, "LimitExceededException", "Throttled"),
        (429, "TooManyRequestsException", "Throttled"),
        (403, "AccessDeniedException", "AccessDenied"),
        (500, "InternalException", "Unavailable"),
    ] {
        let error = update(&Wire::default().fails_json("GetFindings", status, code), None).await.unwrap_err();
        assert_eq!(error.name(), name, "{error}");
    }
}
