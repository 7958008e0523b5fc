//! Times, spans and numbers as people read them. Relative words always carry the exact time; a missing value is `–`.
//! Pure functions of their arguments; the dashboard speaks UTC.

use std::time::Duration;

use super::markup::Markup;
use crate::base::Timestamp;

/// What stands where a value is missing.
pub const NONE: &str = "–";
/// A space at which a line never breaks.
const NBSP: char = '\u{a0}';

/// `Tue 24 Nov, 14:32:08 UTC`.
pub fn clock(time: Timestamp) -> String {
    strftime(time, "%a %-d %b, %H:%M:%S UTC")
}

/// `24 Nov 2026, 14:32:08 UTC`: the exact time, for a title.
pub fn exact(time: Timestamp) -> String {
    strftime(time, "%-d %b %Y, %H:%M:%S UTC")
}

fn strftime(time: Timestamp, pattern: &str) -> String {
    time.to_jiff().strftime(pattern).to_string()
}

/// `24 Nov`.
pub fn day(time: Timestamp) -> String {
    strftime(time, "%-d %b")
}

/// `14:32`.
pub fn hour(time: Timestamp) -> String {
    strftime(time, "%H:%M")
}

/// Today `12:18`, this week `Mon 11:26`, this year `14 Oct`, else `14 Oct 2025`.
pub fn short(time: Timestamp, now: Timestamp) -> String {
    let day = |time: Timestamp| time.millis().div_euclid(86_400_000);
    let days_off = day(now).saturating_sub(day(time));
    if days_off == 0 {
        strftime(time, "%H:%M")
    } else if (-6..=6).contains(&days_off) {
        strftime(time, "%a %H:%M")
    } else if strftime(time, "%Y") == strftime(now, "%Y") {
        strftime(time, "%-d %b")
    } else {
        strftime(time, "%-d %b %Y")
    }
}

/// The short form in a `<time>` with the exact one on hover.
pub fn time(time: Timestamp, now: Timestamp) -> Markup {
    tagged(time, &short(time, now))
}

/// `14:31:40` today, else like `time`.
pub fn time_to_the_second(time: Timestamp, now: Timestamp) -> Markup {
    let today = time.millis().div_euclid(86_400_000) == now.millis().div_euclid(86_400_000);
    tagged(time, &if today { strftime(time, "%H:%M:%S") } else { short(time, now) })
}

/// `14 Oct 2026` in a `<time>`.
pub fn date(time: Timestamp) -> Markup {
    tagged(time, &strftime(time, "%-d %b %Y"))
}

/// `17 s ago` in a `<time>`.
pub fn ago(time: Timestamp, now: Timestamp) -> Markup {
    tagged(time, &format!("{}{NBSP}ago", rough_span(now.since(time))))
}

/// `in 6 days` in a `<time>`; what has passed says `ended 3 d ago`.
pub fn until(time: Timestamp, now: Timestamp) -> Markup {
    if time <= now {
        return tagged(time, &format!("ended {} ago", rough_span(now.since(time))));
    }
    let days = time.since(now).as_secs() / 86_400;
    match days {
        0 => tagged(time, &format!("in {}", rough_span(time.since(now)))),
        1 => tagged(time, "in 1 day"),
        _ => tagged(time, &format!("in {days} days")),
    }
}

/// `3 d 6 h` in a `<time>` that says since when.
pub fn lasting(since: Timestamp, now: Timestamp) -> Markup {
    Markup::from_html(format!(
        "<time datetime=\"{}\" title=\"since {}\">{}</time>",
        machine(since),
        exact(since),
        span(now.since(since))
    ))
}

/// For `datetime`: to the second.
fn machine(time: Timestamp) -> String {
    strftime(time, "%Y-%m-%dT%H:%M:%SZ")
}

fn tagged(time: Timestamp, text: &str) -> Markup {
    Markup::from_html(format!("<time datetime=\"{}\" title=\"{}\">{text}</time>", machine(time), exact(time)))
}

/// `45 s`, `38 min`, `2 h 14 min`, `3 d 6 h`, `88 d`: two units at most, the smaller one only while it matters.
pub fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if seconds < 60 {
        format!("{seconds}{NBSP}s")
    } else if minutes < 60 {
        format!("{minutes}{NBSP}min")
    } else if hours < 24 {
        match minutes % 60 {
            0 => format!("{hours}{NBSP}h"),
            rest => format!("{hours}{NBSP}h {rest:02}{NBSP}min"),
        }
    } else if days < 7 && hours % 24 > 0 {
        format!("{days}{NBSP}d {}{NBSP}h", hours % 24)
    } else {
        format!("{}{NBSP}d", thousands(days))
    }
}

