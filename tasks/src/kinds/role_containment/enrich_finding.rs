//! `enrich-finding`: what people will ask first. A terminated instance or a missing role is context, not a failure.

use crate::aws::Aws;
use crate::aws::fault::{code, fault};
use crate::aws::reach::{Account, Out, Reach};
use crate::aws::role;
use crate::serve::Run;
use crate::words::text;
use aws_sdk_ec2::types::{Filter, Instance};
use contract::tasks::EnrichFinding;
use contract::tasks::enrich_finding::{Error, Input};
use contract::{Context, Fault, Finding, InstanceFacts, Principal, ProfileFacts, RoleFacts};
use std::collections::BTreeMap;

/// How many of the other instances are listed.
const LISTED: usize = 50;

/// How many tags of a resource are kept, and how long each may be.
const TAGS: usize = 50;

impl Run for EnrichFinding {
    async fn run(input: Input, aws: &Aws) -> Result<Context, Error> {
        let finding = &input.finding;
        let account = match aws.reach(&finding.account, &input.case_id).await? {
            Reach::In(account) => account,
            Reach::Out(out) => return Ok(out_of_reach(finding, &out)),
        };
        let (role_facts, role_tags) = look_up_role(finding, &account).await?;
        let instance = look_up_instance(finding, &account).await?;
        let profile = match instance.as_ref().and_then(|instance| instance.iam_instance_profile()?.arn()) {
            Some(arn) => Some(look_up_profile(arn, finding, &account).await?),
            None => None,
        };
        let (other_instances, other_instance_count) = match &role_facts {
            RoleFacts::Verified { .. } => others(finding, &account).await?,
            _ => (Vec::new(), 0),
        };
        let instance_tags = instance.as_ref().map(instance_tags).unwrap_or_default();
        let tag = |names: &[&str]| find_tag(&instance_tags, names).or_else(|| find_tag(&role_tags, names));
        let instance_facts = match (&instance, &finding.instance_id) {
            (Some(instance), Some(id)) => InstanceFacts::Found {
                id: id.clone(),
                state: instance
                    .state()
                    .and_then(|state| state.name())
                    .map(|name| name.as_str().to_owned())
                    .unwrap_or_default(),
                tags: instance_tags.clone(),
                public_ip: instance.public_ip_address().map(str::to_owned),
            },
            (None, Some(id)) => InstanceFacts::Gone { id: id.clone() },
            (_, None) => InstanceFacts::NotNamed,
        };
        Ok(Context {
            environment: tag(&["environment", "env", "stage"]),
            owner: tag(&["owner", "team"]),
            remarks: remarks(&role_facts, &instance_facts, profile.as_ref()),
            role: role_facts,
            instance: instance_facts,
            profile,
            other_instances,
            other_instance_count,
        })
    }
}

/// What is known of an account that the responder does not get into. Nobody looks at another one in its stead.
fn out_of_reach(finding: &Finding, out: &Out) -> Context {
    let role = match finding.principal {
        Principal::Role { .. } => RoleFacts::OutOfReach,
        Principal::Other { .. } => RoleFacts::NotARole,
    };
    let instance = match &finding.instance_id {
        Some(id) => InstanceFacts::OutOfReach { id: id.clone() },
        None => InstanceFacts::NotNamed,
    };
    Context {
        role,
        instance,
        profile: None,
        environment: None,
        owner: None,
        other_instances: Vec::new(),
        other_instance_count: 0,
        remarks: vec![format!("Nobody looked. {}", out.words())],
    }
}

async fn look_up_role(
    finding: &Finding,
    account: &Account,
) -> Result<(RoleFacts, BTreeMap<String, String>), Fault> {
    let Principal::Role { name, id, .. } = &finding.principal else {
        return Ok((RoleFacts::NotARole, BTreeMap::new()));
    };
    let Some(role) = role::get(&account.iam(), name).await? else {
        return Ok((RoleFacts::Missing, BTreeMap::new()));
    };
    if role.role_id() != id {
        return Ok((
            RoleFacts::AnotherRole { arn: role.arn().to_owned(), id: role.role_id().to_owned() },
            BTreeMap::new(),
        ));
    }
    let tags = trimmed(role::tags(&role));
    let created = role.create_date().to_string();
    Ok((RoleFacts::Verified { arn: role.arn().to_owned(), created, tags: tags.clone() }, tags))
}

