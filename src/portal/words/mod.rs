//! Every sentence of the portal, in four languages: one file each fills the same struct, so a text that is missing does
//! not compile. `{name}` is filled in when a page is made; a test compares the names over the languages.

mod de;
mod en;
mod es;
mod fr;

use crate::base::{Language, Timestamp};

/// The struct and the list of its members come from one list of names.
macro_rules! sentences {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// The sentences of one language. Texts only; what is filled in stands in braces.
        pub struct Words {
            pub months: [&'static str; 12],
            $($(#[$doc])* pub $name: &'static str,)*
        }

        #[cfg(test)]
        impl Words {
            fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name)),*]
            }
        }
    };
}

sentences! {
    skip,
    language,
    questions,
    questions_at,
    reference,
    /// A moment, `{day} {month} {year}, {time} UTC`.
    moment,

    reconnect_title,
    reconnect_title_named,
    connect_title,
    connect_title_named,
    choose_title,

    credentials_rejected,
    token_revoked,
    token_expired,
    account_locked,
    certificate_expired,
    certificate_rejected,
    login_page,
    identity_changed,
    /// Nothing was refused: the secret is exchanged while all is well.
    still_works,
    until_mended,
    paused,
    connect_lede,
    choose_lede,

    steps_title,
    form_title,
    connect_form_title,
    sign_in_title,
    sign_in_text,
    sign_in_button,
    system,
    choose_button,
    choose_again,
    hosting,
    hosting_cloud,
    hosting_on_premises,
    address,
    address_help,
    address_keep,
    example,
    optional,
    way,
    other_ways,
    check_help,
    connect_check_help,
    reconnect_button,
    connect_button,
    lock_note,
    client_certificate,
    client_key,
    pem_help,
    no_way,

    no_sign_in,
    api_key,
    token,
    user_and_password,
    client_and_secret,
    consent,
    signed,
    assertion,
    certificate,

    stored_title,
    stored_what,
    stored_what_text,
    stored_where,
    stored_where_text,
    stored_who,
    stored_who_text,
    stored_link,
    stored_link_text,

    fields_one,
    fields_many,
    field_required,
    field_too_long,
    field_address,
    field_certificate,
    field_wrong,

    refused,
    refused_text,
    refused_first_text,
    next_try,
    spent,
    spent_text,
    wait,
    wait_text,
    unreached,
    unreached_text,
    untrusted,
    untrusted_text,
    rights,
    rights_text,
    pause,
    pause_text,
    no_seat,
    no_seat_text,
    switched_off,
    switched_off_text,
    odd,
    odd_text,
    other_installation,
    other_installation_text,
    sign_in_ended,
    sign_in_ended_text,
    ours,
    ours_text,

    reconnected,
    reconnected_text,
    connected,
    connected_text,
    kept,
    kept_text,
    close,

    used,
    used_text,
    mended,
    mended_text,
    over,
    over_text,
    unknown,
    unknown_text,
    too_many,
    too_many_text,
    too_often_text,
    trouble,
    trouble_text,
}

pub fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &en::WORDS,
        Language::German => &de::WORDS,
        Language::French => &fr::WORDS,
        Language::Spanish => &es::WORDS,
    }
}

/// Fills `{name}` in one pass: a value that looks like a place is not filled again.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let found = after.split_once('}').and_then(|(name, behind)| {
            values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value, behind))
        });
        match found {
            Some((value, behind)) => {
                out.push_str(value);
                rest = behind;
            }
            None => {
                out.push('{');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

impl Words {
    /// `24 November 2026, 12:18 UTC`: nobody knows the customer's clock, so the zone stands beside it.
    pub fn at(&self, at: Timestamp) -> String {
        let time = jiff::tz::TimeZone::UTC.to_datetime(at.to_jiff());
        let month = usize::try_from(time.month()).unwrap_or(1).saturating_sub(1);
        fill(
            self.moment,
            &[
                ("day", &time.day().to_string()),
                ("month", self.months.get(month).copied().unwrap_or_default()),
                ("year", &time.year().to_string()),
                ("time", &format!("{:02}:{:02}", time.hour(), time.minute())),
            ],
        )
    }
}

#[cfg(test)]
mod tests;
