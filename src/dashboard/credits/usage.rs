//! The plot of credits in use by tier against what was granted. Pure: one step a day in, a drawing and a table out.

use crate::base::Timestamp;
use crate::dashboard::charts::{Area, Axis, TierCredits, areas};
use crate::dashboard::format;
use crate::dashboard::markup::Markup;

/// Which span is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    Month,
    Quarter,
    Year,
}

impl Span {
    pub const ALL: [Self; 3] = [Self::Month, Self::Quarter, Self::Year];
    pub fn parse(text: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|span| Some(span.as_str()) == text).unwrap_or(Self::Quarter)
    }
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Month => "30d",
            Self::Quarter => "90d",
            Self::Year => "1y",
        }
    }
    fn label(self) -> &'static str {
        match self {
            Self::Month => "30 d",
            Self::Quarter => "90 d",
            Self::Year => "1 year",
        }
    }
    pub fn days(self) -> u32 {
        match self {
            Self::Month => 30,
            Self::Quarter => 90,
            Self::Year => 365,
        }
    }
    fn title(self) -> &'static str {
        match self {
            Self::Month => "30 days",
            Self::Quarter => "90 days",
            Self::Year => "1 year",
        }
    }
}

/// One day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DayUsage {
    pub day: Timestamp,
    pub used: TierCredits,
    pub granted: u32,
}

#[derive(Debug, Clone)]
pub struct SpanChoice {
    pub value: &'static str,
    pub label: &'static str,
    pub chosen: bool,
}

#[derive(Debug, Clone)]
pub struct UsageRow {
    pub day: String,
    pub tier_1: u32,
    pub tier_2: u32,
    pub tier_3: u32,
    pub in_use: u32,
    pub granted: u32,
}

#[derive(Debug, Clone)]
pub struct UsagePlot {
    pub range: &'static str,
    pub title: &'static str,
    pub choices: Vec<SpanChoice>,
    pub empty: bool,
    pub drawing: Markup,
    pub table: Vec<UsageRow>,
}

/// `days` oldest first, one for each day of the span.
pub fn usage_plot(span: Span, days: &[DayUsage]) -> UsagePlot {
    let most = days.iter().map(|day| day.used.total().max(day.granted)).max().unwrap_or(0);
    let axis = Axis::whole(u64::from(most), x_axis(days));
    let steps: Vec<Area> = days.iter().map(|day| Area { used: day.used, limit: Some(day.granted) }).collect();
    UsagePlot {
        range: span.as_str(),
        title: span.title(),
        choices: Span::ALL
            .into_iter()
            .map(|one| SpanChoice { value: one.as_str(), label: one.label(), chosen: one == span })
            .collect(),
        empty: most == 0,
        drawing: areas(&steps, &axis, &sentence(span, days)),
        table: table(days),
    }
}

fn x_axis(days: &[DayUsage]) -> Vec<String> {
    let last = days.len().saturating_sub(1);
    (0..=4usize)
        .filter_map(|step| days.get(last * step / 4))
        .map(|day| day.day.to_jiff().strftime("%-d %b").to_string())
        .collect()
}

fn sentence(span: Span, days: &[DayUsage]) -> String {
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return format!("Credits in use over {}: nothing yet.", span.title());
    };
    let word = |day: &DayUsage| day.day.to_jiff().strftime("%-d %B").to_string();
    let peak = days.iter().max_by_key(|day| day.used.total()).unwrap_or(last);
    format!(
        "Credits in use over {}, from {} on {} to {} today, at most {} on {}; granted {}. Tier 3 went from {} to {}.",
        span.title(),
        first.used.total(),
        word(first),
        last.used.total(),
        peak.used.total(),
        word(peak),
        last.granted,
        first.used.tier_3,
        last.used.tier_3
    )
}

/// Newest first; a day that equals the one before is left out.
fn table(days: &[DayUsage]) -> Vec<UsageRow> {
    let mut rows: Vec<UsageRow> = Vec::new();
    let mut before: Option<DayUsage> = None;
    for day in days {
        if before.is_none_or(|last| last.used != day.used || last.granted != day.granted) {
            rows.push(UsageRow {
                day: day.day.to_jiff().strftime("%-d %b %Y").to_string(),
                tier_1: day.used.tier_1,
                tier_2: day.used.tier_2,
                tier_3: day.used.tier_3,
                in_use: day.used.total(),
                granted: day.granted,
            });
        }
        before = Some(*day);
    }
    rows.reverse();
    rows.truncate(60);
    rows
}

/// `10 × 4` and the product, for a cell that shows its sum.
pub fn product(count: i64, each: i64, credits: i64) -> (String, String) {
    // After a change of the price list older connections keep their price: then the sum is no plain product.
    if count == 0 {
        (String::new(), "0".into())
    } else if count.saturating_mul(each) == credits {
        (format!("{count} × {each}"), credits.to_string())
    } else {
        (format::count(u64::try_from(count).unwrap_or(0), "connection", "connections"), credits.to_string())
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn days() -> Vec<DayUsage> {
        (0..90u32)
            .map(|day| DayUsage {
                day: Timestamp::from_millis(1_756_252_800_000 + i64::from(day) * 86_400_000),
                used: TierCredits { tier_1: 17 + day / 30, tier_2: 18 + day / 8, tier_3: 60 + day / 2 },
                granted: if day < 44 { 120 } else { 166 },
            })
            .collect()
    }

    #[test]
    fn the_finding_is_said() {
        let plot = usage_plot(Span::Quarter, &days());
        assert!(plot.drawing.as_str().contains("from 95 on 27 August to 152 today"), "{}", plot.drawing);
        assert!(!plot.empty && plot.table.len() <= 60);
        assert!(usage_plot(Span::Year, &[]).empty);
    }

    #[test]
    fn a_product_is_shown_only_where_it_is_one() {
        assert_eq!(product(10, 4, 40), ("10 × 4".into(), "40".into()));
        assert_eq!(product(0, 4, 0), (String::new(), "0".into()));
        assert_eq!(product(3, 4, 10).1, "10");
    }
}
