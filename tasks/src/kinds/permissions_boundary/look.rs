//! Compares the live boundary with the required one.

use super::super::guardrails::tag_notes;
use super::super::{LookingKind, StepProfile, Subject, sentence};
use super::required::{REQUIRED_BOUNDARIES, required};
use crate::aws::principal::{self, Holder};
use crate::aws::reach::{Account, Reach};
use crate::aws::{last_used, policy};
use crate::names::{self, IamArn};
use crate::runtime::permissions::{
    ANY_POLICY, ANY_ROLE, ANY_USER, MEMBER_ACCOUNTS, MEMBER_EXTERNAL_ID, REACH_MEMBERS, READS_LAST_ACCESSES,
    Statement,
};
use crate::steps::{
    COUNTS_CHANGES, GUARDRAIL_OPTIONS, GUARDRAIL_SETTINGS, READS_WHAT_WAS_TAKEN_BACK, WRITES_THE_RECORD,
};
use crate::text;
use contract::kinds::PermissionsBoundary;
use contract::kinds::permissions_boundary::{PutBoundary, Target, Was};
use contract::kinds::role_containment::aws_deny_all;
use contract::steps::record::Error;
use contract::{Context, Fact, Fault, Looked, Plan, Proposal, Source};

pub(super) const READS_ROLES: Statement =
    Statement::allow(&["iam:GetRole"], ANY_ROLE, "Reads the role's unique id, path, tags and boundary.");
pub(super) const READS_USERS: Statement =
    Statement::allow(&["iam:GetUser"], ANY_USER, "Reads the user's unique id, path, tags and boundary.");
pub(super) const READS_BOUNDARIES: Statement = Statement::allow(
    &["iam:GetPolicy", "iam:GetPolicyVersion"],
    ANY_POLICY,
    "Reads the policy that was the boundary: an undo puts back that policy with that document, and no other.",
);

pub(super) const LOOK: StepProfile = StepProfile {
    summary: "Compares the permissions boundary of a role or user with the required one.",
    iam: &[
        READS_ROLES,
        READS_USERS,
        Statement::allow(
            &["iam:GetPolicy"],
            ANY_POLICY,
            "Checks that the required boundary can be attached.",
        ),
        Statement::allow(
            &["iam:GenerateServiceLastAccessedDetails"],
            &["arn:${Partition}:iam::${Account}:role/*", "arn:${Partition}:iam::${Account}:user/*"],
            "Asks for the report of which services were used when.",
        ),
        READS_LAST_ACCESSES,
        REACH_MEMBERS,
    ],
    environment: &[],
    settings: &[REQUIRED_BOUNDARIES, MEMBER_ACCOUNTS, MEMBER_EXTERNAL_ID],
};

pub(super) const CHECK_GUARDRAILS: StepProfile = StepProfile {
    summary: "Decides on the live role or user whether a person may be asked about its permissions boundary.",
    iam: &[READS_ROLES, READS_USERS, COUNTS_CHANGES, READS_WHAT_WAS_TAKEN_BACK, REACH_MEMBERS],
    environment: GUARDRAIL_SETTINGS,
    settings: GUARDRAIL_OPTIONS,
};

pub(super) const RECORD: StepProfile = StepProfile {
    summary: "Records the permissions boundary of a role or user, in the execution and in the case table.",
    iam: &[READS_ROLES, READS_USERS, READS_BOUNDARIES, WRITES_THE_RECORD, REACH_MEMBERS],
    environment: &["CASE_TABLE"],
    settings: &[REQUIRED_BOUNDARIES, MEMBER_ACCOUNTS, MEMBER_EXTERNAL_ID],
};

type Kind = PermissionsBoundary;

