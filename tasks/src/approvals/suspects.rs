//! The identities that must not answer a question, since they have to do with what happened.

use super::people::IDENTITY_CENTER;
use crate::names::{IamArn, is_account, is_name, is_role_name, is_word};
use contract::{Actor, Finding, Looked, Question, Target};
use serde_json::Value;

/// Patterns of the identities that must not answer. A change may not be approved by whoever caused it or would be hit by it.
/// An undo may not be asked for by the person who acted, nor by a role that both acted and is the target, such as the stolen
/// sessions of a contained role; everybody else who shares a role with the actor may. `joined` are the identities of the
/// other events of the case.
pub(crate) fn suspects(
    question: &Question,
    finding: &Finding,
    looked: Option<&Looked>,
    joined: &[Actor],
) -> Vec<String> {
    suspects_of(Acts::of(question), finding, looked, joined)
}

/// What people decide about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Acts {
    Change,
    Undo,
}

impl Acts {
    pub(super) fn of(question: &Question) -> Self {
        match question {
            Question::Change { .. } => Self::Change,
            Question::Undo { .. } => Self::Undo,
        }
    }
}

/// The suspects of a decision of this kind.
pub(super) fn suspects_of(
    acts: Acts,
    finding: &Finding,
    looked: Option<&Looked>,
    joined: &[Actor],
) -> Vec<String> {
    let Acted { person, session, role } = of_actors(finding, joined);
    let targets = of_targets(finding, looked);
    let mut suspects: Vec<String> = match acts {
        Acts::Change => person.into_iter().chain(role).chain(targets).collect(),
        Acts::Undo => {
            let targets = targets.into_iter().filter(|target| role.contains(target));
            person.into_iter().chain(session).chain(targets).collect()
        }
    };
    suspects.sort_unstable();
    suspects.dedup();
    suspects
}

/// Patterns of the identity that acted.
#[derive(Default)]
struct Acted {
    /// The person, by every name, and an identity that nobody shares.
    person: Vec<String>,
    /// The session of its role.
    session: Vec<String>,
    /// All sessions of its role, which other people may have as well.
    role: Vec<String>,
}

/// A pattern is made of names that IAM accepts alone, so that none of an event can match everybody.
fn of_actors(finding: &Finding, joined: &[Actor]) -> Acted {
    let mut all = Acted::default();
    let is_readable = is_word(&finding.partition);
    for actor in finding.actor.iter().chain(joined).filter(|_| is_readable) {
        let Acted { person, session, role } = of_actor(actor, finding);
        all.person.extend(person);
        all.session.extend(session);
        all.role.extend(role);
    }
    all
}

/// Patterns of the roles and users that are the target, by the finding and by the look.
fn of_targets(finding: &Finding, looked: Option<&Looked>) -> Vec<String> {
    if !is_word(&finding.partition) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for target in [Some(&finding.target), looked.map(|looked| &looked.target)].into_iter().flatten() {
        if let Target::Resource { resource, .. } = target {
            of_resource(resource, finding, &mut found);
        }
    }
    found
}

/// The sessions of a role, whose names the caller chooses.
fn sessions(role: &str, account: &str, finding: &Finding) -> Option<String> {
    (is_role_name(role) && is_account(account))
        .then(|| format!("arn:{}:sts::{account}:assumed-role/{role}/*", finding.partition))
}

/// All sessions of the role of an actor, unless Identity Center names them after people, or all federated users of its account.
pub(super) fn all_sessions(actor: &Actor, finding: &Finding) -> Vec<String> {
    if !is_word(&finding.partition) {
        return Vec::new();
    }
    let federated = actor.name.rsplit_once('/').filter(|_| is_root_or_federated(&actor.name));
    let federated = federated.map(|(all, _)| format!("{all}/*"));
    of_actor(actor, finding).role.into_iter().chain(federated).collect()
}

