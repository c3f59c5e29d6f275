//! What people read: a subject and a body in plain text, for every message and every question.

use crate::words::letter::{Letter, Mark};
use crate::words::text::line;
use crate::words::{by_hand, facts};
use contract::tasks::notify::Message;
use contract::{Context, Finding, Mode, Plan, Principal, Question, Recorded, Subject};

/// A message as SNS takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mail {
    /// ASCII, fewer than 100 characters.
    pub(crate) subject: String,
    pub(crate) body: String,
}

/// Which time it is that people are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// The first.
    First,
    /// The question is about to expire, and nobody has answered.
    Reminder,
}

/// What every message of a case is about.
pub(crate) struct About<'a> {
    pub(crate) case_id: Option<&'a str>,
    pub(crate) finding: Option<&'a Finding>,
    pub(crate) context: Option<&'a Context>,
    pub(crate) plan: Option<&'a Plan>,
    /// Where the run can be looked at.
    pub(crate) link: String,
    /// Where a question can be answered in a browser, if it can.
    pub(crate) page: Option<String>,
}

/// Where an execution can be looked at. The template may name `{execution}` (its ARN), `{name}` and `{region}`.
pub(crate) fn link(template: &str, execution: &str) -> String {
    let part = |n: usize| execution.split(':').nth(n).unwrap_or_default();
    template.replace("{execution}", execution).replace("{name}", part(7)).replace("{region}", part(3))
}

/// Where a question can be answered in a browser. The template names `{id}`; an empty one says that there is no page.
pub(crate) fn page(template: &str, approval_id: &str) -> Option<String> {
    (!template.is_empty()).then(|| template.replace("{id}", approval_id))
}

impl About<'_> {
    /// Whether it is about a policy. Everything else is about a role.
    fn is_policy(&self) -> bool {
        self.finding.is_some_and(|finding| finding.subject.is_some())
    }

    /// What was done to it, or was not.
    fn done(&self) -> &'static str {
        if self.is_policy() { "changed" } else { "contained" }
    }

    /// The same as a noun.
    fn noun(&self) -> &'static str {
        if self.is_policy() { "change" } else { "containment" }
    }
}

/// Writes a message.
pub(crate) fn compose(message: &Message, about: &About) -> Mail {
    write(message, Mark::None, about)
}

/// Writes a message for those to whom it is escalated.
pub(crate) fn escalate(message: &Message, about: &About) -> Mail {
    write(message, Mark::Escalation, about)
}

