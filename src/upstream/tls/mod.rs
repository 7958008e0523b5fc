//! TLS towards systems: 1.2 and 1.3 by rustls, the machine's roots shared once, a private CA beside them, an exact pin,
//! a client identity. Configurations are kept by their material in a bounded list, never one for each connection.

mod certificate;
mod failure;
mod pin;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use lru::LruCache;
use parking_lot::Mutex;
use rustls::client::{ResolvesClientCert, Resumption};
use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme};
use rustls_pki_types::{ServerName, UnixTime};
use sha2::{Digest as _, Sha256};
use tokio_rustls::TlsConnector;

use super::address::Address;
use super::connector::Wire;
use super::{Failure, TlsMaterial};
use crate::base::{Clock, Timestamp};

pub use certificate::{CertificateError, CertificateFacts, check_authority, check_pair, read_certificate};
pub(super) use failure::of_io_error;

/// At about 117 KiB each with an identity of its own, the list stays below 60 MiB.
const KEPT: usize = 512;

/// The kept configurations.
pub(super) struct TlsConfigs {
    clock: Arc<dyn Clock>,
    provider: Arc<CryptoProvider>,
    roots: OnceLock<Arc<RootCertStore>>,
    kept: Mutex<LruCache<[u8; 32], Arc<Prepared>>>,
}

struct Prepared {
    config: ClientConfig,
    identity: Option<Arc<CertifiedKey>>,
    identity_ends: Option<Timestamp>,
}

/// How to secure one connection.
pub(super) struct TlsPlan {
    config: ClientConfig,
    watch: TlsWatch,
}

/// Learns whether the server asked for a client certificate, and whether it hung up without the TLS goodbye.
#[derive(Clone)]
pub(super) struct TlsWatch {
    resolver: Arc<Identity>,
    cut_off: Arc<AtomicBool>,
}

impl TlsWatch {
    pub(super) fn was_asked(&self) -> bool {
        self.resolver.asked.load(Ordering::Acquire)
    }
    pub(super) fn has_identity(&self) -> bool {
        self.resolver.key.is_some()
    }
    /// Somebody on the way may have ended it, not the server.
    pub(super) fn was_cut_off(&self) -> bool {
        self.cut_off.load(Ordering::Acquire)
    }
}

struct Identity {
    key: Option<Arc<CertifiedKey>>,
    asked: AtomicBool,
}

impl fmt::Debug for Identity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Identity")
    }
}

impl ResolvesClientCert for Identity {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.store(true, Ordering::Release);
        self.key.clone()
    }
    fn has_certs(&self) -> bool {
        self.key.is_some()
    }
}

/// Certificates are judged by the product's clock.
struct ClockTime(Arc<dyn Clock>);

impl fmt::Debug for ClockTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ClockTime")
    }
}

impl rustls::time_provider::TimeProvider for ClockTime {
    fn current_time(&self) -> Option<UnixTime> {
        let millis = u64::try_from(self.0.now().millis()).ok()?;
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_millis(millis)))
    }
}

