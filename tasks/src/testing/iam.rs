//! The in-memory IAM of all tests: managed policies with their versions, and the principals that have policies. It answers
//! over the wire and follows IAM's rules as far as the tasks depend on them.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use std::collections::{BTreeMap, BTreeSet};

/// The content of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Account {
    /// By ARN.
    pub(crate) policies: BTreeMap<String, Managed>,
    /// By kind and name, such as `Role` and `web`.
    pub(crate) holders: BTreeMap<(String, String), Holder>,
}

/// A managed policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Managed {
    pub(crate) id: String,
    /// By number.
    pub(crate) versions: BTreeMap<u64, String>,
    pub(crate) default: u64,
    /// The number of the version that was created last, whether it still exists or not.
    pub(crate) last: u64,
    pub(crate) tags: BTreeMap<String, String>,
}

/// A role, a user or a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Holder {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) inline: BTreeMap<String, String>,
    pub(crate) attached: BTreeSet<String>,
    pub(crate) trust: String,
    pub(crate) boundary: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
}

/// A call that fails: which one, and whether it has its effect all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FailsAt {
    pub(crate) call: usize,
    pub(crate) after: bool,
}

type Answer = Result<String, &'static str>;

impl Account {
    /// Answers a call as IAM does: the body of the answer or an error code.
    pub(crate) fn call(&mut self, body: &str) -> Answer {
        let asked: BTreeMap<String, String> = body
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| (name.to_owned(), decoded(value)))
            .collect();
        let get = |name: &str| asked.get(name).cloned().unwrap_or_default();
        let action = get("Action");
        let result = self.act(&action, &get)?;
        Ok(format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
    }

    fn act(&mut self, action: &str, get: &dyn Fn(&str) -> String) -> Answer {
        if action == "ListPolicies" {
            let member = |(arn, policy): (&String, &Managed)| {
                format!("<member><PolicyId>{}</PolicyId><Arn>{arn}</Arn></member>", policy.id)
            };
            let members: String = self.policies.iter().map(member).collect();
            return Ok(format!("<IsTruncated>false</IsTruncated><Policies>{members}</Policies>"));
        }
        if action == "GenerateServiceLastAccessedDetails" {
            return Ok("<JobId>report-1</JobId>".to_owned());
        }
        if action == "GetServiceLastAccessedDetails" {
            return Ok("<JobStatus>COMPLETED</JobStatus><JobCreationDate>2026-01-01T11:59:00Z</JobCreationDate><JobCompletionDate>2026-01-01T11:59:02Z</JobCompletionDate><ServicesLastAccessed/>".to_owned());
        }
        match ["Role", "User", "Group"].into_iter().find(|kind| action.contains(kind)) {
            Some(kind) => self.of_holder(action, kind, get),
            None if action == "UpdateAssumeRolePolicy" => self.of_holder(action, "Role", get),
            None => self.of_policy(action, get),
        }
    }

