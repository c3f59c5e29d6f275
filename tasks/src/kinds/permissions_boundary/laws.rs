//! What the laws of `testing::laws` need to know of this kind.

use crate::testing::accounts::{ADMIN, who};
use crate::testing::iam::Account;
use crate::testing::laws::Lawful;
use contract::PrincipalKind;
use contract::kinds::PermissionsBoundary;
use contract::kinds::permissions_boundary::Target;

impl Lawful for PermissionsBoundary {
    const SETTINGS: &'static [(&'static str, &'static str)] = &[("REQUIRED_BOUNDARIES", "web=teams/deploy")];

    fn targets(_: &Account) -> Vec<Target> {
        let principal = |kind| Target { principal: who(kind) };
        [PrincipalKind::Role, PrincipalKind::User].map(principal).into()
    }

    fn drift(account: &mut Account, target: &Target) -> &'static str {
        let kind = format!("{:?}", target.principal.kind);
        account.holder(&kind, &target.principal.name).boundary = Some(ADMIN.to_owned());
        "AdministratorAccess"
    }
}