impl TlsConfigs {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            provider: Arc::new(rustls::crypto::ring::default_provider()),
            roots: OnceLock::new(),
            kept: Mutex::new(LruCache::new(NonZeroUsize::new(KEPT).unwrap_or(NonZeroUsize::MIN))),
        }
    }

    /// What connections that were opened with the same material have in common. A client certificate past its end fails
    /// here too.
    pub(super) fn usable(&self, material: &TlsMaterial) -> Result<[u8; 32], Failure> {
        let key = fingerprint(material);
        self.prepared(key, material).map(|_| key)
    }

    /// The plan for this material. A client certificate past its end fails here, before anything is sent.
    pub(super) fn plan(&self, material: &TlsMaterial) -> Result<TlsPlan, Failure> {
        let prepared = self.prepared(fingerprint(material), material)?;
        let resolver = Arc::new(Identity { key: prepared.identity.clone(), asked: AtomicBool::new(false) });
        let mut config = prepared.config.clone();
        config.client_auth_cert_resolver = resolver.clone();
        Ok(TlsPlan { config, watch: TlsWatch { resolver, cut_off: Arc::default() } })
    }

    fn prepared(&self, key: [u8; 32], material: &TlsMaterial) -> Result<Arc<Prepared>, Failure> {
        let kept = self.kept.lock().get(&key).cloned();
        let prepared = match kept {
            Some(prepared) => prepared,
            None => {
                let prepared = Arc::new(self.prepare(material)?);
                self.kept.lock().put(key, prepared.clone());
                prepared
            }
        };
        if let Some(ends) = prepared.identity_ends.filter(|ends| *ends <= self.clock.now()) {
            return Err(Failure::ClientCertificateExpired {
                message: format!("The client certificate of this connection ended on {ends}; nothing was sent."),
            });
        }
        Ok(prepared)
    }

    fn prepare(&self, material: &TlsMaterial) -> Result<Prepared, Failure> {
        let unusable = |error: CertificateError| Failure::TlsFailure { message: error.to_string() };
        let builder =
            ClientConfig::builder_with_details(self.provider.clone(), Arc::new(ClockTime(self.clock.clone())))
                .with_safe_default_protocol_versions()
                .map_err(|error| Failure::TlsFailure { message: format!("TLS could not be set up: {error}.") })?;
        let builder = match &material.server_certificate {
            Some(pem) => {
                let pinned = certificate::certificates(pem).map_err(unusable)?;
                builder.dangerous().with_custom_certificate_verifier(Arc::new(pin::Pinned::new(pinned, &self.provider)))
            }
            None => builder.with_root_certificates(self.roots(material.ca_certificate.as_deref()).map_err(unusable)?),
        };
        let mut config = builder.with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // A resumed session would hide whether the server asks for our certificate.
        config.resumption = Resumption::disabled();
        let pair = match (&material.client_certificate, &material.client_key) {
            (Some(pem), Some(key)) => Some((pem, key)),
            _ => None,
        };
        let (identity, identity_ends) = match pair {
            Some((pem, key)) => {
                let identity = certificate::identity(pem, key, &self.provider).map_err(unusable)?;
                let facts = read_certificate(pem).map_err(unusable)?;
                (Some(Arc::new(identity)), Some(facts.not_after))
            }
            None => (None, None),
        };
        Ok(Prepared { config, identity, identity_ends })
    }

    /// The machine's roots, which are read once.
    pub(super) fn shared_roots(&self) -> &Arc<RootCertStore> {
        self.roots.get_or_init(|| {
            let found = rustls_native_certs::load_native_certs();
            for error in &found.errors {
                tracing::warn!(%error, "a certificate authority of this machine could not be read");
            }
            let mut roots = RootCertStore::empty();
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                tracing::warn!(
                    "this machine knows no certificate authority: HTTPS systems are tls_untrusted unless their connection \
                     brings its own; install ca-certificates and restart"
                );
            }
            Arc::new(roots)
        })
    }

    /// A private CA gets a copy of the machine's roots with itself added.
    fn roots(&self, private: Option<&str>) -> Result<Arc<RootCertStore>, CertificateError> {
        let shared = self.shared_roots();
        let Some(pem) = private else { return Ok(shared.clone()) };
        let mut roots = RootCertStore::clone(shared);
        for found in certificate::certificates(pem)? {
            roots.add(found).map_err(|error| CertificateError::Authority { problem: error.to_string() })?;
        }
        Ok(Arc::new(roots))
    }
}

impl TlsPlan {
    /// For what is not HTTP: no protocol is named in the handshake.
    pub(super) fn without_protocols(mut self) -> Self {
        self.config.alpn_protocols.clear();
        self
    }

    /// The handshake; the error says what the other side objected to.
    pub(super) async fn secure(
        &self,
        stream: impl Wire + 'static,
        address: &Address,
    ) -> Result<(Box<dyn Wire>, TlsWatch), Failure> {
        let shown = address.host_and_port();
        let name = ServerName::try_from(address.host.clone()).map_err(|_| Failure::TlsFailure {
            message: format!("{} is no name that a certificate can hold.", address.host),
        })?;
        match TlsConnector::from(Arc::new(self.config.clone())).connect(name, stream).await {
            Ok(stream) => {
                Ok((Box::new(failure::AlertAware::new(stream, self.watch.cut_off.clone())), self.watch.clone()))
            }
            Err(error) => Err(of_io_error(&error, &shown, Some(&self.watch), true)),
        }
    }
}

/// The same for the same material; holds nothing of it.
fn fingerprint(material: &TlsMaterial) -> [u8; 32] {
    let mut hash = Sha256::new();
    let key = material.client_key.as_ref().map(crate::base::Secret::expose);
    let parts = [
        material.client_certificate.as_deref(),
        key,
        material.ca_certificate.as_deref(),
        material.server_certificate.as_deref(),
    ];
    for part in parts {
        hash.update(part.map_or(u64::MAX, |text| u64::try_from(text.len()).unwrap_or(u64::MAX)).to_be_bytes());
        hash.update(part.unwrap_or_default());
    }
    hash.finalize().into()
}
