//! The boundaries that the deployment requires. CloudTrail does not report the previous boundary, and an attacker can
//! change tags, so a setting decides.

use crate::aws::principal::Holder;
use crate::names::{self, IamArn, matches_any};
use crate::runtime::Setting;
use crate::text;
use contract::Fault;

pub(super) const REQUIRED_BOUNDARIES: Setting = Setting {
    name: "REQUIRED_BOUNDARIES",
    default: "",
    meaning: "The permissions boundaries that roles and users must have: `pattern=policy` each, with commas between them; the first match counts. A pattern matches the path with the name (`/teams/*`) or the name alone; a policy is the ARN, or the path with the name, of a managed policy of the same account.",
};

/// The ARN of the boundary that this principal must have, if the setting names one.
pub(super) fn required(
    setting: &str,
    name: &str,
    holder: &Holder,
    partition: &str,
    account: &str,
) -> Result<Option<String>, Fault> {
    for item in names::list(setting) {
        let (pattern, policy) = item.split_once('=').unwrap_or((item, ""));
        let (pattern, policy) = (pattern.trim(), policy.trim());
        let arn = match policy.starts_with("arn:") {
            true => policy.to_owned(),
            false => format!("arn:{partition}:iam::{account}:policy/{}", policy.trim_start_matches('/')),
        };
        if pattern.is_empty() || IamArn::read(&arn).is_none_or(|read| read.kind != "policy") {
            let why = format!("contains `{}`, which is not `pattern=policy`", text::line(item, 200));
            return Err(Fault::misconfigured(REQUIRED_BOUNDARIES.name, why));
        }
        if matches_any(pattern, &holder.path, name) {
            return Ok(Some(arn));
        }
    }
    Ok(None)
}
