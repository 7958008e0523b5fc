//! `junctionbox demo`: binds loopback only and takes neither a configuration nor a data directory.

use std::net::SocketAddr;

use super::{Global, Outcome, print, runtime};
use crate::server::demo;

#[derive(clap::Args)]
pub struct Arguments {
    /// Loopback address for the dashboard
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
}

pub fn run(global: &Global, arguments: &Arguments) -> Outcome {
    if global.config.is_some() || global.data_dir.is_some() {
        print::trouble("the demo makes its own data and takes neither --config nor --data-dir. Leave them out.");
        return Ok(2);
    }
    if !arguments.listen.ip().is_loopback() {
        print::trouble("the demo is for this machine only. Give a loopback address, like --listen 127.0.0.1:8080.");
        return Ok(2);
    }
    runtime()?.block_on(demo::run(arguments.listen, print::line))?;
    Ok(0)
}