pub(super) async fn look(
    subject: &Subject<'_, Kind>,
    target: &Target,
) -> Result<Looked<Target, PutBoundary>, Fault> {
    let account = match subject.aws.reach(&subject.finding.account, subject.case_id).await? {
        Reach::In(account) => account,
        Reach::Out(out) => return Ok(subject.for_people(out.words())),
    };
    let (who, iam) = (target.principal.words(), &account.iam());
    let Some(holder) = principal::get(iam, &target.principal).await? else {
        let why = format!("There is no {} any more.", who.trim_start_matches("the "));
        return Ok(with_past(subject.looked(Plan::Nothing { why }), past(subject, &who, None)));
    };
    let now = holder.boundary.as_deref().unwrap_or("none");
    let required = required_of(subject, target, &holder, &account)?;
    let mut facts = vec![Fact::new("Boundary", now)];
    facts.extend(required.as_ref().map(|required| Fact::new("Required", required)));
    let context = Context { facts, ..Context::default() };
    let Some(required) = required else {
        let why = format!(
            "The setting `{}` requires no boundary for {who}, which has this boundary now: {now}.",
            REQUIRED_BOUNDARIES.name
        );
        return Ok(Looked { context, ..subject.for_people(why) });
    };
    if holder.boundary.as_ref() == Some(&required) {
        let why = "The required boundary is in place.".to_owned();
        let looked = Looked { context, ..subject.looked(Plan::Nothing { why }) };
        return Ok(with_past(looked, past(subject, &who, Some(&required))));
    }
    let dangers = vec![match &holder.boundary {
        None => sentence(&format!("{who} has no permissions boundary")),
        Some(other) => sentence(&format!("{who} has the permissions boundary {other}, not {required}")),
    }];
    if is_contained(&holder) {
        let why = format!(
            "{who} is contained: its permissions boundary is AWSDenyAll, which denies everything. Take that back first."
        );
        return Ok(Looked { context, dangers, ..subject.for_people(sentence(&why)) });
    }
    let is_ours = names::is_managed_policy(&required, account.id());
    if !is_ours || !policy::get(iam, &required).await?.is_some_and(|policy| policy.is_attachable) {
        let why =
            format!("The required boundary {required} is no policy of the account that can be attached.");
        return Ok(Looked { context, dangers, ..subject.for_people(why) });
    }
    let mut hits: Vec<Fact> =
        last_used::row(iam, &holder.arn, &last_used::PAUSES).await.into_iter().collect();
    hits.extend(holder.last_use.map(|last_use| Fact::new("Note", last_use)));
    hits.extend(tag_notes(&holder.tags));
    let plan = Plan::Change(Box::new(Proposal {
        why: "The required boundary is missing.".to_owned(),
        effect: format!(
            "{required} becomes the permissions boundary of {who}: {who} cannot do anything that it does not allow."
        ),
        diff: String::new(),
        question: format!("Shall {who} get the required permissions boundary?"),
        hits,
        change: PutBoundary {
            principal: target.principal.clone(),
            boundary: required,
            replaces: holder.boundary,
        },
    }));
    Ok(Looked { context, dangers, ..subject.looked(plan) })
}

/// What the call of the event took away, although the required boundary is in place by now or the principal is gone: in
/// between, the principal could do what the boundary does not allow.
fn past(subject: &Subject<'_, Kind>, who: &str, required: Option<&str>) -> Option<String> {
    let finding = subject.finding;
    let call = finding.kind.strip_prefix("IAM:").filter(|_| finding.source == Source::CloudTrail)?;
    let boundary = finding.written.as_ref().and_then(|written| written.boundary.as_deref());
    match (call.starts_with("Delete"), boundary) {
        (true, _) => Some(format!("{who} had no permissions boundary")),
        (false, Some(put)) if Some(put) == required => None,
        (false, Some(put)) => Some(format!("{who} had the permissions boundary {}", text::line(put, 256))),
        (false, None) => Some(format!("{who} had a permissions boundary that the event does not name")),
    }
    .map(|clause| sentence(&clause))
}

fn with_past(looked: Looked<Target, PutBoundary>, past: Option<String>) -> Looked<Target, PutBoundary> {
    let Some(danger) = past else { return looked };
    let past = vec![format!("Not any more: {danger}")];
    let why =
        "The boundary was taken away or replaced, and is not any more. Look at what was done in between.";
    let plan = Plan::ForPeople { why: why.to_owned() };
    Looked { dangers: past.clone(), past, plan, ..looked }
}

/// Whether the boundary denies everything, as a containment by boundary does.
fn is_contained(holder: &Holder) -> bool {
    holder.boundary.as_ref() == Some(&aws_deny_all(&holder.arn))
}

fn required_of(
    subject: &Subject<'_, Kind>,
    target: &Target,
    holder: &Holder,
    account: &Account,
) -> Result<Option<String>, Fault> {
    let setting = subject.aws.setting(REQUIRED_BOUNDARIES.name)?;
    required(setting, &target.principal.name, holder, &subject.aws.here.partition, account.id())
}

pub(super) async fn record(
    subject: &Subject<'_, Kind>,
    target: &Target,
    change: &PutBoundary,
    account: &Account,
) -> Result<Was, Error> {
    let what = Kind::what(target);
    let Some(holder) = principal::get(&account.iam(), &target.principal).await? else {
        return Err(Error::TargetChanged { what, how: "the principal is gone".to_owned() });
    };
    let required = required_of(subject, target, &holder, account)?;
    if let Some(boundary) = holder.boundary.as_deref().filter(|arn| IamArn::read(arn).is_none()) {
        let why = format!("its boundary `{}` is no ARN that could be put back", text::line(boundary, 200));
        return Err(Error::CannotBeRecorded { what, why });
    }
    if holder.boundary != change.replaces || is_contained(&holder) {
        let how = format!("its boundary is {} now", holder.boundary.as_deref().unwrap_or("none"));
        return Err(Error::TargetChanged { what, how });
    }
    let is_planned = change.principal == target.principal
        && required.as_ref() == Some(&change.boundary)
        && holder.boundary != required;
    if !is_planned {
        let how = "another boundary is required, or the required one is in place".to_owned();
        return Err(Error::TargetChanged { what, how });
    }
    let policy = match &holder.boundary {
        Some(boundary) => policy::default_document(&account.iam(), boundary).await?,
        None => None,
    };
    let policy = policy.map(|(policy, document)| policy::content(&policy, &document));
    Ok(Was { principal_id: holder.id, boundary: holder.boundary, policy })
}
