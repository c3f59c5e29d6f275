//! Dangerous policies are corrected with the smallest change, and are as before after the undo.

use crate::account::Account;
use crate::event::{by_role, sample_of, set};
use crate::run::Run;
use crate::world::{BY, REASON, World};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use tests::responses::IAM_POLICY_REMEDIATION as RESPONSE;
use tests::{ACTING_ROLE, Result, Trouble};

const REPORT_ACCESS: &str = "arn:aws:iam::123456789012:policy/report-access";

/// The parts of IAM that a remediation may change and an undo must restore.
fn iam(account: &Account) -> Value {
    let parts = ["roles", "users", "groups", "policies"];
    parts.iter().map(|part| ((*part).to_owned(), member(&account.0, part))).collect::<Map<_, _>>().into()
}

fn member(value: &Value, name: &str) -> Value {
    value.get(name).cloned().unwrap_or_default()
}

/// A policy of the account.
fn policy(account: &Account, arn: &str) -> Value {
    member(&member(&account.0, "policies"), arn)
}

/// The documents of all versions of a policy, whatever their ids are.
fn texts(policy: &Value) -> BTreeSet<String> {
    let versions = member(policy, "versions");
    versions.as_object().into_iter().flatten().map(|(_, document)| document.to_string()).collect()
}

/// The document of the default version of a policy.
fn says(account: &Account, arn: &str) -> Value {
    let policy = policy(account, arn);
    let default = member(&policy, "default");
    member(&member(&policy, "versions"), default.as_str().unwrap_or_default())
}

#[tokio::test]
async fn a_dangerous_version_is_shown_put_right_and_put_back() -> Result<()> {
    let event = sample_of(RESPONSE, "create-policy-version")?;
    let world =
        World::start_with("remediated", &event, |options| options.mode = "approve".to_owned()).await?;
    let (role, before) = (world.role()?, world.account().await?);
    let try_out = async || role.session.list_buckets(world.aws.endpoint()).await;
    assert_eq!(try_out().await?, Ok(()), "the policy makes its role too powerful to begin with");

    let asked = world.respond(&event).await?;
    let (question, case) = (asked.asks("change")?, asked.case()?);
    let shown = world.account().await?.messages().pop().unwrap_or_default().1;
    for part in [
        "-      \"Sid\": \"Temporary\"",
        "report-builder",
        "dana",
        "reporters",
        "Used lately  s3 at ",
        &format!("redress approve {question}"),
    ] {
        assert!(shown.contains(part), "the question does not show {part}: {shown}");
    }
    assert_eq!(iam(&world.account().await?), iam(&before), "nothing changes before somebody said so");

    world.command(0, &["approve", &question, "--reason", "seen it", "--by", "ada@example.com"]).await?;
    let run = world.follow(&asked.arn).await?;
    let undo = run.asks("undo")?;
    let safe = world.account().await?;
    let (changed, kept) = (policy(&safe, REPORT_ACCESS), policy(&before, REPORT_ACCESS));
    assert_eq!(changed["default"], "v3");
    for id in ["v1", "v2"] {
        assert_eq!(changed["versions"][id], kept["versions"][id], "{id} stays as it is");
    }
    let statements = says(&before, REPORT_ACCESS)["Statement"].as_array().cloned().unwrap_or_default();
    let harmless: Vec<_> =
        statements.iter().filter(|statement| statement["Sid"] == "ReadReports").cloned().collect();
    assert_eq!(
        says(&safe, REPORT_ACCESS)["Statement"],
        json!(harmless),
        "the harmless statement is left, to the letter"
    );
    let refusal = try_out().await?.unwrap_err();
    assert!(refusal.contains("no identity-based policy allows"), "{refusal}");
    let body = safe.messages().pop().unwrap_or_default().1;
    assert!(body.contains(&format!("redress undo {undo} --reason")), "{body}");

    let run = world.undo(&run).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Restored"), "{:?}", run.errors());
    let restored = world.account().await?;
    assert_eq!(iam(&restored), iam(&before), "exactly as before");
    assert_eq!(try_out().await?, Ok(()));
    assert_eq!(run.errors(), Vec::<&Value>::new());
    assert_eq!(restored.record(&format!("finding#{case}"), "case")["status"], "Restored");
    // A message makes no link of a domain.
    let told = restored.messages().pop().unwrap_or_default().1.replace("[.]", ".");
    assert!(told.contains(BY) && told.contains(REASON), "{told}");
    Ok(())
}

