//! What is known of a finding, in words that a message and a page share. Each text of an event is one plain line.

use crate::words::text::line;
use contract::{Context, Finding, InstanceFacts, Principal, RoleFacts};

/// A name and a value.
pub(crate) type Fact = (&'static str, String);

/// Whom a finding is about, in words. The text comes from the event.
pub(crate) fn who(finding: Option<&Finding>) -> String {
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
pub(crate) fn plan(context: Option<&Context>) -> &'static str {
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
    lines.push(("Severity", finding.severity.to_string()));
    lines.push(("Account", format!("{} in {}", finding.account, finding.region)));
    match &finding.principal {
        Principal::Role { id, session, .. } => {
            lines.push(("Role id", format!("{id}, session {}", line(session, 64))))
        }
        Principal::Other { reason, .. } => lines.push(("Principal", line(reason, 256))),
    }
    if let Some(remote) = &finding.remote {
        let from = [&remote.ip, &remote.country, &remote.organization];
        let from: Vec<String> = from.into_iter().flatten().map(|text| line(text, 128)).collect();
        if !from.is_empty() {
            lines.push(("Used from", from.join(", ")));
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
        InstanceFacts::NotNamed => {}
    }
    if context.other_instance_count > 0 {
        let ids = context.other_instances.join(", ");
        lines.push(("Also used by", format!("{} other instance(s): {ids}", context.other_instance_count)));
    }
    lines.extend(context.remarks.iter().map(|remark| ("Note", line(remark, 500))));
    lines
}
