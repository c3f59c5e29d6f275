//! The people who decide, and who of them may.

use super::Approval;
use crate::names::{IamArn, is_account, is_name, is_role_name, is_word};
use crate::text::line;
use contract::{Actor, Finding, Looked, Question, Target};
use serde_json::Value;
use wildmatch::WildMatch;

/// The prefix of the roles that Identity Center manages.
const IDENTITY_CENTER: &str = "AWSReservedSSO_";

/// A person who decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Person {
    /// Named by the caller of the function, without proof.
    Said(String),
    /// Proven by the authorizer of the HTTP API.
    Proven(String),
}

impl Person {
    /// The name as it was given.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Said(name) | Self::Proven(name) => name,
        }
    }

    /// The name as one line of plain text.
    pub(crate) fn plain(&self) -> String {
        line(self.name(), 256)
    }

    /// A key that is equal for two answers of one person. All names without proof have one key; so have all sessions of a
    /// role, since the caller chooses their names. Identity Center names sessions itself.
    pub(crate) fn identity_key(&self) -> String {
        match self {
            Self::Said(_) => "said".to_owned(),
            Self::Proven(name) => {
                let session = name
                    .split_once(":assumed-role/")
                    .and_then(|(account, rest)| Some((account, rest.split_once('/')?.0)));
                let identity = match session {
                    Some((account, role)) if !role.starts_with(IDENTITY_CENTER) => {
                        format!("{account}:assumed-role/{role}")
                    }
                    _ => name.clone(),
                };
                format!("proven {}", identity.to_lowercase())
            }
        }
    }
}

/// Checks that a person may answer a question. The error is the reason why not.
pub(crate) fn may_answer(approval: &Approval, person: &Person) -> Result<(), String> {
    let name = person.name();
    let lower = name.to_lowercase();
    if approval.not_by.iter().any(|pattern| WildMatch::new(&pattern.to_lowercase()).matches(&lower)) {
        return Err(format!("{} has to do with what happened, so somebody else must decide", person.plain()));
    }
    let approvers = &approval.approvers;
    if !approvers.is_empty() && !approvers.iter().any(|pattern| WildMatch::new(pattern).matches(name)) {
        return Err(format!("{} is not among those who may answer this question", person.plain()));
    }
    Ok(())
}

/// Patterns of the identities that must not answer. A change may not be approved by whoever caused it or would be hit by it.
/// An undo may not be asked for by an identity that is both, such as the stolen sessions of a contained role; everybody else
/// who shares a role with the actor may.
pub(crate) fn suspects(question: &Question, finding: &Finding, looked: Option<&Looked>) -> Vec<String> {
    let (actor, targets) = (of_finding_actor(finding), of_targets(finding, looked));
    let mut suspects: Vec<String> = match question {
        Question::Change { .. } => actor.into_iter().chain(targets).collect(),
        Question::Undo { .. } => targets.into_iter().filter(|target| actor.contains(target)).collect(),
    };
    suspects.sort_unstable();
    suspects.dedup();
    suspects
}

/// Patterns of the identity that acted. A pattern is made of names that IAM accepts alone, so that none of an event can match
/// everybody.
fn of_finding_actor(finding: &Finding) -> Vec<String> {
    if !is_word(&finding.partition) {
        return Vec::new();
    }
    finding.actor.iter().filter_map(|actor| of_actor(actor, finding)).collect()
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

/// The identity that acted, which an event names by its ARN or, if it is a role, by its name.
fn of_actor(actor: &Actor, finding: &Finding) -> Option<String> {
    if let Some((account, session)) = actor.name.split_once(":assumed-role/") {
        let account = account.rsplit(':').next()?;
        let (role, name) = session.split_once('/')?;
        return match sessions(role, account, finding) {
            // Other sessions of a role of Identity Center are other people.
            Some(_) if role.starts_with(IDENTITY_CENTER) && is_name(name) => Some(actor.name.clone()),
            sessions => sessions,
        };
    }
    match IamArn::read(&actor.name) {
        Some(arn) if arn.kind == "role" => sessions(arn.name, arn.account, finding),
        Some(arn) if arn.kind == "user" => Some(actor.name.clone()),
        Some(_) => None,
        None if actor.role_id.is_some() || actor.kind == "AssumedRole" || actor.kind == "Role" => {
            sessions(&actor.name, &finding.account, finding)
        }
        None => None,
    }
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
                // A user can have a path, of which a target knows nothing.
                let arn = format!("arn:{}:iam::{}:user", finding.partition, finding.account);
                suspects.extend([format!("{arn}/{user}"), format!("{arn}/*/{user}")]);
            }
            members.values().for_each(|value| of_resource(value, finding, suspects));
        }
        _ => {}
    }
}

