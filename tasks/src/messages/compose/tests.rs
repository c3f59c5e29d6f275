//! Every message and every question, as people read them: a golden text each.

use super::*;
use crate::messages::samples::{
    CASE, EVIL, contained, finding, hostile, looked, looked_with, messages, policy, reason,
};
use crate::testing::golden::golden;
use contract::{Finding, Trouble};
use serde_json::json;

const ID: &str = "0123456789abcdef0123456789abcdef";
const UNTIL: &str = "2026-01-01T13:00:00Z";

fn details<'a>(finding: Option<&'a Finding>, looked: Option<&'a Looked>) -> CaseDetails<'a> {
    let link = "https://console.example/run".to_owned();
    CaseDetails {
        case_id: finding.map(|_| CASE),
        finding,
        looked,
        link,
        page: None,
        since: None,
        requested: None,
    }
}

#[track_caller]
fn compare(name: &str, email: &Email) {
    golden(&format!("src/messages/golden/{name}.txt"), &format!("{}\n\n{}", email.subject, email.body));
}

#[test]
fn every_message_about_a_role_reads_well() {
    let (finding, looked) = (finding(), looked());
    let nothing =
        looked_with(json!({ "outcome": "Nothing", "why": "There is no role web-frontend any more." }));
    for (name, message) in messages() {
        let looked = if name == "nothing" { &nothing } else { &looked };
        compare(name, &compose(&message, &details(Some(&finding), Some(looked))));
    }
    let (_, failed) = messages().into_iter().find(|(name, _)| *name == "failed").unwrap();
    compare("unreadable", &compose(&failed, &details(None, None)));
    let (finding, looked) = hostile();
    let opened = Message::Opened { mode: Mode::Auto };
    compare("hostile", &compose(&opened, &details(Some(&finding), Some(&looked))));
}

#[test]
fn every_message_about_a_policy_reads_well() {
    let (finding, looked) = (policy::finding(""), policy::looked("", 0));
    let mut nothing = looked.clone();
    nothing.plan = Plan::Nothing { why: "The analysis finds nothing dangerous in it.".to_owned() };
    for (name, message) in policy::messages("") {
        let looked = if name == "policy-nothing" { &nothing } else { &looked };
        compare(name, &compose(&message, &details(Some(&finding), Some(looked))));
    }
    let details = details(Some(&finding), Some(&looked));
    compare("policy-escalation", &escalate(&Message::NotAnswered { waited_seconds: 86_400 }, &details));
}

#[test]
fn every_question_reads_well() {
    let (of_role, role) = (finding(), looked());
    let page = crate::messages::page("https://approvals.example.com/approvals/{id}", ID);
    let role = details(Some(&of_role), Some(&role));
    let with_page = CaseDetails { page, ..role.clone() };
    let change = Question::Change { reasons: vec![reason("exempt", "The role is exempt.")] };
    let undo = Question::Undo { recorded: Box::new(contained()) };
    compare("ask-change", &ask(&change, ID, UNTIL, Round::First, &role));
    compare("ask-change-with-page", &ask(&change, ID, UNTIL, Round::First, &with_page));
    compare("ask-undo", &ask(&undo, ID, UNTIL, Round::First, &role));
    let since = Some("3 events have arrived in this case, the last at 2026-01-02T09:15:00Z.".to_owned());
    let since = CaseDetails { since, ..with_page };
    compare("reminder-undo", &ask(&undo, ID, UNTIL, Round::Reminder, &since));

    let (finding, looked) = (policy::finding(""), policy::looked("", 0));
    let policy = details(Some(&finding), Some(&looked));
    let undo = Question::Undo { recorded: Box::new(policy::recorded("")) };
    compare("policy-ask-change", &ask(&change, ID, UNTIL, Round::First, &policy));
    let without = Question::Change { reasons: vec![] };
    compare("policy-reminder-change", &ask(&without, ID, UNTIL, Round::Reminder, &policy));
    compare("policy-ask-undo", &ask(&undo, ID, UNTIL, Round::First, &policy));
}

