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
    fn a_subject_is_short_ascii_on_one_line() {
        let long = "Credentials of r\u{f6}le \u{1f525}\nX-Injected: yes ".repeat(9);
        let subject = subject(&long);
        assert!(subject.is_ascii() && subject.len() < 100 && !subject.contains('\n'), "{subject}");
        assert!(subject.starts_with("Credentials of r?le ? X-Injected: yes"));
    }

    #[test]
    fn a_cut_says_that_it_was_cut() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde\u{2026}");
        assert_eq!(cut("\u{1f525}\u{1f525}\u{1f525}", 2), "\u{1f525}\u{2026}");
    }
}
