//! Whether a text leads to a page of this very host. Browsers drop tabs and line breaks from addresses and take a backslash
//! for a slash, so what looks like a path may name another host: it is read as a browser reads it, and compared.

use url::Url;

/// A host that nobody has: what stays on it stays with us.
const HERE: &str = "https://here.invalid";

/// Refuses blanks, control characters and backslashes, encoded ones being none.
pub fn is_own_path(text: &str) -> bool {
    let plain = |letter: char| !letter.is_control() && !letter.is_whitespace() && letter != '\\';
    if !text.starts_with('/') || text.starts_with("//") || !text.chars().all(plain) {
        return false;
    }
    let here = Url::parse(HERE).ok();
    here.is_some_and(|here| here.join(text).is_ok_and(|there| there.origin() == here.origin()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_browser_keeps_here_is_ours() {
        for good in ["/", "/connections?q=a%20b", "/portal/x?sign_in=1#top", "/a//b", "/x?next=//evil.example"] {
            assert!(is_own_path(good), "{good}");
        }
        for bad in [
            "",
            "evil",
            "//evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "\t//evil.example",
            "/\\evil.example",
            "/ /evil.example",
            "https://evil.example",
            "/\u{85}/evil.example",
            "/\u{a0}x",
            "javascript:alert(1)",
            "/x\r\ny",
        ] {
            assert!(!is_own_path(bad), "{bad:?}");
        }
    }
}
