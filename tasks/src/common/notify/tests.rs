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

fn message(message: Message) -> Input {
    Input {
        case_id: Some(CASE.to_owned()),
        execution: EXECUTION.to_owned(),
        message,
        finding: Some(finding()),
        looked: Some(looked()),
    }
}

/// A message is sent without the memory of the table: twice is better than never.
#[tokio::test]
async fn without_the_case_table_messages_are_sent() {
    for (status, code) in [
        (400, "ProvisionedThroughputExceededException"),
        (400, "AccessDeniedException"),
        (400, "ResourceNotFoundException"),
        (500, "InternalServerError"),
    ] {
        for action in ["GetItem", "PutItem"] {
            let wire = sound().fails_json(action, status, code);
            let sent = Notify::run(message(Message::Nothing), &wire.aws()).await.unwrap();
            assert!(!sent.repeated, "{action} {code}");
            assert_eq!(wire.bodies("Publish").len(), 1, "{action} {code}");
        }
    }
}

/// The escalation topic is the other way to tell people. The team is still told by a retry, if one can help.
#[tokio::test]
async fn a_message_that_the_topic_does_not_take_goes_to_the_escalation_topic() {
    let published =
        "<PublishResponse><PublishResult><MessageId>m</MessageId></PublishResult></PublishResponse>";
    let above = "arn:aws:sns:us-east-1:123456789012:above";
    for (status, code, error) in [
        (404, "NotFound", None),
        (403, "AuthorizationError", None),
        (400, "Throttling", Some("Throttled")),
        (500, "InternalError", Some("Unavailable")),
    ] {
        let wire = Wire::default().fails("Publish", status, code).answers("Publish", published);
        let result =
            Notify::run(message(Message::Nothing), &wire.aws_with("ESCALATION_TOPIC_ARN", above)).await;
        assert_eq!(result.as_ref().err().map(TaskError::name), error, "{code}");
        let sent = wire.bodies("Publish");
        assert_eq!(sent.len(), 2);
        assert!(sent[1].contains(&format!("TopicArn={above}&")), "{}", sent[1]);
        assert!(sent[1].contains("NOT SENT TO THE TEAM: Nothing to do"), "{}", sent[1]);
        assert!(sent[1].contains("could not be sent to the security team's topic"), "{}", sent[1]);
    }
    // If neither can be reached, the task fails.
    let wire = Wire::default().fails("Publish", 404, "NotFound");
    let error = Notify::run(message(Message::Nothing), &wire.aws_with("ESCALATION_TOPIC_ARN", above)).await;
    assert_eq!(error.unwrap_err().name(), "Refused");
    // What nobody decided is escalated even if the people who were asked cannot be reached.
    let wire = Wire::default().fails("Publish", 404, "NotFound").answers("Publish", published);
    let unanswered = message(Message::NotAnswered { waited_seconds: 3600 });
    let output = Notify::run(unanswered, &wire.aws_with("ESCALATION_TOPIC_ARN", above)).await.unwrap();
    assert!(output.subject.contains("ESCALATION"), "{}", output.subject);
}