/// A plan that goes to people, or has nothing to do, is never announced as a change, whatever the mode.
#[test]
fn what_happens_now_follows_from_the_mode_and_the_plan() {
    let plans = [
        ("no look", None),
        ("change", Some(looked())),
        ("nothing", Some(looked_with(json!({ "outcome": "Nothing", "why": "It is gone." })))),
        ("for people", Some(looked_with(json!({ "outcome": "ForPeople", "why": "It is the root user." })))),
    ];
    let finding = finding();
    for (name, looked) in &plans {
        for mode in [Mode::Enrich, Mode::Plan, Mode::Approve, Mode::Auto] {
            let email = compose(&Message::Opened { mode }, &details(Some(&finding), looked.as_ref()));
            let acts = *name == "change" && mode == Mode::Auto;
            let asks = *name == "change" && mode == Mode::Approve;
            assert_eq!(
                email.body.contains("Only if none speaks against it, the change is made"),
                acts,
                "{name} {mode:?}: {}",
                email.body
            );
            assert!(!email.body.contains("in a moment"), "the guardrails decide: {}", email.body);
            assert_eq!(email.body.contains("You will be asked"), asks, "{name} {mode:?}: {}", email.body);
            assert_eq!(email.body.contains("Nothing is changed"), !acts && !asks, "{name} {mode:?}");
            let says = match *name {
                "no look" | "for people" => "it goes to a person",
                "nothing" => "it needs no change. It is gone.",
                _ => "What happens now",
            };
            assert!(email.body.contains(says), "{name} {mode:?}: {}", email.body);
        }
    }
}

fn is_harmless(email: &Email) {
    assert!(
        email.subject.len() < 100 && email.subject.is_ascii() && !email.subject.contains(['\n', '\r']),
        "{}",
        email.subject
    );
    for forbidden in ["<script", "https://evil", "\u{202e}", "`rm`", "\r"] {
        assert!(!email.body.contains(forbidden), "{forbidden}\n{}", email.body);
    }
    // A line that an attacker begins would look like one of ours.
    let forged = |line: &str| line.trim_start().starts_with("Subject");
    assert!(!email.body.lines().any(forged), "{}", email.body);
    for command in email.body.lines().filter(|line| line.contains("--policy-document")) {
        assert_eq!(command.matches('\'').count(), 2, "a document stays between its quotes: {command}");
    }
}

#[test]
fn no_message_carries_markup_links_or_long_subjects() {
    let (finding, looked) = hostile();
    let hostile_details = details(Some(&finding), Some(&looked));
    for (_, message) in messages() {
        is_harmless(&compose(&message, &hostile_details));
    }
    let (finding, looked) = (policy::finding(EVIL), policy::looked(EVIL, 2));
    for details in [details(Some(&finding), Some(&looked)), hostile_details] {
        for (_, message) in policy::messages(EVIL) {
            is_harmless(&compose(&message, &details));
            is_harmless(&escalate(&message, &details));
        }
        let recorded = Box::new(policy::recorded(EVIL));
        for question in [Question::Change { reasons: vec![reason(EVIL, EVIL)] }, Question::Undo { recorded }]
        {
            for round in [Round::First, Round::Reminder] {
                is_harmless(&ask(&question, ID, UNTIL, round, &details));
            }
        }
    }
}

/// A command that is not safe for a shell is taken apart rather than shown.
#[test]
fn a_hostile_command_cannot_be_copied() {
    let mut recorded = contained();
    recorded.words.by_hand = vec![format!("aws iam get-role {EVIL}\nrm -rf `pwd`")];
    let trouble =
        Trouble { name: "x".to_owned(), state: "x".to_owned(), error: "x".to_owned(), cause: "x".to_owned() };
    let finding = finding();
    let message = Message::UndoFailed { trouble, recorded: Box::new(recorded), refused: 0 };
    is_harmless(&compose(&message, &details(Some(&finding), None)));
}
