//! Every message and every question, as people read them: one golden text each. `make golden` writes them anew.

use super::*;
use crate::contain_role_tests::before;
use crate::policy::Known;
use crate::remediate_policy::tests::{POLICY, about as about_policy, who};
use crate::remediation::judge::judge;
use crate::remediation::kind::{Place, managed};
use crate::remediation::look::Live;
use crate::testing::finding;
use contract::tasks::check_guardrails::Reason;
use contract::tasks::notify::Trouble;
use contract::{
    Before, BlastRadius, Change, InstanceFacts, OldVersion, PolicyBefore, PrincipalKind, Remediated,
    RoleFacts, ServiceUse, Source, Was,
};
use contract::{Contained, Remote};
use serde_json::json;
use std::collections::BTreeMap;
use std::path::Path;

fn context() -> Context {
    Context {
        role: RoleFacts::Verified {
            arn: "arn:aws:iam::123456789012:role/web-frontend".to_owned(),
            created: "2025-06-01T08:00:00Z".to_owned(),
            tags: BTreeMap::new(),
        },
        instance: InstanceFacts::Found {
            id: "i-0a1b2c3d4e5f60718".to_owned(),
            state: "running".to_owned(),
            tags: BTreeMap::new(),
            public_ip: None,
        },
        profile: None,
        environment: Some("production".to_owned()),
        owner: Some("storefront@example.com".to_owned()),
        other_instances: vec!["i-0b1b2c3d4e5f60719".to_owned(), "i-0c1b2c3d4e5f6071a".to_owned()],
        other_instance_count: 2,
        remarks: vec!["The instance's profile carries another role now.".to_owned()],
    }
}

/// A finding in which everything that can be is hostile.
fn hostile() -> (Finding, Context) {
    let evil = "<script>alert(1)</script>\r\nSubject: x\u{202e} https://evil.example/`rm`|click";
    let (mut finding, mut context) = (finding(), context());
    finding.title = evil.to_owned();
    finding.kind = evil.to_owned();
    finding.remote = Some(Remote {
        ip: Some(evil.to_owned()),
        country: None,
        organization: Some(evil.to_owned()),
        api: Some(evil.to_owned()),
    });
    finding.principal =
        Principal::Other { user_type: evil.to_owned(), name: evil.to_owned(), reason: evil.to_owned() };
    context.environment = Some(evil.to_owned());
    context.owner = Some(evil.to_owned());
    context.remarks = vec![evil.to_owned()];
    (finding, context)
}

fn messages() -> Vec<(&'static str, Message)> {
    let reason = || {
        vec![Reason {
            guardrail: "protected".to_owned(),
            message: "It is on the list of protected roles.".to_owned(),
        }]
    };
    let contained = || Contained {
        role_name: "web-frontend".to_owned(),
        policy_name: before().policy_name,
        applied_at: "2026-01-01T12:00:06Z".to_owned(),
    };
    let trouble = || {
        Trouble {
        name: "ContainmentFailed".to_owned(),
        state: "Contain the role".to_owned(),
        error: "CannotBeContained".to_owned(),
        cause: r#"{"errorType":"CannotBeContained","errorMessage":"IAM does not take a policy on `web-frontend`"}"#.to_owned(),
    }
    };
    vec![
        ("opened-enrich", Message::Opened { mode: Mode::Enrich }),
        ("opened-plan", Message::Opened { mode: Mode::Plan }),
        ("opened-approve", Message::Opened { mode: Mode::Approve }),
        ("opened-auto", Message::Opened { mode: Mode::Auto }),
        ("planned", Message::Planned { reasons: Vec::new() }),
        ("handed-over", Message::HandedOver { reasons: reason() }),
        ("not-answered", Message::NotAnswered { waited_seconds: 3600 }),
        (
            "denied",
            Message::Denied {
                answer: "grace@example.com at 2026-01-01T12:05:00Z: a known egress".to_owned(),
            },
        ),
        ("contained", Message::Contained { contained: contained(), undo_seconds: 86_400 }),
        ("fought-back", Message::FoughtBack { contained: contained(), round: 1 }),
        ("not-written-back", Message::NotWrittenBack { trouble: trouble() }),
        ("undo-not-offered", Message::UndoNotOffered { trouble: trouble(), before: before().into() }),
        (
            "restored",
            Message::Restored {
                by: "grace@example.com".to_owned(),
                reason: "it was the nightly export".to_owned(),
                before: before().into(),
                changed_meanwhile: Vec::new(),
                not_as_before: Vec::new(),
            },
        ),
        (
            "restored-with-changes",
            Message::Restored {
                by: "grace@example.com".to_owned(),
                reason: "it was the nightly export".to_owned(),
                before: Before {
                    inline_policies: vec![contract::Inline {
                        name: "redress-contain-0a1b2c3d4e5f".to_owned(),
                        sha256: String::new(),
                    }],
                    ..before()
                }
                .into(),
                changed_meanwhile: vec!["The inline policy debug is new.".to_owned()],
                not_as_before: Vec::new(),
            },
        ),
        (
            "kept",
            Message::Kept {
                reason: "nobody took it back while the undo was on offer.".to_owned(),
                contained: contained(),
            },
        ),
        ("undo-failed", Message::UndoFailed { trouble: trouble(), before: before().into() }),
        ("failed", Message::Failed { trouble: trouble(), before: None }),
        ("failed-after-a-change", Message::Failed { trouble: trouble(), before: Some(before().into()) }),
    ]
}

