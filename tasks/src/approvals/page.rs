//! The pages: one for an open question, one for each other state of a question, and one for a refusal. Plain HTML
//! without scripts, which fetches nothing.

use super::html::Html;
use super::people::Person;
use super::{Approval, form};
use crate::messages::compose::may_it_be_changed;
use crate::messages::facts;
use crate::text::line;
use contract::{Decision, Fact, Proposal, Question, Words};
use jiff::Timestamp;

/// The longest reason, in characters.
pub(super) const LONGEST_REASON: usize = 1000;

/// The one style of all pages.
pub(super) const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff;margin:0}main{max-width:44rem;margin:0 auto;padding:1.5rem}h1{font-size:1.6rem;line-height:1.25}h2{font-size:1.15rem;margin-top:2rem}dl{display:grid;grid-template-columns:max-content 1fr;gap:.25rem 1rem;margin:0}dt{color:#57606a}dd{margin:0;overflow-wrap:anywhere}pre{font:14px/1.45 ui-monospace,monospace;overflow:auto;border:1px solid #8c959f;border-radius:6px;padding:1rem}ins{text-decoration:none;color:#116329}del{text-decoration:none;color:#a40e26}fieldset{border:1px solid #8c959f;border-radius:6px;padding:1rem;margin:0 0 1rem}label{display:block;margin:.25rem 0}textarea{box-sizing:border-box;width:100%;font:inherit;padding:.5rem}button{font:inherit;font-weight:600;padding:.5rem 1.5rem;border:1px solid #0a3069;border-radius:6px;color:#fff;background:#0a3069}@media(prefers-color-scheme:dark){body{color:#e6edf3;background:#0d1117}dt{color:#9198a1}ins{color:#7ee787}del{color:#ffa198}button{border-color:#1f6feb;background:#1f6feb}}";

/// The hash of the style for the content security policy. A test computes it.
pub(super) const STYLE_HASH: &str = "sha256-KVZ374Sh6nLtig79XlTiOnTY/ZHUWZTirlQZ0Lt0sGw=";

/// A page: a title, which is also its heading, and a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    title: String,
    body: Html,
}

impl Page {
    /// A page with a few sentences.
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
    let looked = approval.looked.as_ref();
    let target = facts::target(approval.finding.as_ref(), looked);
    let (title, default) = match &approval.question {
        Question::Change { .. } => {
            (may_it_be_changed(&target, looked), "nothing is changed, and the case goes to people".to_owned())
        }
        Question::Undo { recorded } => {
            (format!("Shall the change of {target} be taken back?"), facts::clause(&recorded.words.stays))
        }
    };
    let mut body = Html::new()
        .markup("<p>Case ")
        .text(&approval.case_id)
        .markup(". This question is open until <strong>")
        .text(&approval.expires_at)
        .markup("</strong>. Without an answer ")
        .text(&default)
        .markup(".</p>\n");
    body = match &approval.question {
        Question::Change { reasons } => {
            let dangers = looked.map(facts::dangers).unwrap_or_default();
            body = list(body, "<h2>What is dangerous</h2>\n", dangers);
            if let Some(proposal) = facts::proposal(looked) {
                body = change(body, proposal);
            }
            list(body, "<h2>Why you are asked</h2>\n", facts::reasons(reasons))
        }
        Question::Undo { recorded } => {
            let requested = approval.requested.iter().map(|requested| line(&requested.sentence(), 1500));
            undo(list(body, "<h2>Why you are asked</h2>\n", requested.collect()), &recorded.words)
        }
    };
    body = approvals(body, approval);
    body = list(body, "<h2>Who may not decide</h2>\n", barred(approval));
    if let Some(finding) = &approval.finding {
        body = table(body, "<h2>The finding</h2>\n", facts::finding(finding));
    }
    if let Some(looked) = looked {
        body = table(body, "<h2>What is known</h2>\n", facts::context(&looked.context));
    }
    body = body.markup("<h2>The run</h2>\n<p>").text(&approval.link).markup("</p>\n");
    Page { title, body: body.html(&form(approval, person, now)) }
}

