//! The plainest HTTP client there is, so that a test owes nothing to the code that it tests: one request, one
//! connection, HTTP/1.0, text bodies.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    /// The value of a header, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// `authority` is host:port. No answer is a panic.
pub fn ask(authority: &str, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
    try_ask(authority, method, path, headers, body).unwrap_or_else(|| panic!("{method} {authority}{path}: no answer"))
}

/// None when there was no whole answer.
pub fn try_ask(
    authority: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<&Value>,
) -> Option<Answer> {
    try_ask_text(authority, method, path, headers, &body.map(Value::to_string).unwrap_or_default())
}

/// A body as it is. No answer is a panic.
pub fn ask_raw(authority: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    try_ask_text(authority, method, path, headers, body)
        .unwrap_or_else(|| panic!("{method} {authority}{path}: no answer"))
}

/// The same with a body of any kind.
pub fn try_ask_text(authority: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(authority).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(90))).ok()?;
    let mut request = format!("{method} {path} HTTP/1.0\r\nHost: {authority}\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() || method != "GET" {
        request.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    if !body.is_empty() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
        request.push_str("Content-Type: application/json\r\n");
    }
    request.push_str("\r\n");
    request.push_str(body);
    stream.write_all(request.as_bytes()).ok()?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let (head, body) = text.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok())?;
    let answer = Answer { status, head: head.to_owned(), body: body.to_owned() };
    let whole = answer.header("content-length").is_none_or(|length| length == answer.body.len().to_string());
    whole.then_some(answer)
}
