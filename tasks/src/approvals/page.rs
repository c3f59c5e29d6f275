//! The pages: one for a question, one for each way that it can stand, one for a refusal. Plain HTML, without script and
//! without anything that is fetched.

use super::html::Html;
use super::people::Person;
use super::{Approval, form};
use crate::words::facts::{self, Fact};
use crate::words::text::line;
use contract::tasks::check_guardrails::Reason;
use contract::{Decision, Plan, Question, Recorded};
use jiff::Timestamp;

/// The longest reason that the form takes, in characters.
pub(super) const LONGEST_REASON: usize = 1000;

/// The one style of all pages.
pub(super) const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff;margin:0}main{max-width:44rem;margin:0 auto;padding:1.5rem}h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.15rem;margin-top:2rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:0}dt{color:#57606a}dd{margin:0;overflow-wrap:anywhere}pre{font:14px/1.45 ui-monospace,monospace;overflow:auto;border:1px solid #8c959f;border-radius:6px;padding:1rem}ins{text-decoration:none;color:#116329}del{text-decoration:none;color:#a40e26}fieldset{border:1px solid #8c959f;border-radius:6px;padding:1rem;margin:0 0 1rem}label{display:block;margin:.25rem 0}textarea{box-sizing:border-box;width:100%;font:inherit;padding:.5rem}button{font:inherit;font-weight:600;padding:.5rem 1.5rem;border:1px solid #0a3069;border-radius:6px;color:#fff;background:#0a3069}@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}dt{color:#9198a1}ins{color:#7ee787}del{color:#ffa198}button{border-color:#1f6feb;background:#1f6feb}}";

/// The hash of the style, as a content security policy names it. A test computes it.
pub(super) const STYLE_HASH: &str = "sha256-KVZ374Sh6nLtig79XlTiOnTY/ZHUWZTirlQZ0Lt0sGw=";

/// A page: a title, which is also its heading, and what stands below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    title: String,
    body: Html,
}

impl Page {
    /// A page with one sentence, or a few.
    pub(super) fn saying(title: &str, sentence: &str) -> Self {
        Self { title: title.to_owned(), body: Html::new().markup("<p>").text(sentence).markup("</p>\n") }
    }

    pub(super) fn into_string(self) -> String {
        let title = line(&self.title, 200);
        Html::new()
            .markup("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .markup("<meta name=\"robots\" content=\"noindex, nofollow\">\n<title>")
            .text(&title)
            .markup(" - Redress</title>\n<style>")
            .markup(STYLE)
            .markup("</style>\n</head>\n<body>\n<main>\n<h1>")
            .text(&title)
            .markup("</h1>\n")
            .html(&self.body)
            .markup("</main>\n</body>\n</html>\n")
            .into_string()
    }
}

