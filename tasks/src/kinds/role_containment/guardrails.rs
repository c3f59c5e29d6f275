use super::super::guardrails::{Spoken, Without, ask_first, hand_over, of_principal};
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
use contract::kinds::role_containment::{Contain, Role, Target, policy_name};
use contract::{Actor, Fault};

pub(super) const CHECK_GUARDRAILS: StepProfile = StepProfile {
    summary: "Decides on the live role whether to contain it, to ask first, or to hand over to people.",
    iam: &[
        Statement::allow(
            &["iam:GetRole"],
            ANY_ROLE,
            "Reads the role's unique id and path at the last moment before it is contained.",
        ),
        COUNTS_CHANGES,
        READS_WHAT_WAS_TAKEN_BACK,
        REACH_MEMBERS,
    ],
    environment: GUARDRAIL_SETTINGS,
    settings: GUARDRAIL_OPTIONS,
};

/// The guardrails of a role that is not there, or is another one.
const OF_ANOTHER: &[&str] = &["role-missing", "identity"];

pub(super) async fn check(
    subject: &Subject<'_, RoleContainment>,
    target: &Target,
    account: &Account,
) -> Result<Vec<Spoken>, Fault> {
    let mut spoken = of_role(target, account, subject.aws).await?;
    if !spoken.iter().any(|(_, reason)| OF_ANOTHER.contains(&reason.guardrail.as_str())) {
        let memory = reversible::taken_back_of(&target.role_id)?;
        match taken_back::check::<RoleContainment>(&memory, account, subject.aws).await {
            Ok(reason) => spoken.extend(reason),
            Err(fault) => match subject.tried.without(&fault) {
                Without::Fails => return Err(fault),
                // The credentials are in other hands: in the end the containment does not wait for the memory of an
                // earlier undo.
                Without::GoesOn => {
                    tracing::warn!(%fault, "whether a person took a containment back is not known")
                }
                Without::Asks => {
                    let message = "Whether a person took a containment of this role back cannot be read from the case table.";
                    spoken.push(ask_first("taken-back", message.to_owned()));
                }
            },
        }
        spoken.extend(affiliated(subject.finding.actor.as_ref(), account, subject.aws)?);
    }
    Ok(spoken)
}

/// The checks of a containment whose record cannot be read: it is the containment of its case, of the role that was looked
/// at, and no guardrail of the role speaks against it.
pub(super) async fn check_unrecorded(
    case_id: &str,
    change: &Contain,
    was: &Role,
    account: &Account,
    aws: &Aws,
) -> Result<(), Fault> {
    if change.policy_name != policy_name(case_id) {
        return Err(Fault::invalid_input("the change is not the containment of this case"));
    }
    let (role_name, role_id) = (change.role_name.clone(), was.role_id.clone());
    let target = Target { role_name, role_id, instance_id: None };
    match of_role(&target, account, aws).await?.first() {
        None => Ok(()),
        Some((_, reason)) => Err(Fault::invalid_input(format!(
            "the case table cannot be read, and a guardrail speaks against the change: {}",
            reason.message
        ))),
    }
}

/// The guardrails of the live role.
async fn of_role(target: &Target, account: &Account, aws: &Aws) -> Result<Vec<Spoken>, Fault> {
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
    of_principal(&who, &live, account, aws)
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
