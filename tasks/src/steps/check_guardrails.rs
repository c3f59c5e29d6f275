//! `check-guardrails`: the live role or policy decides, at the last moment. What cannot be read cannot be allowed.

use crate::aws::Aws;
use crate::aws::case_table::{CaseTable, Key, Record, Written};
use crate::aws::reach::{Out, Reach};
use crate::aws::role;
use crate::names::matches_any;
use crate::policy_guardrails;
use crate::serve::Run;
use crate::words::text;
use aws_sdk_iam::types::Role;
use contract::tasks::CheckGuardrails;
use contract::tasks::check_guardrails::{Error, Follows, Input, Reason, Ruling, Verdict};
use contract::{Fault, Principal};
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const ROUNDS: usize = 4;
const WINDOW: SignedDuration = SignedDuration::from_hours(1);

/// The tag that exempts a role until a day, and the one that says why. Both are needed: an exemption without an end
/// or a reason is a mistake or an attack, and either way a person should see it.
const EXEMPT_UNTIL: &str = "redress:exempt-until";
const EXEMPT_REASON: &str = "redress:exempt-reason";

impl Run for CheckGuardrails {
    async fn run(input: Input, aws: &Aws) -> Result<Verdict, Error> {
        let mut spoken = match &input.finding.subject {
            Some(subject) => policy_guardrails::standing(&input, subject, aws).await?,
            None => standing(&input, aws).await?,
        };
        // The breaker counts only what follows: a case that is handed over contains nothing, and one that a person is
        // asked about counts once it is approved.
        let count = match input.follows {
            Follows::Never => false,
            Follows::IfClear => spoken.is_empty(),
            Follows::Approved => true,
        };
        if spoken.iter().all(|(ruling, _)| *ruling < Ruling::HandOver) {
            spoken.extend(breaker(&input, count, aws).await?);
        }
        let decision = spoken.iter().map(|(ruling, _)| *ruling).max().unwrap_or(Ruling::Proceed);
        Ok(Verdict { decision, reasons: spoken.into_iter().map(|(_, reason)| reason).collect() })
    }
}

pub(crate) type Spoken = (Ruling, Reason);

pub(crate) fn reason(ruling: Ruling, guardrail: &str, message: String) -> Spoken {
    (ruling, Reason { guardrail: guardrail.to_owned(), message })
}

/// That the account is out of reach.
pub(crate) fn out_of_reach(out: &Out) -> Spoken {
    reason(Ruling::HandOver, out.guardrail(), out.words().to_owned())
}

/// What the live role itself says.
async fn standing(input: &Input, aws: &Aws) -> Result<Vec<Spoken>, Fault> {
    let Principal::Role { name, id, .. } = &input.finding.principal else {
        return Ok(vec![reason(Ruling::HandOver, "not-a-role", "The principal is not a role.".to_owned())]);
    };
    let account = match aws.reach(&input.finding.account, &input.case_id).await? {
        Reach::In(account) => account,
        Reach::Out(out) => return Ok(vec![out_of_reach(&out)]),
    };
    let Some(role) = role::get(&account.iam(), name).await? else {
        let message = format!("There is no role `{name}` any more: it was deleted, or renamed.");
        return Ok(vec![reason(Ruling::HandOver, "role-missing", message)]);
    };
    if role.role_id() != id {
        let message = format!(
            "The role `{name}` has the unique id {}, and the finding is about {id}: it is not the same role.",
            role.role_id()
        );
        return Ok(vec![reason(Ruling::HandOver, "identity", message)]);
    }
    let mut spoken: Vec<Spoken> = untouchable(&role, &account.responders(aws)?).into_iter().collect();
    spoken.extend(protected(&role, aws.setting("PROTECTED_ROLES")?));
    spoken.extend(exempt(&role::tags(&role), aws.timestamp()));
    Ok(spoken)
}

