//! `make run`, as a stranger starts it.

use crate::patience::in_time;
use tests::{Result, binary, repository};
use tokio::process::Command;

/// Runs the demonstration with an event of the workflow's folder: its exit code, and what it printed.
async fn make_run(event: &str) -> Result<(Option<i32>, String)> {
    let file =
        repository().join("statemachines/credential-exfiltration/events").join(format!("{event}.json"));
    let mut command = Command::new(binary("demo")?);
    command.arg("--once").arg(file).current_dir(repository()).kill_on_drop(true);
    let output =
        in_time(&format!("make run ONCE=1 EVENT={event}.json"), async { Ok(command.output().await?) })
            .await?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok((output.status.code(), text + &String::from_utf8_lossy(&output.stderr)))
}

// One test, because all demonstrations share one folder.
#[tokio::test]
async fn the_demonstration_ends_well_whatever_the_event() -> Result<()> {
    for (event, says) in [
        (
            "outside",
            &[
                "+ inline policy        redress-contain-",
                "with an explicit deny in an identity-based policy",
                "workflow status NOTIFIED, was NEW",
                "event to containment",
                "redress undo ",
                "works again: s3:ListAllMyBuckets is allowed",
                "The role is as it was, and its session works again.",
            ][..],
        ),
        ("iam-user", &["Handed to people", "Yours now"][..]),
        ("ignored-other-source", &["No rule takes this event"][..]),
    ] {
        let (code, printed) = make_run(event).await?;
        assert_eq!(code, Some(0), "{event}: {printed}");
        for line in says {
            assert!(printed.contains(line), "{event} does not say `{line}`: {printed}");
        }
    }
    Ok(())
}
