//! The pages of the questions about a policy.

use super::*;
use contract::{Finding, Plan, PolicyBefore, Source, Subject};

const ARN: &str = "arn:aws:iam::123456789012:policy/deploy";

fn finding_of_a_policy(evil: &str) -> Finding {
    Finding {
        source: Source::CloudTrail,
        kind: "CreatePolicyVersion".to_owned(),
        title: format!("erin called CreatePolicyVersion on deploy.{evil}"),
        subject: Some(Subject::Policy { arn: ARN.to_owned() }),
        managed_by: Some(format!("CloudFormation{evil}")),
        ..finding()
    }
}

fn plan(evil: &str, lines: usize) -> Plan {
    let document = json!({ "Version": "2012-10-17", "Statement": [] }).to_string();
    let more: String = (0..lines).map(|n| format!("-      \"s3:Get{n}{evil}\",\n")).collect();
    let plan = json!({
        "outcome": "Change",
        "reason": "1 statement is dangerous.",
        "dangers": [format!("The statement `Temporary{evil}` allows every action on every resource.")],
        "change": { "kind": "NewVersion", "arn": ARN, "document": document },
        "effect": format!("A new version of deploy without the statement `Temporary{evil}` becomes the default."),
        "diff": format!("--- now\n+++ then\n@@ -3,8 +3,3 @@\n   \"Statement\": [\n-    {{\n-      \"Sid\": \"Temporary{evil}\",\n{more}-      \"Action\": \"*\",\n-    }}\n+    \n   ]\n"),
        "blast": {
            "attached": [{ "kind": "Role", "name": format!("deployer{evil}") }],
            "attachedCount": 1,
            "boundaryCount": 0,
            "remarks": [format!("It was used today.{evil}")],
        },
    });
    serde_json::from_value(plan).unwrap()
}

fn of_policy(evil: &str, lines: usize) -> request_approval::Input {
    let guardrail =
        Reason { guardrail: "template".to_owned(), message: format!("A template made it.{evil}") };
    request_approval::Input {
        question: Question::Remediate { reasons: vec![guardrail], plan: Box::new(plan(evil, lines)) },
        finding: finding_of_a_policy(evil),
        context: None,
        ..input()
    }
}

fn undo_of_policy() -> request_approval::Input {
    let before: PolicyBefore = serde_json::from_value(json!({
        "caseId": "4f1b2c3d4e5f",
        "subject": { "kind": "Policy", "arn": ARN },
        "was": {
            "kind": "Managed", "policyId": "ANPAEXAMPLE0000000001", "defaultVersion": "v2",
            "document": "{}", "versions": ["v2", "v1"], "attached": [],
        },
        "change": { "kind": "NewVersion", "arn": ARN, "document": "{}" },
        "takenAt": "2026-01-01T12:00:00Z",
    }))
    .unwrap();
    let question = Question::Undo { before: before.into() };
    request_approval::Input { question, finding: finding_of_a_policy(""), context: None, ..input() }
}

async fn page_of(input: request_approval::Input) -> String {
    let wire = sound();
    let id = ask(&wire, input).await;
    let (status, page, _) = Ask::new("GET", &id, ADA).send(&wire.aws()).await;
    assert_eq!(status, 200, "{page}");
    page
}

#[tokio::test]
async fn a_change_is_shown_with_its_difference_and_its_undo_with_what_it_puts_back() {
    golden("open-remediate", &page_of(of_policy("", 0)).await);
    golden("open-undo-policy", &page_of(undo_of_policy()).await);
}

#[tokio::test]
async fn a_hostile_document_is_text_on_the_page() {
    let evil =
        "</pre></ins></del><script>alert(1)</script><img src=x onerror='y'>\" onfocus=\"z\u{202e}\u{0}";
    let page = page_of(of_policy(evil, 3)).await;
    golden("hostile-remediate", &page);
    for text in ["<script", "<img", "onerror='", "\" onfocus", "\u{202e}", "\u{0}"] {
        assert!(!page.contains(text), "{text}");
    }
    // Each element that is opened by the page is closed by it, and nothing else is.
    for element in ["pre", "ins", "del", "main", "form", "fieldset", "dl", "ul"] {
        let opened = page.matches(&format!("<{element}")).count();
        assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
    }
}

