//! What was seen when a system was asked: facts without a judgement. Secrets never get in here: request and answer are
//! redacted when they are taken down.

use bytes::Bytes;

use crate::base::Timestamp;
use crate::systems::RulePlace;

/// One look at a system. The exchanges are in the order in which they happened (sign-in, then the probe); the last one decides.
#[derive(Debug, Clone)]
pub struct Observation {
    pub at: Timestamp,
    pub outcome: Outcome,
    /// Which answer `outcome` is: the API's, the token endpoint's, a session sign-in's.
    pub place: RulePlace,
    /// The request whose outcome this is, redacted.
    pub exchange: Exchange,
    pub timing: Timing,
    pub renewal: Renewal,
    /// The fixed secret (password, key, client secret) went over the wire in this look.
    pub secret_sent: bool,
    /// Which installation answered, where the catalogue knows how to ask.
    pub identity: Option<String>,
    /// Whether the address is https.
    pub https: bool,
    /// Which of `probe.alternatives` answered; `None`: the probe itself. Its `expect` says what a good answer is.
    pub alternative: Option<usize>,
}

impl Observation {
    /// Nothing was asked, and why.
    pub fn not_sent(at: Timestamp, failure: Failure) -> Self {
        Self {
            at,
            outcome: Outcome::Failure(failure),
            place: RulePlace::Api,
            exchange: Exchange::default(),
            timing: Timing::default(),
            renewal: Renewal::NotNeeded,
            secret_sent: false,
            identity: None,
            https: true,
            alternative: None,
        }
    }
}

/// Whether something that runs out (session, token) was renewed during this look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Renewal {
    /// Nothing to renew, or it was not needed.
    #[default]
    NotNeeded,
    /// It was renewed, and `outcome` is what came after.
    Renewed,
    /// Renewing itself was refused or failed: `outcome` is the answer of the token endpoint or sign-in.
    Failed,
    /// The same, and an earlier renewal was sent at that time whose answer was never stored: the system may have put a
    /// newer token in the place of the refused one.
    FailedAfterLostAnswer(Timestamp),
}

#[derive(Debug, Clone)]
pub enum Outcome {
    Answer(Answer),
    Failure(Failure),
}

/// A complete answer. The body holds at most its first 64 KiB; `truncated` says that it was larger than 1 MiB and was left.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case; values as sent (cookies' values and tokens redacted).
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    pub truncated: bool,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
    /// The media type without its parameters, in lower case; empty when none was sent.
    pub fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }
}

/// No usable answer came. Each carries a sentence for the operator (host, port, what the other side said), free of secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The address, or what its name resolves to, is outside the egress policy.
    EgressDenied {
        message: String,
    },
    Dns {
        message: String,
    },
    Refused {
        message: String,
    },
    ConnectTimeout {
        message: String,
    },
    ResponseTimeout {
        message: String,
    },
    /// Reset, or closed in the middle of an answer.
    Reset {
        message: String,
    },
    /// The server's certificate: untrusted, expired, of another name, or not the pinned one.
    TlsUntrusted {
        message: String,
    },
    /// A TLS alert about our certificate after the server asked for one.
    ClientCertificateRefused {
        message: String,
    },
    /// Our client certificate is past its end; nothing was sent.
    ClientCertificateExpired {
        message: String,
    },
    /// No common version or cipher suite, a broken handshake.
    TlsFailure {
        message: String,
    },
    /// Not HTTP, or an answer that breaks its rules.
    Protocol {
        message: String,
    },
    /// A renewed token could not be kept, so it was not used.
    NotStored {
        message: String,
    },
    /// The vault is sealed: no credential could be opened, nothing was sent.
    VaultSealed,
}

impl Failure {
    pub fn message(&self) -> &str {
        match self {
            Self::EgressDenied { message }
            | Self::Dns { message }
            | Self::Refused { message }
            | Self::ConnectTimeout { message }
            | Self::ResponseTimeout { message }
            | Self::Reset { message }
            | Self::TlsUntrusted { message }
            | Self::ClientCertificateRefused { message }
            | Self::ClientCertificateExpired { message }
            | Self::TlsFailure { message }
            | Self::Protocol { message }
            | Self::NotStored { message } => message,
            Self::VaultSealed => "The vault is sealed, so no credential could be opened.",
        }
    }
}

/// The request as it was sent, with every secret replaced by `[redacted]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exchange {
    pub method: String,
    /// Scheme, host, port, path and query; secrets in path and query redacted.
    pub url: String,
    pub headers: Vec<(String, String)>,
    /// The address that was connected to, `10.1.2.3:443`.
    pub peer: Option<String>,
}

/// Milliseconds of each phase; `None` where a phase did not happen (a kept connection has no DNS, connect or TLS).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    pub dns_ms: Option<u32>,
    pub connect_ms: Option<u32>,
    pub tls_ms: Option<u32>,
    pub first_byte_ms: Option<u32>,
    pub total_ms: u32,
}
