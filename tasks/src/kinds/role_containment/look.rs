//! Reads the role, and what people ask first: its instance, its owner, and what else uses it. A terminated instance or a
//! missing role is context, not a failure, and context that cannot be read is a remark: it never stops a containment.

use super::super::guardrails::tag_notes;
use super::super::{LookingKind, StepProfile, Subject};
use super::role;
use super::room::{self, Room};
use crate::aws::fault::{code, fault};
use crate::aws::principal;
use crate::aws::reach::{Account, Out, Reach};
use crate::runtime::permissions::{ANY_ROLE, MEMBER_SETTINGS, REACH_MEMBERS, Statement};
use crate::text;
use aws_sdk_ec2::types::{Filter, Instance};
use contract::kinds::RoleContainment;
use contract::kinds::role_containment::{Contain, Target, deny_all, policy_name};
use contract::{Context, Fact, Fault, Looked, Plan, Proposal};
use std::collections::BTreeMap;

/// How many of the other instances are listed.
const LISTED: usize = 50;

pub(super) const LOOK: StepProfile = StepProfile {
    summary: "Looks up the role, the instance, its owner, and what else uses the role.",
    iam: &[
        Statement::allow(
            &["ec2:DescribeInstances"],
            &["*"],
            "Reads the instance's tags and finds the other instances of the role. EC2 cannot narrow this call to a resource.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:ListInstanceProfilesForRole"],
            ANY_ROLE,
            "Checks that the role is the one of the finding, by its unique id, and finds its instance profiles.",
        ),
        Statement::allow(
            &["iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Finds out whether the role has room for another policy, so that people see in which way it would be contained.",
        ),
        Statement::allow(
            &["iam:GetInstanceProfile"],
            &["arn:${Partition}:iam::${Account}:instance-profile/*"],
            "Reads which role the instance's profile carries now: a profile is not a role.",
        ),
        REACH_MEMBERS,
    ],
    environment: &[],
    settings: MEMBER_SETTINGS,
};

/// The context of the role.
#[derive(Default)]
struct Known {
    facts: Vec<Fact>,
    /// The tags of the instance, which count first, and of the role.
    tags: [BTreeMap<String, String>; 2],
    role_arn: Option<String>,
    /// How many other instances use the role, if that could be read.
    others: Option<usize>,
    room: Room,
    remarks: Vec<String>,
}

pub(super) async fn look(
    subject: &Subject<'_, RoleContainment>,
    target: &Target,
) -> Result<Looked<Target, Contain>, Fault> {
    let account = match subject.aws.reach(&subject.finding.account, subject.case_id).await? {
        Reach::In(account) => account,
        Reach::Out(out) => return Ok(out_of_reach(subject, target, &out)),
    };
    let mut known = Known::default();
    let why_not = look_up_role(target, &account, &mut known).await?;
    // The role may be contained without its context, so the response waits only so long for it.
    let is_contained = why_not.is_none();
    let asked = subject.aws.in_time(look_around(subject, target, is_contained, &account, &mut known)).await;
    if asked.is_none() {
        known.remarks.push(
            "EC2 and IAM did not answer in time: what else is known of the role is missing.".to_owned(),
        );
    }
    let plan = match why_not {
        Some(why) => Plan::ForPeople { why },
        None => contain(subject.case_id, target, known.others, &known.room),
    };
    Ok(Looked { context: context(target, known), ..subject.looked(plan) })
}

/// Reads what people ask first: the instance, and what else uses the role. What cannot be read is a remark.
async fn look_around(
    subject: &Subject<'_, RoleContainment>,
    target: &Target,
    is_contained: bool,
    account: &Account,
    known: &mut Known,
) {
    if let Err(fault) = look_up_instance(subject, target, account, known).await {
        known.remarks.push(not_read("instance", &fault));
    }
    if is_contained {
        let policy = policy_name(subject.case_id);
        let ours = deny_all(subject.case_id).to_string();
        match room::look_up(&account.iam(), &role(&target.role_name), &policy, &ours).await {
            Ok(room) => known.room = room,
            Err(fault) => known.remarks.push(not_read("room for another policy", &fault)),
        }
    }
    if is_contained && let Err(fault) = look_up_others(subject, target, account, known).await {
        known.remarks.push(not_read("other instances of the role", &fault));
    }
}