/// A JSON pointer into the account (slashes in names are `~1`), and the value there.
type Then = (&'static str, fn() -> Value);

/// How one kind of policy is put right.
struct Case {
    event: &'static str,
    /// Whom the policy was given, where it is somebody else than in the event: `User` or `Group`, and the name.
    to: Option<(&'static str, &'static str)>,
    /// The values after the change.
    then: &'static [Then],
    /// Whether the account is exactly as before after the undo. IAM does not use the id of a version again.
    to_the_letter: bool,
}

const CASES: &[Case] = &[
    Case {
        event: "create-policy",
        to: None,
        then: &[
            ("/policies/arn:aws:iam::123456789012:policy~1teams~1deploy-everything/default", || json!("v2")),
            (
                "/policies/arn:aws:iam::123456789012:policy~1teams~1deploy-everything/versions/v2/Statement/0/Action",
                || json!("s3:GetObject"),
            ),
        ],
        to_the_letter: true,
    },
    Case {
        event: "set-default-policy-version",
        to: None,
        then: &[
            ("/policies/arn:aws:iam::123456789012:policy~1report-access/default", || json!("v6")),
            ("/policies/arn:aws:iam::123456789012:policy~1report-access/versions/v1", || Value::Null),
        ],
        to_the_letter: false,
    },
    Case {
        event: "put-role-policy",
        to: None,
        then: &[("/roles/report-builder/inline", || json!({}))],
        to_the_letter: true,
    },
    Case {
        event: "put-role-policy",
        to: Some(("User", "mallory")),
        then: &[("/users/mallory/inline", || json!({}))],
        to_the_letter: true,
    },
    Case {
        event: "put-role-policy",
        to: Some(("Group", "night-shift")),
        then: &[("/groups/night-shift/inline", || json!({}))],
        to_the_letter: true,
    },
    Case {
        event: "attach-user-policy",
        to: None,
        then: &[("/users/mallory/attached", || json!([]))],
        to_the_letter: true,
    },
    Case {
        event: "update-assume-role-policy",
        to: None,
        then: &[
            (
                "/roles/report-builder/trust/Statement/0/Principal",
                || json!({"Service": "lambda.amazonaws.com"}),
            ),
            ("/roles/report-builder/trust/Statement/1", || Value::Null),
        ],
        to_the_letter: true,
    },
    Case {
        event: "access-analyzer-external",
        to: None,
        then: &[("/roles/report-builder/trust/Statement/1", || Value::Null)],
        to_the_letter: true,
    },
    Case {
        event: "config-admin-access",
        to: None,
        then: &[("/policies/arn:aws:iam::123456789012:policy~1found-by-config-s001/default", || json!("v3"))],
        to_the_letter: true,
    },
    Case {
        event: "security-hub-failed",
        to: None,
        then: &[("/policies/arn:aws:iam::123456789012:policy~1report-access/default", || json!("v3"))],
        to_the_letter: true,
    },
];

#[tokio::test]
async fn every_kind_of_policy_is_put_right_and_put_back() -> Result<()> {
    for case in CASES {
        put_right_and_back(case).await.map_err(|Trouble(why)| Trouble(format!("{}: {why}", case.name())))?;
    }
    Ok(())
}

impl Case {
    fn name(&self) -> String {
        self.to
            .map_or(self.event.to_owned(), |(kind, _)| format!("{}-to-a-{}", self.event, kind.to_lowercase()))
    }

    /// The sample, about whom the case is.
    fn about(&self) -> Result<Value> {
        let mut event = sample_of(RESPONSE, self.event)?;
        if let Some((kind, name)) = self.to {
            set(&mut event, "/detail/eventName", json!(format!("Put{kind}Policy")))?;
            let asked = event.pointer_mut("/detail/requestParameters").and_then(Value::as_object_mut);
            let asked = asked.ok_or_else(|| Trouble(format!("`{}` is no call", self.event)))?;
            asked.remove("roleName");
            asked.insert(format!("{}Name", kind.to_lowercase()), json!(name));
        }
        Ok(event)
    }
}

async fn put_right_and_back(case: &Case) -> Result<()> {
    let event = case.about()?;
    let world = World::start(&format!("remediated-{}", case.name()), &event).await?;
    let before = world.account().await?;
    let run = world.respond(&event).await?;
    run.asks("undo")?;
    let safe = world.account().await?;
    for (pointer, expected) in case.then {
        let found = safe.0.pointer(pointer).cloned().unwrap_or_default();
        assert_eq!(found, expected(), "{}: `{pointer}`", case.name());
    }
    if case.event.starts_with("security-hub") {
        let finding = &world.seeded.finding_arn;
        assert_eq!(safe.finding(finding)["workflow"], "NOTIFIED");
        assert!(safe.note(finding).contains("erified"), "{}", safe.note(finding));
    }
    let run = world.undo(&run).await?;
    assert_eq!(
        (run.status.as_str(), run.end()),
        ("SUCCEEDED", "Restored"),
        "{}: {:?}",
        case.name(),
        run.errors()
    );
    let restored = world.account().await?;
    if case.to_the_letter {
        assert_eq!(iam(&restored), iam(&before), "{}", case.name());
    } else {
        let (was, is) = (policy(&before, REPORT_ACCESS), policy(&restored, REPORT_ACCESS));
        assert_eq!(says(&restored, REPORT_ACCESS), says(&before, REPORT_ACCESS));
        assert_eq!((member(&is, "default"), texts(&is)), (member(&was, "default"), texts(&was)));
        let told = restored.messages().pop().unwrap_or_default().1;
        assert!(told.contains("v1") && told.contains("v7"), "people hear what IAM cannot give back: {told}");
    }
    Ok(())
}

/// Somebody makes the dangerous version the default again. The one that was made to put it right is still there.
#[tokio::test]
async fn a_remediation_that_is_taken_off_is_put_again() -> Result<()> {
    let event = sample_of(RESPONSE, "create-policy-version")?;
    let world = World::start_with("remediation-fought", &event, |options| options.settle_seconds = 3).await?;
    let before = world.account().await?;
    let arn = world.begin(&event).await?;
    world.until_in(&arn, "Let it settle", 1).await?;
    let dangerous = [("PolicyArn", REPORT_ACCESS), ("VersionId", "v2")];
    world.aws.iam("SetDefaultPolicyVersion", &dangerous).await?;
    let run = world.follow(&arn).await?;
    run.asks("undo")?;
    assert_eq!(run.states().iter().filter(|state| **state == "Verify it").count(), 3);
    assert_eq!(world.count("SetDefaultPolicyVersion").await?, 1);
    let safe = policy(&world.account().await?, REPORT_ACCESS);
    assert_eq!(safe["default"], "v3");
    assert_eq!(safe["versions"].as_object().map(Map::len), Some(3), "no second version is made: {safe}");
    assert!(
        world.account().await?.told(&run.case()?).iter().any(|told| told == "Somebody reverts the change")
    );
    assert_eq!(world.undo(&run).await?.end(), "Restored");
    assert_eq!(iam(&world.account().await?), iam(&before));
    Ok(())
}

#[tokio::test]
async fn a_harmless_change_troubles_nobody_and_a_template_is_not_fought() -> Result<()> {
    let harmless = sample_of(RESPONSE, "create-policy-version-safe")?;
    let world = World::start("remediation-harmless", &harmless).await?;
    let before = world.account().await?;
    let run = world.respond(&harmless).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Nothing to do"));
    let after = world.account().await?;
    assert_eq!((iam(&after), after.messages()), (iam(&before), Vec::new()));

    let event = sample_of(RESPONSE, "by-cloudformation")?;
    let world = World::start("remediation-by-template", &event).await?;
    let before = world.account().await?;
    let run = world.respond(&event).await?;
    run.asks("change")?;
    let after = world.account().await?;
    assert_eq!(iam(&after), iam(&before));
    let told = after.messages().pop().unwrap_or_default().1;
    assert!(told.contains("CloudFormation"), "{told}");
    Ok(())
}

/// The daily probe of a deployment makes this call (`cdk/lib/probe-definition.ts`), and waits for an execution that ends so.
#[tokio::test]
async fn a_trust_policy_for_a_service_that_is_written_again_troubles_nobody() -> Result<()> {
    let mut event = sample_of(RESPONSE, "update-assume-role-policy")?;
    let trust = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ]});
    set(&mut event, "/detail/requestParameters/roleName", json!("canary-of-redress"))?;
    set(&mut event, "/detail/requestParameters/policyDocument", json!(trust.to_string()))?;
    let mut event = by_role(&event, "/redress-canary/RedressObservability-ProbeRole")?;
    let world = World::start("remediation-probe", &event).await?;
    let before = world.account().await?;
    for day in 1..=2 {
        set(&mut event, "/id", json!(format!("probe-{day}")))?;
        set(&mut event, "/detail/eventID", json!(format!("5b0c1d2e-3f40-4a51-8b62-7c83d94ea5{day:02}")))?;
        set(&mut event, "/detail/eventTime", json!(format!("2026-01-0{day}T11:59:40Z")))?;
        let run = world.respond(&event).await?;
        assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Nothing to do"));
        assert_eq!(run.visit("Close the case")?.output["status"], "NothingToDo", "the probe looks for this");
    }
    let after = world.account().await?;
    assert_eq!((iam(&after), after.messages()), (iam(&before), Vec::new()));
    Ok(())
}

