//! The integration tests, one binary. Its tree mirrors the faces of the product.
//! Each module stands behind `#[cfg(test)]`, which is how clippy knows that a panic is how a test fails.

#[cfg(test)]
mod api;
#[cfg(test)]
mod app;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod bundle;
#[cfg(test)]
mod client;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod credits;
#[cfg(test)]
mod dashboard;
#[cfg(test)]
mod demo;
mod egress;
#[cfg(test)]
mod fake;
mod faults;
#[cfg(test)]
mod input;
#[cfg(test)]
mod mailbox;
#[cfg(test)]
mod notifications;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod portal;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod server;
#[cfg(test)]
mod start;
#[cfg(test)]
mod webhooks;
