//! Reads a change of compliance that AWS Config reports. Config names a policy by its unique id, so it is looked up.

use super::envelope::{string, whole};
use super::{Envelope, Seen};
use crate::names;
use crate::words::text;
use contract::{Finding, Principal, Source, Subject};

pub(crate) const DETAIL_TYPE: &str = "Config Rules Compliance Change";

pub(crate) fn read(event: &Envelope) -> Result<Seen, String> {
    let detail = &event.detail;
    let rule = whole(detail, "/configRuleName").ok_or("its detail names no rule")?;
    let resource = whole(detail, "/resourceId").ok_or("its detail names no resource")?;
    let kind = whole(detail, "/resourceType").unwrap_or("unknown");
    let account = event.account(&["/awsAccountId"])?;
    let region = event.region("/awsRegion")?;
    let partition = event.here.partition.clone();
    let compliance = whole(detail, "/newEvaluationResult/complianceType");
    let recorded = string(detail, "/newEvaluationResult/resultRecordedTime", 64);
    let policy_id = (kind == "AWS::IAM::Policy" && is_policy_id(resource)).then(|| resource.to_owned());
    let subject = match kind {
        "AWS::IAM::Policy" => names::managed_policy(resource, &account)
            .unwrap_or_else(|| other("AWS Config names the policy by an id under which none is found")),
        "AWS::IAM::Role" | "AWS::IAM::User" | "AWS::IAM::Group" => {
            other("AWS Config says that somebody's policies break the rule, and not which of them")
        }
        _ => other("the rule is not about a policy of IAM"),
    };
    // The result's time makes each change to non-compliance a finding of its own: one that comes while the undo of
    // another is still on offer must not be taken for a repetition.
    let id = text::cut(&format!("{rule}/{resource}/{}", recorded.as_deref().unwrap_or_default()), 512);
    let annotation = string(detail, "/newEvaluationResult/annotation", 160).unwrap_or_default();
    Ok(Seen {
        event_id: event.id.clone().unwrap_or_else(|| id.clone()),
        ignored: (compliance != Some("NON_COMPLIANT"))
            .then_some("the resource is not reported as non-compliant"),
        policy_id,
        finding: Finding {
            source: Source::Config,
            arn: string(detail, "/configRuleARN", 512).unwrap_or_default(),
            product_arn: format!("arn:{partition}:securityhub:{region}::product/aws/config"),
            kind: text::cut(&format!("Config:{rule}"), 128),
            title: text::cut(format!("{rule}: {annotation}").trim_end_matches([':', ' ']), 256),
            severity: 0.0,
            first_seen: None,
            last_seen: recorded,
            count: 1,
            principal: Principal::default(),
            subject: Some(subject),
            managed_by: None,
            instance_id: None,
            remote: None,
            id,
            account,
            region,
            partition,
        },
    })
}

fn is_policy_id(text: &str) -> bool {
    text.starts_with("ANPA")
        && (16..=128).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

fn other(reason: &str) -> Subject {
    Subject::Other { reason: reason.to_owned() }
}
