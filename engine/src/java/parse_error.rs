//! What is wrong with a text that should be JSON, in the words of AWS's parser.

use serde_json::Value;

/// Says what is wrong, if anything is. Source: the messages that AWS was seen to answer; where we have seen none, the
/// words are those of our own parser.
pub(crate) fn of(text: &str) -> Option<String> {
    let error = serde_json::from_str::<Value>(text).err()?;
    let rest = from(text, error.line(), error.column());
    let trimmed = rest.trim_start();
    let token: String =
        trimmed.chars().take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '$')).collect();
    let first = trimmed.chars().next();
    let before = text.get(..text.len() - rest.len()).unwrap_or_default().trim_end();
    Some(match first {
        None => format!("Unexpected end-of-input: {error}"),
        Some(c) if before.ends_with('{') || is_after_member(before) => {
            format!(
                "Unexpected character ('{c}' (code {})): was expecting double-quote to start field name",
                u32::from(c)
            )
        }
        Some(_) if !token.is_empty() && !token.starts_with(|c: char| c.is_ascii_digit()) => format!(
            "Unrecognized token '{token}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
        ),
        Some(c) => format!(
            "Unexpected character ('{c}' (code {})): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
            u32::from(c)
        ),
    })
}

/// Whether the text ends behind the comma of an object's member.
fn is_after_member(before: &str) -> bool {
    let Some(before) = before.strip_suffix(',') else { return false };
    // What is closed by a brace is a member of an object if the whole is.
    serde_json::from_str::<Value>(&format!("{before}}}")).is_ok_and(|value| value.is_object())
}

/// The rest of a text from where a token begins: the parser says where it gave up inside of one.
fn from(text: &str, line: usize, column: usize) -> &str {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let mut at = (start + column.saturating_sub(1)).min(text.len());
    while at > start && !text.is_char_boundary(at) {
        at -= 1;
    }
    let head = text.get(..at).unwrap_or_default();
    let begin = head.trim_end_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | '$')).len();
    text.get(begin..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_in_the_words_of_aws() {
        let token = "was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')";
        for (text, why) in [
            ("not some json", format!("Unrecognized token 'not': {token}")),
            ("nothing", format!("Unrecognized token 'nothing': {token}")),
            ("{\"a\": tru}", format!("Unrecognized token 'tru': {token}")),
            (
                "{'not': 'json'",
                "Unexpected character (''' (code 39)): was expecting double-quote to start field name"
                    .to_owned(),
            ),
            (
                "{\"a\": 1, }",
                "Unexpected character ('}' (code 125)): was expecting double-quote to start field name"
                    .to_owned(),
            ),
        ] {
            assert_eq!(of(text), Some(why), "{text}");
        }
        for text in ["{}", "1", "null", "\"text\"", " [1, 2]\n"] {
            assert_eq!(of(text), None, "{text}");
        }
        for text in
            ["{", "[1,", "\"open", "{\"a\" 1}", "[1 2]", "01", "\u{1F600}", "[\u{1F600}", "tr\u{00e9}"]
        {
            assert!(of(text).is_some(), "{text}");
        }
    }
}
