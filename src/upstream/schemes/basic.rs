//! User and password in `Authorization`, in UTF-8 (RFC 7617).

use crate::systems::Carry;

pub(super) fn carry() -> Carry {
    Carry {
        headers: [("Authorization".to_owned(), "Basic base64({username}:{password})".to_owned())].into(),
        ..Carry::default()
    }
}
