//! The identities that acted in the events of a case. An event that joins a case is answered by the question that is open,
//! so whoever caused it may not decide either, even if it came after people were asked.

use super::Approval;
use super::people::{IDENTITY_CENTER, may_answer};
use super::suspects::suspects;
use crate::aws::case_table::{CaseTable, Key, Record};
use contract::{Actor, Fault};
use serde::{Deserialize, Serialize};

/// How many identities of a case are kept.
const KEPT: usize = 100;

/// How many sessions of one role are kept whose names the caller chose. The role is barred as a whole, so that a flood of
/// names cannot use up the places of other identities.
const KEPT_OF_A_ROLE: usize = 10;

/// Bars everybody.
const EVERYBODY: &str = "*";

/// The identities that acted in the events of a case, each once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Actors {
    known: Vec<Actor>,
    /// Whether there were more than are kept. Then nobody can be told from them, and nobody decides.
    #[serde(default)]
    incomplete: bool,
}

impl Actors {
    /// Adds the identity of an event.
    pub(crate) fn add(&mut self, actor: Option<&Actor>) {
        let Some(actor) = actor.map(identity) else { return };
        let of_the_role = match role_of_chosen_names(&actor) {
            None => 0,
            Some(role) => self.known.iter().filter(|known| role_of_chosen_names(known) == Some(role)).count(),
        };
        if self.known.contains(&actor) || of_the_role >= KEPT_OF_A_ROLE {
            return;
        }
        if self.known.len() < KEPT {
            self.known.push(actor);
        } else {
            self.incomplete = true;
        }
    }

    pub(super) fn known(&self) -> &[Actor] {
        &self.known
    }

    /// Adds those of another case about the same subject.
    pub(crate) fn join(&mut self, other: &Self) {
        other.known.iter().for_each(|actor| self.add(Some(actor)));
        self.incomplete |= other.incomplete;
    }

    /// Makes room for those of new events: the latest half is kept, so that a case that comes back for months can still be
    /// decided.
    pub(crate) fn make_room(&mut self) {
        let surplus = self.known.len().saturating_sub(KEPT / 2);
        self.known.drain(..surplus);
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

/// The role of a session, unless Identity Center named the session after a person.
fn role_of_chosen_names(actor: &Actor) -> Option<&str> {
    let role = match actor.name.contains(":assumed-role/") {
        true => actor.name.rsplit_once('/').map(|(role, _)| role)?,
        false => actor.session.as_ref().map(|_| actor.name.as_str())?,
    };
    (!role.contains(IDENTITY_CENTER)).then_some(role)
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
        let barred = suspects(&approval.question, finding, approval.looked.as_ref(), &actors.known);
        let everybody = actors.incomplete.then(|| EVERYBODY.to_owned());
        for pattern in barred.into_iter().chain(everybody) {
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
