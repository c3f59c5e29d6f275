//! A message under construction: a subject, a first sentence, and sections in the order in which they are added.

use super::{CaseDetails, Email, facts};
use crate::text::{command, line, subject, without_domains};
use contract::steps::check_guardrails::Reason;
use contract::{Fact, Trouble};

/// The mark of a message that must not be taken for one of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    Reminder,
    Escalation,
    /// It could not be sent to the team.
    Instead,
}

impl Mark {
    /// The start of the subject.
    fn subject(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Reminder => "Reminder: ",
            Self::Escalation => "ESCALATION: ",
            Self::Instead => "NOT SENT TO THE TEAM: ",
        }
    }

    /// The start of the body.
    pub(super) fn opening(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Reminder => "Nobody has decided yet. ",
            Self::Escalation => "The people who were asked did not decide, so it comes to you. ",
            Self::Instead => {
                "This message could not be sent to the security team's topic, so it comes to you."
            }
        }
    }
}

/// A message under construction.
pub(super) struct MessageBuilder<'a> {
    details: &'a CaseDetails<'a>,
    mark: Mark,
    subject: String,
    body: String,
}

impl<'a> MessageBuilder<'a> {
    pub(super) fn new(details: &'a CaseDetails<'a>, mark: Mark) -> Self {
        Self { details, mark, subject: String::new(), body: String::new() }
    }

    /// Sets the subject: what happened, and to what.
    pub(super) fn title(&mut self, what: &str, target: &str) {
        let case = self.details.case_id.map(|case| format!(" {case}")).unwrap_or_default();
        let environment = self.details.environment();
        let environment = environment.map(|name| format!(" ({})", line(name, 24))).unwrap_or_default();
        let mark = self.mark.subject();
        let about = without_domains(&format!("{target}{environment}"));
        self.subject = subject(&format!("[redress{case}] {mark}{what}: {about}"));
    }

    pub(super) fn say(&mut self, sentence: &str) {
        self.body.push_str(&without_domains(&capitalized(sentence)));
        self.body.push('\n');
    }

    /// Adds a section, if it has any lines. No domain in it is a link.
    pub(super) fn section(&mut self, title: &str, lines: Vec<String>) {
        self.verbatim(title, lines.iter().map(|text| without_domains(text)).collect());
    }

    /// Adds a section of commands and of our own links.
    fn verbatim(&mut self, title: &str, lines: Vec<String>) {
        if lines.is_empty() {
            return;
        }
        self.body.push_str(&format!("\n{title}\n"));
        for text in lines {
            self.body.push_str(&format!("  {text}\n"));
        }
    }

    /// Adds a section of commands for the account of the finding.
    pub(super) fn by_hand(&mut self, title: &str, commands: &[String]) {
        let commands = commands.iter().map(|text| command(text)).collect();
        match self.details.finding {
            Some(finding) => {
                self.verbatim(&format!("{title}, in the account {}", line(&finding.account, 64)), commands);
            }
            None => self.verbatim(title, commands),
        }
    }

    /// Adds a section on how to answer: on the page, if there is one, or with these commands.
    pub(super) fn answer(&mut self, title: &str, mut lines: Vec<String>) {
        let is_command = |text: &str| text.starts_with("redress ");
        for text in lines.iter_mut().filter(|text| !is_command(text)) {
            *text = without_domains(text);
        }
        if let Some(page) = &self.details.page {
            lines.insert(0, page.clone());
        }
        self.verbatim(title, lines);
    }

    pub(super) fn reasons(&mut self, title: &str, reasons: &[Reason]) {
        let mut lines = facts::reasons(reasons);
        if lines.is_empty() {
            lines.push("No guardrail speaks against it.".to_owned());
        }
        self.section(title, lines);
    }

    /// Adds the dangers, and the planned change with its consequences.
    pub(super) fn plan(&mut self) {
        let Some(looked) = self.details.looked else { return };
        self.section("What is dangerous", facts::dangers(looked));
        if let Some(proposal) = facts::proposal(Some(looked)) {
            let mut change = vec![facts::sentence(&proposal.effect)];
            change.extend(facts::diff(proposal).lines().map(str::to_owned));
            self.section("The change", change);
            self.section("Who is affected", rows(facts::hits(proposal)));
        }
    }

    pub(super) fn trouble(&mut self, trouble: &Trouble) {
        self.section(
            "What happened",
            vec![
                format!("{} in the state \"{}\"", line(&trouble.error, 128), line(&trouble.state, 128)),
                line(&cause(&trouble.cause), 2000),
            ],
        );
    }

    pub(super) fn finish(mut self) -> Email {
        if let Some(finding) = self.details.finding {
            self.section("The finding", rows(facts::finding(finding)));
        }
        if let Some(looked) = self.details.looked {
            self.section("What is known", rows(facts::context(&looked.context)));
        }
        self.verbatim("The run", vec![self.details.link.clone()]);
        Email { subject: self.subject, body: self.body }
    }
}

/// The text with a capital at its start.
pub(super) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// The message of a task's error. Step Functions passes a Lambda's error on as JSON.
fn cause(text: &str) -> String {
    let parsed: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let message =
        parsed.as_ref().and_then(|value| value.get("errorMessage")).and_then(serde_json::Value::as_str);
    message.unwrap_or(text).to_owned()
}

fn rows(facts: Vec<Fact>) -> Vec<String> {
    facts.into_iter().map(|fact| format!("{:<12} {}", fact.name, fact.value)).collect()
}
