//! The credits bar: tier 3, 2, 1, then what is free; a limit is an ink tick. Bars of one table share one scale.

use std::fmt::Write as _;

use super::{coordinate, share};
use crate::dashboard::markup::{Markup, escape};

/// Credits in use by tier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TierCredits {
    pub tier_1: u32,
    pub tier_2: u32,
    pub tier_3: u32,
}

impl TierCredits {
    pub fn total(self) -> u32 {
        self.tier_1.saturating_add(self.tier_2).saturating_add(self.tier_3)
    }
    fn words(self) -> String {
        format!("tier 3 {}, tier 2 {}, tier 1 {}", self.tier_3, self.tier_2, self.tier_1)
    }
}

const WIDTH: f64 = 100.0;

/// `scale` is the number at the right end; `label` says the finding (`None`: the tiers and the limit are said).
pub fn credits_bar(used: TierCredits, scale: u32, limit: Option<u32>, big: bool, label: Option<&str>) -> Markup {
    let said = label.map_or_else(
        || match limit {
            Some(limit) => format!("{}, limit {limit}", used.words()),
            None => format!("{}, no limit", used.words()),
        },
        str::to_string,
    );
    let full = f64::from(scale.max(used.total()).max(limit.unwrap_or(0)).max(1));
    let mut out = format!(
        "<svg class=\"bar{}\" viewBox=\"0 0 100 8\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{}\"><path class=\"k-free\" d=\"M0 0H100V8H0z\"/>",
        if big { " big" } else { "" },
        escape(&said)
    );
    let mut at = 0.0;
    for (credits, class) in [(used.tier_3, "k-t3"), (used.tier_2, "k-t2"), (used.tier_1, "k-t1")] {
        if credits > 0 {
            let wide = share(f64::from(credits), full) * WIDTH;
            let _ = write!(
                out,
                "<path class=\"{class}\" d=\"M{} 0h{}v8h-{}z\"/>",
                coordinate(at),
                coordinate(wide),
                coordinate(wide)
            );
            at += wide;
        }
    }
    if let Some(limit) = limit {
        let x = (share(f64::from(limit), full) * WIDTH - 0.6).max(0.0);
        let _ = write!(out, "<path class=\"k-limit\" d=\"M{} -3h1.5v14h-1.5z\"/>", coordinate(x));
    }
    out.push_str("</svg>");
    Markup::from_html(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_share_their_scale_and_say_their_sum() {
        let used = TierCredits { tier_1: 1, tier_2: 2, tier_3: 20 };
        let drawn = credits_bar(used, 40, Some(40), false, None).to_string();
        assert!(drawn.contains("d=\"M0 0h50v8h-50z\""), "{drawn}");
        assert!(drawn.contains("tier 3 20, tier 2 2, tier 1 1, limit 40"), "{drawn}");
        assert!(credits_bar(TierCredits::default(), 0, None, false, None).as_str().contains("no limit"));
    }
}
