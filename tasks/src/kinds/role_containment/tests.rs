mod change;
mod look;
mod record;
mod restore;
mod target;
mod ways;
mod without_the_table;

use super::*;
use crate::testing::steps::{RecordOf, Steps};
use crate::testing::{CASE, ROLE_ID, Wire, finding_about};
use contract::Recorded;
use contract::kinds::role_containment::{Way, deny_all, policy_name};

/// The role of the finding.
fn target() -> Target {
    Target {
        role_name: "web-frontend".to_owned(),
        role_id: ROLE_ID.to_owned(),
        instance_id: Some("i-0a1b2c3d4e5f60718".to_owned()),
    }
}

fn finding() -> Finding<Target> {
    finding_about(super::super::resource::<RoleContainment>(target()))
}

/// The planned containment.
fn contain() -> Contain {
    Contain { role_name: "web-frontend".to_owned(), policy_name: policy_name(CASE), way: Way::Inline }
}

/// The record of a role without policies.
fn recorded() -> RecordOf<RoleContainment> {
    let was = Role {
        role_arn: "arn:aws:iam::123456789012:role/web-frontend".to_owned(),
        role_id: ROLE_ID.to_owned(),
        inline_policies: vec![],
        attached_policies: vec![],
        boundary: None,
        planted: None,
    };
    of_role(was)
}

fn of_role(was: Role) -> RecordOf<RoleContainment> {
    use super::super::Reversible;
    let (change, taken_at) = (contain(), "2026-01-01T12:00:00Z".to_owned());
    let words =
        RoleContainment::reversible(CASE, &change, &was).unwrap().words("the role web-frontend", &taken_at);
    Recorded {
        case_id: CASE.to_owned(),
        account: "123456789012".to_owned(),
        kind: "role-containment".to_owned(),
        what: "the role web-frontend".to_owned(),
        change,
        was,
        words,
        taken_at,
    }
}
