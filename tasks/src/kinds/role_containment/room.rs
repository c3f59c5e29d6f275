//! Whether the role has room for another policy. IAM decides when the policy is put; this is what people are told before.

use crate::aws::principal;
use aws_sdk_iam::Client;
use contract::kinds::role_containment::Way;
use contract::{Fault, IamPrincipal};

/// How many characters the inline policies of a role may have together, without white space. Source: IAM quotas.
const INLINE: usize = 10_240;

/// How many managed policies a role may have, unless AWS has raised the quota. Source: IAM quotas.
const ATTACHED: usize = 10;

/// The name by which the AWS managed policy is found among the attached ones.
const DENY_ALL: &str = ":policy/AWSDenyAll";

/// In which way the role would be contained, and why.
#[derive(Debug, Default)]
pub(super) struct Room {
    pub(super) way: Way,
    used: usize,
    attached: usize,
}

pub(super) async fn look_up(
    iam: &Client,
    who: &IamPrincipal,
    policy: &str,
    ours: &str,
) -> Result<Room, Fault> {
    let mut used = 0;
    for name in principal::inline_names(iam, who).await?.into_iter().filter(|name| name != policy) {
        used += principal::inline(iam, who, &name).await?.as_deref().map_or(0, size);
    }
    if used + size(ours) <= INLINE {
        return Ok(Room { used, ..Room::default() });
    }
    let attached = principal::attached(iam, who).await?;
    let is_denied = attached.iter().any(|arn| arn.ends_with(DENY_ALL));
    let way = if is_denied { Way::Boundary } else { Way::Attached };
    Ok(Room { way, used, attached: attached.len() })
}

/// The characters of a document that count.
fn size(document: &str) -> usize {
    document.chars().filter(|letter| !letter.is_whitespace()).count()
}

impl Room {
    /// What would be done, as sentences.
    pub(super) fn effect(&self) -> String {
        let full = format!("its inline policies have {} of {INLINE} characters", self.used);
        match self.way {
            Way::Inline => "An inline policy that denies everything would be put on the role.".to_owned(),
            Way::Attached if self.attached < ATTACHED => {
                format!("The AWS managed policy AWSDenyAll would be attached to the role, since {full}.")
            }
            Way::Attached => format!(
                "The AWS managed policy AWSDenyAll would be attached to the role, since {full}. If IAM refuses that as well, since {} policies are attached, AWSDenyAll would be its permissions boundary.",
                self.attached
            ),
            Way::Boundary => format!(
                "The AWS managed policy AWSDenyAll would be the permissions boundary of the role, since {full} and somebody has attached it already."
            ),
        }
    }

    /// The way in a question, unless it is the ordinary one.
    pub(super) fn in_question(&self) -> &'static str {
        match self.way {
            Way::Inline => "",
            Way::Attached => " by attaching AWSDenyAll",
            Way::Boundary => " by making AWSDenyAll its permissions boundary",
        }
    }
}
