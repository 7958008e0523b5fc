//! A fixed key in a header of its own.

use crate::systems::Carry;

pub(super) fn carry() -> Carry {
    Carry { headers: [("X-API-Key".to_owned(), "{key}".to_owned())].into(), ..Carry::default() }
}