/// The instance of the finding. EC2 answers with an error for an id that it has forgotten.
async fn look_up_instance(finding: &Finding, account: &Account) -> Result<Option<Instance>, Fault> {
    let Some(id) = &finding.instance_id else { return Ok(None) };
    match account.ec2(&finding.region)?.describe_instances().instance_ids(id).send().await {
        Ok(answer) => Ok(answer
            .reservations
            .unwrap_or_default()
            .into_iter()
            .flat_map(|r| r.instances.unwrap_or_default())
            .next()),
        Err(error)
            if matches!(code(&error), "InvalidInstanceID.NotFound" | "InvalidInstanceID.Malformed") =>
        {
            Ok(None)
        }
        Err(error) => Err(fault("reading the instance", &error)),
    }
}

async fn look_up_profile(arn: &str, finding: &Finding, account: &Account) -> Result<ProfileFacts, Fault> {
    // The ARN may carry a path; the name is its last part.
    let name = arn.rsplit('/').next().unwrap_or_default();
    let role_name = match account.iam().get_instance_profile().instance_profile_name(name).send().await {
        Ok(answer) => answer
            .instance_profile
            .and_then(|profile| profile.roles.into_iter().next())
            .map(|role| role.role_name),
        Err(error) if code(&error) == "NoSuchEntity" => None,
        Err(error) => return Err(fault("reading the instance profile", &error)),
    };
    let same_role = matches!((&finding.principal, &role_name), (Principal::Role { name, .. }, Some(role)) if name == role);
    Ok(ProfileFacts { arn: arn.to_owned(), role_name, same_role })
}

/// The other instances that use the role, through any of its instance profiles.
async fn others(finding: &Finding, account: &Account) -> Result<(Vec<String>, u64), Fault> {
    let Principal::Role { name, .. } = &finding.principal else { return Ok((Vec::new(), 0)) };
    let profiles = match account.iam().list_instance_profiles_for_role().role_name(name).send().await {
        Ok(answer) => answer.instance_profiles,
        Err(error) if code(&error) == "NoSuchEntity" => Vec::new(),
        Err(error) => return Err(fault("listing the instance profiles of the role", &error)),
    };
    let arns: Vec<String> = profiles.into_iter().map(|profile| profile.arn).collect();
    if arns.is_empty() {
        return Ok((Vec::new(), 0));
    }
    let (mut ids, mut next) = (Vec::new(), None);
    loop {
        let page = account
            .ec2(&finding.region)?
            .describe_instances()
            .filters(
                Filter::builder().name("iam-instance-profile.arn").set_values(Some(arns.clone())).build(),
            )
            .set_next_token(next)
            .send()
            .await
            .map_err(|error| fault("looking for other instances of the role", &error))?;
        let instances =
            page.reservations.unwrap_or_default().into_iter().flat_map(|r| r.instances.unwrap_or_default());
        ids.extend(
            instances
                .filter_map(|instance| instance.instance_id)
                .filter(|id| Some(id) != finding.instance_id.as_ref()),
        );
        next = page.next_token;
        if next.is_none() {
            break;
        }
    }
    let count = ids.len() as u64;
    ids.sort();
    ids.truncate(LISTED);
    Ok((ids, count))
}

fn remarks(role: &RoleFacts, instance: &InstanceFacts, profile: Option<&ProfileFacts>) -> Vec<String> {
    let mut remarks = Vec::new();
    match role {
        RoleFacts::Missing => remarks.push("There is no role of that name any more.".to_owned()),
        RoleFacts::AnotherRole { id, .. } => remarks.push(format!(
            "The role of that name is another one now ({id}): it was deleted and made again since."
        )),
        RoleFacts::Verified { .. } | RoleFacts::NotARole | RoleFacts::OutOfReach => {}
    }
    if let InstanceFacts::Gone { id } = instance {
        remarks.push(format!("EC2 does not know the instance {id} any more."));
    }
    if let Some(profile) = profile.filter(|profile| !profile.same_role) {
        let role = profile.role_name.as_deref().unwrap_or("no role");
        remarks.push(format!("The instance's profile carries {role} now, not the role of the finding."));
    }
    remarks
}

fn instance_tags(instance: &Instance) -> BTreeMap<String, String> {
    let tags =
        instance.tags().iter().filter_map(|tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned())));
    trimmed(tags.collect())
}

fn trimmed(tags: BTreeMap<String, String>) -> BTreeMap<String, String> {
    tags.into_iter().take(TAGS).map(|(key, value)| (text::cut(&key, 128), text::cut(&value, 256))).collect()
}

/// The first of the tags that is there, whatever its case.
fn find_tag(tags: &BTreeMap<String, String>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        tags.iter()
            .find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_empty())
            .map(|(_, value)| value.clone())
    })
}

#[cfg(test)]
#[path = "enrich_finding_tests.rs"]
mod tests;
