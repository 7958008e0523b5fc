//! `junctionbox demo`: a throw-away appliance with made-up customers and simulated systems, on loopback only.

use std::net::SocketAddr;

/// Runs the demo until SIGTERM or SIGINT. `say` prints a line for people.
pub async fn run(listen: SocketAddr, say: impl Fn(&str)) -> Result<(), String> {
    let _ = (listen, say);
    Err("This build has no demo.".into())
}
