//! Cases for the tests of messages, questions and pages: a contained role, and a policy that was put right.

use contract::steps::check_guardrails::Reason;
use contract::{CaseStatus, Changed, Finding, Looked, Message, Mode, Recorded, Restored, Trouble};
use serde_json::{Value, json};

pub(crate) const CASE: &str = "4f1b2c3d4e5f";

pub(crate) const EXECUTION: &str = "arn:aws:states:us-east-1:123456789012:execution:a-response:run-1";

/// Text of an attacker who tries everything.
pub(crate) const EVIL: &str =
    "<script>alert(1)</script>\r\nSubject: it's x\u{202e} https://evil.example/`rm`|click";

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

/// A finding about the role `web-frontend`, whose credentials were used by somebody else.
pub(crate) fn finding() -> Finding {
    read(json!({
        "source": "GuardDuty",
        "id": "7a0f1d2c",
        "arn": "arn:aws:guardduty:us-east-1:123456789012:detector/d/finding/7a0f1d2c",
        "productArn": "arn:aws:securityhub:us-east-1::product/aws/guardduty",
        "type": "UnauthorizedAccess:IAMUser/InstanceCredentialExfiltration.OutsideAWS",
        "title": "Credentials for the EC2 instance role web-frontend were used from an external IP address.",
        "severity": 8.0,
        "account": "123456789012",
        "region": "us-east-1",
        "partition": "aws",
        "lastSeen": "2026-01-01T11:59:40.000Z",
        "count": 1,
        "target": {
            "kind": "Resource",
            "what": "the role web-frontend",
            "resource": { "roleName": "web-frontend", "roleId": "AROAEXAMPLEWEBFRONT01" },
        },
        "actor": {
            "type": "AssumedRole", "name": "web-frontend", "roleId": "AROAEXAMPLEWEBFRONT01",
            "session": "i-0a1b2c3d4e5f60718", "ip": "198.51.100.24", "country": "Netherlands",
            "organization": "EXAMPLE-HOSTING", "api": "ListBuckets",
        },
        "otherCases": [{
            "caseId": "0a1b2c3d4e5f", "response": "iam-policy-remediation",
            "what": "the inline policy debug of the role web-frontend", "openedAt": "2026-01-01T11:58:00Z",
        }],
    }))
}

pub(crate) fn looked() -> Looked {
    read(json!({
        "found": "The credentials of the role web-frontend were used where they should not be.",
        "dangers": [],
        "target": finding().target,
        "context": {
            "environment": "production",
            "owner": "storefront@example.com",
            "facts": [
                { "name": "Role", "value": "arn:aws:iam::123456789012:role/web-frontend, created 2025-06-01T08:00:00Z" },
                { "name": "Instance", "value": "i-0a1b2c3d4e5f60718, running" },
                { "name": "Also used by", "value": "2 other instances: i-0b1b2c3d4e5f60719, i-0c1b2c3d4e5f6071a" },
                { "name": "Note", "value": "The instance's profile carries another role now." },
            ],
            "fields": { "redress:role": "web-frontend", "redress:environment": "production" },
        },
        "plan": {
            "outcome": "Change",
            "why": "The credentials are in other hands.",
            "change": { "roleName": "web-frontend", "policyName": "redress-contain-4f1b2c3d4e5f" },
            "effect": "An inline policy that denies everything would be put on the role. All its sessions would stop working, and so would the 2 other instances that use it.",
            "diff": "",
            "question": "Shall everything be denied to the role web-frontend?",
            "hits": [],
        },
    }))
}

/// The same role, which nobody can contain any more.
pub(crate) fn looked_with(plan: Value) -> Looked {
    let mut looked = serde_json::to_value(looked()).unwrap();
    looked["plan"] = plan;
    read(looked)
}

pub(crate) fn contained() -> Recorded {
    read(json!({
        "caseId": CASE,
        "account": "123456789012",
        "kind": "role-containment",
        "what": "the role web-frontend",
        "change": { "roleName": "web-frontend", "policyName": "redress-contain-4f1b2c3d4e5f" },
        "was": {
            "roleArn": "arn:aws:iam::123456789012:role/web-frontend", "roleId": "AROAEXAMPLEWEBFRONT01",
            "inlinePolicies": [], "attachedPolicies": [],
        },
        "words": {
            "done": "contained",
            "changed": "Everything is denied to the role web-frontend.",
            "stays": "The role web-frontend stays contained.",
            "undo": "It removes redress-contain-4f1b2c3d4e5f and nothing else, and checks that it is gone.",
            "byHand": [
                "aws iam get-role-policy --role-name web-frontend --policy-name redress-contain-4f1b2c3d4e5f",
                "aws iam delete-role-policy --role-name web-frontend --policy-name redress-contain-4f1b2c3d4e5f",
            ],
        },
        "takenAt": "2026-01-01T12:00:00Z",
    }))
}

