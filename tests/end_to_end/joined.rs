//! An event that joins a case while people are asked about it.

use crate::event::{sample_of, set};
use crate::world::World;
use serde_json::json;
use tests::Result;
use tests::responses::IAM_POLICY_REMEDIATION as RESPONSE;

#[tokio::test]
async fn people_hear_at_once_that_something_changed_while_they_decide() -> Result<()> {
    let event = sample_of(RESPONSE, "put-role-policy")?;
    let world = World::start_with("joined", &event, |options| options.mode = "approve".to_owned()).await?;
    let question = world.respond(&event).await?.asks("change")?;
    let heard = async || Ok::<_, tests::Trouble>(world.account().await?.messages().len());

    // The same again is no news.
    let mut second = event.clone();
    set(&mut second, "/id", json!("0f1e2d3c-4b5a-4697-8879-000000000002"))?;
    set(&mut second, "/detail/eventID", json!("5b0c1d2e-3f40-4a51-8b62-000000000002"))?;
    let before = heard().await?;
    assert_eq!(world.respond(&second).await?.end(), "Already handled");
    assert_eq!(heard().await?, before, "people were shown this already");

    // Another danger is.
    let document =
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}"#;
    let role = [("RoleName", "report-builder"), ("PolicyName", "everything"), ("PolicyDocument", document)];
    world.aws.iam("PutRolePolicy", &role).await?;
    let mut third = event.clone();
    set(&mut third, "/id", json!("0f1e2d3c-4b5a-4697-8879-000000000003"))?;
    set(&mut third, "/detail/eventID", json!("5b0c1d2e-3f40-4a51-8b62-000000000003"))?;
    set(&mut third, "/detail/requestParameters/policyDocument", json!(document))?;
    assert_eq!(world.respond(&third).await?.end(), "Already handled");
    let account = world.account().await?;
    let (subject, body) = account.messages().pop().unwrap_or_default();
    assert!(subject.contains("Changed while you decide"), "{subject}");
    assert!(body.contains("iam:*"), "{body}");
    assert_eq!(account.messages().len(), before + 1);
    assert!(!question.is_empty());
    Ok(())
}
