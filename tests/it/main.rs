//! The integration tests, one binary. Its tree mirrors the faces of the product.

mod app;
mod architecture;
mod client;
mod crash;
mod credits;
mod egress;
mod fake;
mod input;
mod peers;
mod secrets;
mod server;
mod start;