/// IAM's longest document is 10,240 characters. Ten times as long a difference still fits into a message of SNS, an item
/// of DynamoDB and an answer of Lambda.
#[tokio::test]
async fn a_huge_difference_is_shown_whole_and_fits_everywhere() {
    let wire = sound();
    let id = ask(&wire, of_policy("<script>", 4000)).await;
    let (status, page, _) = Ask::new("GET", &id, ADA).send(&wire.aws()).await;
    assert_eq!(status, 200);
    assert!(page.contains("s3:Get3999") && !page.contains("<script"), "the last line is there, and is text");
    assert!(page.len() < 1024 * 1024, "Lambda answers with 6 MiB at most: {}", page.len());
    let sent = wire.bodies("Publish").remove(0);
    assert!(sent.len() < 256 * 1024, "{}", sent.len());
    let record = wire.records()[RECORD.replace("contain", "remediate").as_str()].to_string();
    assert!(record.len() < 400 * 1024, "{}", record.len());
}

/// What a screen reader, a keyboard and weak eyes need.
#[tokio::test]
async fn the_page_can_be_heard_and_used_without_a_mouse() {
    for page in [page_of(of_policy("", 0)).await, page_of(undo_of_policy()).await, page_of(input()).await] {
        assert!(page.contains("<html lang=\"en\">") && page.contains("<meta name=\"viewport\""));
        assert_eq!(page.matches("<h1>").count(), 1);
        assert!(page.find("<h1>") < page.find("<h2>"), "the first heading is that of the page");
        assert!(!page.contains("<h3"), "no level is left out, since there are only two");
        // Every field has its words: a radio button within its label, the reason by its id.
        for radio in page.split("<input type=\"radio\"").skip(1) {
            assert!(
                radio.split_once("</label>").is_some_and(|(text, _)| !text.contains("<label")),
                "{radio}"
            );
        }
        assert_eq!(page.matches("<label><input type=\"radio\"").count(), 2);
        assert!(page.contains("<label for=\"reason\">") && page.contains("<textarea id=\"reason\""));
        assert!(page.contains("<fieldset>\n<legend>Decision</legend>"));
        assert!(page.contains("<button type=\"submit\">Decide</button>"));
        // What scrolls can be reached, and says what it is.
        for scrolls in page.split("<pre").skip(1) {
            assert!(scrolls.starts_with(" tabindex=\"0\" role=\"region\" aria-label=\""), "{scrolls}");
        }
    }
}

/// WCAG 2.2, 1.4.3: text and what is behind it differ by 4.5 to 1.
#[test]
fn every_colour_of_a_text_can_be_read() {
    let (light, dark) = page::STYLE.split_once("@media").unwrap();
    let pairs = [
        (light, "body{font:16px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff", "1b1f24", "ffffff"),
        (light, "dt{color:#57606a", "57606a", "ffffff"),
        (light, "ins{text-decoration:none;color:#116329", "116329", "ffffff"),
        (light, "del{text-decoration:none;color:#a40e26", "a40e26", "ffffff"),
        (light, "color:#fff;background:#0a3069", "ffffff", "0a3069"),
        (dark, "body{color:#e6edf3;background:#0d1117", "e6edf3", "0d1117"),
        (dark, "dt{color:#9198a1", "9198a1", "0d1117"),
        (dark, "ins{color:#7ee787", "7ee787", "0d1117"),
        (dark, "del{color:#ffa198", "ffa198", "0d1117"),
        (dark, "background:#1f6feb", "ffffff", "1f6feb"),
    ];
    for (style, rule, text, behind) in pairs {
        assert!(style.contains(rule), "the style does not say `{rule}` any more");
        let (text, behind) = (luminance(text), luminance(behind));
        let contrast = (text.max(behind) + 0.05) / (text.min(behind) + 0.05);
        assert!(contrast >= 4.5, "{rule}: {contrast:.2}");
    }
    let colours = light.matches(";color:#").count() + light.matches("{color:#").count();
    assert_eq!(colours, 5, "every colour of the light style is above");
}

/// Relative luminance, as WCAG defines it.
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let part = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}
