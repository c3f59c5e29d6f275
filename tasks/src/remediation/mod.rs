//! What the five tasks that put a policy right have in common: looking at the live policy, judging it, and telling how
//! it stands to what was recorded.

pub(crate) mod judge;
pub(crate) mod look;
pub(crate) mod standing;

#[cfg(test)]
pub(crate) mod account;

use crate::aws::Aws;
use crate::names;
use crate::policy::Known;
use crate::words::text;
use contract::{Fault, Subject};
use sha2::{Digest, Sha256};

/// Whom we know: this account, and those of the setting.
pub(crate) fn known(aws: &Aws) -> Result<Known, Fault> {
    let mut known = Known { account: aws.here.account.clone(), ..Known::default() };
    for name in names::list(aws.setting("KNOWN_ACCOUNTS")?) {
        if name.starts_with("o-") {
            known.organizations.insert(name.to_owned());
        } else if name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_digit()) {
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

/// The hash under which it stands on record that a person took back the remediation of a subject.
pub(crate) fn subject_hash(subject: &Subject, account: &str) -> String {
    hex::encode(Sha256::digest(format!("{account} {subject:?}"))).chars().take(24).collect()
}
