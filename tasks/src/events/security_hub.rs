//! Reads a finding of Security Hub: one that was imported, in either of its two formats, or one that a person sent with a
//! custom action. An update of a finding comes back as an event, so only findings that are new, active and failed count. A
//! custom action is a person's wish, so its finding counts whatever its status.

use super::envelope::{string, whole};
use super::{Envelope, Event, NotRead, ReadTarget, Seen, ocsf};
use crate::text;
use contract::{Actor, Finding, Source, Target};
use serde_json::Value;

const CUSTOM_ACTION: &str = "Security Hub Findings - Custom Action";

pub(super) const DETAIL_TYPES: &[&str] =
    &["Security Hub Findings - Imported", CUSTOM_ACTION, ocsf::DETAIL_TYPE];

/// How the name of a custom action begins that asks for a change.
const ASKS_FOR_A_CHANGE: &[&str] =
    &["contain", "isolate", "quarantine", "revoke", "remediate", "respond", "fix", "block"];

pub(super) fn read(event: &Envelope, target: ReadTarget) -> Result<Seen, NotRead> {
    let findings = event.detail.pointer("/findings").and_then(Value::as_array);
    let findings = findings.ok_or("its detail has no findings")?;
    if event.detail_type == ocsf::DETAIL_TYPE {
        let converted: Vec<Value> = findings.iter().map(ocsf::to_asff).collect();
        return of_finding(event, only(&converted)?, target);
    }
    let finding = only(findings)?;
    let seen = of_finding(event, finding, target)?;
    Ok(if event.detail_type == CUSTOM_ACTION { asked_for(event, finding, seen) } else { seen })
}

