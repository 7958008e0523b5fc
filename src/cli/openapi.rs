//! `junctionbox openapi`: the description of the API, as `/api/openapi.json` serves it.

use super::{Outcome, print};
use crate::api::document;

pub fn run() -> Outcome {
    print::bytes(document::text().as_bytes());
    Ok(0)
}
