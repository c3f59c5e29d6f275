//! Writes every message and every question: a subject and a body in plain text.

use super::builder::{Mark, MessageBuilder, capitalized};
use super::{CaseDetails, Email, Round, facts};
use crate::text::line;
use contract::{CaseStatus, Looked, Message, Mode, Plan, Question, Recorded, Restored, Words};

/// Writes a message.
pub(crate) fn compose(message: &Message, details: &CaseDetails) -> Email {
    write(message, Mark::None, details)
}

/// Writes a message for the people to whom it is escalated.
pub(crate) fn escalate(message: &Message, details: &CaseDetails) -> Email {
    write(message, Mark::Escalation, details)
}

/// Writes a message for the people who get it because the team's topic does not take it.
pub(crate) fn instead(message: &Message, details: &CaseDetails) -> Email {
    write(message, Mark::Instead, details)
}

fn write(message: &Message, mark: Mark, details: &CaseDetails) -> Email {
    let target = facts::target(details.finding, details.looked);
    let mut builder = MessageBuilder::new(details, mark);
    if mark == Mark::Instead {
        builder.say(mark.opening());
    }
    match message {
        Message::Opened { mode } => {
            builder.title("Found", &target);
            let found = details.looked.map(|looked| facts::sentence(&looked.found));
            builder.say(&found.unwrap_or_else(|| format!("There is a finding about {target}.")));
            builder.section("What happens now", vec![what_happens_now(*mode, details.looked)]);
            builder.plan();
        }
        Message::Planned { reasons } => {
            builder.title("Plan", &target);
            builder.say(&format!("In another mode, {target} would be changed now. Nothing was changed."));
            builder.reasons("The guardrails", reasons);
            builder.plan();
        }
        Message::Nothing => {
            builder.title("Nothing to do", &target);
            builder.say(&format!("{target} needs no change.{}", why_nothing(details.looked)));
        }
        Message::HandedOver { reasons } => {
            builder.title("Yours now", &target);
            builder.say(&format!("This needs a person. Nothing was changed on {target}."));
            builder.reasons("Why", reasons);
            builder.plan();
        }
        Message::NotAnswered { waited_seconds } => {
            builder.title("Nobody answered", &target);
            builder.say(&format!(
                "{}Nobody answered within {}, so {target} was not changed. It is with you now.",
                mark.opening(),
                duration(*waited_seconds),
            ));
        }
        Message::Denied { answer } => {
            builder.title("Not changed", &target);
            builder.say(&format!("Somebody decided not to change {target}. Nothing was changed."));
            builder.section("The decision", vec![line(answer, 1000)]);
        }
        Message::Changed { changed, recorded, undo_seconds, trouble } => {
            let Words { done, changed: state, stays, .. } = &recorded.words;
            builder.title(&capitalized(&line(done, 32)), &target);
            builder.say(&format!("{} It was verified.", facts::sentence(state)));
            if let Some(trouble) = trouble {
                builder.section("What is not known", vec![
                    "The step that makes the change failed, and may have made it all the same. If it did not, somebody else made the same change.".to_owned(),
                    "Before you take it back, look in CloudTrail who made it.".to_owned(),
                ]);
                builder.trouble(trouble);
            } else {
                let read_back = format!(
                    "It was read back at {}, and again after AWS had time to spread it.",
                    line(&changed.applied_at, 64)
                );
                builder.section("What was done", vec![facts::sentence(&changed.what), read_back]);
            }
            builder.section(
                "How to take it back",
                vec![format!(
                    "A message with the command follows. The undo is on offer for {}; without an answer {}.",
                    duration(*undo_seconds),
                    facts::clause(stays)
                )],
            );
        }
        Message::ChangedAgain { changed, round, trouble, .. } => {
            builder.title("Somebody reverts the change", &target);
            let again = if trouble.is_none() {
                "It was made again."
            } else {
                "Making it again failed, or its result was lost; whether it holds is verified next."
            };
            builder.say(&format!("The change of {target} had been reverted. {again}"));
            if let Some(trouble) = trouble {
                builder.trouble(trouble);
            }
            builder.section("What to do", vec![
                "Find out who reverted it: look in CloudTrail. If a pipeline or a template did, remove the danger there.".to_owned(),
                match trouble {
                    None => format!("{} This was round {round}; it is verified again.", facts::sentence(&changed.what)),
                    Some(_) => format!("This was round {round}."),
                },
            ]);
        }
        Message::Lost { trouble, recorded, .. } => {
            let is_known = trouble.name != "NotVerified";
            builder.title(if is_known { "The change does not hold" } else { "Not verified" }, &target);
            builder.say(&if is_known {
                format!("{target} is not as the change left it, and the change was not made again. A person must look.")
            } else {
                format!("Whether the change of {target} holds is not known. A person must look.")
            });
            builder.trouble(trouble);
            builder.section("What happens now", vec![
                "The undo stays on offer, and the change is verified again until its window has passed. You hear of it if something else is found.".to_owned(),
            ]);
            builder.by_hand("How to take it back by hand", &recorded.words.by_hand);
        }
        Message::NotWrittenBack { trouble } => {
            builder.title("Finding not updated", &target);
            builder.say("Security Hub does not show what was done. Everything else went on.");
            builder.trouble(trouble);
        }
        Message::UndoNotOffered { trouble, recorded } => {
            let Words { changed, stays, by_hand, .. } = &recorded.words;
            builder.title("No undo on offer", &target);
            let (changed, stays) = (facts::sentence(changed), facts::sentence(stays));
            builder.say(&format!("{changed} The undo could not be offered. {stays}"));
            builder.trouble(trouble);
            builder.by_hand("How to take it back by hand", by_hand);
        }
        Message::Restored { by, reason, recorded, restored } => {
            builder.title("Restored", &target);
            builder.say(&restored_to(&target, recorded, restored));
            builder.section("The decision", vec![format!("{}: {}", line(by, 200), line(reason, 500))]);
            let lines = |texts: &[String]| texts.iter().map(|text| line(text, 300)).collect();
            builder.section(
                "What else changed meanwhile, and was left alone",
                lines(&restored.changed_meanwhile),
            );
            builder.section("What AWS cannot give back as it was", lines(&restored.not_as_before));
            builder.by_hand("What belongs to other cases, and was left alone", &restored.left_alone);
        }
        Message::Kept { reason, recorded } => {
            let Words { done, stays, by_hand, .. } = &recorded.words;
            builder.title(&format!("Stays {}", line(done, 32)), &target);
            builder.say(&format!("{}: {}", facts::clause(stays), line(reason, 500)));
            builder.by_hand("How to take it back by hand", by_hand);
        }
        Message::GoesOn { ended, occurrences, recorded } => {
            builder.title("Reported again", &target);
            builder.say(&goes_on(*ended, &target, recorded.as_deref()));
            builder.section("How often", vec![format!("{occurrences} events have arrived in this case.")]);
            if let Some(recorded) = recorded {
                builder.by_hand("How to take it back by hand", &recorded.words.by_hand);
            }
        }
        Message::Joined { asked: true } => {
            builder.title("Changed while you decide", &target);
            builder.say(&format!(
                "Something has happened to {target} since people were asked about it: it is not what the question shows."
            ));
            builder.section("What to do", vec![
                "Look at this before you answer. The question is still open, and an approval covers the change that it shows: if that does not fit any more, you are asked again.".to_owned(),
            ]);
            builder.plan();
        }
        Message::Joined { asked: false } => {
            builder.title("It was dangerous", &target);
            builder.say(&format!("Something was done to {target} that its case does not show any more."));
            builder.section("What to do", for_people(details.looked));
            builder.plan();
        }
        Message::UndoFailed { trouble, recorded, .. } => {
            builder.title("UNDO FAILED", &target);
            builder.say(&format!("{target} could not be restored. A person must finish it."));
            if trouble.error == "Drifted" {
                builder.say("Somebody has changed it since. While the window lasts, the undo is offered again in a message of its own: ask for it once the resource is as the change left it.");
            }
            builder.trouble(trouble);
            builder.by_hand("How to finish it by hand", &recorded.words.by_hand);
        }
        Message::Failed { trouble, recorded } => {
            builder.title("FAILED", &target);
            builder.say("The response failed. A person must take over.");
            builder.trouble(trouble);
            if let Some(recorded) = recorded {
                let title = "If the change was made and should be taken back";
                builder.by_hand(title, &recorded.words.by_hand);
            }
        }
    }
    builder.finish()
}

