//! Judges a live policy and works out the smallest change that puts it right. Pure: `look` and `record` judge the same
//! policy in the same way.

use super::look::{Having, Live};
use super::places::{Place, Proposed, Shown};
use crate::policy::{
    self, Ask, Danger, Document, Effort, Known, Remedy, Severity, Stake, Unjudged, Verdict, unified, without,
};
use crate::text;
use contract::kinds::iam_policy::Change;
use contract::{Plan, Proposal};

/// How many characters of the difference of two documents people are shown.
const DIFF: usize = 6_000;

/// How many dangers are listed.
const LISTED: usize = 12;

/// How many characters a listed danger has.
const LENGTH: usize = 720;

/// A plan, and the dangers for people.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) dangers: Vec<String>,
    pub(super) plan: Plan<Change>,
}

/// Judges a live policy. Only what leads to other principals' permissions is changed; people hear of milder dangers.
pub(super) fn judge(live: &Live, what: &str, known: &Known) -> Judged {
    let for_people =
        |dangers: Vec<String>, why: &str| Judged { dangers, plan: Plan::ForPeople { why: why.to_owned() } };
    let unjudged = |why: &str| {
        let why = format!("The document cannot be judged: {}.", text::escape(why));
        for_people(vec![], &text::line(&why, 500))
    };
    let before = match Document::parse(&live.document) {
        Ok(document) => document,
        Err(malformed) => return unjudged(&malformed.to_string()),
    };
    let is_trust = matches!(live.place, Place::Trust(_));
    let effort = Effort::default();
    let dangers_of = |document: &Document| match is_trust {
        true => policy::trust_within(document, known, &effort),
        false => policy::identity_within(document, known, &effort),
    };
    let judged = dangers_of(&before).and_then(|dangers| Ok((stake(live).verdict(&dangers)?, dangers)));
    let (verdict, dangers) = match judged {
        Ok(judged) => judged,
        Err(why) => return unjudged(&why.to_string()),
    };
    let nothing = |why: String| Judged { dangers: listed(&dangers), plan: Plan::Nothing { why } };
    let listed_all = || listed(&dangers).into_iter().chain(strangers(live, known)).collect();
    let ask = match verdict {
        Verdict::Harmless => return nothing("The analysis finds nothing dangerous in it.".to_owned()),
        Verdict::AsIntended(why) => return nothing(why),
        Verdict::Tell => {
            let why = "The listed dangers may be intended, and none is bad enough to be removed without a person's judgement.";
            return for_people(listed_all(), why);
        }
        Verdict::Ask(ask) => Some(ask.why),
        Verdict::Change => None,
    };
    let grave: Vec<Danger> =
        dangers.iter().filter(|danger| danger.severity >= Severity::High).cloned().collect();
    let remedy = policy::narrowed(&before, &grave, &dangers_of).map(Remedy::Changed);
    let after = match remedy.unwrap_or_else(|| without(&before, &grave)) {
        Remedy::Unchanged => {
            return for_people(
                listed_all(),
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
    let why = "It is dangerous, and the danger can be removed.".to_owned();
    let proposal = Proposal {
        why: ask.map_or(why.clone(), |ask| format!("{why} A person decides first: {ask}")),
        change,
        effect,
        diff,
        question: format!("Shall {what} be changed?"),
        hits: live.hits.clone(),
    };
    Judged { dangers: listed_all(), plan: Plan::Change(Box::new(proposal)) }
}

/// What is at stake where a policy is attached, as IAM returns it.
#[derive(Debug, Default)]
pub(super) struct AtStake<'a> {
    /// As in [`Stake`].
    pub(super) managed: Option<&'a str>,
    pub(super) holders: usize,
    pub(super) bounded: usize,
    /// The trust policy of the role that has the policy.
    pub(super) trust: Option<&'a str>,
}

impl AtStake<'_> {
    pub(super) fn verdict(&self, dangers: &[Danger]) -> Result<Verdict, Unjudged> {
        // A trust policy that cannot be read is not one that lets in services alone.
        let trust = self.trust.and_then(|trust| Document::parse(trust).ok());
        let Self { managed, holders, bounded, .. } = *self;
        policy::verdict(dangers, &Stake { managed, holders, bounded, trust: trust.as_ref() })
    }
}

/// The dangers of a document that is not in effect any more: none if it is harmless or as it is meant to be. An error is the
/// reason why it cannot be judged.
pub(super) fn dangers_of(
    document: &str,
    is_trust: bool,
    stake: &AtStake<'_>,
    known: &Known,
) -> Result<Vec<String>, String> {
    let malformed = |why: &dyn std::fmt::Display| text::line(&text::escape(&why.to_string()), 300);
    let document = Document::parse(document).map_err(|why| malformed(&why))?;
    let judged = if is_trust { policy::trust(&document, known) } else { policy::identity(&document, known) };
    let judged = judged.and_then(|dangers| Ok((stake.verdict(&dangers)?, dangers)));
    match judged.map_err(|why| malformed(&why))? {
        (Verdict::Harmless | Verdict::AsIntended(_), _) => Ok(vec![]),
        (_, dangers) => Ok(listed(&dangers)),
    }
}

/// Why a person decides before a policy of AWS is detached from a principal, if one has to.
pub(super) fn asks(document: &str, stake: &AtStake<'_>, known: &Known) -> Result<Option<Ask>, String> {
    let document = Document::parse(document).map_err(|malformed| text::escape(&malformed.to_string()))?;
    let verdict = policy::identity(&document, known).and_then(|dangers| stake.verdict(&dangers));
    Ok(match verdict.map_err(|why| why.to_string())? {
        Verdict::Ask(ask) => Some(ask),
        _ => None,
    })
}

pub(super) fn stake(live: &Live) -> AtStake<'_> {
    match &live.place {
        Place::Managed(found) => AtStake {
            managed: Some(&found.arn),
            holders: found.attached.len(),
            bounded: found.bounded,
            // With several holders it is at stake for each of them.
            trust: match live.holders.as_slice() {
                [only] if found.attached.len() == 1 => only.trust.as_deref(),
                _ => None,
            },
        },
        Place::Attached(found) => AtStake {
            managed: Some(&found.policy_arn),
            holders: 1,
            bounded: 0,
            trust: live.holders.first().and_then(|having| having.trust.as_deref()),
        },
        Place::Inline(_) => AtStake {
            trust: live.holders.first().and_then(|having| having.trust.as_deref()),
            ..AtStake::default()
        },
        Place::Trust(_) => AtStake::default(),
    }
}

