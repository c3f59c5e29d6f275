//! The facts of a case, in the words that messages and pages share. Each text of an event is one plain line.

use crate::text::{block, line};
use contract::steps::check_guardrails::Reason;
use contract::{Context, Fact, Finding, Looked, OtherCase, Plan, Proposal, Target};

/// The target as a noun phrase, resolved if somebody has looked at it.
pub(crate) fn target(finding: Option<&Finding>, looked: Option<&Looked>) -> String {
    let target = looked.map(|looked| &looked.target).or(finding.map(|finding| &finding.target));
    target.map_or("an event that could not be read".to_owned(), |target| line(target.what(), 200))
}

/// A sentence of a kind, which may have names from an event in it.
pub(crate) fn sentence(text: &str) -> String {
    line(text, 500)
}

/// A sentence as the second half of another one: `The role web stays contained.` becomes `the role web stays contained`.
pub(crate) fn clause(sentence: &str) -> String {
    let sentence = line(sentence, 500);
    let sentence = sentence.strip_suffix('.').unwrap_or(&sentence);
    let mut letters = sentence.chars();
    match (letters.next(), letters.clone().next()) {
        // A second capital makes it an abbreviation, which keeps its first.
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => sentence.to_owned(),
    }
}

/// The facts of a finding.
pub(crate) fn finding(finding: &Finding) -> Vec<Fact> {
    let mut facts =
        vec![Fact::new("Title", line(&finding.title, 256)), Fact::new("Type", line(&finding.kind, 128))];
    if finding.severity > 0.0 {
        facts.push(Fact::new("Severity", finding.severity.to_string()));
    }
    let (account, region) = (line(&finding.account, 64), line(&finding.region, 64));
    facts.push(Fact::new("Account", format!("{account} in {region}")));
    facts.push(Fact::new("About", line(finding.target.what(), 256)));
    if let Target::Other { why, .. } = &finding.target {
        facts.push(Fact::new("No change", line(why, 256)));
    }
    facts.extend(actor(finding));
    if let Some(managed_by) = &finding.managed_by {
        facts.push(Fact::new("Managed by", line(managed_by, 64)));
    }
    if let Some(last_seen) = &finding.last_seen {
        facts.push(Fact::new("Last seen", format!("{}, {} time(s)", line(last_seen, 64), finding.count)));
    }
    facts.push(Fact::new("Id", line(&finding.id, 256)));
    facts.extend(finding.other_cases.iter().map(other_case));
    facts
}

/// A case of another response about the same principal: neither knows what the other one changes.
fn other_case(other: &OtherCase) -> Fact {
    let (case, response) = (line(&other.case_id, 64), line(&other.response, 80));
    let (what, at) = (line(&other.what, 128), line(&other.opened_at, 64));
    Fact::new("Other case", format!("{case} of {response}, opened {at}, about {what}"))
}

/// The identity that acted, where it came from, and what it called.
fn actor(finding: &Finding) -> Vec<Fact> {
    let Some(actor) = &finding.actor else { return Vec::new() };
    let kind = line(&actor.kind, 64);
    let name = if actor.name.is_empty() { kind } else { format!("{} ({kind})", line(&actor.name, 256)) };
    let mut facts = vec![Fact::new("Actor", name)];
    if let Some(id) = &actor.role_id {
        let session = actor.session.as_ref().map(|session| format!(", session {}", line(session, 64)));
        facts.push(Fact::new("Role id", format!("{}{}", line(id, 64), session.unwrap_or_default())));
    }
    let from = [&actor.ip, &actor.country, &actor.organization];
    let mut from: Vec<String> = from.into_iter().flatten().map(|text| line(text, 128)).collect();
    from.extend(actor.account.as_ref().map(|account| {
        let affiliated =
            if actor.affiliated == Some(true) { ", which is affiliated with this one" } else { "" };
        format!("AWS account {}{affiliated}", line(account, 32))
    }));
    if !from.is_empty() {
        facts.push(Fact::new("Called from", from.join(", ")));
    }
    facts.extend(actor.api.as_ref().map(|api| Fact::new("Called", line(api, 128))));
    let agent =
        actor.user_agent.as_ref().map(|agent| format!("{} (the caller's own text)", line(agent, 128)));
    facts.extend(agent.map(|agent| Fact::new("User agent", agent)));
    facts
}

/// The context of a finding; nothing if nothing is known.
pub(crate) fn context(context: &Context) -> Vec<Fact> {
    if context.environment.is_none() && context.owner.is_none() && context.facts.is_empty() {
        return Vec::new();
    }
    let known = |text: &Option<String>| text.as_ref().map_or("unknown".to_owned(), |text| line(text, 128));
    let mut facts = vec![
        Fact::new("Environment", known(&context.environment)),
        Fact::new("Owner", known(&context.owner)),
    ];
    facts.extend(plain(&context.facts));
    facts
}

/// The dangers, one line each.
pub(crate) fn dangers(looked: &Looked) -> Vec<String> {
    looked.dangers.iter().map(|danger| sentence(danger)).collect()
}

/// The planned change, if there is one.
pub(crate) fn proposal(looked: Option<&Looked>) -> Option<&Proposal> {
    match &looked?.plan {
        Plan::Change(proposal) => Some(proposal),
        Plan::Nothing { .. } | Plan::ForPeople { .. } => None,
    }
}

/// The difference of the documents that a change makes; empty if it changes none.
pub(crate) fn diff(proposal: &Proposal) -> String {
    block(&proposal.diff)
}

/// Who would notice a change.
pub(crate) fn hits(proposal: &Proposal) -> Vec<Fact> {
    plain(&proposal.hits).collect()
}

/// The guardrails that spoke, one line each.
pub(crate) fn reasons(reasons: &[Reason]) -> Vec<String> {
    let reason =
        |reason: &Reason| format!("{}: {}", line(&reason.guardrail, 64), line(&reason.message, 1000));
    reasons.iter().map(reason).collect()
}

fn plain(facts: &[Fact]) -> impl Iterator<Item = Fact> {
    facts.iter().map(|fact| Fact::new(&line(&fact.name, 64), line(&fact.value, 1000)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_context_has_no_rows() {
        assert_eq!(context(&Context::default()), []);
        let known = Context { owner: Some("web".to_owned()), ..Context::default() };
        let rows = context(&known).into_iter().map(|fact| format!("{}={}", fact.name, fact.value));
        assert_eq!(rows.collect::<Vec<_>>(), ["Environment=unknown", "Owner=web"]);
    }

    #[test]
    fn a_clause_fits_into_another_sentence() {
        for (sentence, expected) in [
            ("The role web stays contained.", "the role web stays contained"),
            ("AWS keeps the policy.", "AWS keeps the policy"),
            ("it stays", "it stays"),
            ("<b>", "\u{2039}b\u{203a}"),
            ("", ""),
        ] {
            assert_eq!(clause(sentence), expected);
        }
    }
}