fn of_finding(event: &Envelope, finding: &Value, target: ReadTarget) -> Result<Seen, NotRead> {
    let id = whole(finding, "/Id").filter(|id| id.len() <= 512).ok_or("its finding has no id")?.to_owned();
    let product = whole(finding, "/ProductArn").filter(|arn| arn.len() <= 512);
    let product_arn = product.ok_or("its finding has no product ARN")?.to_owned();
    let account = event.account_of(finding, &["/AwsAccountId"])?;
    let region = event.region_of(finding, "/Region")?;
    let partition = event.here.partition.clone();
    let target = target(&Event { source: Source::SecurityHub, account: &account, detail: finding })?;
    let control = ["/Compliance/SecurityControlId", "/ProductFields/ControlId", "/GeneratorId"];
    let control = control.iter().find_map(|pointer| string(finding, pointer, 100));
    let kind = match string(finding, "/Types/0", 128) {
        // What a detecting service reports has a type and no control.
        Some(kind) if finding.get("Compliance").is_none() => kind,
        _ => format!("SecurityHub:{}", control.as_deref().unwrap_or("unknown")),
    };
    let severity = finding.pointer("/Severity/Normalized").and_then(Value::as_f64).unwrap_or_default();
    let seen = ["/LastObservedAt", "/UpdatedAt"].iter().find_map(|pointer| string(finding, pointer, 64));
    Ok(Seen {
        by_person: false,
        event_id: event.id.clone().unwrap_or_else(|| id.clone()),
        ignored: ignored(finding),
        finding: Finding {
            source: Source::SecurityHub,
            arn: id.clone(),
            product_arn,
            kind,
            title: string(finding, "/Title", 256).unwrap_or_default(),
            severity: (severity / 10.0).clamp(0.0, 10.0),
            first_seen: string(finding, "/FirstObservedAt", 64),
            last_seen: seen,
            count: 1,
            target,
            actor: actor(finding),
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

/// The finding of a custom action. Each press of the button is a case of its own: the person waits for an answer, however
/// earlier cases about the finding have ended.
fn asked_for(event: &Envelope, finding: &Value, seen: Seen) -> Seen {
    let name = string(&event.detail, "/actionName", 64).unwrap_or_default();
    let id = format!("{}#{}", seen.finding.id, seen.event_id);
    let target = if asks_for_a_change(&name) {
        seen.finding.target
    } else {
        let what = seen.finding.target.what().to_owned();
        let name = text::line(&name, 64);
        Target::Other { what, why: format!("the custom action `{name}` does not ask for a change") }
    };
    Seen {
        by_person: true,
        ignored: is_sample(finding).then_some(SAMPLE),
        finding: Finding { id, target, ..seen.finding },
        ..seen
    }
}

/// Whether a person who chose a custom action of this name wants the danger removed: `Contain`, `redress-contain`,
/// `Redress`.
fn asks_for_a_change(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let rest = name.strip_prefix("redress");
    let is_separator = |c: char| !c.is_ascii_alphanumeric();
    let verb = rest.unwrap_or(&name).trim_start_matches(is_separator);
    (rest.is_some() && verb.is_empty()) || ASKS_FOR_A_CHANGE.iter().any(|begin| verb.starts_with(begin))
}

/// Whose credentials were used, and from which account, where a finding of GuardDuty says so.
fn actor(finding: &Value) -> Option<Actor> {
    const CALL: &str = "aws/guardduty/service/action/awsApiCallAction";
    let resources = finding.pointer("/Resources").and_then(Value::as_array)?;
    let key = resources.iter().find_map(|resource| resource.pointer("/Details/AwsIamAccessKey"))?;
    let product = |name: &str| {
        let field = finding.get("ProductFields")?.get(format!("{CALL}/{name}"))?.as_str()?;
        Some(text::cut(field, 64)).filter(|field| !field.is_empty())
    };
    let principal_id = string(key, "/PrincipalId", 256).unwrap_or_default();
    let role = super::guardduty::role_id(&principal_id);
    Some(Actor {
        kind: string(key, "/PrincipalType", 64).unwrap_or_else(|| "none".to_owned()),
        name: string(key, "/PrincipalName", 256).unwrap_or_default(),
        role_id: role.map(|(id, _)| id.to_owned()),
        session: role.map(|(_, session)| session.to_owned()).filter(|session| !session.is_empty()),
        ip: product("remoteIpDetails/ipAddressV4").or_else(|| product("remoteIpDetails/ipAddressV6")),
        country: product("remoteIpDetails/country/countryName"),
        organization: product("remoteIpDetails/organization/asnOrg"),
        account: product("remoteAccountDetails/accountId"),
        affiliated: product("remoteAccountDetails/affiliated").map(|text| text == "true"),
        api: product("api"),
        ..Actor::default()
    })
}

/// The one finding of the event. Events with several copies of one finding occur. Several findings would be several
/// cases, and an execution has one.
fn only(findings: &[Value]) -> Result<&Value, String> {
    let first = findings.first().ok_or("its list of findings is empty")?;
    if findings.iter().all(|finding| whole(finding, "/Id") == whole(first, "/Id")) {
        Ok(first)
    } else {
        Err(format!("it holds {} findings; send it one at a time", findings.len()))
    }
}

const SAMPLE: &str = "it is a sample finding";

/// Whether the finding is marked as a sample, by Security Hub or by GuardDuty.
fn is_sample(finding: &Value) -> bool {
    let field = finding
        .get("ProductFields")
        .and_then(|fields| fields.get("aws/guardduty/service/additionalInfo/sample"));
    finding.pointer("/Sample").and_then(Value::as_bool) == Some(true)
        || field.and_then(Value::as_str) == Some("true")
}

fn ignored(finding: &Value) -> Option<&'static str> {
    if is_sample(finding) {
        Some(SAMPLE)
    } else if whole(finding, "/RecordState") != Some("ACTIVE") {
        Some("the finding is archived")
    } else if whole(finding, "/Workflow/Status") != Some("NEW") {
        Some("the finding is not new: somebody, or this responder, has it already")
    } else if finding.get("Compliance").is_some() && whole(finding, "/Compliance/Status") != Some("FAILED") {
        Some("the control has not failed")
    } else {
        None
    }
}
