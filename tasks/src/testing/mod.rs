//! What tests share: AWS over a recorded wire, one IAM in memory, accounts, and the laws of every kind.

pub(crate) mod accounts;
mod answers;
pub(crate) mod golden;
pub(crate) mod iam;
pub(crate) mod laws;
pub(crate) mod steps;
mod wire;

pub(crate) use answers::{assumed, attached, done, role, role_policies, role_policy};
pub(crate) use wire::{Edit, Wire};

use contract::{Finding, Source, Target};

/// The case of the tests.
pub(crate) const CASE: &str = "4f1b2c3d4e5f";

pub(crate) const ROLE_ID: &str = "AROAEXAMPLEWEBFRONT01";

/// The member account of the tests.
pub(crate) const MEMBER: &str = "333344445555";

/// The settings of an installation with that member.
pub(crate) const WITH_MEMBER: &[(&str, &str)] =
    &[("MEMBER_ACCOUNTS", MEMBER), ("MEMBER_EXTERNAL_ID", "an-external-id-of-tests")];

/// A finding of GuardDuty about this target.
pub(crate) fn finding_about<T>(target: Target<T>) -> Finding<T> {
    Finding {
        source: Source::GuardDuty,
        id: "7a0f1d2c".to_owned(),
        arn: "arn:aws:guardduty:us-east-1:123456789012:detector/d/finding/7a0f1d2c".to_owned(),
        product_arn: "arn:aws:securityhub:us-east-1::product/aws/guardduty".to_owned(),
        kind: "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS".to_owned(),
        title: "Credentials for the EC2 instance role web-frontend were used from an external IP address."
            .to_owned(),
        severity: 8.0,
        account: "123456789012".to_owned(),
        region: "us-east-1".to_owned(),
        partition: "aws".to_owned(),
        first_seen: None,
        last_seen: Some("2026-01-01T11:59:40.000Z".to_owned()),
        count: 1,
        target,
        actor: None,
        managed_by: None,
        written: None,
        other_cases: Vec::new(),
    }
}

/// A sample event of a response.
pub(crate) fn sample(response: &str, name: &str) -> serde_json::Value {
    // Cargo runs the tests of a package in its folder.
    let folder = std::path::Path::new("../statemachines");
    let file = folder.join(response).join("events").join(name);
    serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}
