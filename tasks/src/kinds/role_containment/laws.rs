//! What the laws of `testing::laws` need to know of this kind.

use crate::testing::accounts::ELSEWHERE;
use crate::testing::iam::Account;
use crate::testing::laws::Lawful;
use crate::testing::{CASE, ROLE_ID};
use contract::IamPrincipal;
use contract::kinds::RoleContainment;
use contract::kinds::role_containment::{self, Target};

impl Lawful for RoleContainment {
    /// The role is still there, and its credentials are still in other hands.
    const IS_SETTLED: bool = false;
    const OVERWRITES_DRIFT: bool = true;

    fn targets(_: &Account) -> Vec<Target> {
        let (role_name, role_id) = ("web".to_owned(), ROLE_ID.to_owned());
        vec![Target { role_name, role_id, instance_id: None }]
    }

    fn drift(account: &mut Account, _: &Target) -> &'static str {
        let name = role_containment::policy_name(CASE);
        account.holder("Role", "web").inline.insert(name, ELSEWHERE.to_owned());
        "elsewhere"
    }

    fn principal(target: &Target) -> Option<IamPrincipal> {
        Some(super::role(&target.role_name))
    }
}
