//! The ways to deny everything to a role: the case's inline policy, and `AWSDenyAll`, attached or as the boundary. The next way
//! is taken if IAM refuses one, and another one beside the first if somebody takes that off. A way other than the inline
//! policy is noted in the case table before it is put, so that an undo takes back exactly what the case put.

use super::super::Standing;
use super::noted::Noted;
use super::reversible::{Containment, is_ours};
use super::role;
use crate::aws::fault::Answer;
use crate::aws::principal::{self, Holder};
use crate::text::{cut, json};
use aws_sdk_iam::Client;
use contract::Fault;
use contract::kinds::role_containment::{Contain, Way, aws_deny_all, deny_all};
use std::collections::BTreeSet;

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
    // What is the case's own, and may be there: it stays noted until it is known to be gone.
    let mut kept = ours;
    let (mut put, mut denied) = (BTreeSet::new(), None);
    for way in order.clone() {
        if !wanted.contains(&way) {
            continue;
        }
        let answer = match put_way(of, iam, way, &kept).await {
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
                kept.insert(way);
            }
            Answer::Gone => return Ok(Answer::Gone),
            Answer::Refused(why) => {
                wanted.remove(&way);
                if kept.contains(&way) && !may_be_there(of, iam, way).await {
                    kept.remove(&way);
                }
                // IAM refuses any change of a role that is not the account's to change.
                if way != Way::Inline || denied.is_some() || why.contains("`LimitExceeded`") {
                    let mut later = order.clone().skip_while(|other| *other != way).skip(1);
                    wanted.extend(later.find(|next| !wanted.contains(next)));
                }
                of.ways.refused(format!("{}: {why}", words(of, way)));
            }
        }
    }
    of.note(&kept).await;
    if put.is_empty() {
        if let Some(fault) = denied {
            return Err(fault);
        }
        return Ok(Answer::Refused(of.ways.refusals().join("; ")));
    }
    Ok(Answer::Done(()))
}

/// Whether a way that could not be put may be there from an earlier try. What cannot be read may be.
async fn may_be_there(of: &Containment<'_>, iam: &Client, way: Way) -> bool {
    let Contain { role_name, policy_name, .. } = of.change;
    let (who, deny) = (role(role_name), aws_deny_all(&of.was.role_arn));
    let is_there = match way {
        _ if was_there(of, way) => return false,
        Way::Inline => principal::inline(iam, &who, policy_name).await.map(|document| document.is_some()),
        Way::Attached => is_attached(of, iam).await,
        Way::Boundary => principal::get(iam, &who)
            .await
            .map(|live| live.and_then(|live| live.boundary).as_ref() == Some(&deny)),
    };
    is_there.unwrap_or(true)
}

/// Whether the role was denied in this way when it was recorded: it is not the case's own then.
fn was_there(of: &Containment<'_>, way: Way) -> bool {
    let deny = aws_deny_all(&of.was.role_arn);
    match way {
        Way::Inline => false,
        Way::Attached => of.was.attached_policies.contains(&deny),
        Way::Boundary => of.was.boundary.as_ref() == Some(&deny),
    }
}

/// Puts one way, and notes it before. What somebody else put is not taken for the case's own. A boundary that somebody put
/// there since it was recorded is replaced, and noted for the undo.
async fn put_way(
    of: &Containment<'_>,
    iam: &Client,
    way: Way,
    kept: &BTreeSet<Way>,
) -> Result<Answer<()>, Fault> {
    let Contain { role_name, policy_name, .. } = of.change;
    let (who, deny) = (role(role_name), aws_deny_all(&of.was.role_arn));
    let is_ours = kept.contains(&way);
    let mut replaced = None;
    let about: BTreeSet<Way> = kept.iter().chain([&way]).copied().collect();
    let answer = match way {
        Way::Inline => {
            of.note(&about).await;
            let document = deny_all(of.case_id).to_string();
            return principal::put_inline(iam, &who, policy_name, &document).await;
        }
        Way::Attached => {
            if was_there(of, way) || (!is_ours && is_attached(of, iam).await?) {
                return Ok(Answer::Refused("somebody else has attached it already".to_owned()));
            }
            of.note(&about).await;
            principal::attach(iam, &who, &deny).await
        }
        Way::Boundary => {
            let live = principal::get(iam, &who).await?.and_then(|live| live.boundary);
            let is_there = live.as_ref() == Some(&deny);
            if was_there(of, way) || (is_there && !is_ours) {
                return Ok(Answer::Refused("somebody else has made it the boundary already".to_owned()));
            }
            if !is_there && live != of.was.boundary {
                let boundary = live.as_deref().unwrap_or("none");
                replaced = Some(boundary.to_owned()).filter(|boundary| of.ways.replaces(boundary));
            }
            of.note(&about).await;
            match is_there {
                true => Ok(Answer::Done(())),
                false => principal::put_boundary(iam, &who, &deny).await,
            }
        }
    };
    let is_refused = matches!(
        answer,
        Ok(Answer::Gone | Answer::Refused(_)) | Err(Fault::AccessDenied { .. } | Fault::Refused { .. })
    );
    if let Some(boundary) = replaced.filter(|_| is_refused) {
        of.ways.did_not_replace(&boundary);
    }
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
    let (refusals, replaced) = (of.ways.refusals(), of.ways.replaced());
    sentences.extend(refusals.iter().map(|why| cut(&format!("Refused: {why}."), 500)));
    if !replaced.is_empty() {
        let replaced: Vec<String> = replaced.into_iter().collect();
        sentences
            .push(format!("AWSDenyAll replaced a boundary that was not recorded: {}.", replaced.join(", ")));
    }
    if of.ways.again && ways.len() > 1 {
        sentences.push(
            "Somebody had taken the containment off, so the role is denied in more than one way now."
                .to_owned(),
        );
    }
    if of.ways.noted() == Noted::Unknown && !refusals.is_empty() {
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

/// The commands that take back what denied everything to the role when it was recorded.
pub(super) fn left_alone(of: &Containment<'_>) -> Vec<String> {
    let Contain { role_name, .. } = of.change;
    let there = [Way::Attached, Way::Boundary].into_iter().filter(|way| was_there(of, *way));
    there
        .map(|way| match way {
            Way::Boundary => format!("aws iam delete-role-permissions-boundary --role-name {role_name}"),
            way => by_hand(of, way),
        })
        .collect()
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
    for way in ways.into_iter().rev().filter(|way| !was_there(of, *way)) {
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
