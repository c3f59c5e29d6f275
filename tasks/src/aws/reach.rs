//! The account of a finding, and the credentials for it.
//!
//! The home account is the one that the task runs in. In a member account a task assumes a response role, for one case:
//! one that looks, or one that acts if the task changes something. Clients of IAM and EC2 come from an `Account` alone, and only `Aws::reach` makes one, after STS has confirmed
//! that the credentials belong to it. So no task can ask the home account about a role of another account.

use super::fault::fault;
use super::{Aws, Here};
use crate::names::{self, is_account, is_word};
use crate::text;
use aws_config::identity::IdentityCache;
use aws_config::{Region, SdkConfig};
use aws_sdk_iam::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_sts::types::Tag;
use contract::{ACTING_RESPONSE_ROLE, CASE_TAG, Fault, RESPONSE_ROLE};

/// The length of a session in a member account, in seconds: the shortest that STS gives, many times what a task takes.
/// Source: docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
const SESSION_SECONDS: i32 = 900;

/// An account, with credentials for it and for no other.
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
            return Err(Fault::invalid_input(format!("`{}` is not a region", text::line(region, 64))));
        }
        let config = aws_sdk_ec2::config::Builder::from(&self.config).region(Region::new(region.to_owned()));
        Ok(aws_sdk_ec2::Client::from_conf(config.build()))
    }

    /// Patterns of the responder's own roles, users and policies in the account. In a member account they always have
    /// the same path.
    pub(crate) fn responders(&self, aws: &Aws) -> Result<String, Fault> {
        let ours = aws.setting("RESPONDER_ROLES")?;
        let path = names::directory(RESPONSE_ROLE);
        Ok(if self.is_home { ours.to_owned() } else { format!("{ours},{path}*") })
    }
}

/// Whether a task can act in the account of a finding.
#[derive(Debug)]
pub(crate) enum Reach {
    In(Box<Account>),
    /// It cannot, so people must.
    Out(Out),
}

/// Why a task cannot act in an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Out {
    /// It is neither the home account nor a member.
    NotAMember(String),
    /// It is a member, and its response role cannot be assumed.
    NotLetIn(String),
}

impl Out {
    /// The name of the guardrail.
    pub(crate) fn guardrail(&self) -> &'static str {
        match self {
            Self::NotAMember(_) => "another-account",
            Self::NotLetIn(_) => "not-let-in",
        }
    }

    /// The reason in one sentence.
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::NotAMember(why) | Self::NotLetIn(why) => why,
        }
    }
}

impl Reach {
    /// The account, for a step that cannot do without it.
    pub(crate) fn account(self) -> Result<Account, Fault> {
        match self {
            Self::In(account) => Ok(*account),
            Self::Out(out) => Err(Fault::AccessDenied {
                doing: "reaching the account of the finding".to_owned(),
                why: out.words().to_owned(),
            }),
        }
    }
}

impl Aws {
    /// The account with this number, for this case. A transient fault of STS is an error; a refusal is not.
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

    /// The member accounts, twelve digits each.
    pub(crate) fn members(&self) -> Result<Vec<&str>, Fault> {
        let members: Vec<&str> = names::list(self.setting("MEMBER_ACCOUNTS")?).collect();
        match members.iter().find(|member| !is_account(member)) {
            None => Ok(members),
            Some(wrong) => Err(Fault::misconfigured(
                "MEMBER_ACCOUNTS",
                format!("contains `{}`, which is not an account of twelve digits", text::line(wrong, 64)),
            )),
        }
    }

    /// The response role of the task in member accounts: only a task that changes something has one that may.
    fn response_role(&self) -> &'static str {
        if self.acts { ACTING_RESPONSE_ROLE } else { RESPONSE_ROLE }
    }

    /// Assumes the response role of a member account, for one case.
    async fn assume(&self, account: &str, case_id: &str) -> Result<Reach, Fault> {
        let external_id = self.setting("MEMBER_EXTERNAL_ID")?;
        if external_id.is_empty() {
            let why = "must be set if `MEMBER_ACCOUNTS` names accounts";
            return Err(Fault::misconfigured("MEMBER_EXTERNAL_ID", why));
        }
        // STS repeats a malformed id in its refusal, and the id must not appear in messages.
        if !names::is_external_id(external_id) {
            let why = "must have 16 to 128 letters, digits and `_+=,.@:/-`";
            return Err(Fault::misconfigured("MEMBER_EXTERNAL_ID", why));
        }
        let Here { partition, .. } = &self.here;
        let full = self.response_role();
        let role = format!("arn:{partition}:iam::{account}:role{full}");
        let tag = Tag::builder().key(CASE_TAG).value(case_id).build();
        let tag = tag.map_err(|error| Fault::internal("tagging the session", error))?;
        let asked = aws_sdk_sts::Client::new(&self.config)
            .assume_role()
            .role_arn(&role)
            .role_session_name(&self.task)
            .external_id(external_id)
            .tags(tag)
            .duration_seconds(SESSION_SECONDS)
            .send()
            .await;
        let answer = match asked.map_err(|error| fault("assuming the role", &error)) {
            Ok(answer) => answer,
            Err(Fault::AccessDenied { doing, why }) => {
                tracing::warn!(account, "the response role cannot be assumed");
                return Ok(Reach::Out(Out::NotLetIn(format!(
                    "It is in the member account {account}, and the responder cannot assume `{role}`: {}.",
                    text::line(&format!("{doing}: {why}"), 500)
                ))));
            }
            Err(fault) => return Err(fault),
        };
        let session = answer.assumed_role_user.as_ref().map(|user| user.arn()).unwrap_or_default();
        let refused = |why: String| Fault::Refused { doing: "assuming the role".to_owned(), why };
        if !is_session(session, partition, account, full, &self.task) {
            return Err(refused(format!(
                "STS was asked for a session of `{role}` and answered with one of `{}`, which was not used",
                text::line(session, 256)
            )));
        }
        let Some(keys) = answer.credentials else {
            return Err(refused(format!("STS answered without credentials of `{role}`")));
        };
        let expires = keys.expiration.try_into().ok();
        let keys = Credentials::new(
            keys.access_key_id,
            keys.secret_access_key,
            Some(keys.session_token),
            expires,
            "response-role",
        );
        // No identity cache: credentials of other clients must not come into this one.
        let config = self
            .config
            .to_builder()
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .identity_cache(IdentityCache::no_cache())
            .build();
        Ok(Reach::In(Box::new(Account { id: account.to_owned(), is_home: false, config })))
    }
}

/// Whether the ARN is that of the task's session of this role in the account.
fn is_session(arn: &str, partition: &str, account: &str, full: &str, task: &str) -> bool {
    let role = full.rsplit('/').next().unwrap_or_default();
    arn == format!("arn:{partition}:sts::{account}:assumed-role/{role}/{task}")
}

#[cfg(test)]
mod tests;
