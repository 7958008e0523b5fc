//! An answer as it is kept, and the seal over it: a key made from the sent Idempotency-Key and the instance's own.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{ETAG, HeaderMap, HeaderName, HeaderValue, LOCATION};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::api::Api;
use crate::api::problem::Problem;
use crate::base::Random;
use crate::vault::Envelope;

const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
const PURPOSE: &str = "an answer under an Idempotency-Key";

/// What is needed to give it again.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Kept {
    pub location: Option<String>,
    pub etag: Option<String>,
    pub body: String,
}

impl Kept {
    pub fn of(headers: &HeaderMap, body: &[u8]) -> Self {
        let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { location: header(LOCATION), etag: header(ETAG), body: String::from_utf8_lossy(body).into_owned() }
    }

    /// The same answer again, marked.
    pub fn answer(self, status: u16) -> HttpResponse {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::CREATED);
        let mut answer = HttpResponse::build(status);
        answer.content_type("application/json").insert_header((REPLAYED, HeaderValue::from_static("true")));
        for (name, value) in [(LOCATION, self.location), (ETAG, self.etag)] {
            if let Some(value) = value {
                answer.insert_header((name, value));
            }
        }
        answer.body(self.body)
    }
}

/// The seal of one Idempotency-Key of one API key.
pub(super) struct Sealed {
    envelope: Envelope,
    name: String,
}

impl Sealed {
    pub fn under(api: &Api, holder: &str, key: &str) -> Result<Self, Problem> {
        let instance = api.guard.request_key.expose();
        let mut mac = Hmac::<Sha256>::new_from_slice(instance).map_err(Problem::internal)?;
        mac.update(b"the name of an Idempotency-Key\0");
        mac.update(holder.as_bytes());
        mac.update(b"\0");
        mac.update(key.as_bytes());
        let name = format!("hmac:{}", HEXLOWER.encode(&mac.finalize().into_bytes()));
        let envelope = Envelope::of(instance, key.as_bytes(), PURPOSE);
        let envelope = envelope.ok_or_else(|| Problem::internal("the request key has another length"))?;
        Ok(Self { envelope, name })
    }

    /// What stands in the store instead of the key.
    pub fn name(&self) -> String {
        self.name.clone()
    }

    pub fn seal(&self, kept: &Kept, random: &dyn Random) -> Option<Vec<u8>> {
        let text = serde_json::to_vec(kept).ok()?;
        self.envelope.seal(&text, &[self.name.as_bytes()], random)
    }

    pub fn open(&self, sealed: &[u8]) -> Option<Kept> {
        serde_json::from_slice(&self.envelope.open(sealed, &[self.name.as_bytes()])?).ok()
    }
}