/// The planned change, the difference of the documents, and who is affected.
fn change(body: Html, proposal: &Proposal) -> Html {
    let mut body =
        body.markup("<h2>The change</h2>\n<p>").text(&facts::sentence(&proposal.effect)).markup("</p>\n");
    let diff = facts::diff(proposal);
    if !diff.is_empty() {
        body = body
            .markup("<pre tabindex=\"0\" role=\"region\" aria-label=\"The difference of the documents\">")
            .each(diff.lines(), |html, text| {
                let (start, end) = match text.chars().next() {
                    Some('-') => ("<del>", "</del>\n"),
                    Some('+') => ("<ins>", "</ins>\n"),
                    _ => ("", "\n"),
                };
                html.markup(start).text(text).markup(end)
            })
            .markup("</pre>\n");
    }
    table(body, "<h2>Who is affected</h2>\n", facts::hits(proposal))
}

/// The state that the change left, and what the undo does.
fn undo(body: Html, words: &Words) -> Html {
    body.markup("<h2>What was changed</h2>\n<p>")
        .text(&facts::sentence(&words.changed))
        .markup("</p>\n<h2>The undo</h2>\n<p>")
        .text(&facts::sentence(&words.undo))
        .markup(" If somebody has changed it since, nothing is taken back.</p>\n")
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

/// The effect of a decision, in the words of the form.
fn meaning(question: &Question, decision: Decision) -> &'static str {
    match (question, decision) {
        (_, Decision::Approve) => "Approve: make the change",
        (_, Decision::Undo) => "Undo: take the change back",
        (Question::Change { .. }, Decision::Deny) => "Deny: change nothing",
        (Question::Undo { .. }, Decision::Deny) => "Deny: the change stays",
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
                Fact::new("Decision", meaning(&approval.question, answer.decision)),
                Fact::new("By", line(&answer.by, 600)),
                Fact::new("At", &answer.at),
                Fact::new("Why", line(&answer.reason, 2200)),
            ],
        ),
    };
    let body = body.markup("<h2>The run</h2>\n<p>").text(&approval.link).markup("</p>\n");
    Page { title: title.to_owned(), body }
}

/// A question that one person has approved, and that needs another approval.
pub(super) fn counted(approval: &Approval, title: &str) -> Page {
    let body = Html::new()
        .markup("<p>Case ")
        .text(&approval.case_id)
        .markup(". Nothing has happened yet: somebody else must approve it until <strong>")
        .text(&approval.expires_at)
        .markup("</strong>. Send them the address of this page.</p>\n");
    Page { title: title.to_owned(), body: approvals(body, approval) }
}

/// A question that nobody answered in time.
pub(super) fn expired(approval: &Approval) -> Page {
    let default = match &approval.question {
        Question::Change { .. } => "nothing was changed by it, and the case went to people".to_owned(),
        Question::Undo { recorded } => facts::clause(&recorded.words.stays),
    };
    let sentence = format!(
        "The question of case {} was open until {}. Nobody answered in time: {default}.",
        approval.case_id, approval.expires_at
    );
    Page::saying("This question has expired", &sentence)
}

/// The approvals so far, if two people must say yes.
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

/// The identities that have to do with what happened, as patterns.
fn barred(approval: &Approval) -> Vec<String> {
    approval.not_by.iter().map(|pattern| line(pattern, 256)).collect()
}

/// A table, if it has any rows.
fn table(body: Html, heading: &'static str, rows: Vec<Fact>) -> Html {
    if rows.is_empty() {
        return body;
    }
    body.markup(heading)
        .markup("<dl>\n")
        .each(rows, |html, row| {
            html.markup("<dt>").text(&row.name).markup("</dt><dd>").text(&row.value).markup("</dd>\n")
        })
        .markup("</dl>\n")
}

/// A list, if it has any items.
fn list(body: Html, heading: &'static str, items: Vec<String>) -> Html {
    if items.is_empty() {
        return body;
    }
    body.markup(heading)
        .markup("<ul>\n")
        .each(items, |html, item| html.markup("<li>").text(&item).markup("</li>\n"))
        .markup("</ul>\n")
}