/// The plan for a customer-managed policy that allows everything.
fn policy_plan(evil: &str) -> Plan {
    let live = Live {
        document: json!({ "Version": "2012-10-17", "Statement": [
            { "Sid": evil, "Effect": "Allow", "Action": ["s3:GetObject", "iam:*"], "Resource": "*" },
        ] })
        .to_string(),
        place: Place::Managed(managed::Found {
            arn: POLICY.to_owned(),
            policy_id: "ANPAEXAMPLE0000000001".to_owned(),
            default_version: "v5".to_owned(),
            versions: ["v5", "v4", "v3", "v2", "v1"].map(str::to_owned).to_vec(),
            attached: vec![],
        }),
        used_by: String::new(),
        blast: BlastRadius {
            attached: vec![who(PrincipalKind::Role), who(PrincipalKind::Group)],
            attached_count: 23,
            boundary_count: 1,
            used: vec![ServiceUse { service: "s3".to_owned(), at: format!("2025-12-31T23:59:59Z{evil}") }],
            unused_count: 4,
            remarks: vec![format!("It is a permissions boundary as well. {evil}")],
        },
    };
    judge(&live, Source::Config, &Known::default())
}

fn policy_finding(subject: Subject) -> Finding {
    Finding {
        source: Source::CloudTrail,
        kind: "IAM:CreatePolicyVersion".to_owned(),
        title: "arn:aws:iam::123456789012:user/ada called CreatePolicyVersion on the policy teams/deploy."
            .to_owned(),
        severity: 0.0,
        principal: Principal::Other {
            user_type: "IAMUser".to_owned(),
            name: "arn:aws:iam::123456789012:user/ada".to_owned(),
            reason: "it made the call".to_owned(),
        },
        instance_id: None,
        ..about_policy(subject)
    }
}

fn policy_before(evil: &str) -> PolicyBefore {
    let document = |action: &str| {
        json!({ "Version": "2012-10-17", "Statement": [{ "Sid": evil, "Effect": "Allow", "Action": action, "Resource": "*" }] })
            .to_string()
    };
    PolicyBefore {
        case_id: "4f1b2c3d4e5f".to_owned(),
        account: Some("123456789012".to_owned()),
        subject: Subject::Policy { arn: POLICY.to_owned() },
        was: Was::Managed {
            policy_id: "ANPAEXAMPLE0000000001".to_owned(),
            default_version: "v5".to_owned(),
            document: document("iam:*"),
            versions: ["v5", "v4", "v3", "v2", "v1"].map(str::to_owned).to_vec(),
            oldest: Some(OldVersion { id: "v1".to_owned(), document: document("s3:GetObject") }),
            attached: vec![],
        },
        change: Change::NewVersion { arn: POLICY.to_owned(), document: document("s3:GetObject") },
        taken_at: "2026-01-01T12:00:00Z".to_owned(),
    }
}