pub(crate) fn reason(guardrail: &str, message: &str) -> Reason {
    Reason { guardrail: guardrail.to_owned(), message: message.to_owned() }
}

fn found_meanwhile(name: &str, error: &str) -> Trouble {
    Trouble {
        name: name.to_owned(),
        state: "Verify it meanwhile".to_owned(),
        error: error.to_owned(),
        cause: "The policy redress-contain-4f1b2c3d4e5f on the role web-frontend is not what was put."
            .to_owned(),
    }
}

pub(crate) fn trouble(name: &str) -> Trouble {
    Trouble {
        name: name.to_owned(),
        state: "Make the change".to_owned(),
        error: "CannotBeChanged".to_owned(),
        cause: r#"{"errorType":"CannotBeChanged","errorMessage":"the role `web-frontend` cannot be changed: it has no room for a policy"}"#.to_owned(),
    }
}

/// Every message about the role, by the name of its golden file.
pub(crate) fn messages() -> Vec<(&'static str, Message)> {
    let changed = || Changed {
        what: "The inline policy redress-contain-4f1b2c3d4e5f was put on the role web-frontend.".to_owned(),
        applied_at: "2026-01-01T12:00:06Z".to_owned(),
    };
    let recorded = || Box::new(contained());
    let restored = |restored: Restored| Message::Restored {
        by: "grace@example.com".to_owned(),
        reason: "it was the nightly export".to_owned(),
        recorded: recorded(),
        restored: Restored { restored: true, ..restored },
    };
    let failed = || trouble("ChangeFailed");
    vec![
        ("opened-enrich", Message::Opened { mode: Mode::Enrich }),
        ("opened-plan", Message::Opened { mode: Mode::Plan }),
        ("opened-approve", Message::Opened { mode: Mode::Approve }),
        ("opened-auto", Message::Opened { mode: Mode::Auto }),
        ("planned", Message::Planned { reasons: Vec::new() }),
        ("nothing", Message::Nothing),
        ("joined-asked", Message::Joined { asked: true }),
        (
            "handed-over",
            Message::HandedOver {
                reasons: vec![reason("protected", "It is on the list of protected roles.")],
            },
        ),
        ("not-answered", Message::NotAnswered { waited_seconds: 3600 }),
        (
            "denied",
            Message::Denied {
                answer: "grace@example.com at 2026-01-01T12:05:00Z: a known egress".to_owned(),
            },
        ),
        (
            "changed",
            Message::Changed {
                changed: changed(),
                recorded: recorded(),
                undo_seconds: 86_400,
                trouble: None,
            },
        ),
        (
            "changed-by-somebody",
            Message::Changed {
                changed: changed(),
                recorded: recorded(),
                undo_seconds: 86_400,
                trouble: Some(failed()),
            },
        ),
        ("changed-again", Message::ChangedAgain { changed: changed(), recorded: recorded(), round: 1, trouble: None }),
        (
            "changed-again-perhaps",
            Message::ChangedAgain { changed: changed(), recorded: recorded(), round: 2, trouble: Some(failed()) },
        ),
        (
            "lost",
            Message::Lost { trouble: found_meanwhile("ChangeLost", "Drifted"), recorded: recorded(), number: 1 },
        ),
        (
            "lost-from-sight",
            Message::Lost { trouble: found_meanwhile("NotVerified", "Unknown"), recorded: recorded(), number: 2 },
        ),
        ("not-written-back", Message::NotWrittenBack { trouble: failed() }),
        ("undo-not-offered", Message::UndoNotOffered { trouble: failed(), recorded: recorded() }),
        ("restored", restored(Restored::default())),
        (
            "restored-with-changes",
            restored(Restored {
                changed_meanwhile: vec!["The inline policy debug is new.".to_owned()],
                left_alone: vec![
                    "aws iam delete-role-policy --role-name web-frontend --policy-name redress-contain-0a1b2c3d4e5f".to_owned(),
                ],
                ..Restored::default()
            }),
        ),
        (
            "kept",
            Message::Kept {
                reason: "nobody took it back while the undo was on offer.".to_owned(),
                recorded: recorded(),
            },
        ),
        (
            "goes-on",
            Message::GoesOn {
                ended: CaseStatus::Changed,
                occurrences: 7,
                recorded: Some(recorded()),
            },
        ),
        (
            "goes-on-handed-over",
            Message::GoesOn { ended: CaseStatus::HandedOver, occurrences: 96, recorded: None },
        ),
        (
            "goes-on-denied",
            Message::GoesOn { ended: CaseStatus::Denied, occurrences: 2, recorded: None },
        ),
        ("undo-failed", Message::UndoFailed { trouble: failed(), recorded: recorded(), refused: 0 }),
        ("failed", Message::Failed { trouble: failed(), recorded: None }),
        ("failed-after-a-change", Message::Failed { trouble: failed(), recorded: Some(recorded()) }),
    ]
}

