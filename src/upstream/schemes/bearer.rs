//! A fixed or fetched token in `Authorization` (RFC 6750).

use crate::systems::Carry;

pub(super) fn carry(token: &str) -> Carry {
    Carry { headers: [("Authorization".to_owned(), format!("Bearer {token}"))].into(), ..Carry::default() }
}