/// An open question, with the form that answers it.
pub(super) fn question(approval: &Approval, person: &Person, now: Timestamp) -> Page {
    let who = facts::who(approval.finding.as_ref());
    let (title, without) = match &approval.question {
        Question::Contain { .. } => (
            format!("Shall everything be denied to {who}?"),
            "Without an answer nothing is changed, and the case goes to people.",
        ),
        Question::Remediate { .. } => (
            format!("Shall {who} be changed?"),
            "Without an answer nothing is changed, and the case goes to people.",
        ),
        Question::Undo { before: Recorded::Role(_) } => (
            format!("Shall the containment of {who} be taken back?"),
            "Without an answer the role stays contained.",
        ),
        Question::Undo { before: Recorded::Policy(_) } => {
            (format!("Shall the change of {who} be taken back?"), "Without an answer the change stays.")
        }
    };
    let mut body = Html::new()
        .markup("<p>Case ")
        .text(&approval.case_id)
        .markup(". This question stands until <strong>")
        .text(&approval.expires_at)
        .markup("</strong>. ")
        .markup(without)
        .markup("</p>\n");
    body = match &approval.question {
        Question::Contain { reasons } => {
            let containment = facts::containment(approval.context.as_ref());
            let body = body.markup("<h2>What would happen</h2>\n<p>").text(containment).markup("</p>\n");
            list(body, WHY, asked_because(reasons))
        }
        Question::Remediate { reasons, plan } => list(planned(body, plan), WHY, asked_because(reasons)),
        Question::Undo { before: Recorded::Role(before) } => body
            .markup("<h2>What would happen</h2>\n<p>The inline policy ")
            .text(&before.policy_name)
            .markup(" would be removed from the role, and nothing else. The role is read again afterwards. If somebody has changed the policy since, nothing is removed.</p>\n"),
        Question::Undo { before: Recorded::Policy(before) } => body
            .markup("<h2>What would happen</h2>\n<p>What was there at ")
            .text(&before.taken_at)
            .markup(" would be put back, and nothing else. It is read again afterwards. If somebody has changed it since, nothing is put back.</p>\n"),
    };
    body = approvals(body, approval);
    if let Some(finding) = &approval.finding {
        body = table(body, "<h2>The finding</h2>\n", facts::finding(finding));
    }
    if let Some(context) = &approval.context {
        body = table(body, "<h2>What is known</h2>\n", facts::context(context));
    }
    body = body.markup("<h2>The run</h2>\n<p>").text(&approval.link).markup("</p>\n");
    Page { title, body: body.html(&form(approval, person, now)) }
}

const WHY: &str = "<h2>Why you are asked</h2>\n";

fn asked_because(reasons: &[Reason]) -> Vec<String> {
    let because =
        |reason: &Reason| format!("{}: {}", line(&reason.guardrail, 64), line(&reason.message, 1000));
    reasons.iter().map(because).collect()
}

/// What is dangerous, the difference of the documents, and whom the change hits.
fn planned(body: Html, plan: &Plan) -> Html {
    let mut body = list(body, "<h2>What is dangerous</h2>\n", facts::dangers(plan));
    if let Some((effect, diff)) = facts::change(plan) {
        body = body.markup("<h2>The change</h2>\n<p>").text(&effect).markup("</p>\n");
        if !diff.is_empty() {
            body = body.markup(
                "<pre tabindex=\"0\" role=\"region\" aria-label=\"The difference of the documents\">",
            );
            body = body.each(diff.lines(), |html, text| {
                let (start, end) = match text.chars().next() {
                    Some('-') => ("<del>", "</del>\n"),
                    Some('+') => ("<ins>", "</ins>\n"),
                    _ => ("", "\n"),
                };
                html.markup(start).text(text).markup(end)
            });
            body = body.markup("</pre>\n");
        }
    }
    let hits = facts::blast(&plan.blast);
    if hits.is_empty() { body } else { table(body, "<h2>Whom it hits</h2>\n", hits) }
}

fn form(approval: &Approval, person: &Person, now: Timestamp) -> Html {
    let choices = approval.question.decisions();
    let html = Html::new()
        .markup("<h2>Your decision</h2>\n<p>You decide as <strong>")
        .text(&person.plain())
        .markup("</strong>. Your name and your reason go on record.</p>\n<form method=\"post\" action=\"")
        .text(&approval.approval_id)
        .markup("\">\n<input type=\"hidden\" name=\"token\" value=\"")
        .text(&form::token(approval, person, now))
        .markup("\">\n<fieldset>\n<legend>Decision</legend>\n");
    let html = html.each(choices, |html, decision| {
        html.markup("<label><input type=\"radio\" name=\"decision\" required value=\"")
            .text(decision.word())
            .markup("\"> ")
            .text(meaning(&approval.question, decision))
            .markup("</label>\n")
    });
    html.markup("</fieldset>\n<label for=\"reason\">Why (required, at most 1000 characters)</label>\n")
        .markup(
            "<textarea id=\"reason\" name=\"reason\" rows=\"3\" maxlength=\"1000\" required></textarea>\n",
        )
        .markup("<p><button type=\"submit\">Decide</button></p>\n</form>\n")
}

