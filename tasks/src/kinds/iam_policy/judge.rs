//! Is the live policy dangerous, and what is the smallest change that puts it right? Pure: the same policy is judged in
//! the same way by the task that plans and by the one that records.

use super::kind::{Place, Proposed, Shown};
use super::look::Live;
use crate::policy::{self, Danger, Document, Known, Remedy, Severity, harmless, unified, without};
use crate::words::text;
use contract::{Outcome, Plan, Source};

/// How much of the difference of two documents people are shown.
const DIFF: usize = 6_000;

/// How many dangers are told.
const TOLD: usize = 12;

/// Judges a live policy. Only what leads to other people's permissions is changed; what should merely be looked at is
/// told.
pub(crate) fn judge(live: &Live, source: Source, known: &Known) -> Plan {
    let plan = |outcome: Outcome, reason: &str, dangers: &[Danger]| Plan {
        outcome,
        reason: reason.to_owned(),
        dangers: told(dangers),
        change: None,
        effect: String::new(),
        diff: String::new(),
        blast: live.blast.clone(),
    };
    let before = match Document::parse(&live.document) {
        Ok(document) => document,
        Err(malformed) => {
            let reason = format!("The document cannot be judged: {}.", harmless(&malformed.to_string()));
            return plan(Outcome::People, &text::line(&reason, 500), &[]);
        }
    };
    let dangers = match &live.place {
        Place::Trust(_) => policy::trust(&before, known),
        _ => policy::identity(&before, known),
    };
    let grave: Vec<Danger> =
        dangers.iter().filter(|danger| danger.severity >= Severity::High).cloned().collect();
    if grave.is_empty() {
        return match (dangers.is_empty(), source) {
            (true, _) => plan(Outcome::Safe, "The analysis finds nothing dangerous in it.", &dangers),
            (false, Source::CloudTrail) => {
                let reason =
                    "Nothing in it leads to other people's permissions; what is named should be looked at.";
                plan(Outcome::Safe, reason, &dangers)
            }
            (false, _) => {
                let reason = "What is named may be wanted or not: nothing in it is bad enough to be changed without a person's judgement.";
                plan(Outcome::People, reason, &dangers)
            }
        };
    }
    let after = match without(&before, &grave) {
        Remedy::Unchanged => {
            let reason =
                "It is dangerous, and there is no change that only takes away and removes the danger.";
            return plan(Outcome::People, reason, &dangers);
        }
        Remedy::Changed(after) => Some(after),
        Remedy::Nothing => None,
    };
    let Proposed { change, effect, shown } = live.place.propose(after);
    let diff = match &shown {
        Shown::Document(after) => unified(&before, Some(after), DIFF),
        Shown::Nothing => unified(&before, None, DIFF),
        Shown::NoDiff => String::new(),
    };
    Plan {
        change: Some(change),
        effect,
        diff,
        ..plan(Outcome::Change, "It is dangerous, and the danger can be taken out.", &dangers)
    }
}

/// The dangers as people read them: how bad, why, and what in the document grants it.
fn told(dangers: &[Danger]) -> Vec<String> {
    let sentence = |danger: &Danger| {
        let written: Vec<String> = danger
            .grants
            .iter()
            .take(3)
            .map(|grant| {
                format!("{} in statement {}", text::line(&harmless(&grant.written), 80), grant.statement + 1)
            })
            .collect();
        let more = danger.grants.len().saturating_sub(written.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{:?}: {} It is granted by {}{more}.", danger.severity, danger.why, written.join(", "))
    };
    let mut told: Vec<String> =
        dangers.iter().take(TOLD).map(|danger| text::cut(&sentence(danger), 480)).collect();
    if dangers.len() > TOLD {
        told.push(format!("And {} more.", dangers.len() - TOLD));
    }
    told
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
