//! What is known of a case, in lines: the finding, its context, and the plan.

use crate::words::text::{block, line};
use contract::{Context, Finding, InstanceFacts, Plan, Principal, RoleFacts};

fn row(name: &str, value: &str) -> String {
    format!("{name:<12} {value}")
}

/// The finding.
pub(crate) fn finding(finding: &Finding) -> Vec<String> {
    let mut lines = vec![row("Title", &line(&finding.title, 256)), row("Type", &line(&finding.kind, 128))];
    if finding.severity > 0.0 {
        lines.push(row("Severity", &finding.severity.to_string()));
    }
    lines.push(row("Account", &format!("{} in {}", finding.account, finding.region)));
    match (&finding.principal, &finding.subject) {
        (Principal::Role { id, session, .. }, _) => {
            lines.push(row("Role id", &format!("{id}, session {}", line(session, 64))))
        }
        (Principal::Other { user_type, name, .. }, Some(_)) => {
            if !name.is_empty() {
                lines.push(row("Made by", &format!("{} ({})", line(name, 256), line(user_type, 64))));
            }
        }
        (Principal::Other { reason, .. }, None) => lines.push(row("Principal", &line(reason, 256))),
    }
    if let Some(subject) = &finding.subject {
        lines.push(row("About", &line(&subject.words(), 256)));
    }
    if let Some(managed_by) = &finding.managed_by {
        lines.push(row("Managed by", &line(managed_by, 64)));
    }
    if let Some(remote) = &finding.remote {
        let from = [&remote.ip, &remote.country, &remote.organization];
        let from: Vec<String> = from.into_iter().flatten().map(|text| line(text, 128)).collect();
        if !from.is_empty() {
            let called_from = if finding.subject.is_some() { "Called from" } else { "Used from" };
            lines.push(row(called_from, &from.join(", ")));
        }
        if let Some(api) = &remote.api {
            lines.push(row("Called", &line(api, 128)));
        }
    }
    if let Some(last_seen) = &finding.last_seen {
        lines.push(row("Last seen", &format!("{}, {} time(s)", line(last_seen, 64), finding.count)));
    }
    lines.push(row("Id", &line(&finding.id, 256)));
    lines
}

/// Its context.
pub(crate) fn context(context: &Context) -> Vec<String> {
    let unknown = "unknown".to_owned();
    let mut lines = vec![
        row(
            "Environment",
            &context.environment.as_deref().map_or_else(|| unknown.clone(), |text| line(text, 128)),
        ),
        row("Owner", &context.owner.as_deref().map_or_else(|| unknown.clone(), |text| line(text, 128))),
    ];
    if let RoleFacts::Verified { arn, created, .. } = &context.role {
        lines.push(row("Role", &format!("{arn}, made {created}")));
    }
    match &context.instance {
        InstanceFacts::Found { id, state, .. } => lines.push(row("Instance", &format!("{id}, {state}"))),
        InstanceFacts::Gone { id } => lines.push(row("Instance", &format!("{id}, gone"))),
        InstanceFacts::NotNamed => {}
    }
    if context.other_instance_count > 0 {
        let ids = context.other_instances.join(", ");
        lines
            .push(row("Also used by", &format!("{} other instance(s): {ids}", context.other_instance_count)));
    }
    lines.extend(context.remarks.iter().map(|remark| row("Note", &line(remark, 500))));
    lines
}

/// What is dangerous, what would be changed, and whom it hits: each a title with its lines, where there are any.
pub(crate) fn plan(plan: &Plan) -> Vec<(&'static str, Vec<String>)> {
    let dangers = plan.dangers.iter().map(|danger| line(danger, 500)).collect();
    let mut change = Vec::new();
    if plan.change.is_some() {
        change.push(line(&plan.effect, 500));
        change.extend(block(&plan.diff).lines().map(str::to_owned));
    }
    let blast = &plan.blast;
    let mut hits = Vec::new();
    if blast.attached_count > 0 {
        let names: Vec<String> =
            blast.attached.iter().take(20).map(|principal| line(&principal.words(), 100)).collect();
        let more = blast.attached_count.saturating_sub(names.len() as u64);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        hits.push(row("Who has it", &format!("{}{more}", names.join(", "))));
    }
    if blast.boundary_count > 0 {
        hits.push(row("Boundary of", &format!("{} role(s) or user(s)", blast.boundary_count)));
    }
    hits.extend(blast.remarks.iter().map(|remark| row("Note", &line(remark, 500))));
    let sections = [("What is dangerous", dangers), ("The change", change), ("Whom it hits", hits)];
    sections.into_iter().filter(|(_, lines): &(_, Vec<String>)| !lines.is_empty()).collect()
}