fn write(message: &Message, mark: Mark, about: &About) -> Mail {
    let who = facts::who(about.finding);
    let mut letter = Letter::new(about, mark);
    match message {
        Message::Opened { mode } => {
            letter.title("Found", &who);
            letter.say(&if about.is_policy() {
                format!("{who} may be dangerous.")
            } else {
                format!("The credentials of {who} were used where they should not be.")
            });
            letter.next(opened(*mode, about.finding));
        }
        Message::Planned { reasons } => {
            letter.title("Plan", &who);
            let what = if about.is_policy() { "changed" } else { "contained" };
            letter.say(&format!("In another mode, {who} would be {what} now. Nothing was changed."));
            if !about.is_policy() {
                letter.section("What would happen", vec![facts::containment(about.context).to_owned()]);
            }
            letter.reasons("The guardrails", reasons);
        }
        Message::Safe { reason } => {
            letter.title("Nothing to do", &who);
            letter.say(&format!("{who} needs no change: {}", line(reason, 500)));
        }
        Message::HandedOver { reasons } => {
            letter.title("Yours now", &who);
            letter.say(&format!("This needs a person. Nothing was changed on {who}."));
            letter.reasons("Why", reasons);
        }
        Message::NotAnswered { waited_seconds } => {
            letter.title("Nobody answered", &who);
            letter.say(&format!(
                "{}Nobody answered within {}, so {who} was not {}. It is with you now.",
                mark.opening(),
                duration(*waited_seconds),
                about.done()
            ));
        }
        Message::Denied { answer } => {
            letter.title(&format!("Not {}", about.done()), &who);
            let act = if about.is_policy() { "change" } else { "contain" };
            letter.say(&format!("Somebody decided not to {act} {who}. Nothing was changed."));
            letter.section("The decision", vec![line(answer, 1000)]);
        }
        Message::Contained { contained, undo_seconds } => {
            letter.title("Contained", &who);
            letter.say(&format!("Everything is denied to {who}, and it was verified."));
            letter.section(
                "What was done",
                vec![
                    format!("The inline policy {} was put on the role.", contained.policy_name),
                    format!("It was read back at {}, and again once IAM had settled.", contained.applied_at),
                ],
            );
            letter.section("How to take it back", vec![format!(
                "A message with the command follows. The offer stands for {}; without an answer the role stays contained.",
                duration(*undo_seconds)
            )]);
        }
        Message::Remediated { remediated, undo_seconds } => {
            letter.title("Put right", &who);
            letter.say(&format!("{who} is not dangerous any more, and it was verified."));
            letter.section(
                "What was done",
                vec![
                    line(&remediated.what, 500),
                    format!("It was read back at {}, and again once IAM had settled.", remediated.applied_at),
                ],
            );
            letter.section("How to take it back", vec![format!(
                "A message with the command follows. The offer stands for {}; without an answer the change stays.",
                duration(*undo_seconds)
            )]);
        }
        Message::PutBack { remediated, round } => {
            letter.title("Somebody fights back", &who);
            letter.say(&format!("{who} had been made dangerous again. The change was made once more."));
            letter.section("What to do", vec![
                "Find out who put it back: look in CloudTrail. If a pipeline or a template did, the danger must be taken out there.".to_owned(),
                format!("{} This was round {round}; it is verified again in a moment.", line(&remediated.what, 500)),
            ]);
        }
        Message::FoughtBack { contained, round } => {
            letter.title("Somebody fights back", &who);
            letter.say("The containment had been taken off or changed. It is on the role again.");
            letter.section("What to do", vec![
                format!("Find out who changed {} on {}: look in CloudTrail for DeleteRolePolicy and PutRolePolicy.", contained.policy_name, contained.role_name),
                format!("It was put again {round} time(s) and is verified again in a moment."),
            ]);
        }
        Message::NotWrittenBack { trouble } => {
            letter.title("Finding not updated", &who);
            letter.say("Security Hub does not show what was done. Everything else went on.");
            letter.trouble(trouble);
        }
        Message::UndoNotOffered { trouble, before } => {
            letter.title("No undo on offer", &who);
            letter.say(&format!(
                "{who} is {}, and the undo could not be offered. The {} stays.",
                about.done(),
                about.noun()
            ));
            letter.trouble(trouble);
            letter.by_hand("How to take it back by hand", by_hand::undo(before));
        }
        Message::Restored { by, reason, before, changed_meanwhile, not_as_before } => {
            letter.title("Restored", &who);
            letter.say(&if changed_meanwhile.is_empty() && not_as_before.is_empty() {
                format!("{who} is as it was at {}. It was verified.", taken_at(before))
            } else if about.is_policy() {
                format!("The change of {who} was taken back. It was verified.")
            } else {
                format!("The containment is off {who} again. It was verified.")
            });
            letter.section("The decision", vec![format!("{}: {}", line(by, 200), line(reason, 500))]);
            let changes: Vec<String> = changed_meanwhile.iter().map(|change| line(change, 300)).collect();
            if !changes.is_empty() {
                letter.section("What else changed meanwhile, and was left alone", changes);
            }
            let not_as_before: Vec<String> = not_as_before.iter().map(|text| line(text, 300)).collect();
            if !not_as_before.is_empty() {
                letter.section("What IAM cannot give back as it was", not_as_before);
            }
            let others = match before {
                Recorded::Role(before) => by_hand::others(before),
                Recorded::Policy(_) => vec![],
            };
            if !others.is_empty() {
                letter.by_hand("Another case's containment was on it before, and is left alone", others);
            }
        }
        Message::Kept { reason, contained } => {
            letter.title("Stays contained", &who);
            letter.say(&format!("{who} stays contained: {}", line(reason, 500)));
            let commands = by_hand::remove(&contained.role_name, &contained.policy_name);
            letter.by_hand("How to take it back by hand", commands);
        }
        Message::StaysRemediated { reason, before } => {
            letter.title("Stays put right", &who);
            letter.say(&format!("{who} stays as it was changed: {}", line(reason, 500)));
            letter.by_hand("How to take it back by hand", by_hand::policy(before));
        }
        Message::UndoFailed { trouble, before } => {
            letter.title("UNDO FAILED", &who);
            letter.say(&format!("{who} could not be restored. A person must finish it."));
            letter.trouble(trouble);
            letter.by_hand("How to finish it by hand", by_hand::undo(before));
        }
        Message::Failed { trouble, before } => {
            letter.title("FAILED", &who);
            letter.say("The response failed. A person must take over.");
            letter.trouble(trouble);
            if let Some(before) = before {
                let title = if about.is_policy() {
                    "If the policy was changed and should not be"
                } else {
                    "If the role is contained and should not be"
                };
                letter.by_hand(title, by_hand::undo(before));
            }
        }
    }
    letter.finish()
}

