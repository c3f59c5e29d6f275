//! The ways to deny everything to a role: the case's inline policy, and `AWSDenyAll`, attached or as the boundary. The next way
//! is taken if IAM refuses one, and another one beside the first if somebody takes that off. A way other than the inline
//! policy is noted in the case table before it is put, so that an undo takes back exactly what the case put.

use super::super::Standing;
use super::reversible::{Containment, is_ours};
use super::role;
use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::fault::Answer;
use crate::aws::principal::{self, Holder};
use crate::text::{cut, json};
use aws_sdk_iam::Client;
use contract::kinds::RoleContainment;
use contract::kinds::role_containment::{Contain, Way, aws_deny_all, deny_all};
use contract::{Fault, Kind};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is known of the ways of a case.
#[derive(Default)]
pub(crate) struct Ways {
    table: Option<CaseTable>,
    again: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    noted: Noted,
    /// What IAM refused in this try, one clause each.
    refusals: Vec<String>,
}

/// The ways that are noted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Noted {
    /// The table was not asked, or could not be reached: `verify` does not depend on it.
    #[default]
    Unknown,
    /// None: the inline policy at most.
    Planned,
    Ways(BTreeSet<Way>),
}

impl Ways {
    pub(super) async fn recall(&mut self, case_id: &str, aws: &Aws, again: bool) -> Result<(), Fault> {
        self.again = again;
        let table = CaseTable::new(aws)?;
        let record: Result<Option<Record<BTreeSet<Way>>>, Fault> = table.get(&key(case_id)).await;
        self.table = Some(table);
        self.state().noted = match record? {
            Some(record) if !record.value.is_empty() => Noted::Ways(record.value),
            _ => Noted::Planned,
        };
        Ok(())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn noted(&self) -> Noted {
        self.state().noted.clone()
    }

    /// Notes the ways that are about to be put. The containment does not wait for the case table.
    async fn note(&self, case_id: &str, ways: &BTreeSet<Way>) {
        let written = match &self.table {
            None => Err(Fault::invalid_input("the case table was not asked")),
            Some(table) => write(table, case_id, ways).await,
        };
        self.state().noted = match written {
            Ok(()) if ways.is_empty() => Noted::Planned,
            Ok(()) => Noted::Ways(ways.clone()),
            Err(fault) => {
                tracing::warn!(%fault, "in which way the role is contained could not be noted");
                Noted::Unknown
            }
        };
    }
}

fn key(case_id: &str) -> Key {
    Key::begun(RoleContainment::NAME, case_id)
}

async fn write(table: &CaseTable, case_id: &str, ways: &BTreeSet<Way>) -> Result<(), Fault> {
    let record: Option<Record<BTreeSet<Way>>> = table.get(&key(case_id)).await?;
    let written = match &record {
        Some(record) if record.value == *ways => Written::Yes,
        Some(record) => table.replace(&key(case_id), record, ways).await?,
        None => table.create(&key(case_id), ways).await?,
    };
    match written {
        Written::Yes => Ok(()),
        Written::No => Err(Fault::lost_race("noting in which way the role is contained")),
    }
}

/// Compares the role with the ways that the case put. Without the note, any denial that was not there before counts.
pub(super) async fn standing(
    of: &Containment<'_>,
    iam: &Client,
    live: &Holder,
    inline: Option<String>,
) -> Result<Standing, Fault> {
    let Contain { role_name, policy_name, way } = of.change;
    let deny = aws_deny_all(&of.was.role_arn);
    let is_inline = inline.as_deref().is_some_and(|document| is_ours(document, of.case_id));
    let is_boundary = live.boundary.as_ref() == Some(&deny);
    let ways = match of.ways.noted() {
        Noted::Ways(ways) => ways,
        // Any other way would have been noted before it was put.
        Noted::Planned if *way != Way::Inline => return Ok(Standing::AsRecorded),
        Noted::Planned => [Way::Inline].into(),
        Noted::Unknown if is_inline => [Way::Inline].into(),
        Noted::Unknown if is_boundary && of.was.boundary.as_ref() != Some(&deny) => [Way::Boundary].into(),
        Noted::Unknown if is_attached(of, iam).await? && !of.was.attached_policies.contains(&deny) => {
            [Way::Attached].into()
        }
        Noted::Unknown => [*way].into(),
    };
    let (mut there, mut missing) = (0, Vec::new());
    for way in ways {
        let is_there = match way {
            Way::Inline => match &inline {
                Some(document) if !is_inline => {
                    return Ok(Standing::Otherwise(format!(
                        "The policy {policy_name} on the role {role_name} is not what was put. Its document: {}",
                        cut(&json(document), 1_500)
                    )));
                }
                inline => inline.is_some(),
            },
            Way::Attached => is_attached(of, iam).await?,
            Way::Boundary if !is_boundary && live.boundary != of.was.boundary => {
                return Ok(Standing::Otherwise(format!(
                    "The permissions boundary of the role {role_name} is {} now, which is neither what was put nor what was recorded.",
                    live.boundary.as_deref().unwrap_or("none")
                )));
            }
            Way::Boundary => is_boundary,
        };
        match is_there {
            true => there += 1,
            false => missing.push(words(of, way)),
        }
    }
    Ok(match (there, missing.is_empty()) {
        (_, true) => Standing::AsChanged,
        (0, false) => Standing::AsRecorded,
        _ => Standing::Incomplete(format!(
            "Somebody took off a part of the containment of the role {role_name}: {}.",
            missing.join(", ")
        )),
    })
}

async fn is_attached(of: &Containment<'_>, iam: &Client) -> Result<bool, Fault> {
    let attached = principal::attached(iam, &role(&of.change.role_name)).await?;
    Ok(attached.contains(&aws_deny_all(&of.was.role_arn)))
}

/// A way as a noun phrase.
fn words(of: &Containment<'_>, way: Way) -> String {
    match way {
        Way::Inline => format!("the inline policy {}", of.change.policy_name),
        Way::Attached => "AWSDenyAll as an attached policy".to_owned(),
        Way::Boundary => "AWSDenyAll as the permissions boundary".to_owned(),
    }
}

/// Puts every way that is noted, and the next one where IAM refuses. If somebody reverted the containment, another way is put
/// beside it, which that person has to find and take off as well.
pub(super) async fn apply(of: &Containment<'_>, iam: &Client) -> Result<Answer<()>, Fault> {
    let noted = of.ways.noted();
    let ours = match &noted {
        Noted::Ways(ways) => ways.clone(),
        Noted::Planned if of.change.way != Way::Inline => BTreeSet::new(),
        Noted::Planned | Noted::Unknown => [of.change.way].into(),
    };
    let order = {
        let others = Way::ALL.into_iter().filter(|way| *way != of.change.way);
        [of.change.way].into_iter().chain(others)
    };
    let mut wanted = ours.clone();
    if ours.is_empty() {
        wanted.insert(of.change.way);
    }
    if of.ways.again {
        wanted.extend(order.clone().find(|way| !ours.contains(way)));
    }
    let (mut put, mut denied) = (BTreeSet::new(), None);
    for way in order.clone() {
        if !wanted.contains(&way) {
            continue;
        }
        let about: BTreeSet<Way> =
            put.iter().chain([&way]).chain(ours.intersection(&wanted)).copied().collect();
        of.note(&about).await;
        let answer = match put_way(of, iam, way, ours.contains(&way)).await {
            // A service control policy may deny this call and none of the others.
            Err(fault @ Fault::AccessDenied { .. }) if way == Way::Inline => {
                let why = fault.to_string();
                denied = Some(fault);
                Answer::Refused(why)
            }
            answer => answer?,
        };
        match answer {
            Answer::Done(()) => {
                put.insert(way);
            }
            Answer::Gone => return Ok(Answer::Gone),
            Answer::Refused(why) => {
                wanted.remove(&way);
                // IAM refuses any change of a role that is not the account's to change.
                if way != Way::Inline || denied.is_some() || why.contains("`LimitExceeded`") {
                    let mut later = order.clone().skip_while(|other| *other != way).skip(1);
                    wanted.extend(later.find(|next| !wanted.contains(next)));
                }
                of.ways.state().refusals.push(format!("{}: {why}", words(of, way)));
            }
        }
    }
    of.note(&put).await;
    if put.is_empty() {
        if let Some(fault) = denied {
            return Err(fault);
        }
        let refusals = of.ways.state().refusals.join("; ");
        return Ok(Answer::Refused(refusals));
    }
    Ok(Answer::Done(()))
}

impl Containment<'_> {
    /// Notes these ways, unless it is known that they are noted: an inline policy alone needs no note, since its name and document are the case's own.
    async fn note(&self, ways: &BTreeSet<Way>) {
        let is_known = match self.ways.noted() {
            Noted::Ways(noted) => noted == *ways,
            Noted::Planned | Noted::Unknown => ways.iter().all(|way| *way == Way::Inline),
        };
        if !is_known {
            self.ways.note(self.case_id, ways).await;
        }
    }
}

