//! IAM denies what a response has taken from a role, and allows it again after the undo.

use super::account::{POLICY, Suspect, dangerous_policy, leaked_role};
use super::responder::Enforced;
use crate::run::Run;
use http::Method;
use serde_json::Value;
use std::collections::BTreeSet;
use tests::responses::{CREDENTIAL_EXFILTRATION, IAM_POLICY_REMEDIATION, response};
use tests::{Ministack, Result, Session};

pub(super) type Answer = std::result::Result<(), String>;

/// An attacker with all permissions would create a user.
async fn makes_a_user(ministack: &Ministack, session: &Session, name: &str) -> Result<Answer> {
    Ok(session.iam(ministack.endpoint(), "CreateUser", &[("UserName", name)]).await?.map(|_| ()))
}

/// The normal work of the role.
async fn reads_a_report(ministack: &Ministack, session: &Session) -> Result<Answer> {
    let answer = session.call(ministack.endpoint(), "s3", Method::GET, "/reports/january.txt", "").await?;
    Ok(answer.map(|_| ()))
}

/// The tasks that a workflow calls, and the one with which people answer.
pub(super) fn tasks_of(name: &str) -> Result<BTreeSet<String>> {
    let definition = &response(name)?.workflow.definition;
    let tasks = contract::declarations().into_iter().map(|task| task.name);
    let is_called =
        |task: &String| definition.contains(&format!(":function:{task}\"")) || task == "answer-approval";
    Ok(tasks.filter(is_called).collect())
}

/// Approves what a run asks.
pub(super) async fn approved(enforced: &Enforced, suspect: &Suspect) -> Result<Run> {
    let world = &enforced.world;
    let asked = world.respond(&suspect.event).await?;
    world.command(0, &["approve", &asked.asks("change")?, "--reason", "seen it"]).await?;
    world.follow(&asked.arn).await
}

/// Holds if IAM refused, for this reason.
pub(super) fn denied(answer: &Answer, why: &str) -> bool {
    let refused =
        |refusal: &String| refusal.contains("is not authorized to perform") && refusal.contains(why);
    answer.as_ref().is_err_and(refused)
}

#[tokio::test]
async fn an_over_powerful_principal_is_denied_until_the_undo() -> Result<()> {
    let (enforced, suspect) = dangerous_policy("enforced-remediation", None).await?;
    let (ministack, session) = (&enforced.ministack, &suspect.session);
    let policy = async || ministack.iam("ListPolicyVersions", &[POLICY]).await;
    let before = (policy().await?, ministack.iam("GetPolicyVersion", &[POLICY, ("VersionId", "v2")]).await?);
    assert_eq!(
        makes_a_user(ministack, session, "before").await?,
        Ok(()),
        "the policy is dangerous to begin with"
    );
    assert_eq!(reads_a_report(ministack, session).await?, Ok(()));

    let run = approved(&enforced, &suspect).await?;
    run.asks("undo")?;
    let answer = makes_a_user(ministack, session, "after").await?;
    assert!(denied(&answer, "no identity-based policy allows"), "{answer:?}");
    assert_eq!(reads_a_report(ministack, session).await?, Ok(()), "what the role is for still works");
    let another = suspect.another_session(ministack).await?;
    let answer = makes_a_user(ministack, &another, "after").await?;
    assert!(denied(&answer, "no identity-based policy allows"), "{answer:?}");

    let run = enforced.world.undo(&run).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Restored"), "{:?}", run.errors());
    assert_eq!(
        makes_a_user(ministack, session, "again").await?,
        Ok(()),
        "the undo gives back what there was"
    );
    let restored =
        (policy().await?, ministack.iam("GetPolicyVersion", &[POLICY, ("VersionId", "v2")]).await?);
    assert_eq!(without_ids(&restored), without_ids(&before));
    for (user, there) in [("before", true), ("after", false), ("again", true)] {
        assert_eq!(ministack.iam("GetUser", &[("UserName", user)]).await.is_ok(), there, "{user}");
    }

    assert_eq!(run.errors(), Vec::<&Value>::new(), "no task was denied anything");
    let mut expected = tasks_of(IAM_POLICY_REMEDIATION)?;
    // An event of CloudTrail has no finding in Security Hub.
    expected.retain(|task| !["update-finding", "set-workflow-status"].contains(&task.as_str()));
    assert_eq!(ministack.tasks_were_allowed_everything().await?, expected);
    Ok(())
}

/// Answers of IAM without the ids of their requests.
fn without_ids((one, other): &(String, String)) -> (String, String) {
    let cut = |text: &String| {
        text.split_once("<ResponseMetadata>").map_or(text.clone(), |(text, _)| text.to_owned())
    };
    (cut(one), cut(other))
}

#[tokio::test]
async fn a_session_of_a_contained_role_is_denied_until_the_undo() -> Result<()> {
    let (enforced, suspect) = leaked_role("enforced-containment", None).await?;
    let (ministack, session) = (&enforced.ministack, &suspect.session);
    let role = ("RoleName", suspect.role.as_str());
    let policies = async || ministack.iam("ListRolePolicies", &[role]).await;
    let before = policies().await?;
    let stolen = async |session: &Session| session.list_buckets(ministack.endpoint()).await;
    assert_eq!(stolen(session).await?, Ok(()), "the session works to begin with");

    let run = approved(&enforced, &suspect).await?;
    run.asks("undo")?;
    let answer = stolen(session).await?;
    assert!(denied(&answer, "explicit deny"), "{answer:?}");
    let another = suspect.another_session(ministack).await?;
    let answer = stolen(&another).await?;
    assert!(denied(&answer, "explicit deny"), "{answer:?}");

    let run = enforced.world.undo(&run).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Restored"), "{:?}", run.errors());
    for session in [session, &another] {
        assert_eq!(stolen(session).await?, Ok(()), "the undo gives back what there was");
    }
    assert_eq!(without_ids(&(policies().await?, String::new())), without_ids(&(before, String::new())));

    assert_eq!(run.errors(), Vec::<&Value>::new(), "no task was denied anything");
    assert_eq!(ministack.tasks_were_allowed_everything().await?, tasks_of(CREDENTIAL_EXFILTRATION)?);
    Ok(())
}

#[tokio::test]
async fn a_permission_that_a_task_lacks_is_missed() -> Result<()> {
    let lacks = Some(("role-containment-verify", "iam:GetRolePolicy"));
    let (enforced, suspect) = leaked_role("enforced-lacking", lacks).await?;
    let run = approved(&enforced, &suspect).await?;
    let errors = format!("{:?}", run.errors());
    assert!(errors.contains("AccessDenied"), "{errors}");
    let why = enforced.ministack.tasks_were_allowed_everything().await;
    let why = format!("{why:?}");
    assert!(why.contains("redress-role-containment-verify") && why.contains("iam:GetRolePolicy"), "{why}");
    Ok(())
}
