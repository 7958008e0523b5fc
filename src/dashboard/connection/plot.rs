//! The plot of response times: p50, p95 and p99 over a span. Pure: measured points in, attributes of an SVG out.
//! A time without checks is a gap, a time signed out a tinted band; nothing is drawn where nothing was measured.

use std::fmt::Write as _;

use crate::base::Timestamp;
use crate::dashboard::format;

/// Width of the drawing, in its own units.
const WIDTH: i64 = 960;

/// Which span is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Range {
    Day,
    Week,
    Month,
}

impl Range {
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];
    pub fn parse(text: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|range| Some(range.as_str()) == text).unwrap_or(Self::Day)
    }
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Day => "24h",
            Self::Week => "7d",
            Self::Month => "30d",
        }
    }
    fn label(self) -> &'static str {
        match self {
            Self::Day => "24 h",
            Self::Week => "7 d",
            Self::Month => "30 d",
        }
    }
    fn words(self) -> &'static str {
        match self {
            Self::Day => "24 hours",
            Self::Week => "7 days",
            Self::Month => "30 days",
        }
    }
    pub fn millis(self) -> i64 {
        let day = 86_400_000;
        match self {
            Self::Day => day,
            Self::Week => 7 * day,
            Self::Month => 30 * day,
        }
    }
    /// Length of one point.
    pub fn slot_millis(self) -> i64 {
        match self {
            Self::Day => 900_000,
            Self::Week => 3_600_000,
            Self::Month => 4 * 3_600_000,
        }
    }
    pub fn start(self, now: Timestamp) -> Timestamp {
        Timestamp::from_millis(now.millis().saturating_sub(self.millis()))
    }
}

/// What was measured in one slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    pub from: Timestamp,
    pub p50: u32,
    pub p95: u32,
    pub p99: u32,
    pub checks: u64,
}

#[derive(Debug, Clone)]
pub struct RangeChoice {
    pub value: &'static str,
    pub label: &'static str,
    pub chosen: bool,
}

#[derive(Debug, Clone)]
pub struct PlotRow {
    pub from: String,
    pub p50: String,
    pub p95: String,
    pub p99: String,
    pub checks: String,
}

/// The plot as it is printed.
#[derive(Debug, Clone)]
pub struct Plot {
    pub range: &'static str,
    pub choices: Vec<RangeChoice>,
    pub empty: bool,
    pub sentence: String,
    pub y_axis: Vec<String>,
    pub x_axis: Vec<String>,
    pub p50: String,
    pub p95: String,
    pub p99: String,
    pub p50_word: String,
    pub p95_word: String,
    pub p99_word: String,
    /// x and width of each band.
    pub signed_out: Vec<(i64, i64)>,
    pub table: Vec<PlotRow>,
}

/// Draws the points that lie within the span; `signed_out` are times in which nothing was asked.
pub fn plot(range: Range, now: Timestamp, points: &[Point], signed_out: &[(Timestamp, Timestamp)]) -> Plot {
    let start = range.start(now);
    let points: Vec<Point> = points.iter().copied().filter(|point| point.from >= start && point.checks > 0).collect();
    let top = ceiling(points.iter().map(|point| point.p99).max().unwrap_or(0));
    let line = |pick: fn(&Point) -> u32| path(range, start, top, &points, pick);
    Plot {
        range: range.as_str(),
        choices: Range::ALL
            .into_iter()
            .map(|one| RangeChoice { value: one.as_str(), label: one.label(), chosen: one == range })
            .collect(),
        empty: points.is_empty(),
        sentence: sentence(range, &points),
        y_axis: y_axis(top),
        x_axis: x_axis(range, start),
        p50: line(|point| point.p50),
        p95: line(|point| point.p95),
        p99: line(|point| point.p99),
        p50_word: middle(&points, |point| point.p50),
        p95_word: middle(&points, |point| point.p95),
        p99_word: middle(&points, |point| point.p99),
        signed_out: signed_out.iter().filter_map(|(from, until)| band(range, start, now, *from, *until)).collect(),
        table: table(range, now, &points),
    }
}

fn x_of(range: Range, start: Timestamp, at: Timestamp) -> i64 {
    let off = at.millis().saturating_sub(start.millis()).clamp(0, range.millis());
    off.saturating_mul(WIDTH) / range.millis()
}

fn band(range: Range, start: Timestamp, now: Timestamp, from: Timestamp, until: Timestamp) -> Option<(i64, i64)> {
    let until = until.min(now);
    if until <= start || until <= from {
        return None;
    }
    let left = x_of(range, start, from);
    Some((left, x_of(range, start, until).saturating_sub(left).max(2)))
}

fn path(range: Range, start: Timestamp, top: u32, points: &[Point], pick: fn(&Point) -> u32) -> String {
    let mut out = String::new();
    let mut before: Option<Timestamp> = None;
    let half = range.slot_millis() / 2;
    for point in points {
        let x = x_of(range, start, Timestamp::from_millis(point.from.millis().saturating_add(half)));
        // One empty slot is a gap of rounding; two are a time without checks.
        let gap = before.is_none_or(|last| point.from.millis().saturating_sub(last.millis()) > 2 * range.slot_millis());
        let height = 100.0 - 100.0 * f64::from(pick(point).min(top)) / f64::from(top.max(1));
        let _ = write!(out, "{}{x} {height:.1}", if gap { 'M' } else { 'L' });
        if gap {
            // A lone point is drawn as a short stroke, else it would not be seen.
            let _ = write!(out, "h2");
        }
        before = Some(point.from);
    }
    out
}

