use super::super::{LookingKind, StepProfile};
use super::{reversible, role};
use crate::aws::principal;
use crate::aws::reach::Account;
use crate::runtime::permissions::{ANY_ROLE, MEMBER_SETTINGS, REACH_MEMBERS, Statement};
use crate::steps::WRITES_THE_RECORD;
use crate::text::{cut, json};
use contract::kinds::RoleContainment;
use contract::kinds::role_containment::{Contain, Role, Target, policy_name};
use contract::steps::record::Error;

pub(super) const RECORD: StepProfile = StepProfile {
    summary: "Records the role before it is contained, in the execution and in the case table.",
    iam: &[
        Statement::allow(
            &["iam:GetRole", "iam:ListRolePolicies", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies"],
            ANY_ROLE,
            "Reads everything that decides what the role may do.",
        ),
        WRITES_THE_RECORD,
        REACH_MEMBERS,
    ],
    environment: &["CASE_TABLE"],
    settings: MEMBER_SETTINGS,
};

pub(super) async fn record(
    case_id: &str,
    target: &Target,
    change: &Contain,
    account: &Account,
) -> Result<Role, Error> {
    let what = RoleContainment::what(target);
    let (iam, who) = (&account.iam(), role(&target.role_name));
    let policy_name = policy_name(case_id);
    let role_name = target.role_name.clone();
    if *change != (Contain { role_name, policy_name: policy_name.clone(), way: change.way }) {
        let how = "the change is not the containment of this case".to_owned();
        return Err(Error::TargetChanged { what, how });
    }
    let live = match principal::get(iam, &who).await? {
        Some(live) if live.id == target.role_id => live,
        Some(live) => {
            let how = format!("its unique id is {} now, not {}", live.id, target.role_id);
            return Err(Error::TargetChanged { what, how });
        }
        None => return Err(Error::TargetChanged { what, how: "there is no role of this name".to_owned() }),
    };
    // Nobody else has a use for a policy of this name. It does not stop the containment, and people hear of it.
    let planted = principal::inline(iam, &who, &policy_name).await?;
    let planted = planted.filter(|document| !reversible::is_ours(document, case_id));
    Ok(Role {
        planted: planted.map(|document| cut(&json(&document), 1_000)),
        inline_policies: principal::inline_hashes(iam, &who, &policy_name).await?,
        attached_policies: principal::attached(iam, &who).await?,
        boundary: live.boundary,
        role_arn: live.arn,
        role_id: live.id,
    })
}