/// Writes a question.
pub(crate) fn ask(
    question: &Question,
    approval_id: &str,
    expires_at: &str,
    occasion: Occasion,
    about: &About,
) -> Mail {
    let who = facts::who(about.finding);
    let mark = match occasion {
        Occasion::First => Mark::None,
        Occasion::Reminder => Mark::Reminder,
    };
    let mut letter = Letter::new(about, mark);
    match question {
        Question::Contain { reasons } => {
            letter.title("Your decision", &who);
            letter.say(&format!("{}Shall everything be denied to {who}?", mark.opening()));
            letter.section("What would happen", vec![facts::containment(about.context).to_owned()]);
            letter.reasons("Why you are asked", reasons);
            letter.answer(
                "How to answer",
                vec![
                    format!("redress approve {approval_id} --reason '...'"),
                    format!("redress deny {approval_id} --reason '...'"),
                    format!(
                        "Until {expires_at}. Without an answer nothing is changed, and the case is yours."
                    ),
                ],
            );
        }
        Question::Remediate { reasons, plan } => {
            letter.title("Your decision", &who);
            letter.say(&format!("{}Shall {who} be changed?", mark.opening()));
            letter.plan(plan);
            letter.reasons("Why you are asked", reasons);
            letter.answer(
                "How to answer",
                vec![
                    format!("redress approve {approval_id} --reason '...'"),
                    format!("redress deny {approval_id} --reason '...'"),
                    format!(
                        "Until {expires_at}. Without an answer nothing is changed, and the case is yours."
                    ),
                ],
            );
        }
        Question::Undo { before } => {
            let (what, stays) = match before {
                Recorded::Role(before) => (
                    format!(
                        "It removes {} and nothing else, and checks that it is gone.",
                        before.policy_name
                    ),
                    "the role stays contained",
                ),
                Recorded::Policy(before) => (
                    format!(
                        "It puts back what was there at {}, and nothing else, and checks it.",
                        before.taken_at
                    ),
                    "the change stays",
                ),
            };
            letter.title("Undo on offer", &who);
            letter.say(&if occasion == Occasion::Reminder {
                format!(
                    "The undo is on offer for a while yet: {who} is {}. If that was wrong, take it back.",
                    about.done()
                )
            } else {
                format!("{who} is {}. If that was wrong, take it back.", about.done())
            });
            letter.answer(
                "How to take it back",
                vec![
                    format!("redress undo {approval_id} --reason '...'"),
                    what,
                    format!("Until {expires_at}. Without an answer {stays}."),
                ],
            );
        }
    }
    letter.finish()
}

fn opened(mode: Mode, finding: Option<&Finding>) -> &'static str {
    if let Some(subject) = finding.and_then(|finding| finding.subject.as_ref()) {
        return match (mode, subject) {
            (_, Subject::Other { .. }) => {
                "Nothing is changed: there is nothing that could be, so it goes to a person."
            }
            (Mode::Enrich, _) => "Nothing is changed: the mode is `enrich`.",
            (Mode::Plan, _) => "Nothing is changed: the mode is `plan`. You will hear what would be.",
            (Mode::Approve, _) => "You will be asked before anything is changed.",
            (Mode::Auto, _) => {
                "The change is made in a moment, unless a guardrail speaks against it. A message with the command that takes it back (`redress undo`) follows."
            }
        };
    }
    match (mode, finding.map(|finding| &finding.principal)) {
        (_, Some(Principal::Other { .. }) | None) => {
            "Nothing is changed: this is not a role, so it goes to a person."
        }
        (Mode::Enrich, _) => "Nothing is changed: the mode is `enrich`.",
        (Mode::Plan, _) => "Nothing is changed: the mode is `plan`. You will hear what would be.",
        (Mode::Approve, _) => {
            "You will be asked whether the role is to be contained. Until then nothing is changed."
        }
        (Mode::Auto, _) => {
            "The role is contained in a moment, unless a guardrail speaks against it. A message with the command that takes it back (`redress undo`) follows."
        }
    }
}

/// When it was recorded.
fn taken_at(before: &Recorded) -> &str {
    match before {
        Recorded::Role(before) => &before.taken_at,
        Recorded::Policy(before) => &before.taken_at,
    }
}

fn duration(seconds: u64) -> String {
    match seconds {
        0..=119 => format!("{seconds} seconds"),
        120..=7_199 => format!("{} minutes", seconds / 60),
        7_200..=172_799 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