/// The next round number above, so that four steps of it are round as well.
fn ceiling(most: u32) -> u32 {
    let steps = [4, 8, 20, 40, 80, 120, 200, 400, 600, 800, 1200, 1600, 2400, 4000, 8000, 12_000, 20_000, 40_000, 80_000];
    steps.into_iter().find(|step| *step >= most).unwrap_or(120_000)
}

fn y_axis(top: u32) -> Vec<String> {
    (0..=4u32)
        .rev()
        .map(|step| {
            let value = top / 4 * step;
            match (step, top >= 1000) {
                (0, _) => "0".into(),
                (4, true) => format!("{} s", tenths(value)),
                (_, true) => tenths(value),
                (4, false) => format!("{value} ms"),
                (_, false) => value.to_string(),
            }
        })
        .collect()
}

fn tenths(millis: u32) -> String {
    format!("{}.{}", millis / 1000, (millis % 1000) / 100)
}

fn x_axis(range: Range, start: Timestamp) -> Vec<String> {
    let steps = 6i64;
    (0..=steps)
        .map(|step| {
            let at = Timestamp::from_millis(start.millis().saturating_add(range.millis() / steps * step));
            let pattern = if range == Range::Day { "%H:%M" } else { "%-d %b" };
            let word = at.to_jiff().strftime(pattern).to_string();
            if step == steps && range == Range::Day { format!("{word} UTC") } else { word }
        })
        .collect()
}

/// The middle one of the slots' values, for the legend.
fn middle(points: &[Point], pick: fn(&Point) -> u32) -> String {
    let mut values: Vec<u32> = points.iter().map(pick).collect();
    values.sort_unstable();
    values.get(values.len() / 2).map_or_else(|| format::NONE.into(), |value| format::millis(u64::from(*value)))
}

fn sentence(range: Range, points: &[Point]) -> String {
    let span = range.words();
    let (Some(low), Some(high)) =
        (points.iter().map(|point| point.p50).min(), points.iter().map(|point| point.p50).max())
    else {
        return format!("Response time in the last {span}: nothing measured.");
    };
    let peak = points.iter().max_by_key(|point| point.p99);
    let mut text = format!(
        "Response time in the last {span}. Median {} to {}",
        format::seconds_of(u64::from(low)),
        format::seconds_of(u64::from(high))
    );
    if let Some(peak) = peak {
        let at = peak.from.to_jiff().strftime("%-d %b %H:%M");
        let _ = write!(text, "; peak {} at {at} UTC", format::seconds_of(u64::from(peak.p99)));
    }
    text + "."
}

/// At most 24 rows: slots are put together where there are more.
fn table(range: Range, now: Timestamp, points: &[Point]) -> Vec<PlotRow> {
    let per_row = points.len().div_ceil(24).max(1);
    let ms = |value: u32| format::millis(u64::from(value));
    let pattern = if range == Range::Day { "%H:%M" } else { "%-d %b %H:%M" };
    let _ = now;
    points
        .chunks(per_row)
        .rev()
        .filter_map(|rows| {
            let first = rows.first()?;
            Some(PlotRow {
                from: first.from.to_jiff().strftime(pattern).to_string(),
                p50: middle(rows, |point| point.p50),
                p95: ms(rows.iter().map(|point| point.p95).max()?),
                p99: ms(rows.iter().map(|point| point.p99).max()?),
                checks: format::thousands(rows.iter().map(|point| point.checks).sum()),
            })
        })
        .collect()
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn now() -> Timestamp {
        Timestamp::parse("2026-11-24T14:32:08Z").unwrap()
    }

    /// A day with a peak, a gap, and the last two hours signed out.
    pub fn day() -> Vec<Point> {
        let start = Range::Day.start(now()).millis();
        (0..87u32)
            .filter(|slot| !(60..64).contains(slot))
            .map(|slot| {
                let p50 = if slot == 52 { 1400 } else { 400 + slot % 7 * 20 };
                let from = Timestamp::from_millis(start + i64::from(slot) * 900_000);
                Point { from, p50, p95: p50 * 3 / 2, p99: p50 * 17 / 10, checks: 15 }
            })
            .collect()
    }

    #[test]
    fn gaps_break_the_line_and_the_finding_is_said() {
        let drawn = plot(Range::Day, now(), &day(), &[(now().plus_seconds(-8040), now())]);
        assert_eq!(drawn.p50.matches('M').count(), 2);
        assert_eq!(drawn.y_axis.first().map(String::as_str), Some("2.4 s"));
        assert!(drawn.sentence.contains("peak 2.3"), "{}", drawn.sentence);
        assert_eq!(drawn.x_axis.last().map(String::as_str), Some("14:32 UTC"));
        assert!(drawn.table.len() <= 24 && drawn.signed_out.len() == 1);
    }

    #[test]
    fn nothing_measured_is_said_not_drawn() {
        let drawn = plot(Range::Month, now(), &[], &[]);
        assert!(drawn.empty && drawn.p50.is_empty() && drawn.sentence.contains("nothing measured"));
    }
}
