//! A message under construction: its subject, and sections in the order in which they are wanted.

use crate::words::facts;
use crate::words::message::{About, Mail};
use crate::words::text::{line, subject};
use contract::Plan;
use contract::tasks::check_guardrails::Reason;
use contract::tasks::notify::Trouble;

/// What a message is marked with, so that nobody takes it for one of many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    None,
    Reminder,
    Escalation,
}

impl Mark {
    /// What the subject begins with.
    fn title(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Reminder => "Reminder: ",
            Self::Escalation => "ESCALATION: ",
        }
    }

    /// What the body begins with.
    pub(super) fn opening(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Reminder => "Nobody has decided yet. ",
            Self::Escalation => "Those who were asked did not decide, so it comes to you. ",
        }
    }
}

/// A message under construction: a title, a first sentence, and sections in the order in which they are wanted.
pub(super) struct Letter<'a> {
    about: &'a About<'a>,
    mark: Mark,
    subject: String,
    body: String,
}

impl<'a> Letter<'a> {
    pub(super) fn new(about: &'a About<'a>, mark: Mark) -> Self {
        Self { about, mark, subject: String::new(), body: String::new() }
    }

    pub(super) fn title(&mut self, what: &str, who: &str) {
        let case = self.about.case_id.map(|case| format!(" {case}")).unwrap_or_default();
        let environment = self.about.context.and_then(|context| context.environment.as_deref());
        let environment = environment.map(|name| format!(" ({})", line(name, 24))).unwrap_or_default();
        let mark = self.mark.title();
        self.subject = subject(&format!("[redress{case}] {mark}{what}: {who}{environment}"));
    }

    pub(super) fn say(&mut self, sentence: &str) {
        let mut letters = sentence.chars();
        self.body.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        self.body.push_str(letters.as_str());
        self.body.push('\n');
    }

    pub(super) fn next(&mut self, sentence: &str) {
        self.section("What happens now", vec![sentence.to_owned()]);
    }

    pub(super) fn section(&mut self, title: &str, lines: Vec<String>) {
        self.body.push_str(&format!("\n{title}\n"));
        for text in lines {
            self.body.push_str(&format!("  {text}\n"));
        }
    }

    /// A section of commands, which are for the account of the finding.
    pub(super) fn by_hand(&mut self, title: &str, commands: Vec<String>) {
        match self.about.finding {
            Some(finding) => self.section(&format!("{title}, in the account {}", finding.account), commands),
            None => self.section(title, commands),
        }
    }

    /// A section, if there is something in it.
    pub(super) fn section_of(&mut self, title: &str, lines: Vec<String>) {
        if !lines.is_empty() {
            self.section(title, lines);
        }
    }

    /// A section on how to answer: on the page, where there is one, or with these commands.
    pub(super) fn answer(&mut self, title: &str, mut lines: Vec<String>) {
        if let Some(page) = &self.about.page {
            lines.insert(0, page.clone());
        }
        self.section(title, lines);
    }

    pub(super) fn reasons(&mut self, title: &str, reasons: &[Reason]) {
        let lines: Vec<String> = reasons
            .iter()
            .map(|reason| format!("{}: {}", line(&reason.guardrail, 64), line(&reason.message, 1000)))
            .collect();
        self.section(
            title,
            if lines.is_empty() { vec!["Nothing speaks against it.".to_owned()] } else { lines },
        );
    }

    pub(super) fn plan(&mut self, plan: &Plan) {
        self.section_of("What is dangerous", facts::dangers(plan));
        if let Some((effect, diff)) = facts::change(plan) {
            self.section("The change", [effect].into_iter().chain(diff.lines().map(str::to_owned)).collect());
        }
        self.section_of("Whom it hits", rows(facts::blast(&plan.blast)));
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

    pub(super) fn finish(mut self) -> Mail {
        if let Some(plan) = self.about.plan {
            self.plan(plan);
        }
        if let Some(finding) = self.about.finding {
            self.section("The finding", rows(facts::finding(finding)));
        }
        if let Some(context) = self.about.context {
            self.section("What is known", rows(facts::context(context)));
        }
        self.section("The run", vec![self.about.link.clone()]);
        Mail { subject: self.subject, body: self.body }
    }
}

/// What a task's error says. Step Functions hands a Lambda's error on as JSON.
fn cause(text: &str) -> String {
    let parsed: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let message =
        parsed.as_ref().and_then(|value| value.get("errorMessage")).and_then(serde_json::Value::as_str);
    message.unwrap_or(text).to_owned()
}

fn rows(facts: Vec<facts::Fact>) -> Vec<String> {
    facts.into_iter().map(|(name, value)| format!("{name:<12} {value}")).collect()
}
