//! The plot of response times: p50, p95 and p99 over a span. Pure: measured points in, attributes of an SVG out.
//! A time without checks is a gap, a time signed out a tinted band; nothing is drawn where nothing was measured.

use std::fmt::Write as _;

use crate::base::Timestamp;
use crate::dashboard::charts::{Axis, Latency, latency};
use crate::dashboard::format;
use crate::dashboard::markup::Markup;

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
            Self::Day => 600_000,
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
    pub drawing: Markup,
    pub p50_word: String,
    pub p95_word: String,
    pub p99_word: String,
    pub signed_out: bool,
    pub table: Vec<PlotRow>,
}

/// Draws the points that lie within the span; `signed_out` are times in which nothing was asked.
pub fn plot(range: Range, now: Timestamp, points: &[Point], signed_out: &[(Timestamp, Timestamp)]) -> Plot {
    let start = range.start(now);
    let points: Vec<Point> = points.iter().copied().filter(|point| point.from >= start && point.checks > 0).collect();
    let most = points.iter().map(|point| point.p99).max().unwrap_or(0);
    let axis = Axis::seconds(most, x_axis(range, start));
    let bands = bands(range, now, signed_out);
    Plot {
        range: range.as_str(),
        choices: Range::ALL
            .into_iter()
            .map(|one| RangeChoice { value: one.as_str(), label: one.label(), chosen: one == range })
            .collect(),
        empty: points.is_empty(),
        drawing: latency(&slots(range, start, &points), &axis, &bands, &sentence(range, &points)),
        p50_word: middle(&points, |point| point.p50),
        p95_word: middle(&points, |point| point.p95),
        p99_word: middle(&points, |point| point.p99),
        signed_out: !bands.is_empty(),
        table: table(range, &points),
    }
}

/// The slot in which a moment lies, counted from the start of the span.
fn slot_of(range: Range, start: Timestamp, at: Timestamp) -> u32 {
    let off = at.millis().saturating_sub(start.millis()).clamp(0, range.millis());
    u32::try_from(off / range.slot_millis()).unwrap_or(0)
}

fn slots(range: Range, start: Timestamp, points: &[Point]) -> Vec<Option<Latency>> {
    let number = usize::try_from(range.millis() / range.slot_millis()).unwrap_or(0);
    let mut slots = vec![None; number];
    for point in points {
        let place = usize::try_from(slot_of(range, start, point.from)).unwrap_or(0);
        if let Some(slot) = slots.get_mut(place.min(number.saturating_sub(1))) {
            *slot = Some(Latency { p50: point.p50, p95: point.p95, p99: point.p99 });
        }
    }
    slots
}

fn bands(range: Range, now: Timestamp, signed_out: &[(Timestamp, Timestamp)]) -> Vec<(u32, u32)> {
    let start = range.start(now);
    signed_out
        .iter()
        .filter(|(from, until)| *until > start && until > from)
        .map(|(from, until)| {
            let left = slot_of(range, start, *from);
            (left, slot_of(range, start, (*until).min(now)).max(left.saturating_add(1)))
        })
        .collect()
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
fn table(range: Range, points: &[Point]) -> Vec<PlotRow> {
    let per_row = points.len().div_ceil(24).max(1);
    let ms = |value: u32| format::millis(u64::from(value));
    let pattern = if range == Range::Day { "%H:%M" } else { "%-d %b %H:%M" };
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
        (0..130u32)
            .filter(|slot| !(60..64).contains(slot))
            .map(|slot| {
                let p50 = if slot == 52 { 1400 } else { 400 + slot % 7 * 20 };
                let from = Timestamp::from_millis(start + i64::from(slot) * 600_000);
                Point { from, p50, p95: p50 * 3 / 2, p99: p50 * 17 / 10, checks: 15 }
            })
            .collect()
    }

    #[test]
    fn gaps_break_the_line_and_the_finding_is_said() {
        let drawn = plot(Range::Day, now(), &day(), &[(now().plus_seconds(-8040), now())]);
        let html = drawn.drawing.as_str();
        assert!(html.contains("peak 2.3") && html.contains("14:32 UTC") && html.contains("class=\"gone\""), "{html}");
        assert!(drawn.table.len() <= 24 && drawn.signed_out);
    }

    #[test]
    fn nothing_measured_is_said_not_drawn() {
        let drawn = plot(Range::Month, now(), &[], &[]);
        assert!(drawn.empty && drawn.drawing.as_str().contains("nothing measured"));
    }
}
