//! What is too long for a rule is refused.

use super::*;
use crate::api::tests::api;
use crate::scratch::Scratch;
use crate::workflow::Place;
use axum::http::HeaderMap;

#[tokio::test]
async fn a_schedule_has_256_characters_at_most() {
    let folder = Scratch::new();
    let api = api(&folder).await;
    let caller = Caller::of(&HeaderMap::new(), &Place::example());
    let put = async |length: usize| {
        let minutes = format!("1{}", ",1".repeat(length / 2));
        let schedule = format!("cron({} 10 * * ? *)", &minutes[..length - "cron( 10 * * ? *)".len()]);
        assert_eq!(schedule.len(), length);
        let input = json!({ "Name": "often", "ScheduleExpression": schedule });
        run(&api, &caller, serde_json::from_value(input).unwrap()).await
    };
    assert!(put(256).await.is_ok());
    let [name, message] = put(257).await.unwrap_err().parts();
    assert_eq!(name, "ValidationException");
    assert_eq!(
        message,
        "1 validation error detected: Value at 'scheduleExpression' failed to satisfy constraint: Member must have length less than or equal to 256"
    );
}
