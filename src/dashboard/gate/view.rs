//! Sign-in and set-up as they are printed. They never say which of e-mail and password was wrong.

use askama::Template;

use crate::base::is_own_path;
use crate::dashboard::fields::{FieldErrors, FieldView};
use crate::dashboard::filters;
use crate::dashboard::shell::Shell;

/// `/sign-in`.
#[derive(Template, Debug, Clone)]
#[template(path = "gate/sign_in.html")]
pub struct SignInPage {
    pub shell: Shell,
    /// Where to go afterwards; a path of this host.
    pub next: String,
    /// Why one was signed out.
    pub why: String,
    pub refused: String,
    pub email: FieldView,
    pub password: FieldView,
}

/// `/setup/{token}`.
#[derive(Template, Debug, Clone)]
#[template(path = "gate/setup.html")]
pub struct SetupPage {
    pub shell: Shell,
    pub token: String,
    pub ends_in: String,
    pub errors: FieldErrors,
    pub instance_fields: Vec<FieldView>,
    pub owner_fields: Vec<FieldView>,
    pub credit_fields: Vec<FieldView>,
}

/// After the set-up: the one thing that cannot be made good later.
/// Has no `Debug`: it may hold the keys.
#[derive(Template)]
#[template(path = "gate/keep_key.html")]
pub struct KeepKeyPage {
    pub shell: Shell,
    pub files: Vec<(String, String)>,
    /// The recovery kit; where it is not shown, the commands that print the keys.
    pub kit: Option<zeroize::Zeroizing<String>>,
    pub commands: String,
    pub fields: Vec<FieldView>,
    pub next: String,
}

/// The first password of an invited user, or a new one.
#[derive(Template, Debug, Clone)]
#[template(path = "gate/password.html")]
pub struct ChoosePasswordPage {
    pub shell: Shell,
    pub token: String,
    pub name: String,
    pub email: String,
    pub password: FieldView,
    pub errors: FieldErrors,
}

/// A link that was used, or is too old.
#[derive(Template, Debug, Clone)]
#[template(path = "gate/link_over.html")]
pub struct LinkOverPage {
    pub shell: Shell,
    pub title: String,
    pub text: String,
    pub command: String,
}

/// A path of this very host, or the overview: nobody is led elsewhere by a crafted link.
pub fn safe_next(next: &str) -> String {
    if is_own_path(next) && !next.starts_with("/sign-") { next.to_owned() } else { "/".into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fields::FieldKind;
    use crate::dashboard::printed::look;
    use crate::dashboard::shell::Nav;

    fn shell() -> Shell {
        Shell { user: None, ..Shell::sample(Nav::Nowhere) }
    }

    #[test]
    fn sign_in_prints() {
        let page = SignInPage {
            shell: shell(),
            next: "/".into(),
            why: "You were signed out after 30 minutes without a click; nothing was lost.".into(),
            refused: "E-mail or password do not fit.".into(),
            email: FieldView::new(FieldKind::Email, "email", "E-mail").value("m@x.example").autocomplete("username"),
            password: FieldView::password("password", "Password").autocomplete("current-password"),
        };
        assert!(look("sign-in", &page).contains("admin recover"));
    }

    #[test]
    fn set_up_prints() {
        let errors = FieldErrors::one("email", "An e-mail address ends with a domain, like meridian.example.");
        let page = SetupPage {
            shell: shell(),
            token: "abc".into(),
            ends_in: "24 min".into(),
            instance_fields: vec![FieldView::text("instance", "Name").value("Rhein-Main 1").help("Can be changed.")],
            owner_fields: vec![
                FieldView::new(FieldKind::Email, "email", "E-mail").value("p@meridian").errors(&errors),
                FieldView::password("password", "Password")
                    .help("At least 14 characters. A sentence is fine; spaces count."),
            ],
            credit_fields: vec![FieldView::new(FieldKind::Number, "credits", "Credits in the pool").value("100")],
            errors,
        };
        assert!(look("setup", &page).contains("1 field needs a change."));
        let page = KeepKeyPage {
            shell: shell(),
            files: vec![("Instance key".into(), "/var/lib/junctionbox/instance.key".into())],
            kit: None,
            commands: "base64 /var/lib/junctionbox/instance.key".into(),
            fields: vec![FieldView::text("line", "Line K3")],
            next: "/".into(),
        };
        look("setup-key", &page);
        look("setup-kit", &KeepKeyPage { kit: Some("K1  ABCD".to_owned().into()), ..page });
        let page = ChoosePasswordPage {
            shell: shell(),
            token: "abc".into(),
            name: "Piotr Zawada".into(),
            email: "p@meridian.example".into(),
            password: FieldView::password("password", "Password"),
            errors: FieldErrors::none(),
        };
        look("choose-password", &page);
        let page = LinkOverPage {
            shell: shell(),
            title: "This link has ended".into(),
            text: "This link has been used or has ended. Run this on the server to get a new one.".into(),
            command: "junctionbox setup-link".into(),
        };
        look("link-over", &page);
    }

    #[test]
    fn nobody_is_led_elsewhere() {
        for bad in ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/sign-out", ""] {
            assert_eq!(safe_next(bad), "/", "{bad}");
        }
        assert_eq!(safe_next("/connections?q=a"), "/connections?q=a");
    }
}
