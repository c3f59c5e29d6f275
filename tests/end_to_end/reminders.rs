//! People are reminded of a question before it expires, and what nobody decided goes further up.

use crate::event::{about, sample};
use crate::patience::until;
use crate::world::World;
use serde_json::{Value, json};
use tests::responses::CREDENTIAL_EXFILTRATION;
use tests::{Options, Result};

/// The messages about a case in a list of the account, by `kind`, with all their attributes.
fn kinds(account: &Value, list: &str, case: &str) -> Vec<(String, Value)> {
    let messages = account.get(list).and_then(Value::as_array).into_iter().flatten();
    let attributes = messages.filter_map(|message| message.get("attributes"));
    let of_case = attributes.filter(|attributes| attributes["case"] == case);
    let kind = |attributes: &Value| attributes["kind"].as_str().unwrap_or_default().to_owned();
    of_case.map(|attributes| (kind(attributes), attributes.clone())).collect()
}

#[tokio::test]
async fn a_reminder_keeps_the_question_and_what_nobody_decides_goes_further_up() -> Result<()> {
    let event = sample("outside")?;
    let world = World::start_with("reminders", &event, |options: &mut Options| {
        options.mode = "approve".to_owned();
        options.set = vec!["ApprovalSeconds=14".to_owned(), "ApprovalReminderSeconds=7".to_owned()];
    })
    .await?;
    let unanswered = about("other-role")?;
    world.seed(&unanswered).await?;
    let (asked, left) = (world.respond(&event).await?, world.respond(&unanswered).await?);
    let (id, case) = (asked.asks("change")?, asked.case()?);
    let of_question = |account: &Value| account["cases"][format!("question#{case}")]["change"].clone();
    let before = of_question(&world.account().await?.0);

    until("people are reminded", async || {
        let account = world.account().await?.0;
        let kinds = kinds(&account, "messages", &case);
        Ok(kinds.iter().any(|(kind, _)| kind == "Reminder").then_some(()))
    })
    .await?;
    let reminded = world.account().await?.0;
    let after = of_question(&reminded);
    assert_eq!(after["approvalId"], id.as_str());
    assert_eq!(after["expiresAt"], before["expiresAt"]);
    assert_ne!(after["taskToken"], before["taskToken"], "the token that the workflow waits with now");
    let (_, attributes) = kinds(&reminded, "messages", &case).pop().unwrap_or_default();
    assert_eq!(
        attributes,
        json!({
            "workflow": CREDENTIAL_EXFILTRATION, "kind": "Reminder", "attention": "decide", "case": case,
            "account": "123456789012", "region": "us-east-1", "environment": "production",
            "question": "change", "severity": "8",
        })
    );
    world.command(0, &["approve", &id, "--reason", "the mail reminded me"]).await?;
    let run = world.follow(&asked.arn).await?;
    assert_eq!(run.visit("Ask for approval")?.output["reason"], "the mail reminded me");
    assert!(run.asks("undo").is_ok(), "contained, and the undo is on offer: {:?}", run.states());

    let ended = until("nobody answered", async || {
        let run = world.look(&left.arn).await?;
        Ok((run.status != "RUNNING").then_some(run))
    })
    .await?;
    assert_eq!(ended.end(), "Handed to people");
    assert_eq!(ended.states().iter().filter(|state| **state == "Ask for approval").count(), 2);
    let (account, case) = (world.account().await?.0, left.case()?);
    let only = |list| kinds(&account, list, &case).into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    assert_eq!(only("messages"), ["Opened", "Question", "Reminder", "NotAnswered"]);
    assert_eq!(only("escalations"), ["Escalation"]);
    let subject = account["escalations"][0]["subject"].as_str().unwrap_or_default();
    assert!(subject.contains("ESCALATION: Nobody answered: the role "), "{subject}");
    let late = world.command(1, &["approve", &left.asks("change")?, "--reason", "late"]).await?;
    assert!(late.stderr.contains("expired") || late.stdout.contains("expired"), "{late:?}");
    Ok(())
}