/// The plan of a containment that would stop so many other instances, if their number could be read.
fn contain(case_id: &str, target: &Target, others: Option<usize>, room: &Room) -> Plan<Contain> {
    let what = RoleContainment::what(target);
    let and_so = match others {
        None => ". Whether other instances use it could not be read".to_owned(),
        Some(0) => String::new(),
        Some(1) => ", and so would the other instance that uses it".to_owned(),
        Some(others) => format!(", and so would the {others} other instances that use it"),
    };
    Plan::Change(Box::new(Proposal {
        why: "The credentials are in other hands.".to_owned(),
        change: Contain {
            role_name: target.role_name.clone(),
            policy_name: policy_name(case_id),
            way: room.way,
        },
        effect: format!("{} All its sessions would stop working{and_so}.", room.effect()),
        diff: String::new(),
        question: format!("Shall everything be denied to {what}{}?", room.in_question()),
        hits: vec![],
    }))
}

/// The result for an account that the responder cannot reach. Nothing is read in the home account instead.
fn out_of_reach(
    subject: &Subject<'_, RoleContainment>,
    target: &Target,
    out: &Out,
) -> Looked<Target, Contain> {
    let mut known = Known::default();
    known.facts.extend(target.instance_id.as_ref().map(|id| Fact::new("Instance", id)));
    known.remarks.push(format!("Nothing was read. {}", out.words()));
    Looked { context: context(target, known), ..subject.for_people(out.words()) }
}

fn not_read(what: &str, fault: &Fault) -> String {
    format!("The {what} could not be read: {}: {}.", fault.name(), text::line(&fault.to_string(), 300))
}

