//! HTML in which every text is escaped: markup is `&'static str`, so a `String` cannot get in unescaped.

use crate::text::is_hidden;

/// A piece of HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Html(String);

impl Html {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Markup of this program.
    pub(super) fn markup(mut self, markup: &'static str) -> Self {
        self.0.push_str(markup);
        self
    }

    /// A text from anywhere: as the content of an element, or as the value of an attribute between quotes.
    pub(super) fn text(mut self, text: &str) -> Self {
        for c in text.chars().filter(|c| !is_hidden(*c) || c.is_control()) {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                c if c.is_control() && c != '\n' => self.0.push('\u{fffd}'),
                c => self.0.push(c),
            }
        }
        self
    }

    /// Another piece.
    pub(super) fn html(mut self, html: &Self) -> Self {
        self.0.push_str(&html.0);
        self
    }

    /// One piece for each item.
    pub(super) fn each<T>(self, items: impl IntoIterator<Item = T>, piece: impl Fn(Self, T) -> Self) -> Self {
        items.into_iter().fold(self, piece)
    }

    pub(super) fn into_string(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_become_markup() {
        let cases = [
            ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
            ("\" onfocus=\"x", "&quot; onfocus=&quot;x"),
            ("' onfocus='x", "&#39; onfocus=&#39;x"),
            ("&lt;b&gt;", "&amp;lt;b&amp;gt;"),
            ("a\u{0}b\u{1b}[31m", "a\u{fffd}b\u{fffd}[31m"),
            ("caf\u{e9} \u{1f525}", "caf\u{e9} \u{1f525}"),
            ("\u{202e}drowssap\u{202c}", "drowssap"),
        ];
        for (text, html) in cases {
            assert_eq!(Html::new().text(text).into_string(), html);
        }
        let piece = Html::new().markup("<p>").text("<").markup("</p>");
        assert_eq!(Html::new().html(&piece).html(&piece).into_string(), "<p>&lt;</p><p>&lt;</p>");
    }
}
