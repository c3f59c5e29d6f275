//! Judges a live policy and works out the smallest change that puts it right. Pure: `look` and `record` judge the same
//! policy in the same way.

use super::look::Live;
use super::places::{Place, Proposed, Shown};
use crate::policy::{self, Danger, Document, Known, Remedy, Severity, unified, without};
use crate::text;
use contract::kinds::iam_policy::Change;
use contract::{Plan, Proposal, Source};

/// How many characters of the difference of two documents people are shown.
const DIFF: usize = 6_000;

/// How many dangers are listed.
const LISTED: usize = 12;

/// A plan, and the dangers for people.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) dangers: Vec<String>,
    pub(super) plan: Plan<Change>,
}

/// Judges a live policy. Only what leads to other principals' permissions is changed; milder dangers are listed.
pub(super) fn judge(live: &Live, what: &str, source: Source, known: &Known) -> Judged {
    let for_people = |dangers: &[Danger], why: &str| Judged {
        dangers: listed(dangers),
        plan: Plan::ForPeople { why: why.to_owned() },
    };
    let nothing = |dangers: &[Danger], why: &str| Judged {
        dangers: listed(dangers),
        plan: Plan::Nothing { why: why.to_owned() },
    };
    let before = match Document::parse(&live.document) {
        Ok(document) => document,
        Err(malformed) => {
            let why = format!("The document cannot be judged: {}.", text::escape(&malformed.to_string()));
            return for_people(&[], &text::line(&why, 500));
        }
    };
    let judged = match &live.place {
        Place::Trust(_) => policy::trust(&before, known),
        _ => policy::identity(&before, known),
    };
    let dangers = match judged {
        Ok(dangers) => dangers,
        Err(unjudged) => return for_people(&[], &format!("The document cannot be judged: {unjudged}.")),
    };
    let grave: Vec<Danger> =
        dangers.iter().filter(|danger| danger.severity >= Severity::High).cloned().collect();
    if grave.is_empty() {
        return match (dangers.is_empty(), source) {
            (true, _) => nothing(&dangers, "The analysis finds nothing dangerous in it."),
            (false, Source::CloudTrail) => nothing(
                &dangers,
                "Nothing in it leads to other principals' permissions; look at the listed dangers.",
            ),
            (false, _) => for_people(
                &dangers,
                "The listed dangers may be intended, and none is bad enough to be removed without a person's judgement.",
            ),
        };
    }
    let after = match without(&before, &grave) {
        Remedy::Unchanged => {
            return for_people(
                &dangers,
                "It is dangerous, and no change that only takes away would remove the danger.",
            );
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
    let proposal = Proposal {
        why: "It is dangerous, and the danger can be removed.".to_owned(),
        change,
        effect,
        diff,
        question: format!("Shall {what} be changed?"),
        hits: live.hits.clone(),
    };
    Judged { dangers: listed(&dangers), plan: Plan::Change(Box::new(proposal)) }
}

/// The dangers for people: how bad, why, and what in the document grants it.
fn listed(dangers: &[Danger]) -> Vec<String> {
    let sentence = |danger: &Danger| {
        let written: Vec<String> = danger
            .grants
            .iter()
            .take(3)
            .map(|grant| {
                format!(
                    "{} in statement {}",
                    text::line(&text::escape(&grant.written), 80),
                    grant.statement + 1
                )
            })
            .collect();
        let more = danger.grants.len().saturating_sub(written.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{:?}: {} It is granted by {}{more}.", danger.severity, danger.why, written.join(", "))
    };
    let mut listed: Vec<String> =
        dangers.iter().take(LISTED).map(|danger| text::cut(&sentence(danger), 480)).collect();
    if dangers.len() > LISTED {
        listed.push(format!("And {} more.", dangers.len() - LISTED));
    }
    listed
}

#[cfg(test)]
mod tests;
