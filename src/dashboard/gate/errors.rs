//! The pages of trouble: what happened, what it means, what to do, and the request's id. Internal text never gets here.

use askama::Template;

use crate::dashboard::filters;
use crate::dashboard::shell::Shell;

/// An error inside the frame, for those who are signed in.
#[derive(Template, Debug, Clone)]
#[template(path = "errors/inside.html")]
pub struct ErrorPage {
    pub shell: Shell,
    pub title: String,
    pub text: String,
    pub glyph: &'static str,
    pub request_id: String,
    pub ways: Vec<(String, String)>,
}

/// The same for those who are not.
#[derive(Template, Debug, Clone)]
#[template(path = "errors/outside.html")]
pub struct OutsideErrorPage {
    pub shell: Shell,
    pub title: String,
    pub text: String,
    pub request_id: String,
    pub ways: Vec<(String, String)>,
}

/// What went wrong, as pages tell it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    NotFound,
    /// What may not be done, as a sentence.
    Forbidden(String),
    /// The form came without its token, or from elsewhere.
    Stale,
    /// What does not fit, as a sentence.
    Refused(String),
    TooMany(u64),
    /// A state in the way, as a sentence.
    Conflict(String),
    /// The store is busy, or the vault is sealed: a sentence.
    Unavailable(String),
    Internal,
}

impl Trouble {
    pub fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Forbidden(_) | Self::Stale => 403,
            Self::Refused(_) => 422,
            Self::TooMany(_) => 429,
            Self::Conflict(_) => 409,
            Self::Unavailable(_) => 503,
            Self::Internal => 500,
        }
    }
    pub fn title(&self) -> &'static str {
        match self {
            Self::NotFound => "There is nothing here",
            Self::Forbidden(_) => "Your role does not allow this",
            Self::Stale => "This form has grown old",
            Self::Refused(_) => "This cannot be done as it stands",
            Self::TooMany(_) => "Too many tries",
            Self::Conflict(_) => "Something is in the way",
            Self::Unavailable(_) => "Not possible just now",
            Self::Internal => "This did not work",
        }
    }
    pub fn text(&self) -> String {
        match self {
            Self::NotFound => "The address leads to no page, or to something that was removed.".into(),
            Self::Stale => {
                "It was opened in an earlier session, or came from another site. Nothing was changed; open it again.".into()
            }
            Self::TooMany(seconds) => format!("The next one is possible in {seconds} s."),
            Self::Internal => {
                "Nothing was half done: a change is made wholly or not at all. Try again; if it stays, the log says why."
                    .into()
            }
            Self::Forbidden(text) | Self::Refused(text) | Self::Conflict(text) | Self::Unavailable(text) => text.clone(),
        }
    }
    pub fn glyph(&self) -> &'static str {
        match self {
            Self::NotFound => "i-search",
            Self::Forbidden(_) | Self::Stale => "i-lock",
            Self::TooMany(_) => "i-clock",
            _ => "s-unreachable",
        }
    }
}

fn ways(back: Option<&str>) -> Vec<(String, String)> {
    let mut ways: Vec<(String, String)> = Vec::new();
    if let Some(back) = back {
        ways.push((back.to_owned(), "Go back".into()));
    }
    ways.push(("/".into(), "Overview".into()));
    ways
}

/// The page for someone who is signed in.
pub fn inside(shell: Shell, trouble: &Trouble, request_id: String, back: Option<&str>) -> ErrorPage {
    ErrorPage {
        shell,
        title: trouble.title().into(),
        text: trouble.text(),
        glyph: trouble.glyph(),
        request_id,
        ways: ways(back),
    }
}

/// The page for someone who is not.
pub fn outside(shell: Shell, trouble: &Trouble, request_id: String) -> OutsideErrorPage {
    OutsideErrorPage {
        shell,
        title: trouble.title().into(),
        text: trouble.text(),
        request_id,
        ways: vec![("/sign-in".into(), "To the sign-in".into())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::printed::look;
    use crate::dashboard::shell::Nav;

    #[test]
    fn every_trouble_says_what_to_do() {
        let sentence = || "Ask an owner.".to_owned();
        let all = [
            Trouble::NotFound,
            Trouble::Forbidden(sentence()),
            Trouble::Stale,
            Trouble::Refused(sentence()),
            Trouble::TooMany(40),
            Trouble::Conflict(sentence()),
            Trouble::Unavailable(sentence()),
            Trouble::Internal,
        ];
        for trouble in all {
            let name = format!("error-{}", trouble.status());
            let page = inside(Shell::sample(Nav::Nowhere), &trouble, "req_01jd".into(), Some("/connections"));
            let html = look(&name, &page);
            assert!(html.contains("req_01jd") && html.contains(trouble.title()));
            look(&format!("{name}-outside"), &outside(Shell::sample(Nav::Nowhere), &trouble, "req_01jd".into()));
        }
    }
}
