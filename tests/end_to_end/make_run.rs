//! `make run`, as a new user starts it.

use crate::patience::in_time;
use tests::responses::{
    CREDENTIAL_EXFILTRATION, IAM_POLICY_REMEDIATION, PERMISSIONS_BOUNDARY, UNANSWERED_FINDING, file_name,
    responses,
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
    let mut shown = vec![
        (
            leaked,
            "outside".to_owned(),
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
        (leaked, "iam-user".to_owned(), &["Handed to people", "Yours now"][..]),
        (leaked, "ignored-other-source".to_owned(), &["No rule matches this event"][..]),
        (
            dangerous,
            "create-policy-version".to_owned(),
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
            "delete-role-boundary".to_owned(),
            &["Approving it", "+ boundary", "developer-boundary of build-runner", "Everything is as it was."]
                [..],
        ),
        (UNANSWERED_FINDING, "mining-instance".to_owned(), &["Handed to people", "Yours now"][..]),
    ];
    for response in responses()? {
        let (name, event) = (response.workflow.name.as_str(), file_name(&response.sample_event()?));
        let event = event.trim_end_matches(".json").to_owned();
        if !shown.iter().any(|(shown, of, _)| *shown == name && *of == event) {
            let says =
                if response.step("restore").is_some() { &["Everything is as it was."][..] } else { &[] };
            shown.push((name, event, says));
        }
    }
    for (workflow, event, says) in shown {
        let (code, printed) = make_run(workflow, &event).await?;
        assert_eq!(code, Some(0), "{event}: {printed}");
        for line in says {
            assert!(printed.contains(line), "{event} does not say `{line}`: {printed}");
        }
    }
    Ok(())
}