/// A managed policy, with the text of an attacker wherever one could be.
pub(crate) mod policy {
    use super::*;

    const ARN: &str = "arn:aws:iam::123456789012:policy/teams/deploy";

    pub(crate) fn finding(evil: &str) -> Finding {
        read(json!({
            "source": "CloudTrail",
            "id": "7a0f1d2c",
            "arn": "arn:aws:cloudtrail:us-east-1:123456789012:event/7a0f1d2c",
            "productArn": "arn:aws:securityhub:us-east-1::product/aws/cloudtrail",
            "type": format!("CreatePolicyVersion{evil}"),
            "title": format!("ada called CreatePolicyVersion on the policy teams/deploy.{evil}"),
            "severity": 0.0,
            "account": "123456789012",
            "region": "us-east-1",
            "partition": "aws",
            "lastSeen": "2026-01-01T11:59:40.000Z",
            "count": 1,
            "target": {
                "kind": "Resource",
                "what": format!("the policy teams/deploy{evil}"),
                "resource": { "kind": "Managed", "arn": ARN },
            },
            "actor": {
                "type": format!("IAMUser{evil}"), "name": format!("arn:aws:iam::123456789012:user/ada{evil}"),
                "api": format!("CreatePolicyVersion{evil}"),
            },
            "managedBy": format!("CloudFormation{evil}"),
        }))
    }

    /// A look at it, with so many more lines in the difference.
    pub(crate) fn looked(evil: &str, lines: usize) -> Looked {
        // The difference of documents is escaped where it is made.
        let escaped = crate::text::escape(evil);
        let more: String = (0..lines).map(|n| format!("-          \"s3:Get{n}{escaped}\",\n")).collect();
        read(json!({
            "found": format!("The policy teams/deploy may be dangerous.{evil}"),
            "dangers": [
                format!("Critical: whoever has it may change every user, role and policy. It is granted by iam:* in statement 1.{evil}"),
                "Medium: whoever has it may read the data of every application. It is granted by s3:GetObject in statement 1.",
            ],
            "target": finding(evil).target,
            "context": {
                "facts": [{ "name": format!("Versions{evil}"), "value": format!("5{evil}") }],
                "fields": {},
            },
            "plan": {
                "outcome": "Change",
                "why": "It is dangerous, and the danger can be taken out.",
                "change": { "kind": "NewVersion", "arn": ARN, "document": "{}" },
                "effect": format!("A new version of the policy without iam:* becomes the default; v5 stays for the undo.{evil}"),
                "diff": format!("@@ -5,8 +5,7 @@\n         \"Sid\": \"Deploy{escaped}\",\n         \"Effect\": \"Allow\",\n         \"Action\": [\n-          \"s3:GetObject\",\n{more}-          \"iam:*\"\n+          \"s3:GetObject\"\n         ],\n"),
                "question": format!("Shall the policy teams/deploy be changed?{evil}"),
                "hits": [
                    { "name": "Who has it", "value": format!("the role web, the group web and 21 more{evil}") },
                    { "name": "Used lately", "value": "s3 at 2025-12-31T23:59:59Z; 4 other services not in 400 days" },
                ],
            },
        }))
    }

    pub(crate) fn recorded(evil: &str) -> Recorded {
        let document = |action: &str| {
            let statement = json!({ "Sid": evil, "Effect": "Allow", "Action": action, "Resource": "*" });
            crate::text::json(&json!({ "Version": "2012-10-17", "Statement": [statement] }).to_string())
        };
        read(json!({
            "caseId": CASE,
            "account": "123456789012",
            "kind": "iam-policy",
            "what": format!("the policy teams/deploy{evil}"),
            "change": { "kind": "NewVersion", "arn": ARN, "document": document("s3:GetObject") },
            "was": {
                "kind": "Managed", "policyId": "ANPAEXAMPLE0000000001", "defaultVersion": "v5",
                "document": document("iam:*"), "versions": ["v5", "v4"], "attached": [],
            },
            "words": {
                "done": format!("put right{evil}"),
                "changed": format!("The policy teams/deploy is not dangerous any more.{evil}"),
                "stays": format!("The policy teams/deploy stays as it was changed.{evil}"),
                "undo": format!("It puts back what was there at 2026-01-01T12:00:00Z, and nothing else, and checks it.{evil}"),
                "byHand": [
                    format!("aws iam set-default-policy-version --policy-arn {ARN} --version-id v5"),
                    format!("aws iam create-policy-version --policy-arn {ARN} --policy-document '{}'", document("iam:*")),
                ],
            },
            "takenAt": format!("2026-01-01T12:00:00Z{evil}"),
        }))
    }

