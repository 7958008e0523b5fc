//! The integration tests, one binary. Its tree mirrors the faces of the product.

mod architecture;
mod peers;
