//! The people who decide, and who of them may.

use super::Approval;
use crate::text::line;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use wildmatch::WildMatch;

/// The prefix of the names of the roles that Identity Center manages. IAM documents no reserved names, so another role may have
/// such a name.
pub(super) const IDENTITY_CENTER: &str = "AWSReservedSSO_";

/// Claims with which issuers name a person. An approver is recognised by one of them; whoever caused an event, by any.
/// Sources: OpenID Connect Core, section 5.1; Amazon Cognito, "Understanding the access token"; Microsoft Entra, "ID token
/// claims reference".
const NAMING_CLAIMS: &[&str] =
    &["sub", "email", "preferred_username", "username", "cognito:username", "upn", "unique_name"];

/// The issuer of the claims of a local engine's operator.
const LOCAL_ISSUER: &str = "redress up";

/// A person whom the authorizer of the HTTP API has authenticated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Person {
    name: String,
    identity: Identity,
    /// Every name by which an event can mean this person, in lower case.
    known_as: Vec<String>,
    /// Those of them that the name of a session or of a user could be. The subject of a token is opaque, unless it is an
    /// address.
    #[serde(default)]
    readable: Vec<String>,
    /// Whether it is the operator of a local engine, who may give any name.
    #[serde(default)]
    is_operator: bool,
}

/// What is proven of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all_fields = "camelCase")]
enum Identity {
    /// A subject of the OIDC issuer, and the name of this subject's sessions of Identity Center, if the issuer knows it.
    Subject { subject: String, session: Option<String> },
    /// A user of Identity Center, which names the sessions of its roles itself.
    SsoUser { user: String },
    /// An IAM user.
    User { arn: String },
    /// Anything else with credentials of AWS. Whoever has a session of a role chose its name, and may have other roles.
    Session,
}

impl Identity {
    fn is_another_person(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Subject { subject, session },
                Self::Subject { subject: other, session: other_session },
            ) => subject != other && (session.is_none() || session != other_session),
            (Self::SsoUser { user }, Self::SsoUser { user: other }) => user != other,
            (Self::User { arn }, Self::User { arn: other }) => arn != other,
            (Self::Subject { session: Some(session), .. }, Self::SsoUser { user })
            | (Self::SsoUser { user }, Self::Subject { session: Some(session), .. }) => session != user,
            _ => false,
        }
    }
}

impl Person {
    /// The subject of a JWT. `name` is the claim that identifies people, `session` the one that has the name of their
    /// sessions of Identity Center, if any does.
    pub(crate) fn of_claims(claims: &HashMap<String, String>, name: &str, session: &str) -> Option<Self> {
        // Some issuers let people claim any e-mail.
        let is_verified = claims.get("email_verified").is_some_and(|verified| verified == "true");
        let claim = |name: &str| claims.get(name).filter(|_| name != "email" || is_verified);
        let subject = claim(name)?.clone();
        let session = claim(session).map(|name| name.to_lowercase());
        let mut known_as: Vec<String> =
            NAMING_CLAIMS.iter().filter_map(|name| claim(name)).map(|name| name.to_lowercase()).collect();
        known_as.push(subject.to_lowercase());
        known_as.extend(session.clone());
        known_as.sort_unstable();
        known_as.dedup();
        let opaque = claims.get("sub").map(|sub| sub.to_lowercase());
        let is_readable = |known: &&String| {
            known.contains('@') || opaque.as_ref() != Some(known) && !known.contains('|') && !is_uuid(known)
        };
        let readable = known_as.iter().filter(is_readable).cloned().collect();
        // API Gateway accepts tokens of https addresses alone.
        let is_operator = claims.get("iss").is_some_and(|issuer| issuer == LOCAL_ISSUER);
        Some(Self {
            readable,
            is_operator,
            identity: Identity::Subject { subject: subject.to_lowercase(), session },
            name: subject,
            known_as,
        })
    }

    /// The identity behind a SigV4 signature. `is_identity_centers` says that a role which its name makes one of Identity
    /// Center really is one; otherwise the caller chose the name of the session.
    pub(crate) fn of_arn(arn: &str, is_identity_centers: bool) -> Self {
        let mut known_as = vec![arn.to_lowercase()];
        let sso = identity_center(arn);
        known_as.extend(sso.map(|(_, user)| user.to_lowercase()));
        let identity = if let Some((_, user)) = sso.filter(|_| is_identity_centers) {
            Identity::SsoUser { user: user.to_lowercase() }
        } else if let Some((_, user)) = arn.split_once(":user/").filter(|(start, _)| start.contains(":iam:"))
        {
            known_as.extend(user.rsplit('/').next().map(str::to_lowercase));
            Identity::User { arn: arn.to_lowercase() }
        } else {
            Identity::Session
        };
        Self { name: arn.to_owned(), identity, known_as, readable: Vec::new(), is_operator: false }
    }

    /// A subject of this name.
    #[cfg(test)]
    pub(crate) fn named(name: &str) -> Self {
        let (subject, known_as) = (name.to_lowercase(), vec![name.to_lowercase()]);
        let identity = Identity::Subject { subject, session: None };
        Self { name: name.to_owned(), identity, readable: known_as.clone(), known_as, is_operator: false }
    }

