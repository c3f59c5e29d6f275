//! Reads a change of compliance that AWS Config reports.

use super::envelope::{string, whole};
use super::{Envelope, Event, NotRead, ReadTarget, Seen};
use crate::text;
use contract::{Finding, Source};

pub(super) const DETAIL_TYPE: &str = "Config Rules Compliance Change";

pub(super) fn read(event: &Envelope, target: ReadTarget) -> Result<Seen, NotRead> {
    let detail = &event.detail;
    let rule = whole(detail, "/configRuleName").ok_or("its detail names no rule")?;
    let resource = whole(detail, "/resourceId").ok_or("its detail names no resource")?;
    let account = event.account(&["/awsAccountId"])?;
    let region = event.region("/awsRegion")?;
    let partition = event.here.partition.clone();
    let compliance = whole(detail, "/newEvaluationResult/complianceType");
    let recorded = string(detail, "/newEvaluationResult/resultRecordedTime", 64);
    let target = target(&Event { source: Source::Config, account: &account, detail })?;
    // The time of the result makes each change to non-compliance a finding of its own: one that comes while the undo of
    // another is still on offer is not a repetition.
    let id = text::cut(&format!("{rule}/{resource}/{}", recorded.as_deref().unwrap_or_default()), 512);
    let annotation = string(detail, "/newEvaluationResult/annotation", 160).unwrap_or_default();
    Ok(Seen {
        by_person: false,
        event_id: event.id.clone().unwrap_or_else(|| id.clone()),
        ignored: (compliance != Some("NON_COMPLIANT"))
            .then_some("the resource is not reported as non-compliant"),
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
            target,
            actor: None,
            managed_by: None,
            written: None,
            other_cases: Vec::new(),
            id,
            account,
            region,
            partition,
        },
    })
}
