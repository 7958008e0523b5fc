//! A fixed or fetched token in `Authorization`.

use crate::systems::Carry;

pub(super) fn carry() -> Carry {
    Carry { headers: [("Authorization".to_owned(), "Bearer {token}".to_owned())].into(), ..Carry::default() }
}
