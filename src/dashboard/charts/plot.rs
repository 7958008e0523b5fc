//! Plots with axes: stacked counts, response times, areas by tier. The axis words are HTML around the drawing, so
//! they keep their size when it is stretched. A time without measurements is a gap, never a zero.

use std::fmt::Write as _;

use super::{coordinate, share};
use crate::dashboard::markup::{Markup, escape};

/// The words along both axes. `x` words stand at equal distances; every second one gives way on small screens.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Axis {
    /// The number at the top.
    pub top: f64,
    /// From the top down, the last is zero.
    pub y: Vec<String>,
    pub x: Vec<String>,
}

impl Axis {
    /// A round top above `most` and four or fewer steps for it, in whole numbers.
    pub fn whole(most: u64, x: Vec<String>) -> Self {
        let rounds = [3u64, 4, 6, 8, 12, 16, 20, 30, 40, 60, 80];
        let mut scale = 1u64;
        let top = loop {
            if let Some(round) = rounds.iter().map(|round| round.saturating_mul(scale)).find(|round| *round >= most) {
                break round;
            }
            scale = scale.saturating_mul(10);
        };
        let steps = if top.is_multiple_of(4) { 4 } else { 3 };
        let y = (0..=steps).rev().map(|step| crate::dashboard::format::thousands(top / steps * step)).collect();
        Self { top: u32::try_from(top).map_or(f64::MAX, f64::from), y, x }
    }

    /// Seconds: the top gets the unit, the others are bare.
    pub fn seconds(most_millis: u32, x: Vec<String>) -> Self {
        let step = [50u32, 100, 200, 300, 500, 600, 1000, 1500, 2500, 4000, 7500]
            .into_iter()
            .find(|step| step * 4 >= most_millis)
            .unwrap_or(15_000);
        let word = |millis: u32| {
            let text = format!("{}.{:02}", millis / 1000, millis % 1000 / 10);
            text.trim_end_matches('0').trim_end_matches('.').to_string()
        };
        let y = (0..=4u32)
            .rev()
            .map(|at| if at == 4 { format!("{}\u{a0}s", word(step * 4)) } else { word(step * at) })
            .collect();
        Self { top: f64::from(step * 4), y, x }
    }

    fn height(&self, value: f64) -> f64 {
        100.0 - share(value, self.top).clamp(0.0, 1.0) * 100.0
    }
}

fn frame(axis: &Axis, size: &str, width: u32, label: &str, drawing: &str) -> Markup {
    let mut out = format!("<div class=\"plot {size}\"><div class=\"y\" aria-hidden=\"true\">");
    for word in &axis.y {
        let _ = write!(out, "<span>{}</span>", escape(word));
    }
    let _ = write!(
        out,
        "</div><svg viewBox=\"0 0 {width} 100\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\">",
        escape(label)
    );
    let steps = u32::try_from(axis.y.len().saturating_sub(1)).unwrap_or(0);
    for step in 0..steps {
        let y = coordinate(share(f64::from(step), f64::from(steps)) * 100.0);
        let _ = write!(out, "<line class=\"grid\" x1=\"0\" x2=\"{width}\" y1=\"{y}\" y2=\"{y}\"/>");
    }
    let _ = write!(
        out,
        "{drawing}<line class=\"floor\" x1=\"0\" x2=\"{width}\" y1=\"100\" y2=\"100\"/></svg><div class=\"x\" aria-hidden=\"true\">"
    );
    for (place, word) in axis.x.iter().enumerate() {
        let class = if place % 2 == 1 { " class=\"late\"" } else { "" };
        let _ = write!(out, "<span{class}>{}</span>", escape(word));
    }
    out.push_str("</div></div>");
    Markup::from_html(out)
}

/// How many connections were not active in a slot of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StackSlot {
    pub reauthorization_required: u32,
    pub unreachable: u32,
    pub degraded: u32,
}

impl StackSlot {
    pub fn total(self) -> u32 {
        self.reauthorization_required.saturating_add(self.unreachable).saturating_add(self.degraded)
    }
}

/// Stacked bars, the most urgent at the bottom.
pub fn stacked(slots: &[StackSlot], axis: &Axis, label: &str) -> Markup {
    let mut paths = [
        ("k-reauthorization_required", String::new()),
        ("k-unreachable", String::new()),
        ("k-degraded", String::new()),
    ];
    for (place, slot) in (0u32..).zip(slots) {
        let mut floor = 100.0;
        for ((_, path), number) in
            paths.iter_mut().zip([slot.reauthorization_required, slot.unreachable, slot.degraded])
        {
            let high = 100.0 - axis.height(f64::from(number));
            if high > 0.0 {
                floor -= high;
                let _ = write!(path, "M{} {}h8v{}h-8z", place * 10 + 1, coordinate(floor), coordinate(high));
            }
        }
    }
    let drawing: String = paths
        .iter()
        .filter(|(_, path)| !path.is_empty())
        .map(|(class, path)| format!("<path class=\"stack {class}\" d=\"{path}\"/>"))
        .collect();
    let width = u32::try_from(slots.len()).unwrap_or(0).saturating_mul(10).max(10);
    frame(axis, "low", width, label, &drawing)
}

