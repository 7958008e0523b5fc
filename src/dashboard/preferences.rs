//! How this browser shows the pages: light or dark, single keys on or off. Kept in cookies, written by the server, so the
//! right theme comes with the first byte.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time::Duration};

use super::shell::Theme;

const THEME: &str = "jbx_theme";
const KEYS: &str = "jbx_keys";
const KEEP_DAYS: i64 = 365;

/// What this browser wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preferences {
    /// None follows the system.
    pub theme: Option<Theme>,
    pub keys: bool,
}

impl Preferences {
    pub fn of(request: &HttpRequest) -> Self {
        let value = |name: &str| request.cookie(name).map(|cookie| cookie.value().to_owned());
        Self { theme: value(THEME).and_then(|word| parse_theme(&word)), keys: value(KEYS).as_deref() != Some("off") }
    }

    /// The cookies that say so.
    pub fn cookies(self, https: bool) -> [Cookie<'static>; 2] {
        let theme = self.theme.map_or("system", theme_word);
        let keys = if self.keys { "on" } else { "off" };
        [(THEME, theme), (KEYS, keys)].map(|(name, value)| {
            Cookie::build(name, value)
                .path("/")
                .http_only(true)
                .secure(https)
                .same_site(SameSite::Lax)
                .max_age(Duration::days(KEEP_DAYS))
                .finish()
        })
    }
}

pub fn theme_word(theme: Theme) -> &'static str {
    match theme {
        Theme::Light => "light",
        Theme::Dark => "dark",
    }
}

pub fn parse_theme(word: &str) -> Option<Theme> {
    match word {
        "light" => Some(Theme::Light),
        "dark" => Some(Theme::Dark),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wished_comes_back() {
        let wish = Preferences { theme: Some(Theme::Dark), keys: false };
        let mut request = actix_web::test::TestRequest::default();
        for cookie in wish.cookies(true) {
            assert_eq!((cookie.http_only(), cookie.secure()), (Some(true), Some(true)));
            request = request.cookie(cookie);
        }
        assert_eq!(Preferences::of(&request.to_http_request()), wish);
        let fresh = Preferences::of(&actix_web::test::TestRequest::default().to_http_request());
        assert_eq!(fresh, Preferences { theme: None, keys: true });
    }
}
