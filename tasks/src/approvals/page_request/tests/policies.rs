//! The pages of questions about a policy.

use super::*;
use crate::messages::samples::policy;

fn of_policy(evil: &str, lines: usize) -> request_approval::Input {
    request_approval::Input {
        question: Question::Change {
            reasons: vec![reason("template", &format!("A template made it.{evil}"))],
        },
        finding: policy::finding(evil),
        looked: Some(policy::looked(evil, lines)),
        ..input()
    }
}

fn undo_of_policy(evil: &str) -> request_approval::Input {
    request_approval::Input {
        question: Question::Undo { recorded: Box::new(policy::recorded(evil)) },
        ..of_policy(evil, 0)
    }
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
    compare("open-change-of-policy", &page_of(of_policy("", 0)).await);
    compare("open-undo-of-policy", &page_of(undo_of_policy("")).await);
}

#[tokio::test]
async fn a_hostile_document_is_text_on_the_page() {
    let evil =
        "</pre></ins></del><script>alert(1)</script><img src=x onerror='y'>\" onfocus=\"z\u{202e}\u{0}";
    let page = page_of(of_policy(evil, 3)).await;
    compare("hostile-change-of-policy", &page);
    for page in [page, page_of(undo_of_policy(evil)).await] {
        for text in ["<script", "<img", "onerror='", "\" onfocus", "\u{202e}", "\u{0}"] {
            assert!(!page.contains(text), "{text}");
        }
        // The page closes each element that it opens, and opens no other.
        for element in ["pre", "ins", "del", "main", "form", "fieldset", "dl", "ul"] {
            let opened = page.matches(&format!("<{element}")).count();
            assert_eq!(opened, page.matches(&format!("</{element}>")).count(), "{element}");
        }
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
    let record = wire.records()[RECORD].to_string();
    assert!(record.len() < 400 * 1024, "{}", record.len());
}

#[tokio::test]
async fn the_page_works_with_a_screen_reader_and_without_a_mouse() {
    for page in [page_of(of_policy("", 0)).await, page_of(undo_of_policy("")).await, page_of(input()).await] {
        assert!(page.contains("<html lang=\"en\">") && page.contains("<meta name=\"viewport\""));
        assert_eq!(page.matches("<h1>").count(), 1);
        assert!(page.find("<h1>") < page.find("<h2>"), "the first heading is that of the page");
        assert!(!page.contains("<h3"), "no level is left out, since there are only two");
        // Every field has a label: a radio button is within it, and the reason is named by its id.
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
        // An element that scrolls can be reached, and has a label.
        for scrolls in page.split("<pre").skip(1) {
            assert!(scrolls.starts_with(" tabindex=\"0\" role=\"region\" aria-label=\""), "{scrolls}");
        }
    }
}

/// WCAG 2.2, 1.4.3: the contrast of text and its background is at least 4.5 to 1.
#[test]
fn every_text_has_enough_contrast() {
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
        assert!(style.contains(rule), "the style has no rule `{rule}` any more");
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
