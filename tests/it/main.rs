//! The integration tests, one binary. Its tree mirrors the faces of the product.

mod app;
mod architecture;
mod client;
mod fake;
mod peers;
mod server;
