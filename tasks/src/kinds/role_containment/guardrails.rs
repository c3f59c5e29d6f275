use super::super::guardrails::{Spoken, ask_first, hand_over, of_principal};
use super::super::{StepProfile, Subject};
use super::{reversible, role};
use crate::aws::reach::Account;
use crate::aws::{Aws, principal};
use crate::runtime::permissions::{ANY_ROLE, REACH_MEMBERS, Statement};
use crate::steps::{
    COUNTS_CHANGES, GUARDRAIL_OPTIONS, GUARDRAIL_SETTINGS, READS_WHAT_WAS_TAKEN_BACK, taken_back,
};
use crate::text;
use contract::kinds::RoleContainment;
use contract::kinds::role_containment::Target;
use contract::{Actor, Fault};

pub(super) const CHECK_GUARDRAILS: StepProfile = StepProfile {
    summary: "Decides on the live role whether to contain it, to ask first, or to hand over to people.",
    iam: &[
        Statement::allow(
            &["iam:GetRole"],
            ANY_ROLE,
            "Reads the role's unique id, path and tags at the last moment before it is contained.",
        ),
        COUNTS_CHANGES,
        READS_WHAT_WAS_TAKEN_BACK,
        REACH_MEMBERS,
    ],
    environment: GUARDRAIL_SETTINGS,
    settings: GUARDRAIL_OPTIONS,
};

pub(super) async fn check(
    subject: &Subject<'_, RoleContainment>,
    target: &Target,
    account: &Account,
) -> Result<Vec<Spoken>, Fault> {
    let (name, who) = (&target.role_name, role(&target.role_name));
    let Some(live) = principal::get(&account.iam(), &who).await? else {
        let message = format!("There is no role `{name}` any more: it was deleted or renamed.");
        return Ok(vec![hand_over("role-missing", message)]);
    };
    if live.id != target.role_id {
        let message = format!(
            "The role `{name}` has the unique id {}, and the finding is about {}: it is another role.",
            live.id, target.role_id
        );
        return Ok(vec![hand_over("identity", message)]);
    }
    let mut spoken = of_principal(&who, &live, account, subject.aws)?;
    let memory = reversible::taken_back_of(&target.role_id)?;
    spoken.extend(taken_back::check::<RoleContainment>(&memory, account, subject.aws).await?);
    spoken.extend(affiliated(subject.finding.actor.as_ref(), account, subject.aws)?);
    Ok(spoken)
}

/// The credentials were used from an account of one's own: often a deployment or a shared service, which only a person
/// can tell from somebody who moved on into that account.
fn affiliated(actor: Option<&Actor>, account: &Account, aws: &Aws) -> Result<Option<Spoken>, Fault> {
    let Some((actor, from)) = actor.and_then(|actor| Some((actor, actor.account.as_deref()?))) else {
        return Ok(None);
    };
    let is_own = from == account.id() || from == aws.here.account || aws.members()?.contains(&from);
    if actor.affiliated != Some(true) && !is_own {
        return Ok(None);
    }
    let from = text::line(from, 32);
    let message = format!(
        "The credentials were used from the AWS account {from}, which is affiliated with this one: it may be a workload of your own."
    );
    Ok(Some(ask_first("affiliated", message)))
}
