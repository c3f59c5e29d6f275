//! Who decides, and who may.

use super::Approval;
use crate::words::text::line;
use contract::{Finding, Principal};
use wildmatch::WildMatch;

/// Who decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Person {
    /// Whoever invoked the function says so.
    Said(String),
    /// The authorizer of the HTTP API has proven it.
    Proven(String),
}

impl Person {
    /// The name as it was given.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Said(name) | Self::Proven(name) => name,
        }
    }

    /// The name as people read it.
    pub(crate) fn plain(&self) -> String {
        line(self.name(), 256)
    }

    /// What makes two answers those of one person. A name that anybody can say is one voice, whatever it says; so are the
    /// sessions of a role, since whoever assumes it chooses their names. Identity Center names sessions itself.
    pub(crate) fn voice(&self) -> String {
        match self {
            Self::Said(_) => "said".to_owned(),
            Self::Proven(name) => {
                let session = name
                    .split_once(":assumed-role/")
                    .and_then(|(account, rest)| Some((account, rest.split_once('/')?.0)));
                let voice = match session {
                    Some((account, role)) if !role.starts_with("AWSReservedSSO_") => {
                        format!("{account}:assumed-role/{role}")
                    }
                    _ => name.clone(),
                };
                format!("proven {}", voice.to_lowercase())
            }
        }
    }
}

/// Makes sure that a person may answer a question; the error says why not.
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

/// The sessions of the role that a finding is about: its credentials are in other hands, and they must not decide.
pub(crate) fn suspects(finding: &Finding) -> Option<String> {
    match &finding.principal {
        Principal::Role { name, .. } => {
            Some(format!("arn:{}:sts::{}:assumed-role/{name}/*", finding.partition, finding.account))
        }
        Principal::Other { .. } => None,
    }
}

/// The patterns of a setting.
pub(crate) fn patterns(setting: &str) -> Vec<String> {
    setting.split(',').map(str::trim).filter(|pattern| !pattern.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_person_can_call_itself_is_one_voice() {
        let said = |name: &str| Person::Said(name.to_owned()).voice();
        let proven = |name: &str| Person::Proven(name.to_owned()).voice();
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
}
