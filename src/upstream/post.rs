//! One message to a receiver that is no connected system: posted once over the same way out as everything else, under
//! the same policy. Follows no redirect; keeps the beginning of the answer only.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use tokio::time::{Instant as Deadline, timeout_at};
use url::Url;

use super::address::{Address, below};
use super::ask::Ask;
use super::connector::millis;
use super::http::{handshake, request, send};
use super::{Denied, Failure, Timing, TlsMaterial, Upstream};

/// What to post.
pub struct Post {
    pub url: Url,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// From the look-up of the name to the head of the answer.
    pub within: Duration,
    /// How many bytes of the answer's body are kept.
    pub keep: usize,
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Posted {
    pub result: Result<PostAnswer, Failure>,
    pub peer: Option<SocketAddr>,
    pub timing: Timing,
}

#[derive(Debug, Clone)]
pub struct PostAnswer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// Its beginning; `truncated` says that there was more, or that it did not come to its end in time.
    pub body: Bytes,
    pub truncated: bool,
}

impl PostAnswer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Upstream {
    /// Posts once, on a fresh connection.
    pub async fn post(&self, message: Post) -> Posted {
        self.send_message("POST", &TlsMaterial::default(), message).await
    }

    /// Sends once, by another method or under a private authority.
    pub async fn send_message(&self, method: &'static str, tls: &TlsMaterial, message: Post) -> Posted {
        let begun = Instant::now();
        let mut posted = match below(&message.url, "") {
            Ok((address, target)) => self.post_to(address, target, (method, tls), &message).await,
            Err(text) => not_sent(Failure::Protocol { message: text }),
        };
        posted.timing.total_ms = millis(begun);
        posted
    }

    /// Whether the policy lets anything be sent there. A name that has no address just now is no breach: the policy is
    /// asked again at each connecting.
    pub async fn permits(&self, url: &Url) -> Result<(), Denied> {
        let address = Address::of(url).map_err(|sentence| Denied { sentence })?;
        self.core.connector.permits(&self.core.policy(), &address).await
    }

    async fn post_to(
        &self,
        address: Address,
        target: String,
        (method, tls): (&'static str, &TlsMaterial),
        message: &Post,
    ) -> Posted {
        let deadline = Deadline::now() + message.within;
        let shown = address.host_and_port();
        let mut ask = Ask::post(address, target);
        ask.method = method.to_owned();
        ask.headers.clone_from(&message.headers);
        let body = Full::new(message.body.clone()).map_err(|never| match never {}).boxed_unsync();
        let request = match request(&ask, body) {
            Ok(request) => request,
            Err(failure) => return not_sent(failure),
        };
        let opened = match self.core.open(tls, message.within, &ask.address).await {
            Ok(opened) => opened,
            Err(seen) => {
                let failure = match seen.result {
                    Err(failure) => failure,
                    Ok(_) => Failure::Protocol { message: format!("{shown} answered before it was asked.") },
                };
                return Posted { result: Err(failure), peer: seen.peer, timing: seen.timing };
            }
        };
        let (peer, mut timing) = (Some(opened.peer), opened.timing);
        let asked = async {
            let mut line = handshake(opened, &shown).await?;
            let answered = send(&mut line, request, deadline, &shown).await.map_err(|error| error.failure)?;
            // The connection lives until as much of the answer is read as is kept.
            Ok((answered.first_byte_ms, take(answered.response, deadline, message.keep).await))
        };
        let result = asked.await.map(|(first_byte_ms, answer)| {
            timing.first_byte_ms = Some(first_byte_ms);
            answer
        });
        Posted { result, peer, timing }
    }
}

fn not_sent(failure: Failure) -> Posted {
    Posted { result: Err(failure), peer: None, timing: Timing::default() }
}

/// The head has said what counts; of the body as much is read as is kept.
async fn take(response: http::Response<Incoming>, deadline: Deadline, keep: usize) -> PostAnswer {
    let (head, mut incoming) = response.into_parts();
    let mut body = Vec::new();
    let mut truncated = false;
    loop {
        match timeout_at(deadline, incoming.frame()).await {
            Ok(None) => break,
            Ok(Some(Ok(frame))) => {
                let Ok(data) = frame.into_data() else { continue };
                let room = keep.saturating_sub(body.len());
                body.extend_from_slice(data.get(..room).unwrap_or(&data));
                if data.len() > room {
                    truncated = true;
                    break;
                }
            }
            Ok(Some(Err(_))) | Err(_) => {
                truncated = true;
                break;
            }
        }
    }
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect();
    PostAnswer { status: head.status.as_u16(), headers, body: body.into(), truncated }
}
