//! A dangerous IAM policy is put right by the smallest change that removes the danger. `places` has one file for each
//! place of a policy: managed, inline, attached, trust.

mod guardrails;
mod judge;
mod look;
pub(crate) mod places;
mod record;
mod target;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod tests;

use super::guardrails::Spoken;
use super::{ChangingKind, LookingKind, StepProfile, Subject};
use crate::aws::Aws;
use crate::aws::reach::Account;
use crate::events::Event;
use crate::names;
use crate::policy::{self, Known};
use crate::runtime::Setting;
use crate::text;
use contract::kinds::IamPolicy;
use contract::kinds::iam_policy::{Change, Target, Was};
use contract::steps::record::Error;
use contract::{Fault, Finding, Looked};

impl LookingKind for IamPolicy {
    const LOOK: StepProfile = look::LOOK;
    /// The same finding about a policy may come from every region.
    const IS_GLOBAL: bool = true;
    /// The policy is dangerous again.
    const CHANGED_REOPENS: bool = true;

    fn target(event: &Event<'_>) -> contract::Target<Target> {
        target::read(event)
    }

    fn what(target: &Target) -> String {
        target.words()
    }

    fn found(finding: &Finding<Target>) -> String {
        super::sentence(&format!("{} may be dangerous", finding.target.what()))
    }

    async fn look(subject: &Subject<'_, Self>, target: &Target) -> Result<Looked<Target, Change>, Fault> {
        look::look(subject, target).await
    }

    fn prepare() -> Result<(), Fault> {
        policy::tables()
            .map_err(|broken| Fault::internal("reading the tables of the policy analyser", broken))
    }
}

impl ChangingKind for IamPolicy {
    const CHECK_GUARDRAILS: StepProfile = guardrails::CHECK_GUARDRAILS;
    const RECORD: StepProfile = record::RECORD;
    const CHANGE: StepProfile = places::CHANGE;
    const VERIFY: StepProfile = places::VERIFY;
    const RESTORE: StepProfile = places::RESTORE;
    type Reversible<'a> = places::Recorded<'a>;

    async fn guardrails(
        subject: &Subject<'_, Self>,
        target: &Target,
        account: &Account,
    ) -> Result<Vec<Spoken>, Fault> {
        guardrails::check(subject.aws, target, account).await
    }

    async fn record(
        subject: &Subject<'_, Self>,
        target: &Target,
        change: &Change,
        account: &Account,
    ) -> Result<Was, Error> {
        record::record(subject, target, change, account).await
    }

    fn reversible<'a>(
        _case_id: &'a str,
        change: &'a Change,
        was: &'a Was,
    ) -> Result<places::Recorded<'a>, Fault> {
        places::Recorded::read(change, was)
    }
}

const KNOWN_ACCOUNTS: Setting = Setting {
    name: "KNOWN_ACCOUNTS",
    default: "",
    meaning: "The accounts and organizations that a trust policy may name, beside the account itself and the home account: twelve digits or `o-...` each, with commas between them.",
};

/// The accounts and organizations that a policy of this account may name: the account itself, the home account, and those
/// of the setting. A member account is not known as such: a principal of a sandbox must not be trusted by production.
fn known(account: &Account, aws: &Aws) -> Result<Known, Fault> {
    let mut known = Known { account: account.id().to_owned(), ..Known::default() };
    known.accounts.insert(aws.here.account.clone());
    for name in names::list(aws.setting(KNOWN_ACCOUNTS.name)?) {
        if name.starts_with("o-") {
            known.organizations.insert(name.to_owned());
        } else if names::is_account(name) {
            known.accounts.insert(name.to_owned());
        } else {
            let wrong = text::line(name, 64);
            let why = format!(
                "contains `{wrong}`, which is neither an account of twelve digits nor an organization `o-...`"
            );
            return Err(Fault::misconfigured(KNOWN_ACCOUNTS.name, why));
        }
    }
    Ok(known)
}
