//! An S3 storage that fails in the middle: what was begun there is taken back, the reason is said, the backup here is good.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::peers::Appliance;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    SecondPart,
    /// S3 may say a failure inside a 200.
    Completing,
    /// It takes everything and keeps less.
    KeepsLess,
}

struct Storage {
    port: u16,
    fault: Arc<Mutex<Fault>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Storage {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its address").port();
        let (fault, asked) = (Arc::new(Mutex::new(Fault::SecondPart)), Arc::new(Mutex::new(Vec::new())));
        let (now, heard) = (fault.clone(), asked.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let fault = *now.lock().expect("the fault");
                if let Some(line) = serve(stream, fault) {
                    heard.lock().expect("what was asked").push(line);
                }
            }
        });
        Self { port, fault, asked }
    }

    fn set(&self, fault: Fault) {
        *self.fault.lock().expect("the fault") = fault;
        self.asked.lock().expect("what was asked").clear();
    }

    fn heard(&self, method: &str, part: &str) -> bool {
        let asked = self.asked.lock().expect("what was asked");
        asked.iter().any(|line| line.starts_with(method) && line.contains(part))
    }
}

/// One request of one connection; its request line.
fn serve(stream: TcpStream, fault: Fault) -> Option<String> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut length = 0u64;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        if header.trim().is_empty() {
            break;
        }
        if let Some(value) = header.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).ok()?;
    let method = line.split(' ').next().unwrap_or_default();
    let (status, body) = match method {
        "POST" if line.contains("uploads=") => (
            "200 OK",
            "<InitiateMultipartUploadResult><UploadId>one&amp;two</UploadId></InitiateMultipartUploadResult>",
        ),
        "PUT" if line.contains("partNumber=2") && fault == Fault::SecondPart => (
            "507 Insufficient Storage",
            "<Error><Code>QuotaExceeded</Code><Message>the plant's quota</Message></Error>",
        ),
        "POST" if fault == Fault::Completing => ("200 OK", "<Error><Code>InternalError</Code></Error>"),
        "DELETE" => ("204 No Content", ""),
        _ => (
            "200 OK",
            "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>plant</Name><KeyCount>0</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated></ListBucketResult>",
        ),
    };
    let head = format!(
        "HTTP/1.1 {status}\r\nETag: \"a\"\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = stream;
    stream.write_all(head.as_bytes()).ok()?;
    Some(line)
}

#[test]
fn what_was_begun_there_is_taken_back() {
    let storage = Storage::start();
    let appliance = Appliance::with(&format!(
        "[egress]\nallow = [\"127.0.0.0/8\"]\n[backup]\ntarget = \"s3://plant/backups\"\ns3_endpoint = \"http://127.0.0.1:{}\"\n\
         s3_access_key = \"AKIDTEST\"\ns3_secret_key = \"secret-of-the-test\"\n",
        storage.port
    ));
    for number in 0..620 {
        let body = json!({"name": format!("Plant {number}"), "metadata": {"note": "x".repeat(15_000)}});
        appliance.done("POST", "/customers", &body);
    }
    for (fault, reason, taken_back) in [
        (Fault::SecondPart, "QuotaExceeded: the plant's quota", true),
        (Fault::Completing, "InternalError", true),
        (Fault::KeepsLess, "does not list it", false),
    ] {
        storage.set(fault);
        let (code, text) = appliance.try_run(&["backup", "create"]);
        assert!(code == 1 && text.contains(reason) && text.contains("The backup here is good"), "{code} {text}");
        assert!(storage.heard("PUT", "partNumber=2"), "it was not sent in parts");
        assert_eq!(storage.heard("DELETE", "uploadId=one%26two"), taken_back, "{reason}");
        assert_eq!(appliance.try_run(&["backup", "verify"]).0, 0);
    }
    // The list of what lies there is all that a stranger's storage can say.
    let (code, text) = appliance.try_run(&["backup", "fetch"]);
    assert!(code == 1 && text.contains("no backup lies at s3://plant/backups"), "{code} {text}");
}
