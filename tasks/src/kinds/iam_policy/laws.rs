//! What the laws of `testing::laws` need to know of this kind.

use crate::testing::accounts::{ADMIN, ELSEWHERE, POLICY, PRINCIPALS, who};
use crate::testing::iam::Account;
use crate::testing::laws::{ANOTHER, Lawful};
use contract::kinds::IamPolicy;
use contract::kinds::iam_policy::Target;
use contract::{IamPrincipal, PrincipalKind};

impl Lawful for IamPolicy {
    fn targets(account: &Account) -> Vec<Target> {
        let mut targets =
            vec![Target::Managed { arn: POLICY.to_owned() }, Target::Trust { role: "web".to_owned() }];
        for (kind, name, _) in PRINCIPALS {
            let holder = &account.holders[&(name.to_owned(), "web".to_owned())];
            let inline = |policy: &String| Target::Inline { principal: who(kind), policy: policy.clone() };
            targets.extend(holder.inline.keys().map(inline));
            let attached = |arn: &String| Target::Attached { principal: who(kind), policy_arn: arn.clone() };
            targets.extend(holder.attached.iter().filter(|arn| *arn == ADMIN).map(attached));
        }
        targets
    }

    fn drift(account: &mut Account, target: &Target) -> &'static str {
        let other = ELSEWHERE.to_owned();
        match target {
            Target::Managed { .. } | Target::ManagedId { .. } => {
                let policy = account.policies.get_mut(POLICY).unwrap();
                // The document of a version never changes: somebody makes another version the default, and deletes the
                // oldest one if there is no room.
                if policy.versions.len() == 5 {
                    let mut numbers = policy.versions.keys().copied();
                    let oldest = numbers.find(|number| *number != policy.default).unwrap();
                    policy.versions.remove(&oldest);
                }
                policy.last += 1;
                policy.versions.insert(policy.last, other);
                policy.default = policy.last;
            }
            Target::Inline { principal, policy } => {
                let kind = format!("{:?}", principal.kind);
                account.holder(&kind, &principal.name).inline.insert(policy.clone(), other);
            }
            // A policy is attached or it is not, so only another principal of the same name is drift.
            Target::Attached { principal, .. } => {
                account.holder(&format!("{:?}", principal.kind), &principal.name).id = ANOTHER.to_owned();
                return ANOTHER;
            }
            Target::Trust { role } => account.holder("Role", role).trust = other,
        }
        "elsewhere"
    }

    fn principal(target: &Target) -> Option<IamPrincipal> {
        match target {
            Target::Inline { principal, .. } | Target::Attached { principal, .. } => Some(principal.clone()),
            Target::Trust { role } => Some(IamPrincipal { kind: PrincipalKind::Role, name: role.clone() }),
            Target::Managed { .. } | Target::ManagedId { .. } => None,
        }
    }

    fn put_back_by_name(_account: &mut Account, target: &Target) -> Option<String> {
        match target {
            Target::Attached { policy_arn, .. } => Some(policy_arn.clone()),
            _ => None,
        }
    }

    fn versions(target: &Target) -> &'static [u64] {
        if matches!(target, Target::Managed { .. }) { &[3, 5] } else { &[3] }
    }

    /// A version that made room comes back under another number.
    fn loses(was: &Account, changed: &Account) -> bool {
        let full = |account: &Account| account.policies[POLICY].versions.len() == 5;
        full(was) && full(changed) && changed.policies != was.policies
    }
}
