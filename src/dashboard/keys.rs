//! The list of single keys: what they press. They only press what is on the page anyway.

use actix_web::HttpResponse;
use askama::Template;

use super::filters;
use super::shell::{Nav, Shell};
use super::visit::Visit;

#[derive(Template)]
#[template(path = "keys.html")]
pub struct KeysPage {
    pub shell: Shell,
}

impl KeysPage {
    /// Keys, and what they do.
    pub fn keys(&self) -> [(&'static [&'static str], &'static str); 13] {
        [
            (&["/"], "Search"),
            (&["g", "o"], "Overview"),
            (&["g", "u"], "Customers"),
            (&["g", "c"], "Connections"),
            (&["g", "r"], "Credits"),
            (&["g", "s"], "Systems"),
            (&["j"], "Next row"),
            (&["k"], "Row before"),
            (&["x"], "Tick the row"),
            (&["Enter"], "Open the row"),
            (&["c"], "Check now"),
            (&["l"], "Reconnect, or copy the reconnect link"),
            (&["."], "Pause the refreshing, or go on"),
        ]
    }
}

pub async fn show(visit: Visit) -> HttpResponse {
    let shell = visit.still_shell(Nav::Nowhere).await;
    visit.page(&KeysPage { shell })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::printed::look;

    #[test]
    fn every_key_is_listed() {
        let page = look("keys", &KeysPage { shell: Shell::sample(Nav::Nowhere) });
        assert!(page.contains("<kbd>g</kbd> <kbd>u</kbd>"));
    }
}
