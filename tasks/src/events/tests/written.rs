//! What is kept of a call, since the resource may not have it any more when it is read.

use super::seen;
use contract::Written;
use serde_json::{Value, json};

fn written(call: &str, parameters: Value) -> Option<Written> {
    let event = json!({
        "id": "e1", "detail-type": "AWS API Call via CloudTrail", "source": "aws.iam",
        "account": "123456789012", "region": "us-east-1", "time": "2026-01-01T12:00:00Z", "resources": [],
        "detail": {
            "eventSource": "iam.amazonaws.com", "eventName": call, "eventID": "c1", "awsRegion": "us-east-1",
            "recipientAccountId": "123456789012", "requestParameters": parameters,
            "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/ada" },
        },
    });
    seen("iam-policy", &event).unwrap().finding.written
}

fn document(text: &str) -> Option<Written> {
    Some(Written { document: Some(text.to_owned()), ..Written::default() })
}

#[test]
fn what_a_call_wrote_is_kept() {
    let (put, trust) = ("PutRolePolicy", "CreateRole");
    let spaced = "{ \"a b\" :\n\t[ \"c \\\" d\\\\\" , \" e\" ] }";
    let kept = r#"{"a b":["c \" d\\"," e"]}"#;
    assert_eq!(written(put, json!({ "policyDocument": spaced })), document(kept));
    assert_eq!(written(trust, json!({ "assumeRolePolicyDocument": "{}" })), document("{}"));
    let version = Written { version: Some("v3".to_owned()), ..Written::default() };
    assert_eq!(written("SetDefaultPolicyVersion", json!({ "versionId": "v3" })), Some(version));
    let boundary = Some("arn:aws:iam::123456789012:policy/b".to_owned());
    let expected = Written { boundary: boundary.clone(), ..Written::default() };
    assert_eq!(
        written("PutRolePermissionsBoundary", json!({ "permissionsBoundary": boundary })),
        Some(expected)
    );
    assert_eq!(written("AttachUserPolicy", json!({ "userName": "web" })), None);
    assert_eq!(written("AttachUserPolicy", Value::Null), None);
}

/// White space does not count in IAM. What is too long without it is no policy that IAM would take.
#[test]
fn a_document_that_is_too_long_is_not_kept() {
    let padded = format!("{{{}}}", " ".repeat(100_000));
    assert_eq!(written("PutRolePolicy", json!({ "policyDocument": padded })), document("{}"));
    let long = format!("\"{}\"", "x".repeat(20_000));
    assert_eq!(written("PutRolePolicy", json!({ "policyDocument": long })), None);
}