    fn of_policy(&mut self, action: &str, get: &dyn Fn(&str) -> String) -> Answer {
        let arn = get("PolicyArn");
        let number = get("VersionId").trim_start_matches('v').parse::<u64>().unwrap_or_default();
        let is_boundary = get("PolicyUsageFilter") == "PermissionsBoundary";
        let under = get("PathPrefix");
        let bounded = |holder: &Holder| holder.boundary.as_ref() == Some(&arn);
        let boundaries = self.holders.values().filter(|holder| bounded(holder)).count();
        let entities: Vec<(String, String)> = self
            .holders
            .iter()
            .filter(|(_, holder)| if is_boundary { bounded(holder) } else { holder.attached.contains(&arn) })
            .filter(|(_, holder)| holder.path.starts_with(&under))
            .map(|(key, _)| key.clone())
            .collect();
        let policy = self.policies.get_mut(&arn).ok_or("NoSuchEntity")?;
        match action {
            "GetPolicy" => Ok(format!(
                "<Policy><PolicyId>{}</PolicyId><Arn>{arn}</Arn><DefaultVersionId>v{}</DefaultVersionId><PermissionsBoundaryUsageCount>{boundaries}</PermissionsBoundaryUsageCount><IsAttachable>true</IsAttachable>{}</Policy>",
                policy.id,
                policy.default,
                tags(&policy.tags)
            )),
            "GetPolicyVersion" => {
                let document = policy.versions.get(&number).ok_or("NoSuchEntity")?;
                Ok(format!(
                    "<PolicyVersion><Document>{}</Document><VersionId>v{number}</VersionId></PolicyVersion>",
                    encoded(document)
                ))
            }
            "ListPolicyVersions" => {
                let member = |number: &u64| format!("<member><VersionId>v{number}</VersionId></member>");
                let members: String = policy.versions.keys().rev().map(member).collect();
                Ok(format!("<IsTruncated>false</IsTruncated><Versions>{members}</Versions>"))
            }
            "ListEntitiesForPolicy" => {
                let members = |kind: &str| -> String {
                    let of_kind = entities.iter().filter(|(one, _)| one == kind);
                    of_kind
                        .map(|(_, name)| format!("<member><{kind}Name>{name}</{kind}Name></member>"))
                        .collect()
                };
                Ok(format!(
                    "<IsTruncated>false</IsTruncated><PolicyRoles>{}</PolicyRoles><PolicyUsers>{}</PolicyUsers><PolicyGroups>{}</PolicyGroups>",
                    members("Role"),
                    members("User"),
                    members("Group")
                ))
            }
            "CreatePolicyVersion" if policy.versions.len() >= 5 => Err("LimitExceeded"),
            "CreatePolicyVersion" => {
                policy.last += 1;
                policy.versions.insert(policy.last, get("PolicyDocument"));
                if get("SetAsDefault") == "true" {
                    policy.default = policy.last;
                }
                Ok(format!("<PolicyVersion><VersionId>v{}</VersionId></PolicyVersion>", policy.last))
            }
            "SetDefaultPolicyVersion" if policy.versions.contains_key(&number) => {
                policy.default = number;
                Ok(String::new())
            }
            "DeletePolicyVersion" if policy.default == number => Err("DeleteConflict"),
            "DeletePolicyVersion" if policy.versions.remove(&number).is_some() => Ok(String::new()),
            _ => Err("NoSuchEntity"),
        }
    }