/// Who may use the roles that have the policy, and should not.
fn strangers(live: &Live, known: &Known) -> Vec<String> {
    let dangers = |having: &Having| {
        let Some(trust) = &having.trust else { return vec![] };
        let trust = Document::parse(trust).map_err(|malformed| text::escape(&malformed.to_string()));
        let judged = trust.and_then(|trust| policy::trust(&trust, known).map_err(|why| why.to_string()));
        let of = format!("The trust policy of {}", having.words);
        match judged {
            Ok(dangers) => listed(&dangers).iter().map(|danger| format!("{of}: {danger}")).collect(),
            Err(why) => vec![text::line(&format!("{of} cannot be judged: {why}."), LENGTH)],
        }
    };
    live.holders.iter().flat_map(dangers).take(LISTED).collect()
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
        let said =
            format!("{:?}: {} It is granted by {}{more}.", danger.severity, danger.why, written.join(", "));
        format!("{said} {}", danger.witness.sentence())
    };
    let mut listed: Vec<String> =
        dangers.iter().take(LISTED).map(|danger| text::cut(&sentence(danger), LENGTH)).collect();
    if dangers.len() > LISTED {
        listed.push(format!("And {} more.", dangers.len() - LISTED));
    }
    listed
}

#[cfg(test)]
mod tests;
