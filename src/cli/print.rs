//! The one place that writes to standard output and standard error. A reader that has gone away is no error.

use std::io::Write as _;

pub fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

pub fn bytes(content: &[u8]) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(content).and_then(|()| out.flush());
}

/// Trouble, on standard error.
pub fn trouble(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "junctionbox: {text}");
}

/// Something to know beside the result, on standard error without a mark.
pub fn remark(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}
