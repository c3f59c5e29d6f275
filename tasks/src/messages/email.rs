//! What every message consists of, and what it is about.

use contract::{Finding, Looked};

/// A message as SNS accepts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Email {
    /// ASCII, fewer than 100 characters.
    pub(crate) subject: String,
    pub(crate) body: String,
}

/// Whether a question is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Round {
    /// People are asked for the first time.
    First,
    /// The question is about to expire, and nobody has answered.
    Reminder,
}

/// The case that a message is about, as far as it is known.
#[derive(Clone)]
pub(crate) struct CaseDetails<'a> {
    pub(crate) case_id: Option<&'a str>,
    pub(crate) finding: Option<&'a Finding>,
    pub(crate) looked: Option<&'a Looked>,
    /// The address of the execution in the console.
    pub(crate) link: String,
    /// The address of the page on which the question can be answered, if there is one.
    pub(crate) page: Option<String>,
    /// Who asked for the question after the window had passed, and why, in one sentence.
    pub(crate) requested: Option<String>,
    /// What has arrived in the case since people were told, in one sentence.
    pub(crate) since: Option<String>,
}

impl CaseDetails<'_> {
    /// The value of the target's environment tag.
    pub(super) fn environment(&self) -> Option<&str> {
        self.looked.and_then(|looked| looked.context.environment.as_deref())
    }
}

/// The address of an execution. The template may have `{execution}` (its ARN), `{name}` and `{region}` in it.
pub(crate) fn link(template: &str, execution: &str) -> String {
    let part = |n: usize| execution.split(':').nth(n).unwrap_or_default();
    template.replace("{execution}", execution).replace("{name}", part(7)).replace("{region}", part(3))
}

/// The address of the page of a question. The template has `{id}` in it; without a page it is empty.
pub(crate) fn page(template: &str, approval_id: &str) -> Option<String> {
    (!template.is_empty()).then(|| template.replace("{id}", approval_id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_the_execution() {
        let arn = "arn:aws:states:eu-west-1:123456789012:execution:a-response:run-1";
        assert_eq!(
            link("https://{region}.console/{execution}", arn),
            format!("https://eu-west-1.console/{arn}")
        );
        assert_eq!(link("redress show {name}", arn), "redress show run-1");
    }

    #[test]
    fn without_a_template_there_is_no_page() {
        assert_eq!(page("", "0123"), None);
        assert_eq!(page("https://a.example/{id}", "0123").as_deref(), Some("https://a.example/0123"));
    }
}
