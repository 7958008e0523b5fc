//! No sign-in: nothing is added.

use crate::systems::Carry;

pub(super) fn carry() -> Carry {
    Carry::default()
}