/// Puts one way. What somebody else put, or changed since it was recorded, is not taken for the case's own.
async fn put_way(of: &Containment<'_>, iam: &Client, way: Way, is_ours: bool) -> Result<Answer<()>, Fault> {
    let Contain { role_name, policy_name, .. } = of.change;
    let (who, deny) = (role(role_name), aws_deny_all(&of.was.role_arn));
    let answer = match way {
        Way::Inline => {
            let document = deny_all(of.case_id).to_string();
            return principal::put_inline(iam, &who, policy_name, &document).await;
        }
        Way::Attached => {
            if of.was.attached_policies.contains(&deny) || (!is_ours && is_attached(of, iam).await?) {
                return Ok(Answer::Refused("somebody else has attached it already".to_owned()));
            }
            principal::attach(iam, &who, &deny).await
        }
        Way::Boundary => {
            let live = principal::get(iam, &who).await?.and_then(|live| live.boundary);
            let is_there = live.as_ref() == Some(&deny);
            if is_there && is_ours && of.was.boundary.as_ref() != Some(&deny) {
                return Ok(Answer::Done(()));
            }
            if is_there || live != of.was.boundary {
                return Ok(Answer::Refused("somebody else has changed the boundary".to_owned()));
            }
            principal::put_boundary(iam, &who, &deny).await
        }
    };
    match answer {
        Ok(Answer::Gone) => Ok(Answer::Refused("IAM does not know the role or AWSDenyAll".to_owned())),
        // One denial that holds is better than an error about a second one.
        Err(fault @ (Fault::AccessDenied { .. } | Fault::Refused { .. })) => {
            Ok(Answer::Refused(fault.to_string()))
        }
        answer => answer,
    }
}

