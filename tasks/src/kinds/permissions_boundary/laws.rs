//! What the laws of `testing::laws` need to know of this kind.

use crate::testing::accounts::{ADMIN, OTHER_BOUNDARY, who};
use crate::testing::iam::Account;
use crate::testing::laws::Lawful;
use contract::kinds::PermissionsBoundary;
use contract::kinds::permissions_boundary::Target;
use contract::{IamPrincipal, PrincipalKind};

impl Lawful for PermissionsBoundary {
    const SETTINGS: &'static [(&'static str, &'static str)] = &[("REQUIRED_BOUNDARIES", "web=teams/deploy")];

    fn targets(_: &Account) -> Vec<Target> {
        let principal = |kind| Target { principal: who(kind) };
        [PrincipalKind::Role, PrincipalKind::User].map(principal).into()
    }

    fn principal(target: &Target) -> Option<IamPrincipal> {
        Some(target.principal.clone())
    }

    fn put_back_by_name(account: &mut Account, target: &Target) -> Option<String> {
        let kind = format!("{:?}", target.principal.kind);
        account.holder(&kind, &target.principal.name).boundary = Some(OTHER_BOUNDARY.to_owned());
        Some(OTHER_BOUNDARY.to_owned())
    }

    fn drift(account: &mut Account, target: &Target) -> &'static str {
        let kind = format!("{:?}", target.principal.kind);
        account.holder(&kind, &target.principal.name).boundary = Some(ADMIN.to_owned());
        "AdministratorAccess"
    }
}
