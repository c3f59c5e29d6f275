//! Every message and every question, as people read them: one golden text each. `make golden` writes them anew.

use super::*;
use crate::contain_role_tests::before;
use crate::testing::finding;
use contract::tasks::notify::Trouble;
use contract::{Before, InstanceFacts, RoleFacts};
use contract::{Contained, Remote};
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
                before: contract::Recorded::Role(Before {
                    inline_policies: vec![contract::Inline {
                        name: "redress-contain-0a1b2c3d4e5f".to_owned(),
                        sha256: String::new(),
                    }],
                    ..before()
                }),
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

fn about<'a>(finding: Option<&'a Finding>, context: Option<&'a Context>) -> About<'a> {
    About {
        case_id: finding.map(|_| "4f1b2c3d4e5f"),
        finding,
        context,
        plan: None,
        link: "https://console.example/run".to_owned(),
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
            &about(Some(&finding), Some(&context)),
        ),
    );
    let question = Question::Undo { before: before().into() };
    golden(
        "ask-undo",
        &ask(
            &question,
            "0123456789abcdef0123456789abcdef",
            "2026-01-02T12:00:00Z",
            &about(Some(&finding), None),
        ),
    );
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
}
