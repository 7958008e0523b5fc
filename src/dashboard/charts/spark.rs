//! The sparkline: one line without axes, for a number that is printed beside it.

use std::fmt::Write as _;

use super::{coordinate, share};
use crate::dashboard::markup::{Markup, escape};

/// `values` oldest first; `label` says the finding.
pub fn spark(values: &[u32], label: &str) -> Markup {
    let top = f64::from(values.iter().copied().max().unwrap_or(0).max(1));
    let last = u32::try_from(values.len().saturating_sub(1)).unwrap_or(0);
    let mut line = String::new();
    for (place, value) in (0u32..).zip(values) {
        let x = share(f64::from(place), f64::from(last)) * 100.0;
        let y = 19.0 - share(f64::from(*value), top) * 18.0;
        let _ = write!(line, "{}{} {}", if place == 0 { 'M' } else { 'L' }, coordinate(x), coordinate(y));
    }
    Markup::from_html(format!(
        "<svg class=\"spark\" viewBox=\"0 0 100 20\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\"><path d=\"{line}\"/></svg>",
        escape(label)
    ))
}
