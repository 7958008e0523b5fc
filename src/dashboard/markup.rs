//! Finished HTML, made in Rust where a template would only get in the way (times, charts, glyphs). Text goes in
//! through `escape` alone.

use std::fmt;

/// HTML that is printed as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Markup(String);

impl Markup {
    /// Takes HTML over. The caller vouches that every text in it went through `escape`.
    pub fn from_html(html: impl Into<String>) -> Self {
        Self(html.into())
    }
    /// Plain text.
    pub fn text(text: &str) -> Self {
        Self(escape(text))
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Markup {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl askama::filters::HtmlSafe for Markup {}

/// Text made safe for content and for attributes in double quotes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
