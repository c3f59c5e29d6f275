//! Recorded answers of IAM and STS.

use serde_json::Value;

/// `AssumeRole` of `a-task`: a session in this account.
pub(crate) fn assumed(account: &str) -> String {
    format!(
        "<AssumeRoleResponse><AssumeRoleResult><AssumedRoleUser><AssumedRoleId>AROAEXAMPLE:a-task</AssumedRoleId>\
         <Arn>arn:aws:sts::{account}:assumed-role/redress-response/a-task</Arn></AssumedRoleUser><Credentials>\
         <AccessKeyId>MEMBER</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
         <Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"
    )
}

/// `GetRole`.
pub(crate) fn role(id: &str, path: &str, tags: &[(&str, &str)]) -> String {
    let tags: String = tags
        .iter()
        .map(|(key, value)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>"))
        .collect();
    format!(
        "<GetRoleResponse><GetRoleResult><Role><Path>{path}</Path><RoleName>web-frontend</RoleName><RoleId>{id}</RoleId>\
         <Arn>arn:aws:iam::123456789012:role{path}web-frontend</Arn><CreateDate>2025-06-01T08:00:00Z</CreateDate>\
         <Tags>{tags}</Tags></Role></GetRoleResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetRoleResponse>"
    )
}

/// `GetRolePolicy`. IAM encodes the document.
pub(crate) fn role_policy(document: &Value) -> String {
    let text = document.to_string();
    let encoded = percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC);
    format!(
        "<GetRolePolicyResponse><GetRolePolicyResult><RoleName>web-frontend</RoleName><PolicyName>p</PolicyName>\
         <PolicyDocument>{encoded}</PolicyDocument></GetRolePolicyResult></GetRolePolicyResponse>"
    )
}

/// An action of IAM whose answer is empty.
pub(crate) fn done(action: &str) -> String {
    format!(
        "<{action}Response><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>"
    )
}

/// `ListRolePolicies`.
pub(crate) fn role_policies(names: &[&str]) -> String {
    let members: String = names.iter().map(|name| format!("<member>{name}</member>")).collect();
    format!(
        "<ListRolePoliciesResponse><ListRolePoliciesResult><IsTruncated>false</IsTruncated><PolicyNames>{members}</PolicyNames></ListRolePoliciesResult></ListRolePoliciesResponse>"
    )
}

/// `ListAttachedRolePolicies`.
pub(crate) fn attached(arns: &[&str]) -> String {
    let members: String = arns
        .iter()
        .map(|arn| format!("<member><PolicyName>n</PolicyName><PolicyArn>{arn}</PolicyArn></member>"))
        .collect();
    format!(
        "<ListAttachedRolePoliciesResponse><ListAttachedRolePoliciesResult><IsTruncated>false</IsTruncated><AttachedPolicies>{members}</AttachedPolicies></ListAttachedRolePoliciesResult></ListAttachedRolePoliciesResponse>"
    )
}
