//! How the live policy stands to what was recorded: as it was, as the change made it, or otherwise.

use crate::aws::document::{hash, same};
use crate::aws::{policy, principal};
use aws_sdk_iam::Client;
use contract::{Change, Fault, IamPrincipal, PolicyBefore, PrincipalKind, Was};

/// How the live policy stands to what was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Standing {
    /// As it was before the change.
    AsRecorded,
    /// As the change made it.
    AsChanged,
    /// Otherwise. The sentence says how.
    Otherwise(String),
    /// It, or whoever had it, is gone, or another one has the name. The sentence says which.
    Gone(String),
}

pub(crate) async fn standing(iam: &Client, before: &PolicyBefore) -> Result<Standing, Fault> {
    match (&before.was, &before.change) {
        (
            Was::Managed { policy_id, default_version, document: was, .. },
            Change::NewVersion { arn, document },
        ) => {
            let Some(live) = policy::get(iam, arn).await? else {
                return Ok(Standing::Gone(format!("There is no policy {arn} any more.")));
            };
            let id = live.policy_id.unwrap_or_default();
            if id != *policy_id {
                return Ok(Standing::Gone(format!("The policy {arn} is {id} now, not {policy_id}.")));
            }
            let default = live.default_version_id.unwrap_or_default();
            if default == *default_version {
                return Ok(Standing::AsRecorded);
            }
            let says = policy::version(iam, arn, &default).await?;
            Ok(match says {
                Some(says) if same(&says, document) => Standing::AsChanged,
                // Another version, but it says the same.
                Some(says) if same(&says, was) => Standing::AsRecorded,
                Some(says) => otherwise(&format!("The default version of {arn} is {default} now"), &says),
                None => Standing::Otherwise(format!("The default version {default} of {arn} is gone.")),
            })
        }
        (Was::Inline { principal_id, document }, change) => {
            let (who, policy, after) = match change {
                Change::PutInline { principal, policy, document } => (principal, policy, Some(document)),
                Change::DeleteInline { principal, policy } => (principal, policy, None),
                _ => return mismatch(),
            };
            if let Err(gone) = is_there(iam, who, principal_id).await? {
                return Ok(gone);
            }
            let what = format!("The inline policy {policy} of {}", who.words());
            Ok(match (principal::inline(iam, who, policy).await?, after) {
                (None, None) => Standing::AsChanged,
                (None, Some(_)) => Standing::Gone(format!("{what} is gone.")),
                (Some(says), Some(after)) if same(&says, after) => Standing::AsChanged,
                (Some(says), _) if same(&says, document) => Standing::AsRecorded,
                (Some(says), _) => otherwise(&format!("{what} was changed"), &says),
            })
        }
        (Was::Attached { principal_id, .. }, Change::Detach { principal, policy_arn }) => {
            if let Err(gone) = is_there(iam, principal, principal_id).await? {
                return Ok(gone);
            }
            let attached = principal::attached(iam, principal).await?;
            Ok(if attached.contains(policy_arn) { Standing::AsRecorded } else { Standing::AsChanged })
        }
        (Was::Trust { role_id, document }, Change::UpdateTrust { role, document: after }) => {
            let who = IamPrincipal { kind: PrincipalKind::Role, name: role.clone() };
            let holder = match is_there(iam, &who, role_id).await? {
                Ok(holder) => holder,
                Err(gone) => return Ok(gone),
            };
            let says = holder.trust.unwrap_or_default();
            Ok(if same(&says, after) {
                Standing::AsChanged
            } else if same(&says, document) {
                Standing::AsRecorded
            } else {
                otherwise(&format!("The trust policy of the role {role} was changed"), &says)
            })
        }
        _ => mismatch(),
    }
}

/// The one whose policy it is, if it is still the one that was recorded.
async fn is_there(
    iam: &Client,
    who: &IamPrincipal,
    id: &str,
) -> Result<Result<principal::Holder, Standing>, Fault> {
    Ok(match principal::get(iam, who).await? {
        Some(holder) if holder.id == id => Ok(holder),
        Some(holder) => {
            let message =
                format!("There is another {} {} now: {}, not {id}.", who.kind.word(), who.name, holder.id);
            Err(Standing::Gone(message))
        }
        None => Err(Standing::Gone(format!("There is no {} {} any more.", who.kind.word(), who.name))),
    })
}

fn otherwise(what: &str, says: &str) -> Standing {
    let short: String = hash(says).chars().take(12).collect();
    let says = crate::words::text::cut(&crate::words::text::json(says), 1_500);
    Standing::Otherwise(format!("{what}. It says (SHA-256 {short}...): {says}"))
}

fn mismatch() -> Result<Standing, Fault> {
    Err(Fault::InvalidInput("what was recorded and the change do not belong together".to_owned()))
}
