//! The account that a finding is about, and the credentials that are good there.
//!
//! The home account is the one that the task runs in. In a member account a task is the response role, for one case. A
//! client of IAM or EC2 can only be had from an `Account`, and only `Aws::reach` makes one: after the account was named,
//! and STS said that the credentials are of it. So there is no way to ask the home account about a role of another.

use super::fault::fault;
use super::{Aws, Here};
use crate::names::{self, is_account, is_word};
use crate::words::text;
use aws_config::identity::IdentityCache;
use aws_config::{Region, SdkConfig};
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_sts::types::Tag;
use contract::{CASE_TAG, Fault, RESPONSE_ROLE};

/// How long a session in a member account lasts, in seconds: the shortest that STS gives, and many times what a task takes.
/// Source: docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const SESSION_SECONDS: i32 = 900;

/// An account, with credentials that are good there and nowhere else.
pub(crate) struct Account {
    id: String,
    is_home: bool,
    config: SdkConfig,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Account").field(&self.id).finish()
    }
}

impl Account {
    /// Twelve digits.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// Its IAM, which is the same in every region.
    pub(crate) fn iam(&self) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::new(&self.config)
    }

    /// Its EC2 in the region of a finding.
    pub(crate) fn ec2(&self, region: &str) -> Result<aws_sdk_ec2::Client, Fault> {
        if !is_word(region) {
            // It becomes a part of the name of the host that is called.
            return Err(Fault::InvalidInput(format!("`{}` is not a region", text::line(region, 64))));
        }
        let config = aws_sdk_ec2::config::Builder::from(&self.config).region(Region::new(region.to_owned()));
        Ok(aws_sdk_ec2::Client::from_conf(config.build()))
    }

    /// The responder's own roles, users and policies in it. What it has in a member account is always under the same path.
    pub(crate) fn responders(&self, aws: &Aws) -> Result<String, Fault> {
        let ours = aws.setting("RESPONDER_ROLES")?;
        let path = names::directory(RESPONSE_ROLE);
        Ok(if self.is_home { ours.to_owned() } else { format!("{ours},{path}*") })
    }
}

/// Whether a task gets into the account of a finding.
#[derive(Debug)]
pub(crate) enum Reach {
    In(Box<Account>),
    /// It does not, and people must.
    Out(Out),
}

/// Why a task does not get into an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Out {
    /// It is neither the home account nor a member.
    NotAMember(String),
    /// It is a member, and its response role does not let the task in.
    NotLetIn(String),
}

impl Out {
    /// The guardrail that says so.
    pub(crate) fn guardrail(&self) -> &'static str {
        match self {
            Self::NotAMember(_) => "another-account",
            Self::NotLetIn(_) => "not-let-in",
        }
    }

    /// Why, in a sentence.
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::NotAMember(why) | Self::NotLetIn(why) => why,
        }
    }
}

impl Reach {
    /// The account, for a task that can do nothing without it.
    pub(crate) fn account(self) -> Result<Account, Fault> {
        match self {
            Self::In(account) => Ok(*account),
            Self::Out(out) => Err(Fault::AccessDenied(out.words().to_owned())),
        }
    }
}

impl Aws {
    /// The account of this number, for this case. A passing fault of STS is an error; that the task does not get in is none.
    pub(crate) async fn reach(&self, account: &str, case_id: &str) -> Result<Reach, Fault> {
        if account == self.here.account {
            let id = account.to_owned();
            return Ok(Reach::In(Box::new(Account { id, is_home: true, config: self.config.clone() })));
        }
        if !self.members()?.contains(&account) {
            return Ok(Reach::Out(Out::NotAMember(format!(
                "It is in the account {}, and this responder acts in {} and its members only.",
                text::line(account, 32),
                self.here.account
            ))));
        }
        self.assume(account, case_id).await
    }

