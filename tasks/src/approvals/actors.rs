//! The identities that acted in the events of a case. An event that joins a case is answered by the question that is open,
//! so whoever caused it may not decide either, even if it came after people were asked.

use super::Approval;
use super::people::may_answer;
use super::suspects::{Acts, all_sessions, of_person, suspects_of};
use crate::aws::case_table::{CaseTable, Key, Record};
use crate::names::is_name;
use contract::{Actor, Fault, Finding, Looked};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How many roles, users and others of a case are kept.
const KEPT: usize = 100;

/// How many sessions of one role are kept. Of more sessions the names are kept alone, and the role is barred as a whole: who
/// starts a session chooses its name, and a flood of names must not use up the places of other identities.
const KEPT_OF_A_ROLE: usize = 5;

/// How many of those names are kept.
const NAMES: usize = 1000;

/// Bars everybody.
const EVERYBODY: &str = "*";

/// The identities that acted in the events of a case, each once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Actors {
    known: Vec<Actor>,
    /// The names of sessions that are not among the known ones, and their source identities, in lower case.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    names: Vec<String>,
    /// Whether there were more than are kept. Then nobody can be told from them, and nobody decides.
    #[serde(default)]
    incomplete: bool,
}

impl Actors {
    /// Adds the identity of an event.
    pub(crate) fn add(&mut self, actor: Option<&Actor>) {
        let Some(actor) = actor.map(identity) else { return };
        if self.known.contains(&actor) {
            return;
        }
        match shared(&actor).map_or(0, |shared| self.sharing(shared)) {
            KEPT_OF_A_ROLE.. => self.add_names(&actor),
            0 if self.places() >= KEPT => self.incomplete = true,
            _ => self.known.push(actor),
        }
    }

    /// How many identities share a role.
    fn sharing(&self, role: &str) -> usize {
        self.known.iter().filter(|known| shared(known) == Some(role)).count()
    }

    /// How many roles, users and others are known.
    fn places(&self) -> usize {
        let alone = self.known.iter().filter(|known| shared(known).is_none()).count();
        alone + self.known.iter().filter_map(shared).collect::<BTreeSet<_>>().len()
    }

    /// Adds the names of a session of a role of which enough sessions are known.
    fn add_names(&mut self, actor: &Actor) {
        let of_arn = actor.name.rsplit_once('/');
        let own = of_arn.map(|(_, name)| name).or(actor.session.as_deref());
        if let Some((role, _)) = of_arn.filter(|_| !own.is_some_and(is_name)) {
            // It may be any of the role.
            let any = Actor { name: format!("{role}/*"), session: None, ..actor.clone() };
            if !self.known.contains(&any) {
                self.known.push(any);
            }
        }
        for name in own.into_iter().chain(actor.session.as_deref()).chain(actor.source_identity.as_deref()) {
            let name = name.to_lowercase();
            if !is_name(&name) || self.names.contains(&name) {
                continue;
            }
            if self.names.len() < NAMES {
                self.names.push(name);
            } else {
                self.incomplete = true;
            }
        }
    }

    /// Patterns of those who must not decide, because of them and of the finding.
    pub(super) fn barred(&self, acts: Acts, finding: &Finding, looked: Option<&Looked>) -> Vec<String> {
        let mut barred = suspects_of(acts, finding, looked, &self.known);
        let crowd = |actor: &&Actor| shared(actor).is_some_and(|role| self.sharing(role) >= KEPT_OF_A_ROLE);
        barred.extend(self.known.iter().filter(crowd).flat_map(|actor| all_sessions(actor, finding)));
        barred.extend(self.names.iter().flat_map(|name| of_person(name, finding)));
        barred.extend(self.incomplete.then(|| EVERYBODY.to_owned()));
        barred.sort_unstable();
        barred.dedup();
        barred
    }

    /// Adds those of another case about the same subject.
    pub(crate) fn join(&mut self, other: &Self) {
        other.known.iter().for_each(|actor| self.add(Some(actor)));
        let new: Vec<String> =
            other.names.iter().filter(|name| !self.names.contains(name)).cloned().collect();
        let room = NAMES.saturating_sub(self.names.len());
        self.incomplete |= other.incomplete || new.len() > room;
        self.names.extend(new.into_iter().take(room));
    }

    /// Makes room for those of new events: the latest half is kept, so that a case that comes back for months can still be
    /// decided.
    pub(crate) fn make_room(&mut self) {
        let surplus = self.known.len().saturating_sub(KEPT / 2);
        self.known.drain(..surplus);
        let surplus = self.names.len().saturating_sub(NAMES / 2);
        self.names.drain(..surplus);
        self.incomplete = false;
    }
}

/// What identifies an actor. Its address and its keys change from event to event.
fn identity(actor: &Actor) -> Actor {
    Actor {
        kind: actor.kind.clone(),
        name: actor.name.clone(),
        role_id: actor.role_id.clone(),
        session: actor.session.clone(),
        source_identity: actor.source_identity.clone(),
        ..Actor::default()
    }
}

/// The role of a session, or what all federated users of an account have in common: whoever starts one chooses its name.
fn shared(actor: &Actor) -> Option<&str> {
    match actor.name.contains(":assumed-role/") || actor.name.contains(":federated-user/") {
        true => actor.name.rsplit_once('/').map(|(shared, _)| shared),
        false => actor.session.as_ref().map(|_| actor.name.as_str()),
    }
}

/// What the record of a case says about them.
#[derive(Deserialize)]
struct OfCase {
    #[serde(default)]
    actors: Actors,
}

/// The question with everybody barred who has joined the case by now, and without the approvals of those who may not
/// answer any more. A case that is not on record has no joined events.
pub(crate) async fn as_of_now(table: &CaseTable, mut approval: Approval) -> Result<Approval, Fault> {
    let record: Option<Record<OfCase>> = table.get(&Key::of_case(&approval.case_id)).await?;
    if let (Some(Record { value: OfCase { actors }, .. }), Some(finding)) = (record, &approval.finding) {
        let barred = actors.barred(Acts::of(&approval.question), finding, approval.looked.as_ref());
        for pattern in barred {
            if !approval.not_by.contains(&pattern) {
                approval.not_by.push(pattern);
            }
        }
    }
    if approval.answer.is_none() {
        let said = std::mem::take(&mut approval.approvals);
        approval.approvals = said
            .into_iter()
            .filter(|said| said.person.as_ref().is_some_and(|person| may_answer(&approval, person).is_ok()))
            .collect();
    }
    Ok(approval)
}

#[cfg(test)]
mod tests;