    fn of_holder(&mut self, action: &str, kind: &str, get: &dyn Fn(&str) -> String) -> Answer {
        let (name, policy, arn) = (get(&format!("{kind}Name")), get("PolicyName"), get("PolicyArn"));
        let policies = &self.policies;
        let holder = self.holders.get_mut(&(kind.to_owned(), name.clone())).ok_or("NoSuchEntity")?;
        let plain = action.replace(kind, "");
        match plain.as_str() {
            "Get" => Ok(format!(
                "<{kind}><Path>{}</Path><{kind}Name>{name}</{kind}Name><{kind}Id>{}</{kind}Id><Arn>arn:aws:iam::123456789012:{}{}{name}</Arn><CreateDate>2025-06-01T08:00:00Z</CreateDate><AssumeRolePolicyDocument>{}</AssumeRolePolicyDocument>{}{}</{kind}>",
                holder.path,
                holder.id,
                kind.to_lowercase(),
                holder.path,
                encoded(&holder.trust),
                holder.boundary.as_ref().map(|arn| format!("<PermissionsBoundary><PermissionsBoundaryArn>{arn}</PermissionsBoundaryArn></PermissionsBoundary>")).unwrap_or_default(),
                tags(&holder.tags)
            )),
            "GetPolicy" => {
                let document = encoded(holder.inline.get(&policy).ok_or("NoSuchEntity")?);
                Ok(format!(
                    "<{kind}Name>{name}</{kind}Name><PolicyName>{policy}</PolicyName><PolicyDocument>{document}</PolicyDocument>"
                ))
            }
            "PutPolicy" if kind == "Role" && size(holder, &policy) + chars(&get("PolicyDocument")) > 10_240 => {
                Err("LimitExceeded")
            }
            "PutPolicy" => {
                holder.inline.insert(policy, get("PolicyDocument"));
                Ok(String::new())
            }
            "DeletePolicy" => holder.inline.remove(&policy).map(|_| String::new()).ok_or("NoSuchEntity"),
            "ListPolicies" => {
                let member = |name: &String| format!("<member>{name}</member>");
                let members: String = holder.inline.keys().map(member).collect();
                Ok(format!("<IsTruncated>false</IsTruncated><PolicyNames>{members}</PolicyNames>"))
            }
            "ListAttachedPolicies" => {
                let member = |arn: &String| format!("<member><PolicyArn>{arn}</PolicyArn></member>");
                let members: String = holder.attached.iter().map(member).collect();
                Ok(format!("<IsTruncated>false</IsTruncated><AttachedPolicies>{members}</AttachedPolicies>"))
            }
            "AttachPolicy" if holder.attached.len() >= 10 && !holder.attached.contains(&arn) => {
                Err("LimitExceeded")
            }
            "AttachPolicy" if policies.contains_key(&arn) => {
                holder.attached.insert(arn);
                Ok(String::new())
            }
            "DetachPolicy" if holder.attached.remove(&arn) => Ok(String::new()),
            "PutPermissionsBoundary" if policies.contains_key(&get("PermissionsBoundary")) => {
                holder.boundary = Some(get("PermissionsBoundary"));
                Ok(String::new())
            }
            "DeletePermissionsBoundary" if holder.boundary.take().is_some() => Ok(String::new()),
            "ListInstanceProfilesFor" => {
                Ok("<IsTruncated>false</IsTruncated><InstanceProfiles/>".to_owned())
            }
            "UpdateAssumePolicy" => {
                holder.trust = get("PolicyDocument");
                Ok(String::new())
            }
            _ => Err("NoSuchEntity"),
        }
    }

    /// A principal by kind and name, such as `Role` and `web`.
    pub(crate) fn holder(&mut self, kind: &str, name: &str) -> &mut Holder {
        self.holders.get_mut(&(kind.to_owned(), name.to_owned())).unwrap()
    }

    /// The account without what IAM cannot give back: the numbers of versions that are not the default, and the next
    /// number.
    pub(crate) fn without_numbers(&self) -> WithoutNumbers {
        let policy = |(arn, policy): (&String, &Managed)| {
            let mut documents: Vec<String> = policy.versions.values().cloned().collect();
            documents.sort();
            let default = policy.versions.get(&policy.default).cloned().unwrap_or_default();
            (arn.clone(), (documents, default))
        };
        WithoutNumbers { policies: self.policies.iter().map(policy).collect(), holders: self.holders.clone() }
    }
}

/// An account without the numbers of versions.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WithoutNumbers {
    /// By ARN: the documents of all versions, sorted, and the document of the default one.
    policies: BTreeMap<String, (Vec<String>, String)>,
    holders: BTreeMap<(String, String), Holder>,
}

/// The characters of the inline policies but one that count for the quota.
fn size(holder: &Holder, except: &str) -> usize {
    let others = holder.inline.iter().filter(|(name, _)| *name != except);
    others.map(|(_, document)| chars(document)).sum()
}

fn chars(document: &str) -> usize {
    document.chars().filter(|letter| !letter.is_whitespace()).count()
}

fn decoded(value: &str) -> String {
    percent_decode_str(&value.replace('+', " ")).decode_utf8_lossy().into_owned()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

fn tags(tags: &BTreeMap<String, String>) -> String {
    let member =
        |(key, value): (&String, &String)| format!("<member><Key>{key}</Key><Value>{value}</Value></member>");
    format!("<Tags>{}</Tags>", tags.iter().map(member).collect::<String>())
}
