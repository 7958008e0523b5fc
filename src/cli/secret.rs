//! Secrets for commands: from a file or from standard input, never as an argument, where other users and the shell's
//! history would see them.

use std::io::{IsTerminal as _, Read as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::server::control::Hidden;

const LONGEST: u64 = 64 * 1024;

/// The file's first line; without a file that of standard input, unless that is a terminal or empty.
pub fn read(file: Option<&Path>) -> Result<Option<Hidden>, String> {
    let mut text = Zeroizing::new(String::new());
    match file {
        Some(path) => {
            let opened = std::fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
            opened.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        }
        None if std::io::stdin().is_terminal() => return Ok(None),
        None => {
            let read = std::io::stdin().take(LONGEST).read_to_string(&mut text);
            read.map_err(|error| format!("standard input cannot be read: {error}"))?;
        }
    }
    let line = text.lines().next().unwrap_or_default();
    Ok((!line.is_empty()).then(|| Hidden::new(line.to_owned())))
}
