//! Charts as SVG drawn by attributes: no text inside, so they may be stretched; colour by class; the label says the
//! finding. Everything here is a pure function from numbers to markup.

mod bar;
mod plot;
mod spark;
mod strip;

pub use bar::{TierCredits, credits_bar};
pub use plot::{Area, Axis, Latency, StackSlot, areas, latency, stacked};
pub use spark::spark;
pub use strip::{Slot, strip, strip_large};

/// A coordinate with at most one digit after the point, as short as it can be.
fn coordinate(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_string)
}

/// `from` of a share of `whole`, safe for nothing at all.
fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
