//! `make run`, as a stranger starts it.

use crate::patience::in_time;
use tests::{Result, binary, repository};
use tokio::process::Command;

/// Runs the demonstration of a workflow with one of its events: its exit code, and what it printed.
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

// One test, because all demonstrations share one folder.
#[tokio::test]
async fn the_demonstration_ends_well_whatever_the_event() -> Result<()> {
    let (leaked, dangerous) = ("credential-exfiltration", "iam-policy-remediation");
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
                "The role is as it was, and its session works again.",
            ][..],
        ),
        (leaked, "iam-user", &["Handed to people", "Yours now"][..]),
        (leaked, "ignored-other-source", &["No rule takes this event"][..]),
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
                "The policy is as it was, and the session of its role works again.",
            ][..],
        ),
    ] {
        let (code, printed) = make_run(workflow, event).await?;
        assert_eq!(code, Some(0), "{event}: {printed}");
        for line in says {
            assert!(printed.contains(line), "{event} does not say `{line}`: {printed}");
        }
    }
    Ok(())
}
