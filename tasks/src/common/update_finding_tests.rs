use super::*;
use crate::testing::{Wire, finding};
use contract::TaskError;
use serde_json::{Value, json};

fn known(fields: Value) -> Wire {
    let finding = json!({ "Id": "x", "ProductArn": "y", "UserDefinedFields": fields, "SchemaVersion": "2018-10-08", "GeneratorId": "g", "AwsAccountId": "1", "CreatedAt": "t", "UpdatedAt": "t", "Resources": [] });
    Wire::default().answers("GetFindings", json!({ "Findings": [finding] }).to_string())
}

fn written() -> String {
    json!({ "ProcessedFindings": [], "UnprocessedFindings": [] }).to_string()
}

async fn update(wire: &Wire) -> Result<Output, Error> {
    let input = Input {
        case_id: "4f1b2c3d4e5f".to_owned(),
        finding: finding(),
        context: None,
        note: "n".repeat(600),
    };
    UpdateFinding::run(input, &wire.aws()).await
}

#[tokio::test]
async fn the_note_fits_and_other_peoples_fields_stay() {
    let wire = known(json!({ "ticket": "SEC-1" })).answers("BatchUpdateFindings", written());
    let output = update(&wire).await.unwrap();
    assert_eq!((output.note.chars().count(), output.fields), (512, 3));
    let body: Value = serde_json::from_str(&wire.bodies("BatchUpdateFindings")[0]).unwrap();
    assert_eq!(
        body["UserDefinedFields"],
        json!({ "ticket": "SEC-1", "redress:case": "4f1b2c3d4e5f", "redress:role": "web-frontend" })
    );
    assert_eq!(
        body["FindingIdentifiers"][0]["ProductArn"],
        "arn:aws:securityhub:us-east-1::product/aws/guardduty"
    );
    assert_eq!(body["Note"]["UpdatedBy"], "redress");
    assert!(body.get("Workflow").is_none());
}

#[tokio::test]
async fn there_are_never_more_than_fifty_fields() {
    let many: serde_json::Map<String, Value> = (0..49).map(|n| (format!("f{n}"), json!("v"))).collect();
    let wire = known(Value::Object(many)).answers("BatchUpdateFindings", written());
    assert_eq!(update(&wire).await.unwrap().fields, 50);
    let body: Value = serde_json::from_str(&wire.bodies("BatchUpdateFindings")[0]).unwrap();
    assert_eq!(body["UserDefinedFields"]["redress:case"], "4f1b2c3d4e5f");
    assert!(body["UserDefinedFields"].get("redress:role").is_none());
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
        let error = update(&known(json!({})).answers("BatchUpdateFindings", answer)).await.unwrap_err();
        assert_eq!(error.name(), name, "{error}");
    }
}

#[tokio::test]
async fn a_finding_that_is_not_there_yet_and_a_hub_that_is_off_have_names() {
    let wire = Wire::default().answers("GetFindings", json!({ "Findings": [] }).to_string());
    assert_eq!(update(&wire).await.unwrap_err().name(), "FindingNotFound");
    assert_eq!(wire.actions(), ["GetFindings"]);
    for (status, code, name) in [
        (401, "InvalidAccessException", "HubNotEnabled"),
        (429, "LimitExceededException", "Throttled"),
        (429, "TooManyRequestsException", "Throttled"),
        (403, "AccessDeniedException", "AccessDenied"),
        (500, "InternalException", "Unavailable"),
    ] {
        let error = update(&Wire::default().fails_json("GetFindings", status, code)).await.unwrap_err();
        assert_eq!(error.name(), name, "{error}");
    }
}