/// Roles that no response may change, whoever approves.
fn untouchable(role: &Role, responders: &str) -> Option<Spoken> {
    let (path, name) = (role.path(), role.role_name());
    if path.starts_with("/aws-service-role/") {
        let message = format!("`{name}` is a service-linked role: IAM lets nobody change it.");
        Some(reason(Ruling::HandOver, "service-linked", message))
    } else if path.starts_with("/aws-reserved/") {
        let message = format!(
            "`{name}` is managed by IAM Identity Center: disable the user's or the permission set's access there."
        );
        Some(reason(Ruling::HandOver, "identity-center", message))
    } else if matches_any(responders, path, name) {
        let message =
            format!("`{name}` is a role of the responder itself: containing it would end the response.");
        Some(reason(Ruling::HandOver, "responder", message))
    } else {
        None
    }
}

fn protected(role: &Role, patterns: &str) -> Option<Spoken> {
    matches_any(patterns, role.path(), role.role_name()).then(|| {
        let message = format!("`{}{}` is on the list of protected roles.", role.path(), role.role_name());
        reason(Ruling::AskFirst, "protected", message)
    })
}

pub(crate) fn exempt(tags: &BTreeMap<String, String>, now: Timestamp) -> Option<Spoken> {
    let until = tags.get(EXEMPT_UNTIL);
    let why = tags.get(EXEMPT_REASON).map(|why| text::line(why, 256)).filter(|why| !why.is_empty());
    if until.is_none() && why.is_none() {
        return None;
    }
    let message = match (until.and_then(|until| until.parse::<Date>().ok()), why) {
        (Some(until), Some(why)) => {
            // The exemption holds to the end of its last day, in UTC.
            if now.to_zoned(jiff::tz::TimeZone::UTC).date() > until {
                return None;
            }
            format!("It is exempt until {until}: {why}")
        }
        _ => format!(
            "It is tagged as exempt, and the exemption cannot be read: `{EXEMPT_UNTIL}` must be a day such as 2026-12-31, and `{EXEMPT_REASON}` must say why."
        ),
    };
    Some(reason(Ruling::AskFirst, "exempt", message))
}

/// When each case's change was counted, in seconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Breaker {
    containments: BTreeMap<String, i64>,
}

/// Counts this change among those of the last hour, or says that there are too many. A case is counted once, and
/// containments and remediations are counted apart.
async fn breaker(input: &Input, count: bool, aws: &Aws) -> Result<Option<Spoken>, Error> {
    let limit: usize = aws.setting("CONTAINMENTS_PER_HOUR")?.parse().map_err(|_| {
        Fault::InvalidInput("the setting `CONTAINMENTS_PER_HOUR` must be a whole number".to_owned())
    })?;
    let case_id = input.case_id.as_str();
    let (change, what) = match input.finding.subject {
        None => ("contain", "roles were contained"),
        Some(_) => ("remediate", "policies were changed"),
    };
    let (table, key) = (CaseTable::new(aws)?, Key::breaker(change));
    let since = (aws.timestamp() - WINDOW).as_second();
    for _ in 0..ROUNDS {
        let record: Option<Record<Breaker>> = table.get(&key).await?;
        let mut breaker = record.as_ref().map(|record| record.value.clone()).unwrap_or_default();
        breaker.containments.retain(|_, at| *at > since);
        if breaker.containments.contains_key(case_id) {
            return Ok(None);
        }
        if breaker.containments.len() >= limit {
            let message = format!(
                "{} {what} within the last hour, and {limit} is the limit: somebody should look before there are more.",
                breaker.containments.len()
            );
            // An alarm counts these lines: nobody else is told that the breaker is open.
            tracing::warn!(guardrail = "breaker", "the breaker is open");
            return Ok(Some(reason(Ruling::AskFirst, "breaker", message)));
        }
        if !count {
            return Ok(None);
        }
        breaker.containments.insert(case_id.to_owned(), aws.timestamp().as_second());
        let written = match &record {
            None => table.create(&key, &breaker).await?,
            Some(record) => table.replace(&key, record, &breaker).await?,
        };
        if written == Written::Yes {
            return Ok(None);
        }
    }
    Err(Error::BreakerContended(format!("other cases were counted at the same moment, {ROUNDS} times")))
}

#[cfg(test)]
#[path = "check_guardrails_tests.rs"]
mod tests;