fn policy_messages(evil: &str) -> Vec<(&'static str, Message)> {
    let remediated = || Remediated {
        what: format!(
            "The version v6 of {POLICY} was made and is the default. The version v1 was deleted to make room; it is on record."
        ),
        version: Some("v6".to_owned()),
        deleted_version: Some("v1".to_owned()),
        applied_at: "2026-01-01T12:00:06Z".to_owned(),
    };
    let trouble = || Trouble {
        name: "UndoFailed".to_owned(),
        state: "Restore the policy".to_owned(),
        error: "Drifted".to_owned(),
        cause: format!("The default version is v7 now. It says: {evil}"),
    };
    let before = || policy_before(evil);
    let reason =
        Reason { guardrail: "template".to_owned(), message: format!("It comes from a template. {evil}") };
    vec![
        ("policy-opened-approve", Message::Opened { mode: Mode::Approve }),
        ("policy-opened-auto", Message::Opened { mode: Mode::Auto }),
        (
            "policy-safe",
            Message::Safe { reason: format!("The analysis finds nothing dangerous in it. {evil}") },
        ),
        ("policy-planned", Message::Planned { reasons: vec![reason.clone()] }),
        ("policy-handed-over", Message::HandedOver { reasons: vec![reason] }),
        ("policy-not-answered", Message::NotAnswered { waited_seconds: 3600 }),
        ("policy-denied", Message::Denied { answer: format!("grace@example.com at noon: {evil}") }),
        ("policy-remediated", Message::Remediated { remediated: remediated(), undo_seconds: 86_400 }),
        ("policy-put-back", Message::PutBack { remediated: remediated(), round: 1 }),
        (
            "policy-restored",
            Message::Restored {
                by: "grace@example.com".to_owned(),
                reason: format!("the pipeline needs it {evil}"),
                before: before().into(),
                changed_meanwhile: vec!["It was attached to the role debug.".to_owned()],
                not_as_before: vec!["The version v1 is version v7 now.".to_owned()],
            },
        ),
        (
            "policy-stays",
            Message::StaysRemediated {
                reason: "nobody took it back.".to_owned(),
                before: Box::new(before()),
            },
        ),
        ("policy-undo-not-offered", Message::UndoNotOffered { trouble: trouble(), before: before().into() }),
        ("policy-undo-failed", Message::UndoFailed { trouble: trouble(), before: before().into() }),
        ("policy-failed", Message::Failed { trouble: trouble(), before: Some(before().into()) }),
    ]
}

#[test]
fn people_read_what_they_need_of_a_policy() {
    let finding = policy_finding(Subject::Policy { arn: POLICY.to_owned() });
    let plan = policy_plan("Deploy");
    let about = About { plan: Some(&plan), ..about(Some(&finding), None) };
    for (name, message) in policy_messages("") {
        let told =
            matches!(message, Message::Opened { .. } | Message::Planned { .. } | Message::HandedOver { .. });
        let about =
            About { plan: about.plan.filter(|_| told), link: about.link.clone(), page: None, ..about };
        golden(name, &compose(&message, &about));
    }
    let about = About { plan: None, page: None, ..about };
    let (id, until) = ("0123456789abcdef0123456789abcdef", "2026-01-01T13:00:00Z");
    let reasons = vec![Reason { guardrail: "boundary".to_owned(), message: "It is a boundary.".to_owned() }];
    golden(
        "policy-ask-remediate",
        &ask(
            &Question::Remediate { reasons, plan: Box::new(plan.clone()) },
            id,
            until,
            Occasion::First,
            &about,
        ),
    );
    let before = policy_before("Deploy").into();
    golden(
        "policy-reminder-remediate",
        &ask(
            &Question::Remediate { reasons: vec![], plan: Box::new(plan.clone()) },
            id,
            until,
            Occasion::Reminder,
            &about,
        ),
    );
    golden("policy-escalation", &escalate(&Message::NotAnswered { waited_seconds: 86_400 }, &about));
    golden("policy-ask-undo", &ask(&Question::Undo { before }, id, until, Occasion::First, &about));
}