fn context(target: &Target, known: Known) -> Context {
    let tag = |names: &[&str]| known.tags.iter().find_map(|tags| find_tag(tags, names));
    let (environment, owner) = (tag(&["environment", "env", "stage"]), tag(&["owner", "team"]));
    let mut fields = BTreeMap::from([("redress:role".to_owned(), target.role_name.clone())]);
    let remarks = (!known.remarks.is_empty()).then(|| known.remarks.join(" "));
    let optional = [
        ("redress:role-arn", known.role_arn),
        ("redress:environment", environment.clone()),
        ("redress:owner", owner.clone()),
        ("redress:other-instances", known.others.map(|count| count.to_string())),
        ("redress:remarks", remarks),
    ];
    fields.extend(optional.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    let mut facts = known.facts;
    facts.extend(known.remarks.iter().map(|remark| Fact::new("Note", text::line(remark, 500))));
    Context { environment, owner, facts, fields }
}

/// Reads the role. Returns why it cannot be contained, if it cannot.
async fn look_up_role(
    target: &Target,
    account: &Account,
    known: &mut Known,
) -> Result<Option<String>, Fault> {
    let Some(live) = principal::get(&account.iam(), &role(&target.role_name)).await? else {
        let why = format!("There is no role {} any more.", target.role_name);
        known.remarks.push(why.clone());
        return Ok(Some(why));
    };
    if live.id != target.role_id {
        let why = format!(
            "The role {} is another one now ({}): it was deleted and created again.",
            target.role_name, live.id
        );
        known.remarks.push(why.clone());
        return Ok(Some(why));
    }
    known.facts.push(Fact::new("Role", format!("{}, created {}", live.arn, live.created)));
    known.facts.extend(tag_notes(&live.tags));
    known.role_arn = Some(live.arn);
    known.tags[1] = live.tags;
    Ok(None)
}

/// Reads the instance to which the credentials were issued, and its profile. EC2 answers with an error for an id that it
/// has forgotten.
async fn look_up_instance(
    subject: &Subject<'_, RoleContainment>,
    target: &Target,
    account: &Account,
    known: &mut Known,
) -> Result<(), Fault> {
    let Some(id) = &target.instance_id else { return Ok(()) };
    let ec2 = account.ec2(&subject.finding.region)?;
    let instance = match ec2.describe_instances().instance_ids(id).send().await {
        Ok(answer) => {
            let mut reservations = answer.reservations.unwrap_or_default().into_iter();
            reservations.find_map(|reservation| reservation.instances.unwrap_or_default().into_iter().next())
        }
        Err(error)
            if matches!(code(&error), "InvalidInstanceID.NotFound" | "InvalidInstanceID.Malformed") =>
        {
            None
        }
        Err(error) => return Err(fault("reading the instance", &error)),
    };
    let Some(instance) = instance else {
        known.facts.push(Fact::new("Instance", format!("{id}, gone")));
        known.remarks.push(format!("EC2 does not know the instance {id} any more."));
        return Ok(());
    };
    let state = instance.state().and_then(|state| state.name()).map(|name| name.as_str().to_owned());
    known.facts.push(Fact::new("Instance", format!("{id}, {}", state.as_deref().unwrap_or("unknown"))));
    known.tags[0] = tags(&instance);
    if let Some(arn) = instance.iam_instance_profile().and_then(|profile| profile.arn()) {
        look_up_profile(arn, target, account, known).await?;
    }
    Ok(())
}

/// Compares the role of the instance's profile with the role of the finding.
async fn look_up_profile(
    arn: &str,
    target: &Target,
    account: &Account,
    known: &mut Known,
) -> Result<(), Fault> {
    // The ARN may have a path; the name is its last part.
    let name = arn.rsplit('/').next().unwrap_or_default();
    let carried = match account.iam().get_instance_profile().instance_profile_name(name).send().await {
        Ok(answer) => answer
            .instance_profile
            .and_then(|profile| profile.roles.into_iter().next())
            .map(|role| role.role_name),
        Err(error) if code(&error) == "NoSuchEntity" => None,
        Err(error) => return Err(fault("reading the instance profile", &error)),
    };
    if carried.as_deref() != Some(target.role_name.as_str()) {
        let role = carried.as_deref().unwrap_or("no role");
        known
            .remarks
            .push(format!("The instance's profile carries {role} now, not the role of the finding."));
    }
    Ok(())
}

/// Finds the other instances that use the role, through any of its instance profiles.
async fn look_up_others(
    subject: &Subject<'_, RoleContainment>,
    target: &Target,
    account: &Account,
    known: &mut Known,
) -> Result<(), Fault> {
    let asked = account.iam().list_instance_profiles_for_role().role_name(&target.role_name).send().await;
    let profiles = match asked {
        Ok(answer) => answer.instance_profiles,
        Err(error) if code(&error) == "NoSuchEntity" => Vec::new(),
        Err(error) => return Err(fault("listing the instance profiles of the role", &error)),
    };
    let arns: Vec<String> = profiles.into_iter().map(|profile| profile.arn).collect();
    let mut ids =
        if arns.is_empty() { Vec::new() } else { with_profiles(subject, target, account, arns).await? };
    ids.sort();
    known.others = Some(ids.len());
    if !ids.is_empty() {
        let (count, noun) = (ids.len(), if ids.len() == 1 { "instance" } else { "instances" });
        ids.truncate(LISTED);
        known.facts.push(Fact::new("Also used by", format!("{count} other {noun}: {}", ids.join(", "))));
    }
    Ok(())
}

/// The instances that have one of these profiles, without the instance of the finding.
async fn with_profiles(
    subject: &Subject<'_, RoleContainment>,
    target: &Target,
    account: &Account,
    arns: Vec<String>,
) -> Result<Vec<String>, Fault> {
    let ec2 = account.ec2(&subject.finding.region)?;
    let filter = Filter::builder().name("iam-instance-profile.arn").set_values(Some(arns)).build();
    let (mut ids, mut next) = (Vec::new(), None);
    loop {
        let page = ec2.describe_instances().filters(filter.clone()).set_next_token(next).send().await;
        let page = page.map_err(|error| fault("looking for other instances of the role", &error))?;
        let reservations = page.reservations.unwrap_or_default().into_iter();
        let instances = reservations.flat_map(|reservation| reservation.instances.unwrap_or_default());
        let others = instances.filter_map(|instance| instance.instance_id);
        ids.extend(others.filter(|id| Some(id) != target.instance_id.as_ref()));
        next = page.next_token;
        if next.is_none() {
            return Ok(ids);
        }
    }
}

fn tags(instance: &Instance) -> BTreeMap<String, String> {
    let tags = instance.tags().iter();
    tags.filter_map(|tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned()))).collect()
}

/// The first of the tags that there is, whatever its case.
fn find_tag(tags: &BTreeMap<String, String>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        let mut named = tags.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.find_map(|(_, value)| Some(text::line(value, 256)).filter(|value| !value.is_empty()))
    })
}
