//! The page of a question about a policy with a hostile document: its content is only text on the page, and nothing in it
//! decides anything.

use crate::browser::{Ask, form, sign_in, token};
use crate::event::{sample_of, set};
use crate::world::World;
use serde_json::json;
use tests::Result;
use tests::responses::IAM_POLICY_REMEDIATION;

const EVIL: &str =
    "</pre><script>fetch('/approvals')</script><form method=post><input name=token value=1.00>";

/// A dangerous policy whose statements say more than IAM would let anybody put into a `Sid`, and many more of them than
/// anybody reads.
fn document() -> String {
    let mut statements =
        vec![json!({ "Sid": "Temporary", "Effect": "Allow", "Action": "*", "Resource": "*" })];
    statements.push(json!({
        "Sid": EVIL, "Effect": "Allow", "Action": "iam:*", "Resource": "*",
        "Condition": { "StringLike": { "aws:PrincipalTag/team": EVIL } },
    }));
    let mut actions: Vec<String> = (0..120).map(|n| format!("iam:Put{n}*")).collect();
    actions.push("iam:*".to_owned());
    statements.push(json!({ "Sid": "Many", "Effect": "Allow", "Action": actions, "Resource": "*" }));
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

#[tokio::test]
async fn a_hostile_policy_is_text_and_decides_nothing() -> Result<()> {
    let mut event = sample_of(IAM_POLICY_REMEDIATION, "create-policy-version")?;
    set(&mut event, "/detail/requestParameters/policyDocument", json!(document()))?;
    let world = World::start_with("approvals-policy", &event, |options| {
        options.mode = "approve".to_owned();
        options.undo_seconds = 2;
    })
    .await?;
    let run = world.respond(&event).await?;
    let id = run.asks("change")?;
    let (ada, page) = (sign_in(&world, "ada").await?, format!("/approvals/{id}"));
    let endpoint = world.engine.endpoint();
    let sound = token(&world, &id, &ada).await?;
    let good = Ask::post(&page, form("approve", "seen", &sound)).with("cookie", &ada);
    let look = Ask::get(&page).with("cookie", &ada);
    let rows = [
        ("HTML in a Sid", look.clone(), 200, "\u{2039}/pre\u{203a}\u{2039}script\u{203a}"),
        ("HTML in a condition", look.clone(), 200, "aws:PrincipalTag/team"),
        ("a difference that nobody reads", look, 200, "iam:Put119*"),
        (
            "the token that the document brings",
            good.clone().body(form("approve", "x", "1.00")),
            403,
            "not made for you",
        ),
        (
            "the decision of the undo",
            good.clone().body(form("undo", "x", &sound)),
            400,
            "`approve` or `deny`",
        ),
        (
            "the plan in the form",
            good.clone().body(form("approve", "x", &sound) + "&plan=%7B%7D"),
            400,
            "does not have",
        ),
        (
            "the document as a reason",
            good.clone().body(form("approve", &"%3Cscript%3E".repeat(126), &sound)),
            400,
            "longer than 1000",
        ),
    ];
    let before = (world.account().await?, world.history(&run.arn).await?.len());
    for (name, ask, status, says) in rows {
        let seen = ask.send(endpoint).await?;
        assert_eq!(seen.status, status, "{name}: {}", seen.page);
        assert!(seen.page.contains(says), "{name}: {}", seen.page);
        for markup in ["<script", "<form method=post", "<input name=", "</pre><"] {
            assert!(!seen.page.contains(markup), "{name}: {markup}: {}", seen.page);
        }
        let after = (world.account().await?, world.history(&run.arn).await?.len());
        assert!(after == before, "{name} changed something");
    }
    for (subject, body) in before.0.messages() {
        assert!(!subject.contains('<') && !body.contains("<script") && body.len() < 256 * 1024, "{subject}");
    }
    let seen = good.send(endpoint).await?;
    assert_eq!(
        seen.status, 200,
        "the form was sound but for what was wrong with each request: {}",
        seen.page
    );
    Ok(())
}
