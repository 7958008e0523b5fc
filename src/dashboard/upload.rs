//! A form with a file in it, as it was sent. What is too large is read to its end and said at its field, so that the rest
//! of the form is not lost; a form that does not end is refused.

use actix_multipart::{Multipart, MultipartError};
use futures_util::{StreamExt as _, TryStreamExt as _};

use super::forms::Sent;
use super::gate::errors::Trouble;
use super::visit::Failure;

/// All that a form may hold; nobody saves a logo that large.
const MOST: usize = 16 * 1024 * 1024;
/// All that is typed in a form.
const MOST_TEXT: usize = 64 * 1024;

/// The file of a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Uploaded {
    /// The field was left empty.
    #[default]
    None,
    File(Vec<u8>),
    TooLarge,
}

/// A form and its one file.
#[derive(Clone, Default)]
pub struct Upload {
    pub sent: Sent,
    pub file: Uploaded,
}

/// Reads a form whose field `name` takes a file of at most `largest` bytes.
pub async fn read(mut form: Multipart, name: &str, largest: usize) -> Result<Upload, Failure> {
    let mut upload = Upload::default();
    let (mut all, mut typed) = (0usize, 0usize);
    while let Some(mut part) = form.try_next().await.map_err(broken)? {
        let field = part.name().unwrap_or_default().to_owned();
        let (is_file, mut bytes, mut cut) = (field == name, Vec::new(), false);
        while let Some(chunk) = part.next().await {
            let chunk = chunk.map_err(broken)?;
            all = all.saturating_add(chunk.len());
            typed = if is_file { typed } else { typed.saturating_add(chunk.len()) };
            if all > MOST || typed > MOST_TEXT {
                return Err(Trouble::Refused(
                    "The form is larger than anything it can hold. Nothing was changed.".into(),
                )
                .into());
            }
            cut = cut || (is_file && bytes.len().saturating_add(chunk.len()) > largest);
            if !cut {
                bytes.extend_from_slice(&chunk);
            }
        }
        match (is_file, cut, bytes.is_empty()) {
            (true, true, _) => upload.file = Uploaded::TooLarge,
            (true, false, false) => upload.file = Uploaded::File(bytes),
            (true, false, true) => {}
            (false, ..) => upload.sent.0.push((field, String::from_utf8_lossy(&bytes).into_owned())),
        }
    }
    Ok(upload)
}

fn broken(error: MultipartError) -> Failure {
    tracing::debug!(%error, "a form with a file could not be read");
    Trouble::Refused("The form did not arrive whole. Nothing was changed; send it again.".into()).into()
}