/// What was put, and why in this way.
pub(super) fn applied(of: &Containment<'_>) -> String {
    let Contain { role_name, policy_name, way } = of.change;
    let ways = match of.ways.noted() {
        Noted::Ways(ways) => ways,
        Noted::Planned | Noted::Unknown => [*way].into(),
    };
    let mut sentences: Vec<String> = ways
        .iter()
        .map(|way| match way {
            Way::Inline => format!("The inline policy {policy_name} was put on the role {role_name}."),
            Way::Attached => {
                format!("The AWS managed policy AWSDenyAll was attached to the role {role_name}.")
            }
            Way::Boundary => format!(
                "AWSDenyAll was made the permissions boundary of the role {role_name}; before it had {}.",
                of.was.boundary.as_deref().unwrap_or("none")
            ),
        })
        .collect();
    let state = of.ways.state();
    sentences.extend(state.refusals.iter().map(|why| cut(&format!("Refused: {why}."), 500)));
    if of.ways.again && ways.len() > 1 {
        sentences.push(
            "Somebody had taken the containment off, so the role is denied in more than one way now."
                .to_owned(),
        );
    }
    if state.noted == Noted::Unknown && !state.refusals.is_empty() {
        sentences.push(
            "The case table could not be reached: the undo will not take back what it does not know."
                .to_owned(),
        );
    }
    let others = ways.iter().filter(|other| *other != way);
    sentences.extend(others.map(|way| format!("By hand: {}", by_hand(of, *way))));
    sentences.join(" ")
}

/// The command that takes a way back. Names of roles and policies need no quotes.
pub(super) fn by_hand(of: &Containment<'_>, way: Way) -> String {
    let Contain { role_name, policy_name, .. } = of.change;
    let deny = aws_deny_all(&of.was.role_arn);
    match (way, &of.was.boundary) {
        (Way::Inline, _) => {
            format!("aws iam delete-role-policy --role-name {role_name} --policy-name {policy_name}")
        }
        (Way::Attached, _) => {
            format!("aws iam detach-role-policy --role-name {role_name} --policy-arn {deny}")
        }
        (Way::Boundary, None) => format!("aws iam delete-role-permissions-boundary --role-name {role_name}"),
        (Way::Boundary, Some(boundary)) => format!(
            "aws iam put-role-permissions-boundary --role-name {role_name} --permissions-boundary {boundary}"
        ),
    }
}

/// Takes back every way that the case put and that is still there. The boundary comes first: that it can be put back is the
/// least certain.
pub(super) async fn put_back(of: &Containment<'_>, iam: &Client) -> Result<Answer<bool>, Fault> {
    let Contain { role_name, policy_name, .. } = of.change;
    let (who, deny) = (role(role_name), aws_deny_all(&of.was.role_arn));
    let ways = match of.ways.noted() {
        Noted::Ways(ways) => ways,
        Noted::Planned | Noted::Unknown => [Way::Inline].into(),
    };
    let mut done = false;
    for way in ways.into_iter().rev() {
        let answer = match way {
            Way::Inline => principal::delete_inline(iam, &who, policy_name).await?,
            Way::Attached => principal::detach(iam, &who, &deny).await?,
            Way::Boundary => {
                let live = principal::get(iam, &who).await?.and_then(|live| live.boundary);
                match &of.was.boundary {
                    _ if live.as_ref() != Some(&deny) => Answer::Done(()),
                    Some(boundary) => principal::put_boundary(iam, &who, boundary).await?,
                    None => principal::delete_boundary(iam, &who).await?,
                }
            }
        };
        match answer {
            Answer::Done(()) => done = true,
            Answer::Gone if way == Way::Boundary => {
                return Ok(Answer::Refused("the former boundary is gone".to_owned()));
            }
            Answer::Gone => {}
            Answer::Refused(why) => return Ok(Answer::Refused(why)),
        }
    }
    Ok(Answer::Done(done))
}
