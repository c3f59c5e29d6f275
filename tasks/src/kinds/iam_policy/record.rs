//! Records the policy. The change is worked out again from what is recorded, so nothing can be done to a policy that its
//! own analysis did not ask for.

use super::super::{LookingKind, StepProfile, Subject};
use super::judge;
use super::known::{JUDGING, known};
use super::look::{Found, find};
use crate::aws::reach::Account;
use crate::runtime::permissions::{ANY_GROUP, ANY_POLICY, ANY_ROLE, ANY_USER, REACH_MEMBERS, Statement};
use crate::steps::WRITES_THE_RECORD;
use contract::Plan;
use contract::kinds::IamPolicy;
use contract::kinds::iam_policy::{Change, Target, Was};
use contract::steps::record::Error;

pub(super) const RECORD: StepProfile = StepProfile {
    summary: "Records the policy and the change that is planned for it, in the execution and in the case table.",
    iam: &[
        Statement::allow(
            &["iam:GetPolicy", "iam:GetPolicyVersion", "iam:ListPolicyVersions", "iam:ListEntitiesForPolicy"],
            ANY_POLICY,
            "Reads everything of a managed policy that the undo needs.",
        ),
        Statement::allow(
            &["iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Reads a role's trust policy, its inline policy, and what is attached to it.",
        ),
        Statement::allow(
            &["iam:GetUser", "iam:GetUserPolicy", "iam:ListAttachedUserPolicies"],
            ANY_USER,
            "Reads a user's inline policy, and what is attached to it.",
        ),
        Statement::allow(
            &["iam:GetGroup", "iam:GetGroupPolicy", "iam:ListAttachedGroupPolicies"],
            ANY_GROUP,
            "Reads a group's inline policy, and what is attached to it.",
        ),
        WRITES_THE_RECORD,
        REACH_MEMBERS,
    ],
    environment: &["CASE_TABLE", "PROTECTED_ROLES", "RESPONDER_ROLES"],
    settings: JUDGING,
};

pub(super) async fn record(
    subject: &Subject<'_, IamPolicy>,
    target: &Target,
    change: &Change,
    account: &Account,
) -> Result<Was, Error> {
    let what = IamPolicy::what(target);
    let iam = &account.iam();
    let live = match find(iam, target).await? {
        Found::There(live) => live,
        Found::Gone(how) | Found::ForPeople(how) => return Err(Error::TargetChanged { what, how }),
    };
    let judged = judge::judge(&live, &what, &known(account, subject.aws, live.own())?);
    let is_planned = matches!(judged.plan, Plan::Change(proposal) if proposal.change == *change);
    if !is_planned {
        let how = "it was changed meanwhile, or is safe now".to_owned();
        return Err(Error::TargetChanged { what, how });
    }
    Ok(live.place.record(iam, live.document).await?)
}
