//! What the five tasks that put a policy right have in common: looking at the live policy, judging it, and telling how
//! it stands to what was recorded.

pub(crate) mod judge;
pub(crate) mod kind;
pub(crate) mod look;
pub(crate) mod standing;

#[cfg(test)]
pub(crate) mod account;

use crate::aws::Aws;
use crate::aws::reach::Account;
use crate::names;
use crate::policy::Known;
use crate::words::text;
use contract::{Fault, PolicyBefore, Subject};
use sha2::{Digest, Sha256};

/// Whom a policy of this account may name: the account itself, the home account, and those of the setting. A member is not
/// known because it is one: who has taken over a sandbox must not be trusted by production.
pub(crate) fn known(account: &Account, aws: &Aws) -> Result<Known, Fault> {
    let mut known = Known { account: account.id().to_owned(), ..Known::default() };
    known.accounts.insert(aws.here.account.clone());
    for name in names::list(aws.setting("KNOWN_ACCOUNTS")?) {
        if name.starts_with("o-") {
            known.organizations.insert(name.to_owned());
        } else if names::is_account(name) {
            known.accounts.insert(name.to_owned());
        } else {
            return Err(Fault::InvalidInput(format!(
                "`{}` in the setting `KNOWN_ACCOUNTS` is neither an account of twelve digits nor an organization `o-...`",
                text::line(name, 64)
            )));
        }
    }
    Ok(known)
}

/// The account of what was recorded.
pub(crate) async fn reach(before: &PolicyBefore, case_id: &str, aws: &Aws) -> Result<Account, Fault> {
    let account = before.account.as_deref().unwrap_or(&aws.here.account);
    aws.reach(account, case_id).await?.account()
}

/// The hash under which it stands on record that a person took back the remediation of a subject.
pub(crate) fn subject_hash(subject: &Subject, account: &str) -> String {
    hex::encode(Sha256::digest(format!("{account} {subject:?}"))).chars().take(24).collect()
}
