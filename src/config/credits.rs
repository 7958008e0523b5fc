//! `[credits]`: the price list, and what happens when the pool is too small.

use super::section::Section;
use super::setting::words;

#[derive(Debug, Clone)]
pub struct Credits {
    pub policy: Policy,
    /// Credits of tier 1, 2 and 3.
    pub tiers: [u32; 3],
    pub on_premises_factor: u32,
    /// For `overage`: how far the pool may be overdrawn; left out, without end.
    pub overage_limit: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    Inactive,
    Refuse,
    Overage,
}

words!(Policy, "“inactive”, “refuse” or “overage”",
    "inactive" => Policy::Inactive, "refuse" => Policy::Refuse, "overage" => Policy::Overage);

pub fn read(section: &mut Section<'_>) -> Credits {
    let policy = section.or("policy", Policy::Inactive);
    let tiers = [
        section.count("tier_1", 1, 0..=1_000_000),
        section.count("tier_2", 2, 0..=1_000_000),
        section.count("tier_3", 4, 0..=1_000_000),
    ];
    let on_premises_factor = section.count("on_premises_factor", 2, 1..=1_000);
    let overage_limit = section.optional("overage_limit");
    if overage_limit.is_some() && policy != Policy::Overage {
        section.problem(
            "overage_limit",
            "a limit is given, but the policy is not “overage”",
            "Set policy = \"overage\", or take it out",
        );
    }
    Credits { policy, tiers, on_premises_factor, overage_limit }
}
