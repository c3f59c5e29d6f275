//! What is known of a case, in words that a message and a page share: the finding, its context, and the plan. Each text of
//! an event is one plain line.

use crate::words::text::{block, line};
use contract::{BlastRadius, Context, Finding, InstanceFacts, Plan, Principal, RoleFacts};

/// A name and a value.
pub(crate) type Fact = (&'static str, String);

/// Whom a finding is about, in words. The text comes from the event.
pub(crate) fn who(finding: Option<&Finding>) -> String {
    if let Some(subject) = finding.and_then(|finding| finding.subject.as_ref()) {
        return line(&subject.words(), 200);
    }
    match finding.map(|finding| &finding.principal) {
        Some(Principal::Role { name, .. }) => format!("the role {}", line(name, 64)),
        Some(Principal::Other { user_type, name, .. }) if name.is_empty() => {
            format!("a principal of type {}", line(user_type, 64))
        }
        Some(Principal::Other { user_type, name, .. }) => {
            format!("{} ({})", line(name, 64), line(user_type, 64))
        }
        None => "an event that could not be read".to_owned(),
    }
}

/// What a containment would do.
pub(crate) fn containment(context: Option<&Context>) -> &'static str {
    match context {
        Some(context) if context.other_instance_count > 0 => {
            "An inline policy that denies everything would be put on the role. All its sessions would stop working, and so would the other instances that use it (see below)."
        }
        _ => {
            "An inline policy that denies everything would be put on the role. All its sessions would stop working."
        }
    }
}

/// What is known of a finding.
pub(crate) fn finding(finding: &Finding) -> Vec<Fact> {
    let mut lines = vec![("Title", line(&finding.title, 256)), ("Type", line(&finding.kind, 128))];
    if finding.severity > 0.0 {
        lines.push(("Severity", finding.severity.to_string()));
    }
    lines.push(("Account", format!("{} in {}", finding.account, finding.region)));
    match (&finding.principal, &finding.subject) {
        (Principal::Role { id, session, .. }, _) => {
            lines.push(("Role id", format!("{id}, session {}", line(session, 64))))
        }
        (Principal::Other { user_type, name, .. }, Some(_)) => {
            if !name.is_empty() {
                lines.push(("Made by", format!("{} ({})", line(name, 256), line(user_type, 64))));
            }
        }
        (Principal::Other { reason, .. }, None) => lines.push(("Principal", line(reason, 256))),
    }
    if let Some(subject) = &finding.subject {
        lines.push(("About", line(&subject.words(), 256)));
    }
    if let Some(managed_by) = &finding.managed_by {
        lines.push(("Managed by", line(managed_by, 64)));
    }
    if let Some(remote) = &finding.remote {
        let from = [&remote.ip, &remote.country, &remote.organization];
        let from: Vec<String> = from.into_iter().flatten().map(|text| line(text, 128)).collect();
        if !from.is_empty() {
            let called_from = if finding.subject.is_some() { "Called from" } else { "Used from" };
            lines.push((called_from, from.join(", ")));
        }
        if let Some(api) = &remote.api {
            lines.push(("Called", line(api, 128)));
        }
    }
    if let Some(last_seen) = &finding.last_seen {
        lines.push(("Last seen", format!("{}, {} time(s)", line(last_seen, 64), finding.count)));
    }
    lines.push(("Id", line(&finding.id, 256)));
    lines
}

/// What is known around it.
pub(crate) fn context(context: &Context) -> Vec<Fact> {
    let unknown = "unknown".to_owned();
    let mut lines = vec![
        (
            "Environment",
            context.environment.as_deref().map_or_else(|| unknown.clone(), |text| line(text, 128)),
        ),
        ("Owner", context.owner.as_deref().map_or_else(|| unknown.clone(), |text| line(text, 128))),
    ];
    if let RoleFacts::Verified { arn, created, .. } = &context.role {
        lines.push(("Role", format!("{arn}, made {created}")));
    }
    match &context.instance {
        InstanceFacts::Found { id, state, .. } => lines.push(("Instance", format!("{id}, {state}"))),
        InstanceFacts::Gone { id } => lines.push(("Instance", format!("{id}, gone"))),
        InstanceFacts::OutOfReach { id } => lines.push(("Instance", id.clone())),
        InstanceFacts::NotNamed => {}
    }
    if context.other_instance_count > 0 {
        let ids = context.other_instances.join(", ");
        lines.push(("Also used by", format!("{} other instance(s): {ids}", context.other_instance_count)));
    }
    lines.extend(context.remarks.iter().map(|remark| ("Note", line(remark, 500))));
    lines
}

/// What is dangerous, in one line each.
pub(crate) fn dangers(plan: &Plan) -> Vec<String> {
    plan.dangers.iter().map(|danger| line(danger, 500)).collect()
}

/// What would be changed: in a sentence, and as the difference of the documents.
pub(crate) fn change(plan: &Plan) -> Option<(String, String)> {
    plan.change.as_ref().map(|_| (line(&plan.effect, 500), block(&plan.diff)))
}

/// Whom a change hits.
pub(crate) fn blast(blast: &BlastRadius) -> Vec<Fact> {
    let mut hits = Vec::new();
    if blast.attached_count > 0 {
        let names: Vec<String> =
            blast.attached.iter().take(20).map(|principal| line(&principal.words(), 100)).collect();
        let more = blast.attached_count.saturating_sub(names.len() as u64);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        hits.push(("Who has it", format!("{}{more}", names.join(", "))));
    }
    if blast.boundary_count > 0 {
        hits.push(("Boundary of", format!("{} role(s) or user(s)", blast.boundary_count)));
    }
    if !blast.used.is_empty() || blast.unused_count > 0 {
        hits.push(("Used lately", used(blast)));
    }
    hits.extend(blast.remarks.iter().map(|remark| ("Note", line(remark, 500))));
    hits
}

/// Which services were used through it, the latest first. What was not used for long is not missed.
fn used(blast: &BlastRadius) -> String {
    let used: Vec<String> = blast
        .used
        .iter()
        .map(|used| format!("{} at {}", line(&used.service, 64), line(&used.at, 32)))
        .collect();
    match (used.is_empty(), blast.unused_count) {
        (true, unused) => format!("none of its {unused} service(s) in 400 days"),
        (false, 0) => used.join(", "),
        (false, unused) => format!("{}; {unused} other service(s) not in 400 days", used.join(", ")),
    }
}