/// The responder's own changes come back as events, which must be ignored. Those of another role that somebody made under
/// its path are findings.
#[tokio::test]
async fn its_own_changes_start_nothing() -> Result<()> {
    let event = sample_of(RESPONSE, "create-policy-version")?;
    let world = World::start("remediation-own-change", &event).await?;
    let before = world.account().await?;
    let run = world.respond(&by_role(&event, ACTING_ROLE)?).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Ignored"));
    let after = world.account().await?;
    assert_eq!((iam(&after), after.messages()), (iam(&before), before.messages()), "nobody needs to know");
    let run = world.respond(&by_role(&event, "/redress/redress-iam-policy-restore")?).await?;
    run.asks("undo")?;
    Ok(())
}

#[tokio::test]
async fn the_undo_refuses_a_policy_that_somebody_changed_since() -> Result<()> {
    let event = sample_of(RESPONSE, "create-policy-version")?;
    let world = World::start("remediation-drifted", &event).await?;
    let run = world.respond(&event).await?;
    run.asks("undo")?;
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}
    ]});
    let parameters =
        [("PolicyArn", REPORT_ACCESS), ("PolicyDocument", &document.to_string()), ("SetAsDefault", "true")];
    world.aws.iam("CreatePolicyVersion", &parameters).await?;
    let before = world.account().await?;
    let run: Run = world.undo(&run).await?;
    run.asks("undo")?;
    let after = world.account().await?;
    assert_eq!(iam(&after), iam(&before), "what somebody else did is left alone");
    let told = after.messages().into_iter().find(|(subject, _)| subject.contains("UNDO FAILED"));
    let told = told.unwrap_or_default().1;
    assert!(told.contains("aws iam set-default-policy-version"), "people get the commands: {told}");
    Ok(())
}

/// A person took it back. The next finding about the same policy is a question, whatever the mode.
#[tokio::test]
async fn what_a_person_took_back_is_asked_about_the_next_time() -> Result<()> {
    let event = sample_of(RESPONSE, "security-hub-failed")?;
    let world = World::start("remediation-taken-back", &event).await?;
    let run = world.undo(&world.respond(&event).await?).await?;
    assert_eq!(run.end(), "Restored");
    let before = world.account().await?;
    let mut again = event.clone();
    set(&mut again, "/id", json!("again"))?;
    set(&mut again, "/detail/findings/0/UpdatedAt", json!("2099-01-02T11:59:40.000Z"))?;
    set(&mut again, "/detail/findings/0/LastObservedAt", json!("2099-01-02T11:59:40.000Z"))?;
    let run = world.respond(&again).await?;
    run.asks("change")?;
    assert_eq!(iam(&world.account().await?), iam(&before));
    Ok(())
}
