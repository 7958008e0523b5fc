//! A place off-site that means harm: it lists without an end, lays an older backup under a newer name, and offers a list
//! that would fill the disk. Each is given up with a sentence.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::back_up;
use crate::peers::Appliance;

/// What it lists: names below the prefix, each with the size that it claims.
struct Shelf {
    listed: Vec<(String, u64)>,
    /// There is always another page.
    endless: bool,
    /// The bytes of every file.
    content: Vec<u8>,
}

/// Speaks as much S3 as a listing and a fetch need, and checks nothing.
fn serve(shelf: Shelf) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let shelf = Arc::new(shelf);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let shelf = Arc::clone(&shelf);
            std::thread::spawn(move || drop(answer(&shelf, &stream)));
        }
    });
    port
}

fn answer(shelf: &Shelf, mut stream: &TcpStream) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut range = None;
    for line in lines {
        let line = line?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(bytes) = line.strip_prefix("range: bytes=") {
            range = bytes.split_once('-').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
        }
    }
    let (status, extra, body) = match range {
        Some(range) => piece(shelf, range),
        None if first.contains("list-type=2") => ("200 OK", String::new(), page(shelf).into_bytes()),
        None => ("404 Not Found", String::new(), Vec::new()),
    };
    let length = body.len();
    write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{extra}Connection: close\r\n\r\n")?;
    stream.write_all(&body)
}

fn piece(shelf: &Shelf, (from, to): (usize, usize)) -> (&'static str, String, Vec<u8>) {
    let whole = shelf.content.len();
    let part = shelf.content.get(from..=to.min(whole - 1)).unwrap_or_default().to_vec();
    ("206 Partial Content", format!("Content-Range: bytes {from}-{to}/{whole}\r\n"), part)
}

fn page(shelf: &Shelf) -> String {
    let mut text = String::from(
        "<?xml version=\"1.0\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>plant</Name><Prefix>backups/</Prefix><MaxKeys>1000</MaxKeys>",
    );
    text += &format!("<KeyCount>{}</KeyCount><IsTruncated>{}</IsTruncated>", shelf.listed.len(), shelf.endless);
    if shelf.endless {
        text += "<NextContinuationToken>on-and-on</NextContinuationToken>";
    }
    for (name, size) in &shelf.listed {
        text += &format!(
            "<Contents><Key>backups/{name}</Key><LastModified>2026-11-24T00:00:00.000Z</LastModified><ETag>\"x\"</ETag><Size>{size}</Size></Contents>"
        );
    }
    text + "</ListBucketResult>"
}

fn machine(old: &Appliance, port: u16) -> Appliance {
    let target = format!(
        "[backup]\ntarget = \"s3://plant/backups\"\ns3_endpoint = \"http://127.0.0.1:{port}\"\ns3_access_key = \"A\"\ns3_secret_key = \"s\"\n"
    );
    Appliance::another_machine_with(old, &target)
}

#[test]
fn a_hostile_place_neither_fills_the_disk_nor_keeps_anybody_waiting() {
    let appliance = Appliance::start();
    let made = back_up(&appliance);
    let name = made.file_name().expect("a name").to_string_lossy().into_owned();
    let content = std::fs::read(&made).expect("the backup");
    let bytes = content.len() as u64;
    let into = tempfile::tempdir().expect("a folder");
    let fetch = ["backup", "fetch", "--into", &into.path().to_string_lossy()].map(str::to_owned);
    let fetch = fetch.each_ref().map(String::as_str);

    let endless = serve(Shelf { listed: vec![(name.clone(), bytes)], endless: true, content: content.clone() });
    let begun = Instant::now();
    let (code, text) = machine(&appliance, endless).try_run(&["backup", "list", "--target"]);
    assert!(code == 1 && text.contains("more than 200 pages"), "{code} {text}");
    assert!(begun.elapsed() < Duration::from_secs(60), "{:?}", begun.elapsed());

    // The newest by its name, an older one by its content.
    let newer = format!("{}29990101T000000Z.jbxbackup", &name[..name.rfind('-').expect("a time") + 1]);
    let older = serve(Shelf { listed: vec![(newer, bytes)], endless: false, content: content.clone() });
    let (code, text) = machine(&appliance, older).try_run(&fetch);
    assert!(code == 1 && text.contains(&format!("holds the backup {name}")), "{code} {text}");
    assert_eq!(std::fs::read_dir(into.path()).expect("the folder").count(), 0, "nothing of it stays");

    let list = format!("{}erased.txt", &name[..name.rfind('-').expect("a time") + 1]);
    let huge = serve(Shelf { listed: vec![(name.clone(), bytes), (list, 1 << 40)], endless: false, content });
    let (code, text) = machine(&appliance, huge).try_run(&fetch);
    assert!(code == 1 && text.contains("too many for an erasure list"), "{code} {text}");
}
