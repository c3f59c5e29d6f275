//! Reads the live policy, judges it, and finds out who would notice a change.

use super::super::guardrails::tag_notes;
use super::super::{StepProfile, Subject, resource};
use super::denials;
use super::judge;
use super::known::{JUDGING, known};
use super::past::{self, Past};
use super::places::{Place, attached, inline, managed, trust};
use crate::aws::principal::{self, Holder};
use crate::aws::reach::Reach;
use crate::aws::{last_used, policy};
use crate::names::{self, IamArn, directory};
use crate::runtime::permissions::{
    ANY_GROUP, ANY_OF_IAM, ANY_POLICY, ANY_ROLE, ANY_USER, REACH_MEMBERS, READS_LAST_ACCESSES, Statement,
};
use aws_sdk_iam::Client;
use contract::kinds::IamPolicy;
use contract::kinds::iam_policy::{Change, Target};
use contract::{Fact, Fault, IamPrincipal, Looked, Plan, RESPONSE_ROLE, Source};

pub(super) const LOOK: StepProfile = StepProfile {
    summary: "Analyses the live policy of a finding and plans the smallest change that removes its dangers.",
    iam: &[
        Statement::allow(
            &["iam:ListPolicies"],
            &["*"],
            "Finds the ARN of the policy that AWS Config names by its unique id. IAM cannot narrow this call to a resource.",
        ),
        Statement::allow(
            &["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions", "iam:ListEntitiesForPolicy"],
            ANY_POLICY,
            "Reads the document of a managed policy, and who has it.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Reads a role's trust policy, its inline policy, and whether a managed policy is attached.",
        ),
        Statement::allow(
            &["iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"],
            ANY_USER,
            "Reads a user's inline policy, and whether a managed policy is attached.",
        ),
        Statement::allow(
            &["iam:GetGroup", "iam:GetGroupPolicy", "iam:ListAttachedGroupPolicies"],
            ANY_GROUP,
            "Reads a group's inline policy, and whether a managed policy is attached.",
        ),
        Statement::allow(
            &["iam:GenerateServiceLastAccessedDetails"],
            ANY_OF_IAM,
            "Asks for the report of which services were used when.",
        ),
        READS_LAST_ACCESSES,
        REACH_MEMBERS,
    ],
    environment: &["PROTECTED_ROLES", "RESPONDER_ROLES"],
    settings: JUDGING,
};

pub(super) async fn look(
    subject: &Subject<'_, IamPolicy>,
    target: &Target,
) -> Result<Looked<Target, Change>, Fault> {
    let (finding, aws) = (subject.finding, subject.aws);
    let account = match aws.reach(&finding.account, subject.case_id).await? {
        Reach::In(account) => account,
        Reach::Out(out) => return Ok(subject.for_people(out.words())),
    };
    let iam = &account.iam();
    let target = match target {
        Target::ManagedId { policy_id } => match resolve(iam, policy_id, account.id()).await? {
            Some(target) => target,
            None => {
                let why = "AWS Config names the policy by an id that no policy of the account has";
                let target = contract::Target::Other { what: target.words(), why: why.to_owned() };
                return Ok(Looked { target, ..subject.for_people(format!("{why}.")) });
            }
        },
        target => target.clone(),
    };
    let looked = |dangers, plan| {
        let target = resource::<IamPolicy>(target.clone());
        Looked { dangers, target, ..subject.looked(plan) }
    };
    let live = match find(iam, &target).await? {
        Found::There(live) => live,
        Found::Gone(why) => {
            let past = past::past(subject, &target, None, &account).await?;
            return Ok(with_past(looked(vec![], Plan::Nothing { why }), past));
        }
        Found::ForPeople(why) => return Ok(looked(vec![], Plan::ForPeople { why })),
    };
    if let Some(why) = kept_by_aws(&live.used_by) {
        return Ok(looked(vec![], Plan::Nothing { why }));
    }
    if let Some(why) = own_trust(&target, &live.used_by) {
        return Ok(looked(vec![], Plan::ForPeople { why }));
    }
    let judged = judge::judge(&live, &target.words(), &known(&account, aws, live.own())?);
    let mut plan = judged.plan;
    if let (Plan::Nothing { .. }, Source::CloudTrail) = (&plan, finding.source)
        && let Some(why) = denials::lost(iam, &target, &live).await?
    {
        plan = Plan::ForPeople { why };
    }
    // People read the report before they approve a change, so only a change waits for it.
    if let Plan::Change(proposal) = &mut plan {
        let used = last_used::row(iam, &live.used_by, &last_used::PAUSES).await;
        let notes = proposal.hits.iter().position(|hit| hit.name == "Note");
        let place = notes.unwrap_or(proposal.hits.len());
        proposal.hits.splice(place..place, used);
    }
    let past = past::past(subject, &target, Some(&live), &account).await?;
    Ok(with_past(looked(judged.dangers, plan), past))
}

