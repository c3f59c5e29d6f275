//! Reads a call that CloudTrail recorded. The live resource is read later. What the call wrote is kept, since it may be gone
//! by then.

use super::envelope::{string, whole};
use super::guardduty::role_id;
use super::{Envelope, Event, NotRead, Ours, ReadTarget, Seen};
use crate::names::{self, IamArn};
use crate::text;
use contract::{ACTING_RESPONSE_ROLE, Actor, Finding, Source, Written};
use serde_json::Value;

pub(super) const DETAIL_TYPE: &str = "AWS API Call via CloudTrail";

/// The name under which CloudFormation calls for somebody.
const CLOUDFORMATION: &str = "cloudformation.amazonaws.com";

/// The longest document that is kept, in bytes without white space. No policy of IAM is longer than 10,240 characters.
const LONGEST_DOCUMENT: usize = 16_384;

pub(super) fn read(event: &Envelope, ours: Ours<'_>, target: ReadTarget) -> Result<Seen, NotRead> {
    let detail = &event.detail;
    let id = whole(detail, "/eventID").filter(|id| id.len() <= 128).ok_or("its call has no id")?.to_owned();
    let call = string(detail, "/eventName", 128).ok_or("its call has no name")?;
    let account = event.account(&["/recipientAccountId"])?;
    let region = event.region("/awsRegion")?;
    let partition = event.here.partition.clone();
    let target = target(&Event { source: Source::CloudTrail, account: &account, detail })?;
    let actor = actor(&call, detail);
    let by = if actor.name.is_empty() { "Somebody" } else { actor.name.as_str() };
    Ok(Seen {
        by_person: false,
        event_id: event.id.clone().unwrap_or_else(|| id.clone()),
        ignored: ignored(&call, detail, &event.here.account, ours),
        finding: Finding {
            source: Source::CloudTrail,
            arn: format!("arn:{partition}:cloudtrail:{region}:{account}:event/{id}"),
            product_arn: format!("arn:{partition}:securityhub:{region}::product/aws/cloudtrail"),
            kind: format!("IAM:{call}"),
            title: text::cut(&format!("{by} called {call} on {}.", target.what()), 256),
            severity: 0.0,
            first_seen: None,
            last_seen: string(detail, "/eventTime", 64),
            count: 1,
            target,
            actor: Some(actor),
            managed_by: managed_by(detail),
            written: written(detail),
            other_cases: Vec::new(),
            id,
            account,
            region,
            partition,
        },
    })
}

/// What the call wrote, if it wrote anything.
fn written(detail: &Value) -> Option<Written> {
    let asked = |name: &str| whole(detail, &format!("/requestParameters/{name}"));
    let short = |name: &str| asked(name).filter(|text| text.len() <= 256).map(str::to_owned);
    let document = asked("policyDocument").or_else(|| asked("assumeRolePolicyDocument"));
    let document = document.map(without_space).filter(|text| text.len() <= LONGEST_DOCUMENT);
    let written = Written { document, version: short("versionId"), boundary: short("permissionsBoundary") };
    (written != Written::default()).then_some(written)
}

/// JSON without the white space between its tokens. IAM does not count that space, so a short policy can be a long text.
fn without_space(json: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    let keeps = |c: &char| {
        let keep = in_string || !matches!(c, ' ' | '\t' | '\n' | '\r');
        if *c == '"' && !escaped {
            in_string = !in_string;
        }
        escaped = in_string && *c == '\\' && !escaped;
        keep
    };
    json.chars().filter(keeps).collect()
}

/// The identity that made the call.
fn actor(call: &str, detail: &Value) -> Actor {
    let name = ["/userIdentity/arn", "/userIdentity/invokedBy", "/userIdentity/principalId"]
        .iter()
        .find_map(|pointer| string(detail, pointer, 256));
    let role = whole(detail, "/userIdentity/principalId").and_then(role_id);
    let session = role.map(|(_, session)| text::cut(session, 64));
    Actor {
        kind: string(detail, "/userIdentity/type", 64).unwrap_or_else(|| "unknown".to_owned()),
        name: name.unwrap_or_default(),
        role_id: role.map(|(id, _)| id.to_owned()),
        session: session.filter(|session| !session.is_empty()),
        source_identity: string(detail, "/userIdentity/sessionContext/sourceIdentity", 64),
        access_key: string(detail, "/userIdentity/accessKeyId", 128)
            .filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric())),
        ip: string(detail, "/sourceIPAddress", 64),
        api: Some(call.to_owned()),
        user_agent: string(detail, "/userAgent", 128).filter(|agent| !agent.is_empty()),
        ..Actor::default()
    }
}

fn ignored(call: &str, detail: &Value, home: &str, ours: Ours<'_>) -> Option<&'static str> {
    let there = |pointer: &str| detail.pointer(pointer).is_some_and(|value| !value.is_null());
    let is_true = |pointer: &str| match detail.pointer(pointer) {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => text == "true",
        _ => false,
    };
    if there("/errorCode") || there("/errorMessage") {
        return Some("the call failed, so it changed nothing");
    }
    let is_default = is_true("/requestParameters/setAsDefault")
        || is_true("/responseElements/policyVersion/isDefaultVersion");
    if call == "CreatePolicyVersion" && !is_default {
        return Some("the new version is not the default, so it has no effect yet");
    }
    // Only the role that issued the session identifies the caller: anybody can choose the name of a session.
    let issuer = whole(detail, "/userIdentity/sessionContext/sessionIssuer/arn").and_then(IamArn::read);
    // By account, path and name: a role that somebody else makes under the responder's path is not the responder.
    let is_ours = |arn: IamArn<'_>| {
        let full = format!("{}{}", arn.path, arn.name);
        arn.kind == "role"
            && if arn.account == home {
                names::list(ours.roles).any(|role| role == full)
            } else {
                ours.members.contains(&arn.account) && full == ACTING_RESPONSE_ROLE
            }
    };
    issuer.is_some_and(is_ours).then_some("the responder itself made the call")
}

/// The service that made the call from a template, as AWS writes it. The user agent is the caller's own text: people see it
/// with the actor, and it decides nothing.
fn managed_by(detail: &Value) -> Option<String> {
    let fields = ["/userIdentity/invokedBy", "/sourceIPAddress"];
    let is_template = fields.iter().any(|pointer| whole(detail, pointer) == Some(CLOUDFORMATION));
    is_template.then(|| "CloudFormation".to_owned())
}
