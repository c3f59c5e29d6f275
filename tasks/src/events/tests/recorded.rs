//! Events that AWS has sent, as far as they are public: `iam-policy` reads the target of each, or gives a reason.

use super::*;
use std::path::Path;

/// The result of each: `ignored`, `other`, the target as a noun phrase, or a part of the error.
const RECORDED: &[(&str, &str)] = &[
    ("cloudtrail/createpolicy-terraform.json", "the policy stratus-red-team-ec2lui-policy-pcccexdthk"),
    (
        "cloudtrail/putrolepolicy.json",
        "the inline policy inline of the role stratus-red-team-ec2-steal-credentials-role",
    ),
    (
        "cloudtrail/attachrolepolicy-administratoraccess.json",
        "the policy AdministratorAccess on the role stratus-red-team-backdoor-r-role",
    ),
    (
        "cloudtrail/updateassumerolepolicy-external.json",
        "the trust policy of the role stratus-red-team-backdoor-r-role",
    ),
    ("cloudtrail/createuser-malicious.json", "other"),
    ("cloudtrail/stoplogging-trail-not-found.json", "ignored"),
    ("cloudtrail/stoplogging.json", "other"),
    ("cloudtrail/createbucket-assumedrole.json", "other"),
    ("access-analyzer/s3-external-account.json", "other"),
    ("access-analyzer/role-cognito-federated.json", "the trust policy of the role Cognito_testpoolAuth_Role"),
    ("access-analyzer/role-resolved.json", "ignored"),
    ("config/cloudtrail-enabled-now-compliant.json", "ignored"),
    ("config/loggroup-non-compliant-first-seen.json", "other"),
    ("config/volume-compliant-to-non-compliant.json", "other"),
    ("config/s3-sse-non-compliant-composed.json", "other"),
    ("securityhub-imported/fsbp-s3.4-failed.json", "other"),
    ("securityhub-imported/fsbp-iam.8-failed.json", "other"),
    ("securityhub-imported/cis-1.3-warning-account.json", "ignored"),
    ("securityhub-imported/fsbp-ec2.7-failed-account.json", "other"),
    ("securityhub-imported/inspector-log4j-ecr.json", "other"),
    ("securityhub-custom-action/cis-2.2-passed-trail.json", "other"),
    ("securityhub-custom-action/fsbp-ec2.2-failed-sg.json", "other"),
    ("securityhub-custom-action/fsbp-rds.1-failed-snapshot.json", "other"),
    ("securityhub-custom-action/cis-2.8-failed-kmskey.json", "other"),
    ("macie/sensitive-personal-xlsx.json", "which the responder does not read"),
];

#[test]
fn recorded_events_are_read_as_what_they_are() {
    let folder = Path::new("../../shared/events");
    if !folder.is_dir() {
        eprintln!("SKIPPED: there are no recorded events in `{}`", folder.display());
        return;
    }
    for (name, expected) in RECORDED {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        let said = match seen("iam-policy", &serde_json::from_str(&text).unwrap()) {
            Err(NotRead::Unreadable(why)) if why.contains(expected) => (*expected).to_owned(),
            Err(error) => format!("{error:?}"),
            Ok(Seen { ignored: Some(_), .. }) => "ignored".to_owned(),
            Ok(Seen { finding: Finding { target: Target::Other { .. }, .. }, .. }) => "other".to_owned(),
            Ok(seen) => seen.finding.target.what().to_owned(),
        };
        assert_eq!(said, *expected, "{name}");
    }
}
