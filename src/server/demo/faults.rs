//! What goes wrong in the demo, and what changes while one looks at it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::plant::{Manner, Plant};

/// Which connection (by its number) fails in which way. The rest work.
pub(super) const FAULTS: [(usize, Manner); 15] = [
    (0, Manner::Status(401)),
    (4, Manner::Status(401)),
    (9, Manner::SignInPage),
    (13, Manner::Status(403)),
    (16, Manner::Throttled),
    (19, Manner::Slow),
    (22, Manner::Status(404)),
    (25, Manner::Status(503)),
    (28, Manner::Closed),
    (31, Manner::Hang),
    (34, Manner::Reset),
    (37, Manner::Status(500)),
    (40, Manner::Status(401)),
    (43, Manner::Status(403)),
    (46, Manner::Closed),
];

/// One goes down and comes back every few minutes, another gets slow; response times rise and fall.
pub(super) async fn live(plants: Arc<Vec<Plant>>) {
    let mut beat = 0u32;
    loop {
        tokio::time::sleep(Duration::from_secs(20)).await;
        beat = beat.wrapping_add(1);
        for (index, plant) in plants.iter().enumerate() {
            let number = u32::try_from(index).unwrap_or(0);
            let wave = (beat.wrapping_mul(7).wrapping_add(number * 13)) % 60;
            plant.millis.store(20 + number * 3 + wave, Ordering::Relaxed);
        }
        let down = (beat / 9) % 2 == 1;
        if let Some(plant) = plants.get(2) {
            plant.behave(if down { Manner::Status(503) } else { Manner::Well }).await;
        }
        let busy = (beat / 6) % 2 == 1;
        if let Some(plant) = plants.get(7) {
            plant.behave(if busy { Manner::Throttled } else { Manner::Well }).await;
        }
    }
}