/// Writes a question.
pub(crate) fn ask(
    question: &Question,
    approval_id: &str,
    expires_at: &str,
    round: Round,
    details: &CaseDetails,
) -> Email {
    let target = facts::target(details.finding, details.looked);
    let mark = match round {
        Round::First => Mark::None,
        Round::Reminder => Mark::Reminder,
    };
    let mut builder = MessageBuilder::new(details, mark);
    let since = details.since.iter().map(|since| line(since, 300)).collect();
    match question {
        Question::Change { reasons } => {
            builder.title("Your decision", &target);
            builder.say(&format!("{}{}", mark.opening(), may_it_be_changed(&target, details.looked)));
            builder.section("Since then", since);
            builder.plan();
            builder.reasons("Why you are asked", reasons);
            builder.answer(
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
        Question::Undo { recorded } => {
            let Words { changed, stays, undo, .. } = &recorded.words;
            builder.title("Undo on offer", &target);
            let still = if round == Round::Reminder { "The undo is still on offer. " } else { "" };
            builder.say(&format!("{still}{} If that was wrong, take it back.", facts::sentence(changed)));
            let requested = details.requested.iter().map(|requested| line(requested, 1500)).collect();
            builder.section("Why you are asked", requested);
            builder.section("Since then", since);
            builder.answer(
                "How to take it back",
                vec![
                    format!("redress undo {approval_id} --reason '...'"),
                    facts::sentence(undo),
                    format!("Until {expires_at}. Without an answer {}.", facts::clause(stays)),
                ],
            );
        }
    }
    builder.finish()
}

/// The question whether the planned change may be made.
pub(crate) fn may_it_be_changed(target: &str, looked: Option<&Looked>) -> String {
    let question = facts::proposal(looked).map(|proposal| line(&proposal.question, 300));
    question.filter(|question| !question.is_empty()).unwrap_or_else(|| format!("Shall {target} be changed?"))
}

/// The next step of the response, which follows from its mode and from the plan.
fn what_happens_now(mode: Mode, looked: Option<&Looked>) -> String {
    let next = match (looked.map(|looked| &looked.plan), mode) {
        (None, _) => "Nothing is changed: nobody has looked at it, so it goes to a person.",
        (Some(Plan::Nothing { why }), _) => {
            return format!("Nothing is changed, since it needs no change. {}", facts::sentence(why));
        }
        (Some(Plan::ForPeople { why }), _) => {
            return format!("Nothing is changed: it goes to a person. {}", facts::sentence(why));
        }
        (Some(Plan::Change(_)), Mode::Enrich) => "Nothing is changed: the mode is `enrich`.",
        (Some(Plan::Change(_)), Mode::Plan) => {
            "Nothing is changed: the mode is `plan`. A message with the plan and the guardrails follows."
        }
        (Some(Plan::Change(_)), Mode::Approve) => "You will be asked before anything is changed.",
        (Some(Plan::Change(_)), Mode::Auto) => {
            "The guardrails are checked next. Only if none speaks against it, the change is made; otherwise a person decides. Another message follows: with the command that takes the change back (`redress undo`), with a question, or with the reasons."
        }
    };
    next.to_owned()
}

/// Why people have to look, where the look says so.
fn for_people(looked: Option<&Looked>) -> Vec<String> {
    match looked.map(|looked| &looked.plan) {
        Some(Plan::ForPeople { why }) => vec![facts::sentence(why)],
        _ => vec![],
    }
}

fn why_nothing(looked: Option<&Looked>) -> String {
    match looked.map(|looked| &looked.plan) {
        Some(Plan::Nothing { why }) => format!(" {}", facts::sentence(why)),
        _ => String::new(),
    }
}

fn goes_on(ended: CaseStatus, target: &str, recorded: Option<&Recorded>) -> String {
    match (recorded, ended) {
        (Some(recorded), _) => {
            let stays = facts::sentence(&recorded.words.stays);
            format!("{stays} That was verified just now, after the finding had been reported again.")
        }
        (None, CaseStatus::Open) => format!(
            "The finding was reported again, or sent with a custom action. The case about {target} is open: what is asked or done about it is in its other messages."
        ),
        (None, CaseStatus::Denied) => format!(
            "The finding was reported again. Somebody decided not to change {target}, and nothing was changed."
        ),
        (None, _) => {
            format!("The finding was reported again. It is with you, and nothing was changed on {target}.")
        }
    }
}

fn restored_to(target: &str, recorded: &Recorded, restored: &Restored) -> String {
    if restored.changed_meanwhile.is_empty() && restored.not_as_before.is_empty() {
        format!("{target} is as it was at {}. It was verified.", line(&recorded.taken_at, 64))
    } else {
        format!("The change of {target} was taken back. It was verified.")
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
mod tests;
