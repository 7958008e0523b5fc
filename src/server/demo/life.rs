//! What changes while one looks at the demo.

use std::time::Duration;

use super::faults::Fault;
use super::people::Story;
use super::seed::Plant;

/// Some fail and recover while the demo runs, each in a rhythm of its own. The first change comes within a minute.
pub async fn live(plants: Vec<Plant>) {
    const RHYTHMS: [(u64, u64, u64); 4] = [(10, 80, 240), (40, 110, 300), (0, 35, 180), (25, 90, 210)];
    const STEP: u64 = 5;
    let flapping: Vec<(&Plant, Fault)> = plants
        .iter()
        .filter_map(|plant| match plant.plan.story {
            Story::Flaps(fault) => Some((plant, fault)),
            _ => None,
        })
        .collect();
    let mut failing = vec![false; flapping.len()];
    let mut second = 0u64;
    loop {
        for (((plant, fault), (from, until, every)), was) in flapping.iter().zip(RHYTHMS).zip(&mut failing) {
            let fails = (from..until).contains(&(second % every));
            if fails != *was {
                plant.system.suffer(if fails { *fault } else { Fault::None });
                *was = fails;
            }
        }
        tokio::time::sleep(Duration::from_secs(STEP)).await;
        second += STEP;
    }
}
