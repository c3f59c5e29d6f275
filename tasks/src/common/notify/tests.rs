use super::*;
use crate::messages::samples::{CASE, EXECUTION, finding, looked};
use crate::testing::Wire;
use contract::{Mode, TaskError};

fn sound() -> Wire {
    let published =
        "<PublishResponse><PublishResult><MessageId>m-1</MessageId></PublishResult></PublishResponse>";
    Wire::default().answers("Publish", published)
}

#[tokio::test]
async fn a_message_is_sent_once() {
    let wire = sound();
    let input = || Input {
        case_id: Some(CASE.to_owned()),
        execution: EXECUTION.to_owned(),
        message: Message::Opened { mode: Mode::Auto },
        finding: Some(finding()),
        looked: Some(looked()),
    };
    let first = Notify::run(input(), &wire.aws()).await.unwrap();
    let second = Notify::run(input(), &wire.aws()).await.unwrap();
    assert_eq!((first.repeated, second.repeated), (false, true));
    assert_eq!((first.message_id, first.subject), (second.message_id, second.subject));
    assert_eq!(wire.bodies("Publish").len(), 1);
    for (status, code, name) in [
        (403, "AuthorizationError", "AccessDenied"),
        (400, "Throttled", "Refused"),
        (500, "InternalError", "Unavailable"),
    ] {
        let error =
            Notify::run(input(), &Wire::default().fails("Publish", status, code).aws()).await.unwrap_err();
        assert_eq!(error.name(), name);
    }
}

/// The people who were asked are told that nobody answered, and it is escalated: once each, however often the task is tried.
#[tokio::test]
async fn a_question_that_nobody_answered_is_escalated() {
    let input = || Input {
        case_id: Some(CASE.to_owned()),
        execution: EXECUTION.to_owned(),
        message: Message::NotAnswered { waited_seconds: 3600 },
        finding: Some(finding()),
        looked: Some(looked()),
    };
    let (team, above) =
        ("arn:aws:sns:us-east-1:123456789012:security", "arn:aws:sns:us-east-1:123456789012:above");
    for (setting, expected) in [
        ("", vec![(team, "Escalation")]),
        (team, vec![(team, "Escalation")]),
        (above, vec![(team, "NotAnswered"), (above, "Escalation")]),
    ] {
        let wire = sound();
        let aws = wire.aws_with("ESCALATION_TOPIC_ARN", setting);
        let output = Notify::run(input(), &aws).await.unwrap();
        assert!(output.subject.contains("] ESCALATION: Nobody answered: "), "{}", output.subject);
        assert!(Notify::run(input(), &aws).await.unwrap().repeated);
        let sent = wire.bodies("Publish");
        assert_eq!(sent.len(), expected.len());
        for (body, (topic, kind)) in sent.iter().zip(expected) {
            assert!(body.contains(&format!("TopicArn={topic}&")), "{body}");
            assert!(body.contains(&format!("StringValue={kind}")), "{body}");
            assert_eq!(body.contains("ESCALATION"), kind == "Escalation", "{body}");
        }
    }
    // If the escalation topic cannot be reached, the people who were asked know, and the task fails.
    let published =
        "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";
    let wire = Wire::default().answers("Publish", published).fails("Publish", 404, "NotFound");
    let error = Notify::run(input(), &wire.aws_with("ESCALATION_TOPIC_ARN", above)).await.unwrap_err();
    assert_eq!(error.name(), "Refused");
    assert!(wire.records().keys().any(|key| key.contains("not-answered-")));
}
