//! What is known of a request before anyone looks into it: its id, where it came from, whether it came encrypted.

use std::net::{IpAddr, Ipv4Addr};

/// The server puts one into each request's extensions; faces read it, audit entries and problems name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inbound {
    /// `X-Request-Id` of the answer.
    pub request_id: String,
    /// The client's address; forwarded headers count only from trusted proxies.
    pub address: IpAddr,
    /// The client spoke TLS, to us or to a trusted proxy.
    pub https: bool,
}

impl Default for Inbound {
    fn default() -> Self {
        Self { request_id: String::new(), address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), https: false }
    }
}
