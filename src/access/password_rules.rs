//! What a password must be: long, not the e-mail address or the name, not one of those that everybody tries first.
//! No rule about kinds of characters: a sentence is fine.

use crate::base::{FieldError, Secret};

pub const LEAST_PASSWORD: usize = 12;
const LONGEST: usize = 1000;
/// Fewer different characters are a pattern.
const LEAST_DIFFERENT: usize = 5;

static COMMON: &str = include_str!("common_passwords.txt");

/// Says what is wrong with a password for this user. The error's field is `password`.
pub fn check_password(password: &Secret, email: &str, name: &str) -> Result<(), FieldError> {
    let text = password.expose();
    let length = text.chars().count();
    let refuse = |code, message: String| Err(FieldError::new("password", code, message));
    if length < LEAST_PASSWORD {
        return refuse(
            "too_short",
            format!("At least {LEAST_PASSWORD} characters; these are {length}. A sentence is fine, spaces count."),
        );
    }
    if length > LONGEST {
        return refuse("too_long", format!("At most {LONGEST} characters. Shorten it."));
    }
    let lower = text.trim().to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    let mut own = [email, local, name].map(str::to_lowercase);
    own.sort_by_key(|word| std::cmp::Reverse(word.len()));
    // What is left when the user's own words are taken away must still be something.
    let rest = own
        .iter()
        .filter(|word| word.chars().count() >= 4)
        .fold(lower.clone(), |text, word| text.replace(word.as_str(), ""));
    if rest.chars().count() < LEAST_PASSWORD / 2 {
        return refuse(
            "too_easy",
            "It is made of the e-mail address or the name, which is tried first. Choose another.".into(),
        );
    }
    let mut letters: Vec<char> = lower.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.len() < LEAST_DIFFERENT {
        return refuse("too_easy", "It repeats the same few characters. Choose another.".into());
    }
    if COMMON.lines().any(|common| common == lower) {
        return refuse("too_common", "It is one of those that are tried first. Choose another.".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_own_repeated_and_common_passwords_are_refused_with_a_sentence() {
        let cases = [
            ("short", Some("too_short")),
            ("elevenchars", Some("too_short")),
            ("elf Zeichen", Some("too_short")),
            ("mara@meridian.example", Some("too_easy")),
            ("MARA@Meridian.example1", Some("too_easy")),
            ("mara okonkwo", Some("too_easy")),
            ("aaaaaaaaaaaaaaaa", Some("too_easy")),
            ("abababababab", Some("too_easy")),
            ("Passwort1234", Some("too_common")),
            ("administrator", Some("too_common")),
            ("zwölf Zeichen", None),
            ("the green tractor sings", None),
            ("mara has 14 green tractors", None),
        ];
        for (password, expected) in cases {
            let found = check_password(&Secret::new(password), "mara@meridian.example", "Mara Okonkwo").err();
            assert_eq!(found.as_ref().map(|error| error.code.as_ref()), expected, "{password}");
        }
        assert!(check_password(&Secret::new("x".repeat(2000)), "", "").is_err());
        assert!(COMMON.lines().all(|line| line.chars().count() >= LEAST_PASSWORD && line == line.to_lowercase()));
    }
}
