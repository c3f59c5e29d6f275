use super::super::StepProfile;
use super::super::guardrails::{Spoken, hand_over, of_principal};
use super::role;
use crate::aws::reach::Account;
use crate::aws::{Aws, principal};
use crate::runtime::permissions::{ANY_ROLE, MEMBER_SETTINGS, REACH_MEMBERS, Statement};
use crate::steps::{COUNTS_CHANGES, GUARDRAIL_SETTINGS};
use contract::Fault;
use contract::kinds::role_containment::Target;

pub(super) const CHECK_GUARDRAILS: StepProfile = StepProfile {
    summary: "Decides on the live role whether to contain it, to ask first, or to hand over to people.",
    iam: &[
        Statement::allow(
            &["iam:GetRole"],
            ANY_ROLE,
            "Reads the role's unique id, path and tags at the last moment before it is contained.",
        ),
        COUNTS_CHANGES,
        REACH_MEMBERS,
    ],
    environment: GUARDRAIL_SETTINGS,
    settings: MEMBER_SETTINGS,
};

pub(super) async fn check(aws: &Aws, target: &Target, account: &Account) -> Result<Vec<Spoken>, Fault> {
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
