//! Text from a finding is hostile: an attacker chooses user agents, tags and names. Whatever people or machines will
//! read goes through here first.

/// One line of plain text of at most `max` characters: no control, bidirectional or invisible characters, no markup
/// of mail or chat clients, and no link that anybody could click.
pub(crate) fn line(text: &str, max: usize) -> String {
    let plain: String = text
        .chars()
        .filter(|c| !is_invisible(*c))
        .map(|c| match c {
            '<' => '\u{2039}',
            '>' => '\u{203a}',
            '`' => '\'',
            '|' => '/',
            c if c.is_control() || c.is_whitespace() => ' ',
            c => c,
        })
        .collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&plain.replace("://", "[:]//").replace("www.", "www[.]"), max)
}

/// Lines of plain text, as harmless as `line` makes one, with their indentation.
pub(crate) fn block(text: &str) -> String {
    let indented = |text: &str| {
        let indent = text.chars().take_while(|c| *c == ' ').count();
        let sign: String = text.chars().take(1).filter(|c| matches!(c, '+' | '-')).collect();
        let rest = text.get(sign.len()..).unwrap_or_default();
        let indent = if sign.is_empty() { indent } else { rest.chars().take_while(|c| *c == ' ').count() };
        format!("{sign}{}{}", " ".repeat(indent), line(rest, 1000))
    };
    text.lines().map(indented).collect::<Vec<_>>().join("\n")
}

/// JSON that means the same and can stand between single quotes in a shell, in a mail and on a page: what any of them
/// could take for something else is written as `\uXXXX`, and no link in it can be clicked.
pub(crate) fn json(text: &str) -> String {
    let compact = serde_json::from_str::<serde_json::Value>(text)
        .map_or_else(|_| text.to_owned(), |value| value.to_string());
    let mut safe = String::with_capacity(compact.len());
    for c in compact.replace("://", ":\\/\\/").chars() {
        if c.is_ascii_graphic() && !matches!(c, '\'' | '<' | '>' | '`' | '|') || c == ' ' {
            safe.push(c);
        } else {
            let mut units = [0; 2];
            for unit in c.encode_utf16(&mut units) {
                safe.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    safe
}

/// A subject for SNS: ASCII, no line break, at most 99 characters (SNS wants fewer than 100).
pub(crate) fn subject(text: &str) -> String {
    let ascii: String =
        line(text, 400).chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
    ascii.chars().take(99).collect::<String>().trim().to_owned()
}

/// At most `max` characters, with an ellipsis where something was cut.
pub(crate) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        text.to_owned()
    } else {
        let mut short: String = text.chars().take(max.saturating_sub(1)).collect();
        short.push('\u{2026}');
        short
    }
}

/// At most `max` bytes, cut between two characters, with a last line that says so.
pub(crate) fn cut_bytes(text: &str, max: usize) -> String {
    const CUT: &str = "\n(The rest is too long for a message. It stands in the run.)\n";
    if text.len() <= max {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(max.saturating_sub(CUT.len()));
    text.get(..end).unwrap_or_default().to_owned() + CUT
}

/// Zero-width, bidirectional and other format characters, which show one text and mean another.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_becomes_one_plain_line() {
        let cases = [
            ("two\r\nlines\tand  spaces", "two lines and spaces"),
            ("<script>alert(1)</script>", "\u{2039}script\u{203a}alert(1)\u{2039}/script\u{203a}"),
            ("<http://evil.example|click me>", "\u{2039}http[:]//evil.example/click me\u{203a}"),
            (
                "see https://evil.example or www.evil.example",
                "see https[:]//evil.example or www[.]evil.example",
            ),
            ("\u{202e}drowssap\u{202c} \u{200b}x", "drowssap x"),
            ("`rm -rf`\u{0}\u{7}", "'rm -rf'"),
            ("", ""),
        ];
        for (hostile, plain) in cases {
            assert_eq!(line(hostile, 200), plain);
        }
    }

    #[test]
    fn json_between_quotes_means_the_same() {
        let hostile = serde_json::json!({ "Sid": "it's <b>`x`</b>|\u{202e}\u{1f525}\n", "Resource": "https://evil.example/" });
        let safe = json(&hostile.to_string());
        assert_eq!(serde_json::from_str::<serde_json::Value>(&safe).unwrap(), hostile);
        assert!(
            safe.is_ascii() && !safe.contains(['\'', '<', '`', '|', '\n']) && !safe.contains("://"),
            "{safe}"
        );
    }

    #[test]
    fn a_block_keeps_its_indentation() {
        assert_eq!(block("@@ -1 +1 @@\n   <a\n-  \u{202e}x\n+"), "@@ -1 +1 @@\n   \u{2039}a\n-  x\n+");
    }

    #[test]
    fn a_subject_is_short_ascii_on_one_line() {
        let long = "Credentials of r\u{f6}le \u{1f525}\nX-Injected: yes ".repeat(9);
        let subject = subject(&long);
        assert!(subject.is_ascii() && subject.len() < 100 && !subject.contains('\n'), "{subject}");
        assert!(subject.starts_with("Credentials of r?le ? X-Injected: yes"));
    }

    #[test]
    fn a_body_is_cut_where_it_is_too_long_for_sns() {
        assert_eq!(cut_bytes("abc", 3), "abc");
        let cut = cut_bytes(&"\u{1f525}".repeat(100), 203);
        assert!(cut.len() <= 203 && cut.starts_with('\u{1f525}') && cut.ends_with("in the run.)\n"), "{cut}");
        assert_eq!(cut_bytes(&"x".repeat(500), 203).len(), 203);
    }

    #[test]
    fn a_cut_says_that_it_was_cut() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde\u{2026}");
        assert_eq!(cut("\u{1f525}\u{1f525}\u{1f525}", 2), "\u{1f525}\u{2026}");
    }
}
