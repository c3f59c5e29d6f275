//! Calls that reach an execution from outside: whether it still has its case, and the refusal of a person.

use super::account::leaked_role;
use crate::event::again;
use serde_json::Value;
use tests::Result;

#[tokio::test]
async fn a_finding_that_comes_again_finds_its_run_and_a_no_reaches_it() -> Result<()> {
    let (enforced, suspect) = leaked_role("enforced-answers", None).await?;
    let (world, ministack) = (&enforced.world, &enforced.ministack);
    let policies = async || ministack.iam("ListRolePolicies", &[("RoleName", &suspect.role)]).await;
    let before = policies().await?;
    let asked = world.respond(&suspect.event).await?;
    let question = asked.asks("change")?;

    let second = world.respond(&again(&suspect.event, 2, "2026-01-01T18:00:00.000Z")?).await?;
    assert_eq!((second.status.as_str(), second.end()), ("SUCCEEDED", "Already handled"));

    world.command(0, &["deny", &question, "--reason", "it is a drill", "--by", "ada@example.com"]).await?;
    let run = world.follow(&asked.arn).await?;
    assert_eq!((run.status.as_str(), run.end()), ("SUCCEEDED", "Denied"), "{:?}", run.errors());
    let text = |answer: String| answer.split_once("<ResponseMetadata>").map(|(text, _)| text.to_owned());
    assert_eq!(text(policies().await?), text(before), "nothing is contained");
    assert_eq!(suspect.session.list_buckets(ministack.endpoint()).await?, Ok(()));

    ministack.tasks_were_allowed_everything().await?;
    let decisions = ministack.decisions().await?;
    let allowed = |caller: &str, action: &str| -> Vec<&str> {
        let calls = decisions.iter().filter(|call| call.caller == caller && call.action == action);
        calls.map(|call| call.resource.as_str()).collect()
    };
    assert_eq!(
        allowed("redress-open-case", "DescribeExecution"),
        [asked.arn.as_str()],
        "which run has the case"
    );
    assert_eq!(allowed("redress-answer-approval", "SendTaskFailure").len(), 1);
    assert_eq!(allowed("redress-answer-approval", "SendTaskSuccess"), Vec::<&str>::new());
    // Besides the denial of the question no task failed.
    let errors: Vec<_> = run.errors().into_iter().map(Value::to_string).collect();
    assert!(errors.iter().all(|error| error.contains("ApprovalDenied")), "{errors:?}");
    Ok(())
}
