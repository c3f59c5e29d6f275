//! `make run`, as a new user starts it.

use crate::patience::in_time;
use tests::responses::{
    CREDENTIAL_EXFILTRATION, IAM_POLICY_REMEDIATION, PERMISSIONS_BOUNDARY, UNANSWERED_FINDING, responses,
};
use tests::{Result, binary, repository};
use tokio::process::Command;

/// Runs the demonstration of a response with one of its events. Returns the exit code and the output.
async fn make_run(workflow: &str, event: &str) -> Result<(Option<i32>, String)> {
    let file = repository().join("statemachines").join(workflow).join("events").join(format!("{event}.json"));
    let mut command = Command::new(binary("demo")?);
    command.arg("--once").arg(format!("--workflow={workflow}")).arg(file);
    command.current_dir(repository()).kill_on_drop(true);
    let what = format!("make run ONCE=1 WORKFLOW={workflow} EVENT={event}.json");
    let output = in_time(&what, async { Ok(command.output().await?) }).await?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok((output.status.code(), text + &String::from_utf8_lossy(&output.stderr)))
}

// One test, because the demonstrations use the same port.
#[tokio::test]
async fn the_demonstration_shows_every_response() -> Result<()> {
    let (leaked, dangerous) = (CREDENTIAL_EXFILTRATION, IAM_POLICY_REMEDIATION);
    for (workflow, event, says) in [
        (
            leaked,
            "outside",
            &[
                "+ inline policy        redress-contain-",
                "with an explicit deny in an identity-based policy",
                "workflow status NOTIFIED, was NEW",
                "event to change",
                "redress undo ",
                "works again: s3:ListAllMyBuckets is allowed",
                "Everything is as it was.",
            ][..],
        ),
        (leaked, "iam-user", &["Handed to people", "Yours now"][..]),
        (leaked, "ignored-other-source", &["No rule matches this event"][..]),
        (
            dangerous,
            "create-policy-version",
            &[
                "has the policy         arn:aws:iam::123456789012:policy/report-access",
                "+ version              v3 of report-access",
                "~ default version      v3 of report-access, was v2",
                "because no identity-based policy allows",
                "event to change",
                "works again: s3:ListAllMyBuckets is allowed",
                "Everything is as it was.",
            ][..],
        ),
        (
            PERMISSIONS_BOUNDARY,
            "delete-role-boundary",
            &["Approving it", "+ boundary", "developer-boundary of build-runner", "Everything is as it was."]
                [..],
        ),
        (UNANSWERED_FINDING, "mining-instance", &["Handed to people", "Yours now"][..]),
    ] {
        let (code, printed) = make_run(workflow, event).await?;
        assert_eq!(code, Some(0), "{event}: {printed}");
        for line in says {
            assert!(printed.contains(line), "{event} does not say `{line}`: {printed}");
        }
    }
    Ok(())
}

/// Every response, with the event that `make run` sends unless another is given.
#[tokio::test]
async fn every_response_can_be_shown_with_its_sample_event() -> Result<()> {
    for response in responses()? {
        let name = &response.workflow.name;
        let mut command = Command::new(binary("demo")?);
        command.arg("--once").arg(format!("--workflow={name}")).current_dir(repository()).kill_on_drop(true);
        let output =
            in_time(&format!("make run ONCE=1 WORKFLOW={name}"), async { Ok(command.output().await?) })
                .await?;
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{name}: {printed} {}", String::from_utf8_lossy(&output.stderr));
        let restores = response.step("restore").is_some();
        assert_eq!(printed.contains("Everything is as it was."), restores, "{name}: {printed}");
    }
    Ok(())
}
