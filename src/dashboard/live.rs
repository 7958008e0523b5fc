//! The part of a page that refreshes itself. It asks again every few seconds with a hash of what it shows; when that is
//! still true the answer is an empty 204, so nothing is repainted. Without scripts the page is simply a page.

use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::list::ListState;
use super::markup::{Markup, escape};
use super::shell::Shell;

/// A region, ready to be put into the page or sent alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    pub html: Markup,
    pub hash: String,
}

impl Live {
    /// Wraps the rendered content. The clock does not count as a change.
    pub fn new(content: &str, shell: &Shell, list: &ListState) -> Self {
        let hash = HEXLOWER.encode(&Sha256::digest(content.replace(&shell.clock(), "")));
        let hash = hash.get(..16).unwrap_or_default().to_string();
        let refresh = shell.refresh_seconds.map_or(String::new(), |seconds| {
            format!(
                " hx-get=\"{}\" hx-trigger=\"every {seconds}s\" hx-swap=\"outerHTML\" hx-indicator=\"#progress\"",
                escape(&list.here("v", Some(&hash)))
            )
        });
        Self { html: Markup::from_html(format!("<div class=\"live\" id=\"live\"{refresh}>{content}</div>")), hash }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::shell::Nav;

    #[test]
    fn the_clock_alone_is_no_change() {
        let list = ListState::read("/", "v=old");
        let mut shell = Shell::sample(Nav::Overview);
        let first = Live::new(&format!("<p>{}</p>", shell.clock()), &shell, &list);
        shell.now = shell.now.plus_seconds(15);
        let second = Live::new(&format!("<p>{}</p>", shell.clock()), &shell, &list);
        assert_eq!(first.hash, second.hash);
        assert_ne!(first.hash, Live::new("<p>other</p>", &shell, &list).hash);
        assert!(first.html.as_str().contains(&format!("hx-get=\"/?v={}\"", first.hash)));
        shell.refresh_seconds = None;
        assert!(!Live::new("", &shell, &list).html.as_str().contains("hx-"));
    }
}
