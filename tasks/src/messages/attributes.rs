//! The attributes of a message, by which a subscription's filter policy can tell whom it is for.
//!
//! Limits of SNS: a queue with raw delivery drops a message with more than ten attributes, a value must not be empty, and
//! filter policies compare numbers with five decimals. Source: SNS, "Message attributes", "Filter policy constraints". A
//! value is made of letters, digits and `-_.:/@+=` alone, whatever the event said: it cannot end a string of JSON, or
//! look like another attribute.

use crate::words::message::{About, Occasion};
use contract::Question;
use contract::tasks::notify::Message;

/// The longest value, in characters.
const LONGEST: usize = 128;

/// What a reader of a message has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attention {
    /// Nothing: it is told, and goes on by itself.
    None,
    /// Answer a question.
    Decide,
    /// Take over, or find something out.
    Act,
}

impl Attention {
    fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Decide => "decide",
            Self::Act => "act",
        }
    }
}

/// The attributes of one message.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Attributes {
    /// Names and values, in the order in which they are documented.
    pub(crate) texts: Vec<(&'static str, String)>,
    /// `severity`, as its source counts it.
    pub(crate) severity: Option<f64>,
}

impl Attributes {
    /// Those of a message.
    pub(crate) fn of_message(message: &Message, execution: &str, about: &About) -> Self {
        let (kind, attention) = kind(message);
        Self::new(kind, attention, execution, about)
    }

    /// Those of a message that goes to those above.
    pub(crate) fn of_escalation(execution: &str, about: &About) -> Self {
        Self::new("Escalation", Attention::Act, execution, about)
    }

    /// Those of a question: `Question`, or `Reminder` where it is brought back to mind.
    pub(crate) fn of_question(
        question: &Question,
        occasion: Occasion,
        execution: &str,
        about: &About,
    ) -> Self {
        let kind = match occasion {
            Occasion::First => "Question",
            Occasion::Reminder => "Reminder",
        };
        let attention = match question {
            Question::Contain { .. } | Question::Remediate { .. } => Attention::Decide,
            Question::Undo { .. } => Attention::None,
        };
        let mut attributes = Self::new(kind, attention, execution, about);
        attributes.say("question", question.name());
        attributes
    }

    fn new(kind: &str, attention: Attention, execution: &str, about: &About) -> Self {
        let mut attributes = Self::default();
        attributes.say("workflow", execution.split(':').nth(6).unwrap_or_default());
        attributes.say("kind", kind);
        attributes.say("attention", attention.word());
        attributes.say("case", about.case_id.unwrap_or_default());
        if let Some(finding) = about.finding {
            attributes.say("account", &finding.account);
            attributes.say("region", &finding.region);
            let severity = (finding.severity * 100.0).round() / 100.0;
            attributes.severity =
                (severity.is_finite() && severity > 0.0 && severity < 1e9).then_some(severity);
        }
        if let Some(environment) = about.context.and_then(|context| context.environment.as_deref()) {
            attributes.say("environment", environment);
        }
        attributes
    }

    fn say(&mut self, name: &'static str, value: &str) {
        let value = plain(value);
        if !value.is_empty() {
            self.texts.push((name, value));
        }
    }
}

/// A value that means nothing to whatever reads it: each run of other characters becomes one `_`.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    for c in text.chars().take(LONGEST) {
        if c.is_ascii_alphanumeric() || "-_.:/@+=".contains(c) {
            plain.push(c);
        } else if !plain.ends_with('_') {
            plain.push('_');
        }
    }
    plain.trim_matches('_').to_owned()
}

/// A message's name, and what its reader has to do.
fn kind(message: &Message) -> (&'static str, Attention) {
    match message {
        Message::Opened { .. } => ("Opened", Attention::None),
        Message::Planned { .. } => ("Planned", Attention::None),
        Message::Safe { .. } => ("Safe", Attention::None),
        Message::HandedOver { .. } => ("HandedOver", Attention::Act),
        Message::NotAnswered { .. } => ("NotAnswered", Attention::Act),
        Message::Denied { .. } => ("Denied", Attention::None),
        Message::Contained { .. } => ("Contained", Attention::None),
        Message::Remediated { .. } => ("Remediated", Attention::None),
        Message::PutBack { .. } => ("PutBack", Attention::Act),
        Message::FoughtBack { .. } => ("FoughtBack", Attention::Act),
        Message::NotWrittenBack { .. } => ("NotWrittenBack", Attention::Act),
        Message::UndoNotOffered { .. } => ("UndoNotOffered", Attention::Act),
        Message::Restored { .. } => ("Restored", Attention::None),
        Message::Kept { .. } => ("Kept", Attention::None),
        Message::StaysRemediated { .. } => ("StaysRemediated", Attention::None),
        Message::UndoFailed { .. } => ("UndoFailed", Attention::Act),
        Message::Failed { .. } => ("Failed", Attention::Act),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::finding;
    use contract::Context;
    use contract::tasks::notify::Trouble;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_value_is_plain() {
        for (hostile, value) in [
            ("production", "production"),
            ("Prod (eu west)", "Prod_eu_west"),
            ("prod\", \"severity\": [0]\r\n\u{202e}", "prod_severity_:_0"),
            ("<script>", "script"),
            ("caf\u{e9}", "caf"),
            ("\u{1f525}\u{200b} ", ""),
        ] {
            assert_eq!(plain(hostile), value);
        }
    }

    /// All that a subscription can filter by, for the message with the most of it.
    #[test]
    fn a_message_says_whom_it_is_for() {
        let context: Context = serde_json::from_value(json!({
            "instance": {"kind": "NotNamed"}, "role": {"kind": "NotARole"}, "otherInstances": [],
            "otherInstanceCount": 0, "environment": "Prod \"eu\"\n", "remarks": []
        }))
        .unwrap();
        let finding = finding();
        let about = About {
            case_id: Some("4f1b2c3d4e5f"),
            finding: Some(&finding),
            context: Some(&context),
            plan: None,
            link: String::new(),
            page: None,
        };
        let execution = "arn:aws:states:us-east-1:123456789012:execution:credential-exfiltration:run-1";
        let of = Attributes::of_question(
            &Question::Contain { reasons: vec![] },
            Occasion::First,
            execution,
            &about,
        );
        let expected = [
            ("workflow", "credential-exfiltration"),
            ("kind", "Question"),
            ("attention", "decide"),
            ("case", "4f1b2c3d4e5f"),
            ("account", "123456789012"),
            ("region", "us-east-1"),
            ("environment", "Prod_eu"),
            ("question", "contain"),
        ];
        assert_eq!(of.texts, expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(of.severity, Some(8.0));
        assert!(of.texts.len() < 10, "with the severity, no more than raw delivery takes");
        let unread = About { case_id: None, finding: None, context: None, ..about };
        let trouble = Trouble {
            name: "CaseNotOpened".to_owned(),
            state: String::new(),
            error: String::new(),
            cause: String::new(),
        };
        let of = Attributes::of_message(&Message::Failed { trouble, before: None }, execution, &unread);
        let expected = [("workflow", "credential-exfiltration"), ("kind", "Failed"), ("attention", "act")];
        assert_eq!(of.texts, expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(of.severity, None);
    }

    proptest! {
        #[test]
        fn whatever_an_event_says_is_plain_and_short(text in ".{0,400}") {
            let value = plain(&text);
            prop_assert!(value.len() <= LONGEST);
            prop_assert!(value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/@+=".contains(c)));
        }
    }
}
