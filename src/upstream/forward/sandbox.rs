//! What the built-in system answers: what it was asked. Nothing leaves the machine.

use bytes::Bytes;
use futures_util::StreamExt as _;

use super::{ForwardAnswer, ForwardBody, ForwardRequest};
use crate::upstream::answer_body::AnswerBody;
use crate::upstream::look::Look;

pub(super) async fn answer(look: &Look, wanted: ForwardRequest) -> ForwardAnswer {
    let length = match wanted.body {
        ForwardBody::Empty => 0,
        ForwardBody::Whole(bytes) => bytes.len(),
        ForwardBody::Streamed { body, .. } => {
            body.fold(0usize, |sum, piece| async move { sum.saturating_add(piece.map_or(0, |bytes| bytes.len())) })
                .await
        }
    };
    let told = serde_json::json!({
        "sandbox": true, "method": wanted.method, "path": wanted.path_and_query, "body_bytes": length,
    });
    let text = if wanted.method == "HEAD" { String::new() } else { told.to_string() };
    let headers = [("content-type", "application/json".to_owned()), ("content-length", text.len().to_string())];
    ForwardAnswer {
        status: 200,
        headers: headers.map(|(name, value)| (name.to_owned(), Bytes::from(value))).into(),
        body: AnswerBody::ours(Bytes::from(text)),
        observation: look.of_the_sandbox(),
    }
}