/// The identity that acted, which an event names by its ARN or by its name, the person who is known by the name of the session
/// or of the user, and the whole role behind a session.
fn of_actor(actor: &Actor, finding: &Finding) -> Acted {
    let mut acted = Acted::default();
    let Acted { person, .. } = &mut acted;
    let names = actor.session.iter().chain(&actor.source_identity);
    person.extend(names.flat_map(|name| of_person(name, finding)));
    let last = actor.name.rsplit('/').next().unwrap_or_default();
    let named = actor.session.as_deref();
    if let Some((account, name)) = actor.name.split_once(":assumed-role/") {
        let role = name.split('/').next().unwrap_or_default();
        person.extend(of_person(last, finding));
        acted.of_role(role, Some(last), account.rsplit(':').next().unwrap_or_default(), finding);
    } else if let Some(arn) = IamArn::read(&actor.name) {
        match arn.kind {
            "role" => acted.of_role(arn.name, named, arn.account, finding),
            "user" => {
                person.push(actor.name.clone());
                person.extend(of_person(last, finding));
            }
            _ => {}
        }
    } else if is_root_or_federated(&actor.name) {
        person.push(actor.name.clone());
        person.extend(of_person(last, finding));
    } else if actor.role_id.is_some() || actor.kind == "AssumedRole" || actor.kind == "Role" {
        acted.of_role(&actor.name, named, &finding.account, finding);
    } else if actor.kind == "Root" {
        person.push(format!("arn:{}:iam::{}:root", finding.partition, finding.account));
    } else if is_name(&actor.name) {
        person.extend(of_user(&actor.name, finding));
        person.extend(of_person(&actor.name, finding));
    }
    acted
}

impl Acted {
    /// Adds a role and the name of its session, if the event has it.
    fn of_role(&mut self, role: &str, name: Option<&str>, account: &str, finding: &Finding) {
        let readable = name.filter(|name| is_name(name));
        let all = sessions(role, account, finding);
        let session =
            readable.zip(all.as_deref()).map(|(name, all)| format!("{}{name}", all.trim_end_matches('*')));
        self.session.extend(session);
        match (role.starts_with(IDENTITY_CENTER), name, readable) {
            // Other sessions of a role of Identity Center are other people.
            (true, _, Some(_)) => self.person.append(&mut self.session),
            // It may be any of them.
            (true, Some(_), None) => self.person.extend(all),
            _ => self.role.extend(all),
        }
    }
}

/// The ARN of the root user of an account, or of a federated user.
fn is_root_or_federated(arn: &str) -> bool {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, _, account) = (parts.next(), parts.next(), parts.next().unwrap_or_default());
    let resource = parts.next().unwrap_or_default();
    let is_root = service == Some("iam") && resource == "root";
    let federated = resource.strip_prefix("federated-user/").filter(|_| service == Some("sts"));
    is_account(account) && (is_root || federated.is_some_and(is_name))
}

/// The person with this name, as the issuer of a token or Identity Center knows people, in every account and with every
/// permission set. Somebody who chose the name of a session can bar the person of that name with it, and nobody else.
pub(super) fn of_person(name: &str, finding: &Finding) -> Vec<String> {
    if !is_name(name) || !is_word(&finding.partition) {
        return Vec::new();
    }
    let sessions = format!("arn:{}:sts::*:assumed-role/{IDENTITY_CENTER}*/{name}", finding.partition);
    vec![name.to_owned(), sessions]
}

/// The IAM user of this name, whose path is not known.
fn of_user(name: &str, finding: &Finding) -> [String; 2] {
    let arn = format!("arn:{}:iam::{}:user", finding.partition, finding.account);
    [format!("{arn}/{name}"), format!("{arn}/*/{name}")]
}

/// The roles and users that a target names: as `roleName` or `role`, or as an `IamPrincipal`.
fn of_resource(resource: &Value, finding: &Finding, suspects: &mut Vec<String>) {
    match resource {
        Value::Array(items) => items.iter().for_each(|item| of_resource(item, finding, suspects)),
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str);
            let is_role = text("kind") == Some("Role");
            let roles = [text("roleName"), text("role"), text("name").filter(|_| is_role)];
            let roles = roles.into_iter().flatten();
            suspects.extend(roles.filter_map(|role| sessions(role, &finding.account, finding)));
            if let Some(user) = text("name").filter(|name| text("kind") == Some("User") && is_name(name)) {
                suspects.extend(of_user(user, finding));
            }
            members.values().for_each(|value| of_resource(value, finding, suspects));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests;
