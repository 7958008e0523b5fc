//! Large bodies pass through the program in a few pieces of memory, in both directions.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use crate::peers::Appliance;

const GIBIBYTE: u64 = 1 << 30;
/// The most that it may need more, in KiB.
const MORE: u64 = 30 * 1024;

/// A system that swallows every body and gives as many bytes as the path says (`/1024`).
fn giant() -> (SocketAddr, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let (address, swallowed) = (listener.local_addr().expect("an address"), Arc::new(AtomicU64::new(0)));
    let total = swallowed.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let total = total.clone();
            std::thread::spawn(move || serve(stream, &total));
        }
    });
    (address, swallowed)
}

fn serve(stream: TcpStream, total: &AtomicU64) -> Option<()> {
    let mut out = stream.try_clone().ok()?;
    let mut input = BufReader::with_capacity(256 * 1024, stream);
    loop {
        let mut line = String::new();
        input.read_line(&mut line).ok().filter(|count| *count > 0)?;
        let wanted: u64 = line.split(' ').nth(1)?.trim_start_matches('/').parse().unwrap_or(0);
        let mut length = 0u64;
        loop {
            let mut header = String::new();
            input.read_line(&mut header).ok()?;
            if header.trim().is_empty() {
                break;
            }
            if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
        }
        let read = std::io::copy(&mut input.by_ref().take(length), &mut std::io::sink()).ok()?;
        total.fetch_add(read, Ordering::SeqCst);
        write!(out, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {wanted}\r\n\r\n")
            .ok()?;
        std::io::copy(&mut std::io::repeat(b'x').take(wanted), &mut out).ok()?;
    }
}

/// One request; the length that was announced, and the length that came.
fn ask(appliance: &Appliance, path: &str, body: u64) -> (u64, u64) {
    let mut stream = TcpStream::connect(appliance.authority()).expect("a connection");
    let method = if body > 0 { "PUT" } else { "GET" };
    write!(
        stream,
        "{method} /api/v1{path} HTTP/1.1\r\nHost: jbx\r\nAuthorization: Bearer {}\r\nConnection: close\r\nContent-Length: {body}\r\n\r\n",
        appliance.key()
    )
    .expect("sent");
    std::io::copy(&mut std::io::repeat(b'y').take(body), &mut stream).expect("all of it is taken");
    let mut answer = BufReader::with_capacity(256 * 1024, stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(answer.read_line(&mut head).expect("a head") > 0, "{head}");
    }
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let announced =
        head.to_ascii_lowercase().lines().find_map(|line| line.strip_prefix("content-length:").map(str::to_owned));
    let announced = announced.and_then(|text| text.trim().parse().ok()).expect("a length");
    (announced, std::io::copy(&mut answer, &mut std::io::sink()).expect("all of it"))
}

#[expect(clippy::print_stdout, reason = "the figures are what the test is run for")]
#[test]
fn a_gibibyte_passes_each_way_in_little_memory() {
    let (address, swallowed) = giant();
    let appliance = Appliance::start();
    let auth = json!({"scheme": "basic", "username": "jbx", "password": "long-secret"});
    let id = appliance.connect(&appliance.wish("generic-rest", &format!("http://{address}"), &json!({}), &auth));
    let path = |below: u64| format!("/connections/{id}/proxy/{below}");
    assert_eq!(ask(&appliance, &path(100_000), 100_000), (100_000, 100_000));
    appliance.forget_peak();
    let (before, taken) = (appliance.peak_memory(), swallowed.load(Ordering::SeqCst));

    assert_eq!(ask(&appliance, &path(0), GIBIBYTE), (0, 0));
    assert_eq!(swallowed.load(Ordering::SeqCst) - taken, GIBIBYTE);
    let up = appliance.peak_memory();
    appliance.forget_peak();
    assert!(up < before + MORE, "sending needed {} KiB more than {before}", up - before);

    assert_eq!(ask(&appliance, &path(GIBIBYTE), 0), (GIBIBYTE, GIBIBYTE));
    let down = appliance.peak_memory();
    assert!(down < before + MORE, "receiving needed {} KiB more than {before}", down - before);
    println!("peak memory: {before} KiB before, {up} KiB after 1 GiB sent, {down} KiB after 1 GiB received");
}