/// Adds what the call of the event put in effect and what is gone by now. A policy that is harmless now is no news, and one
/// that was dangerous is.
fn with_past(mut looked: Looked<Target, Change>, past: Past) -> Looked<Target, Change> {
    let is_harmless = matches!(looked.plan, Plan::Nothing { .. });
    let (why, dangers) = match past {
        Past::Nothing => return looked,
        // What is dangerous now goes to people or is changed anyway.
        Past::Unknown(_) if !is_harmless => return looked,
        Past::Unknown(why) => {
            let danger = format!("Unknown: what the call put in effect cannot be judged: {why}.");
            (past::WHY_UNKNOWN, vec![danger])
        }
        Past::Dangers(dangers) => (past::WHY, dangers),
    };
    looked.past = dangers.iter().map(|danger| format!("Not any more: {danger}")).collect();
    looked.dangers.extend(looked.past.iter().cloned());
    if is_harmless {
        looked.plan = Plan::ForPeople { why: why.to_owned() };
    }
    looked
}

/// The policy that has this unique id.
async fn resolve(iam: &Client, policy_id: &str, account: &str) -> Result<Option<Target>, Fault> {
    let arn = policy::by_id(iam, policy_id).await?;
    Ok(arn.filter(|arn| names::is_managed_policy(arn, account)).map(|arn| Target::Managed { arn }))
}

/// The policy belongs to a principal that IAM lets only a service of AWS change: Identity Center provisions a permission
/// set, or a service keeps its own role. Its alarm belongs where the permission set or the service is set up.
fn kept_by_aws(arn: &str) -> Option<String> {
    let principal = IamArn::read(arn).filter(|read| read.kind != "policy")?;
    let (path, name) = (principal.path, principal.name);
    if path.starts_with("/aws-reserved/sso.amazonaws.com/") {
        return Some(format!(
            "`{name}` is a role of IAM Identity Center, which alone can change it: its permission set decides what it may do."
        ));
    }
    (path.starts_with("/aws-service-role/") || path.starts_with("/aws-reserved/"))
        .then_some(format!("`{path}{name}` belongs to a service of AWS, which alone can change it."))
}

/// Somebody changed who may assume a role of the responder. The responder never does that itself, and its roles' calls
/// are not reported, so people look at it, however harmless the policy seems.
fn own_trust(target: &Target, arn: &str) -> Option<String> {
    let (Target::Trust { .. }, Some(role)) = (target, IamArn::read(arn)) else { return None };
    (role.path == directory(RESPONSE_ROLE)).then(|| {
        let (path, name) = (role.path, role.name);
        format!("`{path}{name}` is a role of the responder itself, and somebody changed who may assume it.")
    })
}

/// The live policy of a target.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Found {
    There(Box<Live>),
    /// There is none. The sentence names what is missing.
    Gone(String),
    /// Only a person can do anything about it. The sentence gives the reason.
    ForPeople(String),
}

/// A live policy.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Live {
    pub(super) document: String,
    pub(super) place: Place,
    /// Who would notice a change.
    pub(super) hits: Vec<Fact>,
    /// The ARN whose use of services shows what a change may break: the policy, or the principal that has it.
    pub(super) used_by: String,
    /// The principals that have it, the first few of them.
    pub(super) holders: Vec<Having>,
    /// The ARNs of managed policies that these principals have: the policy itself among them, if it is one.
    pub(super) policies: Vec<String>,
}

/// A principal that has a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Having {
    pub(super) words: String,
    pub(super) arn: String,
    /// The trust policy of a role.
    pub(super) trust: Option<String>,
}

impl Having {
    pub(super) fn new(who: &IamPrincipal, holder: &Holder) -> Self {
        Self { words: who.words(), arn: holder.arn.clone(), trust: holder.trust.clone() }
    }
}

impl Live {
    /// What the principals that have the policy are and have: whoever changes one of these changes their permissions.
    pub(super) fn own(&self) -> impl Iterator<Item = String> {
        self.holders.iter().map(|having| &having.arn).chain(&self.policies).cloned()
    }
}

pub(super) async fn find(iam: &Client, target: &Target) -> Result<Found, Fault> {
    match target {
        Target::Managed { arn } => managed::look(iam, arn).await,
        Target::Inline { principal, policy } => inline::look(iam, principal, policy).await,
        Target::Attached { principal, policy_arn } => attached::look(iam, principal, policy_arn).await,
        Target::Trust { role } => trust::look(iam, role).await,
        Target::ManagedId { .. } => {
            Err(Fault::invalid_input("the policy id was not resolved: use the target that `look` returned"))
        }
    }
}

/// The principal of a policy, or the result that there is none.
pub(super) async fn holder(iam: &Client, principal: &IamPrincipal) -> Result<Result<Holder, Found>, Fault> {
    let found = principal::get(iam, principal).await?;
    let gone = || Found::Gone(format!("There is no {} {} any more.", principal.kind.word(), principal.name));
    Ok(found.ok_or_else(gone))
}

/// A policy that one principal has, with the ARNs of its managed policies.
pub(super) fn of_one(
    document: String,
    place: Place,
    principal: &IamPrincipal,
    holder: Holder,
    policies: Vec<String>,
) -> Found {
    let holders = vec![Having::new(principal, &holder)];
    let mut hits = vec![Fact::new("Who has it", principal.words())];
    hits.extend(holder.last_use.map(|last_use| Fact::new("Note", last_use)));
    hits.extend(tag_notes(&holder.tags));
    Found::There(Box::new(Live { document, place, hits, used_by: holder.arn, holders, policies }))
}