    /// The account of an ARN, for this case.
    pub(crate) async fn reach_arn(&self, arn: &str, case_id: &str) -> Result<Reach, Fault> {
        let account = names::account_of(arn).ok_or_else(|| {
            Fault::InvalidInput(format!("`{}` is in no account that is known", text::line(arn, 256)))
        })?;
        self.reach(account, case_id).await
    }

    /// The member accounts, twelve digits each.
    pub(crate) fn members(&self) -> Result<Vec<&str>, Fault> {
        let members: Vec<&str> = names::list(self.setting("MEMBER_ACCOUNTS")?).collect();
        match members.iter().find(|member| !is_account(member)) {
            None => Ok(members),
            Some(wrong) => Err(Fault::InvalidInput(format!(
                "`{}` in the setting `MEMBER_ACCOUNTS` is not an account of twelve digits",
                text::line(wrong, 64)
            ))),
        }
    }

    /// Becomes the response role of a member account, for one case.
    async fn assume(&self, account: &str, case_id: &str) -> Result<Reach, Fault> {
        let external_id = self.setting("MEMBER_EXTERNAL_ID")?;
        if external_id.is_empty() {
            let message =
                "the setting `MEMBER_EXTERNAL_ID` must be set where `MEMBER_ACCOUNTS` names accounts";
            return Err(Fault::InvalidInput(message.to_owned()));
        }
        // STS repeats in its refusal what it does not take.
        if !names::is_external_id(external_id) {
            let message =
                "the setting `MEMBER_EXTERNAL_ID` must have 16 to 128 letters, digits and `_+=,.@:/-`";
            return Err(Fault::InvalidInput(message.to_owned()));
        }
        let Here { partition, .. } = &self.here;
        let role = format!("arn:{partition}:iam::{account}:role{RESPONSE_ROLE}");
        let tag = Tag::builder().key(CASE_TAG).value(case_id).build();
        let tag = tag.map_err(|error| Fault::InvalidInput(format!("a session cannot be tagged: {error}")))?;
        let asked = aws_sdk_sts::Client::new(&self.config)
            .assume_role()
            .role_arn(&role)
            .role_session_name(self.task)
            .external_id(external_id)
            .tags(tag)
            .duration_seconds(SESSION_SECONDS)
            .send()
            .await;
        let answer = match asked.map_err(|error| fault("assuming the role", &error)) {
            Ok(answer) => answer,
            Err(Fault::AccessDenied(why)) => {
                tracing::warn!(account, "the response role does not let the task in");
                return Ok(Reach::Out(Out::NotLetIn(format!(
                    "It is in the member account {account}, and `{role}` does not let the responder in: {}.",
                    text::line(&why, 500)
                ))));
            }
            Err(fault) => return Err(fault),
        };
        let session = answer.assumed_role_user.as_ref().map(|user| user.arn()).unwrap_or_default();
        if !is_session(session, partition, account, self.task) {
            return Err(Fault::Refused(format!(
                "STS was asked for a session of `{role}`, and answered with one of `{}`; nothing was done with it",
                text::line(session, 256)
            )));
        }
        let Some(keys) = answer.credentials else {
            return Err(Fault::Refused(format!("STS answered without credentials of `{role}`")));
        };
        let expires = keys.expiration.try_into().ok();
        let keys = Credentials::new(
            keys.access_key_id,
            keys.secret_access_key,
            Some(keys.session_token),
            expires,
            "response-role",
        );
        // No cache of identities: what it holds for other clients must not come into this one.
        let config = self
            .config
            .to_builder()
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .identity_cache(IdentityCache::no_cache())
            .build();
        Ok(Reach::In(Box::new(Account { id: account.to_owned(), is_home: false, config })))
    }
}

/// Whether this is the ARN of the task's session of the response role in the account.
fn is_session(arn: &str, partition: &str, account: &str, task: &str) -> bool {
    let role = RESPONSE_ROLE.rsplit('/').next().unwrap_or_default();
    arn == format!("arn:{partition}:sts::{account}:assumed-role/{role}/{task}")
}

#[cfg(test)]
#[path = "reach_tests.rs"]
mod tests;