/// One unit: `17 s`, `38 min`, `2 h`, `6 d`.
pub fn rough_span(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds}{NBSP}s"),
        60..3600 => format!("{}{NBSP}min", seconds / 60),
        3600..86_400 => format!("{}{NBSP}h", seconds / 3600),
        _ => format!("{}{NBSP}d", seconds / 86_400),
    }
}

/// `every 60 s`, `every 5 min`: an interval as a setting.
pub fn interval(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds}{NBSP}s"),
        _ if seconds.is_multiple_of(3600) => format!("{}{NBSP}h", seconds / 3600),
        _ if seconds.is_multiple_of(60) => format!("{}{NBSP}min", seconds / 60),
        _ => format!("{}{NBSP}s", thousands(seconds)),
    }
}

/// `1 204`, with spaces that do not break.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(NBSP);
        }
        out.push(digit);
    }
    out
}

/// `1 140 ms`.
pub fn millis(millis: u64) -> String {
    format!("{}{NBSP}ms", thousands(millis))
}

/// `0.40 s`, `4.2 s`: for sentences.
pub fn seconds_of(millis: u64) -> String {
    let hundredths = millis / 10;
    if millis < 1000 {
        format!("{}.{:02}{NBSP}s", hundredths / 100, hundredths % 100)
    } else {
        format!("{}.{}{NBSP}s", millis / 1000, (millis % 1000) / 100)
    }
}

/// `+ 8`, `− 4`, `0`, with a real minus.
pub fn signed(number: i64) -> String {
    match number {
        0 => "0".into(),
        1.. => format!("+{NBSP}{}", thousands(number.unsigned_abs())),
        _ => format!("−{NBSP}{}", thousands(number.unsigned_abs())),
    }
}

/// `1 204`, `− 4`: a number that may be below zero.
pub fn whole(number: i64) -> String {
    if number < 0 { signed(number) } else { thousands(number.unsigned_abs()) }
}

/// `99.7 %`, `100 %`, from a share of 1. Never rounds up to 100.
pub fn percent(share: f64) -> String {
    if share >= 1.0 {
        return format!("100{NBSP}%");
    }
    let tenths = (share.max(0.0) * 1000.0).floor() / 10.0;
    format!("{tenths:.1}{NBSP}%")
}

/// `1 connection`, `5 connections`.
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{}{NBSP}{}", thousands(number), if number == 1 { one } else { many })
}

/// `8 credits`, `1 credit`.
pub fn credits(number: i64) -> String {
    format!("{}{NBSP}{}", whole(number), if number == 1 { "credit" } else { "credits" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn spans_keep_two_units_while_the_smaller_matters() {
        let cases = [
            (45, "45 s"),
            (38 * 60, "38 min"),
            (2 * 3600 + 14 * 60, "2 h 14 min"),
            (9 * 3600 + 2 * 60, "9 h 02 min"),
            (3 * 86_400 + 6 * 3600, "3 d 6 h"),
            (6 * 86_400, "6 d"),
            (88 * 86_400 + 3600, "88 d"),
        ];
        for (seconds, text) in cases {
            assert_eq!(span(Duration::from_secs(seconds)).replace(NBSP, " "), text);
        }
    }

    #[test]
    fn times_are_as_short_as_they_are_clear() {
        let now = at("2026-11-24T14:32:08Z");
        let cases = [
            ("2026-11-24T12:18:00Z", "12:18"),
            ("2026-11-23T11:26:00Z", "Mon 11:26"),
            ("2026-11-21T08:11:00Z", "Sat 08:11"),
            ("2026-10-14T08:00:00Z", "14 Oct"),
            ("2025-10-14T08:00:00Z", "14 Oct 2025"),
        ];
        for (time, text) in cases {
            assert_eq!(short(at(time), now), text);
        }
        assert_eq!(clock(now), "Tue 24 Nov, 14:32:08 UTC");
        assert_eq!(
            time(at("2026-11-24T12:18:00Z"), now).as_str(),
            "<time datetime=\"2026-11-24T12:18:00Z\" title=\"24 Nov 2026, 12:18:00 UTC\">12:18</time>"
        );
    }

    #[test]
    fn numbers_have_real_minus_signs_and_spaces_that_hold() {
        assert_eq!(thousands(1_204_000), "1\u{a0}204\u{a0}000");
        assert_eq!(thousands(999), "999");
        assert_eq!(signed(-4), "−\u{a0}4");
        assert_eq!(signed(8), "+\u{a0}8");
        assert_eq!(millis(1140), "1\u{a0}140\u{a0}ms");
        assert_eq!(percent(0.9999), "99.9\u{a0}%");
        assert_eq!(percent(1.0), "100\u{a0}%");
        assert_eq!(percent(0.0), "0.0\u{a0}%");
        assert_eq!(seconds_of(400), "0.40\u{a0}s");
        assert_eq!(seconds_of(4210), "4.2\u{a0}s");
    }
}
