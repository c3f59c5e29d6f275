//! The attributes of a message, by which the filter policy of a subscription chooses messages.
//!
//! Limits of SNS: a queue with raw delivery drops a message with more than ten attributes, a value must not be empty, and
//! filter policies compare numbers with five decimals. Source: SNS, "Message attributes", "Filter policy constraints". A
//! value consists of letters, digits and `-_.:/@+=` alone, also if the event has others: it cannot end a string of JSON, or
//! look like another attribute.

use super::{CaseDetails, Round};
use contract::{CaseStatus, Message, Question};

/// The longest value, in characters.
const LONGEST: usize = 128;

/// What the reader of a message has to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attention {
    /// Nothing.
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
    /// `severity`, as the source of the finding rates it.
    pub(crate) severity: Option<f64>,
}

impl Attributes {
    /// The attributes of a message.
    pub(crate) fn of_message(message: &Message, execution: &str, details: &CaseDetails) -> Self {
        let (kind, attention) = kind(message);
        Self::new(kind, attention, execution, details)
    }

    /// The attributes of a message that is escalated.
    pub(crate) fn of_escalation(execution: &str, details: &CaseDetails) -> Self {
        Self::new("Escalation", Attention::Act, execution, details)
    }

    /// The attributes of a question: its kind is `Question`, or `Reminder` if people are reminded of it.
    pub(crate) fn of_question(
        question: &Question,
        round: Round,
        execution: &str,
        details: &CaseDetails,
    ) -> Self {
        let kind = match round {
            Round::First => "Question",
            Round::Reminder => "Reminder",
        };
        let attention = match question {
            Question::Change { .. } => Attention::Decide,
            Question::Undo { .. } => Attention::None,
        };
        let mut attributes = Self::new(kind, attention, execution, details);
        attributes.add("question", question.name());
        attributes
    }

    fn new(kind: &str, attention: Attention, execution: &str, details: &CaseDetails) -> Self {
        let mut attributes = Self::default();
        attributes.add("workflow", execution.split(':').nth(6).unwrap_or_default());
        attributes.add("kind", kind);
        attributes.add("attention", attention.word());
        attributes.add("case", details.case_id.unwrap_or_default());
        if let Some(finding) = details.finding {
            attributes.add("account", &finding.account);
            attributes.add("region", &finding.region);
            let severity = (finding.severity * 100.0).round() / 100.0;
            attributes.severity =
                (severity.is_finite() && severity > 0.0 && severity < 1e9).then_some(severity);
        }
        if let Some(environment) = details.environment() {
            attributes.add("environment", environment);
        }
        attributes
    }

    fn add(&mut self, name: &'static str, value: &str) {
        let value = plain(value);
        if !value.is_empty() {
            self.texts.push((name, value));
        }
    }
}

/// A value that no reader interprets: each run of other characters becomes one `_`.
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

/// The name of a message's kind, and what its reader has to do.
fn kind(message: &Message) -> (&'static str, Attention) {
    match message {
        Message::Opened { .. } => ("Opened", Attention::None),
        Message::Planned { .. } => ("Planned", Attention::None),
        Message::Nothing => ("Nothing", Attention::None),
        Message::HandedOver { .. } => ("HandedOver", Attention::Act),
        Message::NotAnswered { .. } => ("NotAnswered", Attention::Act),
        Message::Denied { .. } => ("Denied", Attention::None),
        Message::Changed { .. } => ("Changed", Attention::None),
        Message::ChangedAgain { .. } => ("ChangedAgain", Attention::Act),
        Message::Lost { .. } => ("Lost", Attention::Act),
        Message::NotWrittenBack { .. } => ("NotWrittenBack", Attention::Act),
        Message::UndoNotOffered { .. } => ("UndoNotOffered", Attention::Act),
        Message::Restored { .. } => ("Restored", Attention::None),
        Message::Kept { .. } => ("Kept", Attention::None),
        Message::GoesOn { ended: CaseStatus::HandedOver, .. } => ("GoesOn", Attention::Act),
        Message::GoesOn { .. } => ("GoesOn", Attention::None),
        Message::Joined { .. } => ("Joined", Attention::Act),
        Message::UndoFailed { .. } => ("UndoFailed", Attention::Act),
        Message::Failed { .. } => ("Failed", Attention::Act),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::samples::{EXECUTION, contained, finding, looked, policy, trouble};
    use contract::{Context, Looked};
    use proptest::prelude::*;
    use serde_json::Value;

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

    /// Everything that a subscription can filter by, for the message with the most attributes.
    #[test]
    fn a_message_has_the_attributes_that_filters_use() {
        let environment = Some("Prod \"eu\"\n".to_owned());
        let looked = Looked { context: Context { environment, ..Context::default() }, ..looked() };
        let finding = finding();
        let details = CaseDetails {
            case_id: Some("4f1b2c3d4e5f"),
            finding: Some(&finding),
            looked: Some(&looked),
            link: String::new(),
            page: None,
            since: None,
            requested: None,
        };
        let of = |question: &Question| Attributes::of_question(question, Round::First, EXECUTION, &details);
        let change = of(&Question::Change { reasons: vec![] });
        let expected = [
            ("workflow", "a-response"),
            ("kind", "Question"),
            ("attention", "decide"),
            ("case", "4f1b2c3d4e5f"),
            ("account", "123456789012"),
            ("region", "us-east-1"),
            ("environment", "Prod_eu"),
            ("question", "change"),
        ];
        assert_eq!(change.texts, expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(change.severity, Some(8.0));
        assert!(change.texts.len() < 10, "with the severity, no more than raw delivery accepts");
        let undo = of(&Question::Undo { recorded: Box::new(contained()) });
        assert!(undo.texts.contains(&("question", "undo".to_owned())));
        assert!(undo.texts.contains(&("attention", "none".to_owned())));
        let unread = CaseDetails { case_id: None, finding: None, looked: None, ..details };
        let message = Message::Failed { trouble: trouble("CaseNotOpened"), recorded: None };
        let of = Attributes::of_message(&message, EXECUTION, &unread);
        let expected = [("workflow", "a-response"), ("kind", "Failed"), ("attention", "act")];
        assert_eq!(of.texts, expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(of.severity, None);
    }

    #[test]
    fn the_kind_is_the_name_of_the_variant() {
        for (_, message) in policy::messages("") {
            let written: Value = serde_json::to_value(&message).unwrap();
            assert_eq!(written["kind"], kind(&message).0);
        }
    }

    proptest! {
        #[test]
        fn whatever_an_event_has_in_it_the_value_is_plain_and_short(text in ".{0,400}") {
            let value = plain(&text);
            prop_assert!(value.len() <= LONGEST);
            prop_assert!(value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/@+=".contains(c)));
        }
    }
}