    /// Every message about it, by the name of its golden file.
    pub(crate) fn messages(evil: &str) -> Vec<(&'static str, Message)> {
        let changed = || Changed {
            what: format!("The version v6 of {ARN} was made and is the default.{evil}"),
            applied_at: format!("2026-01-01T12:00:06Z{evil}"),
        };
        let recorded = || Box::new(recorded(evil));
        let trouble = || Trouble {
            name: "UndoFailed".to_owned(),
            state: format!("Put it back{evil}"),
            error: format!("Drifted{evil}"),
            cause: format!("The default version is v7 now.{evil}"),
        };
        let reasons = || {
            vec![Reason {
                guardrail: format!("template{evil}"),
                message: format!("It comes from a template.{evil}"),
            }]
        };
        vec![
            ("policy-opened-approve", Message::Opened { mode: Mode::Approve }),
            ("policy-opened-auto", Message::Opened { mode: Mode::Auto }),
            ("policy-nothing", Message::Nothing),
            ("policy-joined-asked", Message::Joined { asked: true }),
            ("policy-joined", Message::Joined { asked: false }),
            ("policy-planned", Message::Planned { reasons: reasons() }),
            ("policy-handed-over", Message::HandedOver { reasons: reasons() }),
            ("policy-not-answered", Message::NotAnswered { waited_seconds: 3600 }),
            ("policy-denied", Message::Denied { answer: format!("grace@example.com at noon: no{evil}") }),
            (
                "policy-changed",
                Message::Changed {
                    changed: changed(),
                    recorded: recorded(),
                    undo_seconds: 86_400,
                    trouble: None,
                },
            ),
            (
                "policy-changed-again",
                Message::ChangedAgain { changed: changed(), recorded: recorded(), round: 1, trouble: None },
            ),
            ("policy-not-written-back", Message::NotWrittenBack { trouble: trouble() }),
            ("policy-undo-not-offered", Message::UndoNotOffered { trouble: trouble(), recorded: recorded() }),
            (
                "policy-restored",
                Message::Restored {
                    by: format!("grace@example.com{evil}"),
                    reason: format!("the pipeline needs it{evil}"),
                    recorded: recorded(),
                    restored: Restored {
                        restored: true,
                        changed_meanwhile: vec![format!("It was attached to the role debug.{evil}")],
                        not_as_before: vec![format!("The version v1 is version v7 now.{evil}")],
                        left_alone: Vec::new(),
                    },
                },
            ),
            (
                "policy-kept",
                Message::Kept { reason: format!("nobody took it back.{evil}"), recorded: recorded() },
            ),
            (
                "policy-undo-failed",
                Message::UndoFailed { trouble: trouble(), recorded: recorded(), refused: 0 },
            ),
            ("policy-failed", Message::Failed { trouble: trouble(), recorded: Some(recorded()) }),
        ]
    }
}

/// The role's finding and the look at it, with the text of an attacker wherever one could be.
pub(crate) fn hostile() -> (Finding, Looked) {
    let (mut finding, mut looked) = (finding(), looked());
    (finding.title, finding.kind) = (EVIL.to_owned(), EVIL.to_owned());
    (finding.id, finding.account) = (EVIL.to_owned(), EVIL.to_owned());
    (finding.region, finding.last_seen) = (EVIL.to_owned(), Some(EVIL.to_owned()));
    finding.target = contract::Target::Other { what: EVIL.to_owned(), why: EVIL.to_owned() };
    looked.target = finding.target.clone();
    if let Some(actor) = &mut finding.actor {
        (actor.kind, actor.name) = (EVIL.to_owned(), EVIL.to_owned());
        for text in [
            &mut actor.role_id,
            &mut actor.session,
            &mut actor.ip,
            &mut actor.country,
            &mut actor.organization,
            &mut actor.api,
        ] {
            *text = Some(EVIL.to_owned());
        }
    }
    looked.found = EVIL.to_owned();
    looked.dangers = vec![EVIL.to_owned()];
    looked.context.environment = Some(EVIL.to_owned());
    looked.context.owner = Some(EVIL.to_owned());
    for fact in &mut looked.context.facts {
        (fact.name, fact.value) = (EVIL.to_owned(), EVIL.to_owned());
    }
    looked.plan = contract::Plan::ForPeople { why: EVIL.to_owned() };
    (finding, looked)
}
