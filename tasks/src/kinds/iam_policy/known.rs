//! What a judgement knows of the account and of its surroundings: from settings, and from the principals that have the
//! policy.

use crate::aws::Aws;
use crate::aws::reach::Account;
use crate::names::{self, is_account};
use crate::policy::{self, Known};
use crate::runtime::Setting;
use crate::runtime::permissions::{MEMBER_ACCOUNTS, MEMBER_EXTERNAL_ID};
use crate::steps::ACCOUNT_LIMITS;
use crate::text;
use contract::Fault;

const KNOWN_ACCOUNTS: Setting = Setting {
    name: "KNOWN_ACCOUNTS",
    default: "",
    meaning: "The accounts and organizations that a trust policy may name, beside the account itself and the home account: twelve digits or `o-...` each, with commas between them.",
};

const KNOWN_OIDC_OWNERS: Setting = Setting {
    name: "KNOWN_OIDC_OWNERS",
    default: "",
    meaning: "Whose jobs may assume roles through an OIDC issuer that everybody can use: the issuer and the owner, such as `token.actions.githubusercontent.com/octo-org`, with commas between them. Any owner that a trust policy names is accepted of an issuer that is not listed.",
};

const KNOWN_NETWORKS: Setting = Setting {
    name: "KNOWN_NETWORKS",
    default: "",
    meaning: "The networks of the organization, with commas between them: in CIDR notation, or the ids of VPCs and VPC endpoints. A trust policy that lets in these alone lets in nobody unknown, and a condition on any other network narrows nothing.",
};

/// The settings of every step that judges a policy.
pub(super) const JUDGING: &[Setting] =
    &[KNOWN_ACCOUNTS, KNOWN_OIDC_OWNERS, KNOWN_NETWORKS, MEMBER_ACCOUNTS, MEMBER_EXTERNAL_ID];

/// The settings of the guardrails.
pub(super) const GUARDING: &[Setting] =
    &[KNOWN_ACCOUNTS, KNOWN_OIDC_OWNERS, KNOWN_NETWORKS, ACCOUNT_LIMITS, MEMBER_ACCOUNTS, MEMBER_EXTERNAL_ID];

/// What is known in an account: the account itself, the home account, and what the settings name. A member account is not
/// known as such: a principal of a sandbox must not be trusted by production.
///
/// `holders` are the ARNs of the principals that have the policy, and of their managed policies.
pub(super) fn known(
    account: &Account,
    aws: &Aws,
    holders: impl IntoIterator<Item = String>,
) -> Result<Known, Fault> {
    let now = aws.timestamp().as_second();
    let mut known = Known { account: account.id().to_owned(), now, saved: true, ..Known::default() };
    known.accounts.insert(aws.here.account.clone());
    for name in names::list(aws.setting(KNOWN_ACCOUNTS.name)?) {
        if name.starts_with("o-") {
            known.organizations.insert(name.to_owned());
        } else if is_account(name) {
            known.accounts.insert(name.to_owned());
        } else {
            let wrong = "neither an account of twelve digits nor an organization `o-...`";
            return Err(misconfigured(&KNOWN_ACCOUNTS, name, wrong));
        }
    }
    for owner in names::list(aws.setting(KNOWN_OIDC_OWNERS.name)?) {
        if !policy::is_oidc_owner(owner) {
            let wrong =
                "not an OIDC issuer that everybody can use, a slash, and an owner, such as `gitlab.com/acme`";
            return Err(misconfigured(&KNOWN_OIDC_OWNERS, owner, wrong));
        }
        known.owners.insert(owner.to_owned());
    }
    for network in names::list(aws.setting(KNOWN_NETWORKS.name)?) {
        if !policy::is_network(network) {
            return Err(misconfigured(
                &KNOWN_NETWORKS,
                network,
                "neither a network in CIDR notation nor the id of a VPC or a VPC endpoint",
            ));
        }
        known.networks.insert(network.to_owned());
    }
    let protected = [aws.setting("PROTECTED_ROLES")?.to_owned(), account.responders(aws)?];
    known.protected = protected.iter().flat_map(|list| names::list(list)).map(str::to_owned).collect();
    known.holders = holders.into_iter().collect();
    Ok(known)
}

fn misconfigured(setting: &Setting, value: &str, wrong: &str) -> Fault {
    Fault::misconfigured(setting.name, format!("contains `{}`, which is {wrong}", text::line(value, 64)))
}
