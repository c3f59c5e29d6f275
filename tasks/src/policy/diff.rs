//! The difference of two documents, for people.

use super::document::Document;
use crate::text::escape_lines;
use similar::TextDiff;

/// How many unchanged lines are shown around a change.
const CONTEXT: usize = 3;

/// A unified diff of two documents, pretty-printed, of at most so many characters; empty if they are equal. Hidden
/// characters are escaped, so a document cannot deceive a reader.
pub fn unified(before: &Document, after: Option<&Document>, at_most: usize) -> String {
    let (old, new) = (lines(before), after.map(lines).unwrap_or_default());
    let diff = TextDiff::from_lines(&old, &new);
    let text = diff.unified_diff().context_radius(CONTEXT).to_string();
    bounded(&text, at_most)
}

/// The document with one element a line, safe to show.
fn lines(document: &Document) -> String {
    let mut text = escape_lines(&document.pretty());
    text.push('\n');
    text
}

/// The text, cut at the end of a line if it is too long, with a notice.
fn bounded(text: &str, at_most: usize) -> String {
    if text.chars().count() <= at_most {
        return text.to_owned();
    }
    let notice = |cut: usize| format!("... {cut} more lines are not shown\n");
    let room = at_most.saturating_sub(notice(text.lines().count()).len());
    let mut kept = String::new();
    let mut length = 0;
    let mut cut = 0;
    for line in text.split_inclusive('\n') {
        length += line.chars().count();
        if cut == 0 && length <= room {
            kept.push_str(line);
        } else {
            cut += 1;
        }
    }
    kept + &notice(cut)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::is_hidden;

    fn document(actions: &str) -> Document {
        let text = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Sid":"A","Effect":"Allow","Action":{actions},"Resource":"*"}}]}}"#
        );
        Document::parse(&text).unwrap()
    }

    #[test]
    fn a_difference_reads_well() {
        let before = document(r#"["s3:GetObject","iam:PassRole"]"#);
        let after = document(r#"["s3:GetObject"]"#);
        let expected = [
            "@@ -5,8 +5,7 @@",
            r#"       "Sid": "A","#,
            r#"       "Effect": "Allow","#,
            r#"       "Action": ["#,
            r#"-        "s3:GetObject","#,
            r#"-        "iam:PassRole""#,
            r#"+        "s3:GetObject""#,
            r#"       ],"#,
            r#"       "Resource": "*""#,
            r#"     }"#,
            "",
        ];
        assert_eq!(unified(&before, Some(&after), 10_000), expected.join("\n"));
        assert_eq!(unified(&before, Some(&before), 10_000), "");
        assert!(unified(&before, None, 10_000).lines().skip(1).all(|line| line.starts_with('-')));
    }

    #[test]
    fn nothing_in_a_document_can_play_tricks() {
        let tricks = "\u{1b}[31m\u{202e}\u{2066}\u{7f}\u{9b}\u{200b}\u{feff}\r\t\u{2028}";
        let hostile = document(&serde_json::json!([tricks, "sch\u{f6}n", "日本"]).to_string());
        let shown = unified(&hostile, None, 10_000);
        assert!(shown.chars().all(|letter| letter == '\n' || !is_hidden(letter)), "{shown:?}");
        assert!(shown.contains("schön") && shown.contains("日本") && shown.contains("\\u{202e}"), "{shown}");
    }

    #[test]
    fn it_is_never_longer_than_asked() {
        let many: Vec<String> = (0..500).map(|number| format!("s3:Get{number}")).collect();
        let long = document(&serde_json::json!(many).to_string());
        for at_most in [0, 10, 40, 100, 1_000, 5_000] {
            let shown = unified(&long, None, at_most);
            let room = at_most.max("... 999 more lines are not shown\n".len());
            assert!(shown.chars().count() <= room, "{at_most}: {}", shown.len());
            assert!(shown.ends_with("more lines are not shown\n"));
        }
    }
}