/// The patterns of a setting.
pub(crate) fn patterns(setting: &str) -> Vec<String> {
    setting.split(',').map(str::trim).filter(|pattern| !pattern.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::samples::{contained, finding, looked};
    use contract::kinds::{iam_policy, permissions_boundary, role_containment};
    use contract::{IamPrincipal, PrincipalKind};
    use serde_json::json;

    #[test]
    fn names_that_one_person_can_choose_have_one_key() {
        let said = |name: &str| Person::Said(name.to_owned()).identity_key();
        let proven = |name: &str| Person::Proven(name.to_owned()).identity_key();
        let same = [
            (said("ada@example.com"), said("grace@example.com")),
            (proven("ada@example.com"), proven("Ada@Example.com")),
            (
                proven("arn:aws:sts::123456789012:assumed-role/admin/ada"),
                proven("arn:aws:sts::123456789012:assumed-role/admin/grace"),
            ),
        ];
        for (one, other) in same {
            assert_eq!(one, other);
        }
        let different = [
            (said("ada@example.com"), proven("ada@example.com")),
            (proven("ada@example.com"), proven("grace@example.com")),
            (
                proven("arn:aws:sts::123456789012:assumed-role/admin/ada"),
                proven("arn:aws:sts::999999999999:assumed-role/admin/ada"),
            ),
            (
                proven("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_0123456789abcdef/ada"),
                proven("arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_0123456789abcdef/grace"),
            ),
            (proven("said"), said("said")),
        ];
        for (one, other) in different {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_setting_is_a_list_of_patterns() {
        assert_eq!(
            patterns(" *@example.com, arn:aws:iam::1:user/ada ,, "),
            ["*@example.com", "arn:aws:iam::1:user/ada"]
        );
        assert_eq!(patterns(""), Vec::<String>::new());
    }

    fn change() -> Question {
        Question::Change { reasons: vec![] }
    }

    /// Colleagues who share a role with the actor may take a change back; the stolen sessions of a contained role may not.
    #[test]
    fn an_undo_is_barred_to_an_actor_that_is_the_target_alone() {
        let undo = Question::Undo { recorded: Box::new(contained()) };
        let role = |name: &str| Target::Resource {
            what: "it".to_owned(),
            resource: json!({ "roleName": name, "roleId": "AROAX" }),
        };
        let actor: Actor =
            serde_json::from_value(json!({ "type": "AssumedRole", "name": "web-frontend" })).unwrap();
        for (target, expected) in [("web-frontend", vec![OF_WEB]), ("batch", vec![])] {
            let finding = Finding { target: role(target), actor: Some(actor.clone()), ..finding() };
            assert_eq!(suspects(&undo, &finding, None), expected, "{target}");
        }
    }

    const OF_WEB: &str = "arn:aws:sts::123456789012:assumed-role/web-frontend/*";

    fn by(actor: Value) -> Vec<String> {
        let other = Target::Other { what: "a bucket".to_owned(), why: "it is none".to_owned() };
        let actor = serde_json::from_value(actor).unwrap();
        suspects(&change(), &Finding { target: other, actor: Some(actor), ..finding() }, None)
    }

    #[test]
    fn the_identity_that_acted_never_decides() {
        let sso =
            "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_admin_0123456789abcdef/erin@example.com";
        let user = "arn:aws:iam::123456789012:user/teams/erin";
        let cases = [
            (json!({ "type": "AssumedRole", "name": "web-frontend", "roleId": "AROAX" }), vec![OF_WEB]),
            (json!({ "type": "AssumedRole", "name": "web-frontend" }), vec![OF_WEB]),
            (json!({ "type": "x", "name": "arn:aws:iam::123456789012:role/a/web-frontend" }), vec![OF_WEB]),
            (
                json!({ "type": "AssumedRole", "name": "arn:aws:sts::999999999999:assumed-role/web/erin" }),
                vec!["arn:aws:sts::999999999999:assumed-role/web/*"],
            ),
            (json!({ "type": "AssumedRole", "name": sso }), vec![sso]),
            (json!({ "type": "IAMUser", "name": user }), vec![user]),
            (json!({ "type": "IAMUser", "name": "erin" }), vec![]),
            (json!({ "type": "Root", "name": "" }), vec![]),
            // A name that is a pattern would match people who have nothing to do with it.
            (json!({ "type": "AssumedRole", "name": "*" }), vec![]),
            (json!({ "type": "AssumedRole", "name": "arn:aws:sts::*:assumed-role/*/*" }), vec![]),
            (
                json!({ "type": "AssumedRole", "name": "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_a/*" }),
                vec!["arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_a/*"],
            ),
            (json!({ "type": "IAMUser", "name": "arn:aws:iam::123456789012:user/*" }), vec![]),
        ];
        for (actor, expected) in cases {
            assert_eq!(by(actor.clone()), expected, "{actor}");
        }
    }

    #[test]
    fn the_target_never_decides() {
        let principal = |kind| IamPrincipal { kind, name: "web-frontend".to_owned() };
        let inline = |kind| iam_policy::Target::Inline { principal: principal(kind), policy: "p".to_owned() };
        let users = vec![
            "arn:aws:iam::123456789012:user/*/web-frontend",
            "arn:aws:iam::123456789012:user/web-frontend",
        ];
        let role = role_containment::Target {
            role_name: "web-frontend".to_owned(),
            role_id: "AROAX".to_owned(),
            instance_id: None,
        };
        let cases = [
            (json!(role), vec![OF_WEB]),
            (json!(permissions_boundary::Target { principal: principal(PrincipalKind::Role) }), vec![OF_WEB]),
            (
                json!(permissions_boundary::Target { principal: principal(PrincipalKind::User) }),
                users.clone(),
            ),
            (json!(inline(PrincipalKind::Role)), vec![OF_WEB]),
            (json!(inline(PrincipalKind::User)), users),
            (json!(inline(PrincipalKind::Group)), vec![]),
            (json!(iam_policy::Target::Trust { role: "web-frontend".to_owned() }), vec![OF_WEB]),
            (json!({ "kind": "Role", "name": "*" }), vec![]),
        ];
        for (resource, expected) in cases {
            let target = Target::Resource { what: "it".to_owned(), resource };
            let of_finding = Finding { target: target.clone(), actor: None, ..finding() };
            assert_eq!(suspects(&change(), &of_finding, None), expected, "{target:?}");
            let other = Target::Other { what: "x".to_owned(), why: "y".to_owned() };
            let unresolved = Finding { target: other, actor: None, ..finding() };
            assert_eq!(suspects(&change(), &unresolved, Some(&Looked { target, ..looked() })), expected);
        }
    }
}