#[test]
fn nothing_hostile_of_a_policy_reaches_people() {
    let evil = "<script>alert(1)</script>\r\nSubject: it's x\u{202e} https://evil.example/`rm`|click";
    let finding = Finding {
        title: evil.to_owned(),
        managed_by: Some(evil.to_owned()),
        ..policy_finding(Subject::Other { reason: evil.to_owned() })
    };
    let plan = policy_plan(evil);
    let about = About { plan: Some(&plan), ..about(Some(&finding), None) };
    let mut mails: Vec<Mail> =
        policy_messages(evil).iter().map(|(_, message)| compose(message, &about)).collect();
    let question = Question::Remediate { reasons: vec![], plan: Box::new(plan.clone()) };
    for occasion in [Occasion::First, Occasion::Reminder] {
        mails.push(ask(&question, "id", "soon", occasion, &about));
    }
    mails.push(escalate(&Message::NotAnswered { waited_seconds: 3600 }, &about));
    for mail in mails {
        assert!(mail.subject.len() < 100 && mail.subject.is_ascii());
        for forbidden in ["<script", "https://evil", "\u{202e}", "`rm`", "\r"] {
            assert!(!mail.body.contains(forbidden), "{forbidden}\n{}", mail.body);
        }
        assert!(!mail.body.lines().any(|line| line.starts_with("Subject")), "{}", mail.body);
        for command in mail.body.lines().filter(|line| line.contains("--policy-document")) {
            assert_eq!(
                command.matches('\'').count(),
                2,
                "what stands between the quotes stays there: {command}"
            );
        }
    }
}

fn about<'a>(finding: Option<&'a Finding>, context: Option<&'a Context>) -> About<'a> {
    About {
        case_id: finding.map(|_| "4f1b2c3d4e5f"),
        finding,
        context,
        plan: None,
        link: "https://console.example/run".to_owned(),
        page: None,
    }
}

#[track_caller]
fn golden(name: &str, mail: &Mail) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/words/golden").join(format!("{name}.txt"));
    let text = format!("{}\n\n{}", mail.subject, mail.body);
    if std::env::var_os("GOLDEN").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), text, "{name}");
}

#[test]
fn people_read_what_they_need() {
    let (finding, context) = (finding(), context());
    for (name, message) in messages() {
        golden(name, &compose(&message, &about(Some(&finding), Some(&context))));
    }
    let question = Question::Contain {
        reasons: vec![Reason { guardrail: "exempt".to_owned(), message: "The role is exempt.".to_owned() }],
    };
    golden(
        "ask-contain",
        &ask(
            &question,
            "0123456789abcdef0123456789abcdef",
            "2026-01-01T13:00:00Z",
            Occasion::First,
            &about(Some(&finding), Some(&context)),
        ),
    );
    let page = page("https://approvals.example.com/approvals/{id}", "0123456789abcdef0123456789abcdef");
    let with_page = About { page, ..about(Some(&finding), None) };
    let (id, until) = ("0123456789abcdef0123456789abcdef", "2026-01-01T13:00:00Z");
    golden("ask-contain-with-page", &ask(&question, id, until, Occasion::First, &with_page));
    let question = Question::Undo { before: before().into() };
    golden(
        "ask-undo",
        &ask(
            &question,
            "0123456789abcdef0123456789abcdef",
            "2026-01-02T12:00:00Z",
            Occasion::First,
            &about(Some(&finding), None),
        ),
    );
    golden("reminder-undo", &ask(&question, id, "2026-01-31T12:00:00Z", Occasion::Reminder, &with_page));
    let (_, failed) = messages().into_iter().find(|(name, _)| *name == "failed").unwrap();
    golden("unreadable", &compose(&failed, &about(None, None)));
    let (finding, context) = hostile();
    golden(
        "hostile",
        &compose(&Message::Opened { mode: Mode::Auto }, &about(Some(&finding), Some(&context))),
    );
}

#[test]
fn no_message_carries_markup_links_or_long_subjects() {
    let (finding, context) = hostile();
    for (name, message) in messages() {
        let mail = compose(&message, &about(Some(&finding), Some(&context)));
        assert!(
            mail.subject.len() < 100 && mail.subject.is_ascii() && !mail.subject.contains(['\n', '\r']),
            "{name}: {}",
            mail.subject
        );
        for forbidden in ["<script", "https://evil", "\u{202e}", "`rm`", "\r"] {
            assert!(!mail.body.contains(forbidden), "{name}: {forbidden}\n{}", mail.body);
        }
        // A line that an attacker begins would look like one of ours.
        assert!(!mail.body.lines().any(|line| line.starts_with("Subject")), "{name}");
    }
}

#[test]
fn a_link_names_the_execution() {
    let arn = "arn:aws:states:eu-west-1:123456789012:execution:credential-exfiltration:run-1";
    assert_eq!(link("https://{region}.console/{execution}", arn), format!("https://eu-west-1.console/{arn}"));
    assert_eq!(link("redress show {name}", arn), "redress show run-1");
    assert_eq!(page("", "0123"), None);
}