/// What a decision does, as the form says it.
fn meaning(question: &Question, decision: Decision) -> &'static str {
    match (question, decision) {
        (Question::Remediate { .. }, Decision::Approve) => "Approve: make the change",
        (_, Decision::Approve) => "Approve: deny everything to the role",
        (Question::Undo { before: Recorded::Policy(_) }, Decision::Undo) => "Undo: take the change back",
        (_, Decision::Undo) => "Undo: take the containment back",
        (Question::Contain { .. } | Question::Remediate { .. }, Decision::Deny) => "Deny: change nothing",
        (Question::Undo { before: Recorded::Policy(_) }, Decision::Deny) => "Deny: the change stays",
        (Question::Undo { .. }, Decision::Deny) => "Deny: the role stays contained",
    }
}

/// A question that was decided.
pub(super) fn decided(approval: &Approval, title: &str) -> Page {
    let body = Html::new().markup("<p>Case ").text(&approval.case_id).markup(".</p>\n");
    let body = match &approval.answer {
        None => body,
        Some(answer) => table(
            body,
            "<h2>The decision</h2>\n",
            vec![
                ("Decision", meaning(&approval.question, answer.decision).to_owned()),
                ("By", line(&answer.by, 600)),
                ("At", answer.at.clone()),
                ("Why", line(&answer.reason, 2200)),
            ],
        ),
    };
    let body = body.markup("<h2>The run</h2>\n<p>").text(&approval.link).markup("</p>\n");
    Page { title: title.to_owned(), body }
}

/// A question that one person has approved, and another must.
pub(super) fn counted(approval: &Approval, title: &str) -> Page {
    let body = Html::new()
        .markup("<p>Case ")
        .text(&approval.case_id)
        .markup(". Nothing has happened yet: somebody else must say the same until <strong>")
        .text(&approval.expires_at)
        .markup("</strong>. Send them the address of this page.</p>\n");
    Page { title: title.to_owned(), body: approvals(body, approval) }
}

/// A question that nobody answered in time.
pub(super) fn expired(approval: &Approval) -> Page {
    let without = match &approval.question {
        Question::Contain { .. } | Question::Remediate { .. } => {
            "nothing was changed by it, and the case went to people"
        }
        Question::Undo { before: Recorded::Role(_) } => "the role stays contained",
        Question::Undo { before: Recorded::Policy(_) } => "the change stays",
    };
    let sentence = format!(
        "The question of case {} stood until {}. Nobody answered in time: {without}.",
        approval.case_id, approval.expires_at
    );
    Page::saying("This question has expired", &sentence)
}

/// Who has said yes, where several must.
fn approvals(body: Html, approval: &Approval) -> Html {
    if approval.needed < 2 {
        return body;
    }
    let body = body
        .markup("<h2>Approvals</h2>\n<p>Two different people must say yes; one is enough to say no. ")
        .text(&format!("{} of {} have said yes.", approval.approvals.len(), approval.needed))
        .markup("</p>\n");
    let said = approval.approvals.iter();
    let said = said.map(|said| format!("{} at {}: {}", said.by, said.at, line(&said.reason, 1000)));
    list(body, "", said.collect())
}

fn table(body: Html, heading: &'static str, rows: Vec<Fact>) -> Html {
    body.markup(heading)
        .markup("<dl>\n")
        .each(rows, |html, (name, value)| {
            html.markup("<dt>").text(name).markup("</dt><dd>").text(&value).markup("</dd>\n")
        })
        .markup("</dl>\n")
}

/// A list, if there is something in it.
fn list(body: Html, heading: &'static str, items: Vec<String>) -> Html {
    if items.is_empty() {
        return body;
    }
    body.markup(heading)
        .markup("<ul>\n")
        .each(items, |html, item| html.markup("<li>").text(&item).markup("</li>\n"))
        .markup("</ul>\n")
}