    /// The name as it was proven.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The name as one line of plain text.
    pub(crate) fn plain(&self) -> String {
        line(&self.name, 256)
    }

    /// Whether two answers certainly come from two people. If that cannot be told, they count as one person's.
    pub(crate) fn is_another_person(&self, other: &Self) -> bool {
        self.identity.is_another_person(&other.identity)
    }

    /// Whether one of the patterns means this person, by any name.
    pub(super) fn is_one_of(&self, patterns: &[String]) -> bool {
        let role = self.role_of_chosen_names();
        patterns.iter().any(|pattern| {
            let pattern = pattern.to_lowercase();
            let of_role = pattern.rsplit_once('/').map(|(role, _)| role);
            let barred = WildMatch::new(&pattern);
            self.known_as.iter().any(|name| barred.matches(name))
                || role.is_some() && role.as_deref() == of_role
        })
    }

    /// Whether it cannot be told that this person is none of the people whom the patterns name. A token that says nothing of
    /// its subject's sessions has to have a name of the same form as theirs, an address or a plain one.
    fn may_be_one_of(&self, patterns: &[String]) -> bool {
        if self.is_operator || !matches!(self.identity, Identity::Subject { session: None, .. }) {
            return false;
        }
        let is_like = |name: &str| self.readable.iter().any(|own| own.contains('@') == name.contains('@'));
        patterns.iter().any(|pattern| match identity_center(pattern) {
            Some((role, user)) => !role.contains('*') && !is_like(user),
            None => is_name_of_a_person(pattern) && self.readable.is_empty(),
        })
    }

    /// The role of a session, if it only has a name like one of Identity Center. What bars one of its sessions bars all of
    /// them, since the caller may choose another name.
    fn role_of_chosen_names(&self) -> Option<String> {
        let is_chosen = self.identity == Identity::Session && identity_center(&self.name).is_some();
        self.name.rsplit_once('/').filter(|_| is_chosen).map(|(role, _)| role.to_lowercase())
    }

    /// Whether a pattern of the setting `APPROVERS` names this person. Patterns of ARNs name identities of AWS, others
    /// subjects of the issuer and users of Identity Center. The name of any other session proves nothing, since its
    /// caller chose it: only a pattern for all sessions of a role names one.
    fn is_named_by(&self, pattern: &str) -> bool {
        let name = match &self.identity {
            _ if pattern == "*" => return true,
            Identity::Subject { .. } => (!pattern.starts_with("arn:")).then_some(self.name.clone()),
            Identity::SsoUser { .. } if !pattern.starts_with("arn:") => {
                identity_center(&self.name).map(|(_, user)| user.to_owned())
            }
            Identity::Session => match self.name.split_once(":assumed-role/") {
                Some((account, session)) => {
                    let role = session.split('/').next().unwrap_or_default();
                    Some(format!("{account}:assumed-role/{role}/*"))
                }
                None => Some(self.name.clone()),
            },
            Identity::SsoUser { .. } | Identity::User { .. } => Some(self.name.clone()),
        };
        let is_arn = |name: &str| pattern.starts_with("arn:") == name.starts_with("arn:");
        name.is_some_and(|name| is_arn(&name) && WildMatch::new(pattern).matches(&name))
    }
}

/// The role and the user of the session of a role with a name like those of Identity Center.
pub(super) fn identity_center(arn: &str) -> Option<(&str, &str)> {
    let (_, session) = arn.split_once(":assumed-role/")?;
    session.split_once('/').filter(|(role, _)| role.starts_with(IDENTITY_CENTER))
}

/// Checks that a person may answer a question. The error is the reason why not.
pub(crate) fn may_answer(approval: &Approval, person: &Person) -> Result<(), String> {
    may_decide(person, &approval.approvers, &approval.not_by)
}

/// Checks that a person is one of the approvers, and none of the suspects.
pub(super) fn may_decide(person: &Person, approvers: &[String], not_by: &[String]) -> Result<(), String> {
    if not_by.iter().any(|pattern| pattern == "*") {
        let why = "more identities had to do with what happened than can be kept, so nobody can decide here: \
            decide and act by hand";
        return Err(why.to_owned());
    }
    if person.is_one_of(not_by) {
        return Err(format!("{} has to do with what happened, so somebody else must decide", person.plain()));
    }
    if person.may_be_one_of(not_by) {
        return Err(format!(
            "it cannot be told whether {} is somebody who has to do with what happened, since the token has no name that \
             could be theirs; answer with `redress --aws`, or with a token that has the claim `SESSION_CLAIM`",
            person.plain()
        ));
    }
    if !approvers.is_empty() && !approvers.iter().any(|pattern| person.is_named_by(pattern)) {
        return Err(format!("{} is not among those who may answer this question", person.plain()));
    }
    Ok(())
}

/// Whether a pattern is the name of a person. Amazon EC2 names the sessions of an instance after it.
fn is_name_of_a_person(pattern: &str) -> bool {
    let is_instance = pattern
        .strip_prefix("i-")
        .is_some_and(|id| id.len() >= 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit()));
    !is_instance && !pattern.contains([':', '*'])
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

/// The patterns of a setting.
pub(crate) fn patterns(setting: &str) -> Vec<String> {
    setting.split(',').map(str::trim).filter(|pattern| !pattern.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
