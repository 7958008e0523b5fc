//! Pages of lists: what is asked for, and what comes back.

use utoipa::{IntoParams, ToSchema};

/// A page of a list.
#[derive(ToSchema)]
pub struct List<T: ToSchema> {
    pub data: Vec<T>,
    /// Where the next page begins; null on the last one.
    #[schema(example = json!(null))]
    pub next_cursor: Option<String>,
}

/// Which page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// How many rows at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before, as it is; every other parameter stays the same.
    pub cursor: Option<String>,
}