/// Response times of one slot, in milliseconds; none where nothing was measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Latency {
    pub p50: u32,
    pub p95: u32,
    pub p99: u32,
}

/// Three lines over time; `signed_out` are the slots from and to which nobody was signed in, drawn as tinted bands.
pub fn latency(slots: &[Option<Latency>], axis: &Axis, signed_out: &[(u32, u32)], label: &str) -> Markup {
    let width = u32::try_from(slots.len()).unwrap_or(0).saturating_mul(10).max(10);
    let line = |class: &str, value: fn(&Latency) -> u32| {
        let mut path = String::new();
        let mut pen_down = false;
        for (place, slot) in (0u32..).zip(slots) {
            if let Some(slot) = slot {
                let letter = if pen_down { 'L' } else { 'M' };
                let y = coordinate(axis.height(f64::from(value(slot))));
                let _ = write!(path, "{letter}{} {y}", place * 10 + 5);
            }
            pen_down = slot.is_some();
        }
        format!("<path class=\"{class}\" d=\"{path}\"/>")
    };
    let mut drawing = String::new();
    for (from, until) in
        signed_out.iter().map(|(from, until)| (from.saturating_mul(10).min(width), until.saturating_mul(10).min(width)))
    {
        let _ = write!(
            drawing,
            "<rect class=\"gone\" x=\"{from}\" y=\"0\" width=\"{}\" height=\"100\"/><line class=\"cut\" x1=\"{from}\" x2=\"{from}\" y1=\"0\" y2=\"100\"/>",
            until.saturating_sub(from)
        );
    }
    drawing.push_str(&line("p99", |slot| slot.p99));
    drawing.push_str(&line("p95", |slot| slot.p95));
    drawing.push_str(&line("p50", |slot| slot.p50));
    frame(axis, "tall", width, label, &drawing)
}

/// One day (or other step) of credits by tier, and what was granted or allowed then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Area {
    pub used: super::TierCredits,
    pub limit: Option<u32>,
}

type Height = fn(&Area) -> u32;

/// Stacked areas by tier in steps, tier 3 at the bottom, with the limit as a dashed line.
pub fn areas(steps: &[Area], axis: &Axis, label: &str) -> Markup {
    let width = u32::try_from(steps.len()).unwrap_or(0).saturating_mul(10).max(10);
    let outline = |height: fn(&Area) -> u32| {
        let mut path = String::new();
        let mut at = 0usize;
        for run in steps.chunk_by(|one, other| height(one) == height(other)) {
            let y = coordinate(axis.height(f64::from(run.first().map_or(0, height))));
            let start = if at == 0 { format!("M0 {y}") } else { format!("V{y}") };
            at += run.len();
            let _ = write!(path, "{start}H{}", at * 10);
        }
        path
    };
    let mut drawing = String::new();
    // The tallest first: each lower one is painted over it, so that no path needs a second edge.
    let layers: [(&str, Height); 3] = [
        ("k-t1", |step| step.used.total()),
        ("k-t2", |step| step.used.tier_3.saturating_add(step.used.tier_2)),
        ("k-t3", |step| step.used.tier_3),
    ];
    if !steps.is_empty() {
        for (class, height) in layers {
            let _ = write!(drawing, "<path class=\"area {class}\" d=\"{}V100H0z\"/>", outline(height));
        }
    }
    if steps.iter().any(|step| step.limit.is_some()) {
        let _ = write!(drawing, "<path class=\"limit\" d=\"{}\"/>", outline(|step| step.limit.unwrap_or(0)));
    }
    frame(axis, "tall", width, label, &drawing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_round() {
        assert_eq!(Axis::whole(9, vec![]).y, ["12", "9", "6", "3", "0"]);
        assert_eq!(Axis::whole(161, vec![]).y, ["200", "150", "100", "50", "0"]);
        assert_eq!(Axis::whole(0, vec![]).y, ["3", "2", "1", "0"]);
        assert_eq!(Axis::seconds(2100, vec![]).y, ["2.4\u{a0}s", "1.8", "1.2", "0.6", "0"]);
    }

    #[test]
    fn a_time_without_measurements_is_a_gap() {
        let some = Some(Latency { p50: 100, p95: 200, p99: 300 });
        let drawn = latency(&[some, None, some, some], &Axis::seconds(400, vec![]), &[], "said").to_string();
        assert!(drawn.contains("<path class=\"p50\" d=\"M5 75M25 75L35 75\"/>"), "{drawn}");
    }

    #[test]
    fn stacks_stand_on_each_other() {
        let slot = StackSlot { reauthorization_required: 1, unreachable: 1, degraded: 2 };
        let drawn = stacked(&[slot], &Axis::whole(4, vec![]), "said").to_string();
        assert!(drawn.contains("k-reauthorization_required\" d=\"M1 75h8v25h-8z\""), "{drawn}");
        assert!(drawn.contains("k-degraded\" d=\"M1 0h8v50h-8z\""), "{drawn}");
    }
}
