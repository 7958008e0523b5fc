//! The server's own side of TLS: 1.2 and 1.3 by rustls, with a certificate that can be exchanged while it runs.
//! Owns where the certificate comes from (`auto`: an own CA; or the operator's files); refuses pairs that do not fit.

mod own;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_encoding::HEXUPPER;
use parking_lot::RwLock;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use sha2::{Digest as _, Sha256};

use super::private::PrivateError;
use crate::base::Timestamp;
use crate::config::{Config, Tls};

#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    #[error(
        "the certificate {path} cannot be used: {problem}. Name a PEM file with the certificate first and its chain after it in [server] tls"
    )]
    Certificate { path: PathBuf, problem: String },
    #[error(
        "the key {path} cannot be used: {problem}. Name the certificate's private key as a PEM file without a passphrase in [server] tls"
    )]
    Key { path: PathBuf, problem: String },
    #[error("the key {key} does not belong to the certificate {certificate}. Name the two that belong together")]
    Pair { certificate: PathBuf, key: PathBuf },
    #[error("the server's own certificate cannot be made: {0}")]
    Own(#[from] rcgen::Error),
    #[error(transparent)]
    Private(#[from] PrivateError),
    #[error("TLS cannot be set up: {0}")]
    Setup(#[from] rustls::Error),
}

/// Where the certificate comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// `DATA_DIR/tls`: made here, for these names.
    Own {
        folder: PathBuf,
        names: Vec<String>,
    },
    Files {
        certificate: PathBuf,
        key: PathBuf,
    },
}

/// The certificate in use; handshakes ask for it, a reload exchanges it.
#[derive(Debug)]
struct Current(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Current {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.read()))
    }
}

/// What the server speaks TLS with.
#[derive(Clone)]
pub struct ServerTls {
    origin: Origin,
    current: Arc<Current>,
    config: ServerConfig,
}

impl ServerTls {
    pub fn load(origin: Origin, now: Timestamp) -> Result<Self, TlsError> {
        let current = Arc::new(Current(RwLock::new(read(&origin, now)?)));
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&current) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { origin, current, config })
    }

    /// Reads (or renews) the certificate again; on failure the one in use stays.
    pub fn reload(&self, now: Timestamp) -> Result<(), TlsError> {
        let fresh = read(&self.origin, now)?;
        *self.current.0.write() = fresh;
        Ok(())
    }

    pub fn config(&self) -> ServerConfig {
        self.config.clone()
    }

    /// SHA-256 of the certificate, as browsers show it.
    pub fn fingerprint(&self) -> String {
        let key = Arc::clone(&self.current.0.read());
        key.cert.first().map(|certificate| fingerprint(certificate)).unwrap_or_default()
    }

    /// Whether the certificate is made and renewed here.
    pub fn is_own(&self) -> bool {
        matches!(self.origin, Origin::Own { .. })
    }
}

/// The certificate that the configuration leads to, and the CA it is from where that is an own one.
pub fn certificate_in_use(config: &Config) -> Option<(String, Option<PathBuf>)> {
    let folder = config.storage.data_dir.join("tls");
    let (path, authority) = match &config.server.tls {
        Tls::Off => return None,
        Tls::Auto => (folder.join("server.pem"), Some(folder.join("ca.pem"))),
        Tls::Files { certificate, .. } => (certificate.clone(), None),
    };
    let found = chain(&path).ok()?;
    Some((fingerprint(found.first()?), authority))
}

/// When the certificate in use ends, and whether it is made and renewed here.
pub fn certificate_end(tls: &Tls, data_dir: &Path) -> Option<(Timestamp, bool)> {
    let (path, renewed) = match tls {
        Tls::Off => return None,
        Tls::Auto => (data_dir.join("tls").join("server.pem"), true),
        Tls::Files { certificate, .. } => (certificate.clone(), false),
    };
    let pem = std::fs::read_to_string(path).ok()?;
    let facts = crate::upstream::read_certificate(&pem).ok()?;
    Some((facts.not_after, renewed))
}

fn fingerprint(certificate: &[u8]) -> String {
    let digest = HEXUPPER.encode(&Sha256::digest(certificate));
    digest.as_bytes().chunks(2).map(String::from_utf8_lossy).collect::<Vec<_>>().join(":")
}

fn read(origin: &Origin, now: Timestamp) -> Result<Arc<CertifiedKey>, TlsError> {
    match origin {
        Origin::Own { folder, names } => {
            let (certificate, key) = own::ensure(folder, names, now)?;
            pair(&certificate, &key)
        }
        Origin::Files { certificate, key } => pair(certificate, key),
    }
}

/// Whether the two files can be used together.
pub fn check(certificate: &Path, key: &Path) -> Result<(), TlsError> {
    pair(certificate, key).map(|_| ())
}

/// A certificate with its chain, and its key.
fn pair(certificate: &Path, key: &Path) -> Result<Arc<CertifiedKey>, TlsError> {
    let refuse = |problem: String| TlsError::Certificate { path: certificate.into(), problem };
    let chain = chain(certificate).map_err(refuse)?;
    let refuse = |problem: String| TlsError::Key { path: key.into(), problem };
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| refuse(pem_problem(&error)))?;
    let signer = ring::sign::any_supported_type(&secret).map_err(|error| refuse(error.to_string()))?;
    let pair = CertifiedKey::new(chain, signer);
    pair.keys_match().map_err(|_| TlsError::Pair { certificate: certificate.into(), key: key.into() })?;
    Ok(Arc::new(pair))
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Vec<_> = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| pem_problem(&error))?;
    if found.is_empty() { Err("no certificate is in it".into()) } else { Ok(found) }
}

fn pem_problem(error: &rustls::pki_types::pem::Error) -> String {
    match error {
        rustls::pki_types::pem::Error::Io(error) => format!("it cannot be read ({error})"),
        rustls::pki_types::pem::Error::NoItemsFound => "nothing of that kind is in it".into(),
        _ => "it is no PEM text".into(),
    }
}

/// The names that an own certificate is made for.
pub fn own_names(listen: impl Iterator<Item = IpAddr>, public_host: Option<&str>) -> Vec<String> {
    let mut names: Vec<String> = vec!["localhost".into(), "127.0.0.1".into(), "::1".into()];
    names.extend(crate::config::host_name());
    names.extend(public_host.map(|host| host.trim_matches(['[', ']']).to_owned()));
    names.extend(listen.filter(|address| !address.is_unspecified()).map(|address| address.to_string()));
    let mut seen = std::collections::BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::parse("2026-03-01T00:00:00Z").unwrap()
    }

    fn own(folder: &Path, names: &[&str]) -> Origin {
        Origin::Own { folder: folder.into(), names: names.iter().map(ToString::to_string).collect() }
    }

    #[test]
    fn an_own_certificate_stays_until_it_nears_its_end_or_its_names_change() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("tls");
        let tls = ServerTls::load(own(&folder, &["localhost", "127.0.0.1"]), now()).unwrap();
        let first = tls.fingerprint();
        assert_eq!(first.len(), 95);
        let authority = std::fs::read(folder.join("ca.pem")).unwrap();
        tls.reload(now().plus_seconds(300 * 86_400)).unwrap();
        assert_eq!(tls.fingerprint(), first);
        tls.reload(now().plus_seconds(380 * 86_400)).unwrap();
        assert_ne!(tls.fingerprint(), first);
        let second = tls.fingerprint();
        let more = ServerTls::load(own(&folder, &["localhost", "10.1.2.3"]), now().plus_seconds(380 * 86_400)).unwrap();
        assert_ne!(more.fingerprint(), second);
        assert_eq!(std::fs::read(folder.join("ca.pem")).unwrap(), authority);
    }

    #[test]
    fn files_that_do_not_fit_are_refused_in_words() {
        let dir = tempfile::tempdir().unwrap();
        let one = dir.path().join("one");
        let other = dir.path().join("other");
        for folder in [&one, &other] {
            ServerTls::load(own(folder, &["localhost"]), now()).unwrap();
        }
        let load = |certificate: PathBuf, key: PathBuf| {
            ServerTls::load(Origin::Files { certificate, key }, now()).map(|_| ()).map_err(|error| error.to_string())
        };
        let (certificate, key) = (one.join("server.pem"), one.join("server.key"));
        assert_eq!(load(certificate.clone(), key.clone()), Ok(()));
        assert!(load(certificate.clone(), other.join("server.key")).unwrap_err().contains("does not belong"));
        assert!(load(certificate.clone(), certificate.clone()).unwrap_err().contains("private key"));
        assert!(load(key.clone(), key).unwrap_err().contains("no certificate is in it"));
        assert!(load(dir.path().join("none"), certificate).unwrap_err().contains("cannot be read"));
    }

    #[test]
    fn names_hold_loopback_public_host_and_listeners_once() {
        let listen = ["127.0.0.1", "0.0.0.0", "10.0.0.7"].map(|text| text.parse().unwrap());
        let names = own_names(listen.into_iter(), Some("jbx.example.com"));
        assert_eq!(names.iter().filter(|name| *name == "127.0.0.1").count(), 1);
        for wanted in ["localhost", "::1", "jbx.example.com", "10.0.0.7"] {
            assert!(names.iter().any(|name| name == wanted), "{wanted}");
        }
        assert!(!names.iter().any(|name| name == "0.0.0.0"));
    }
}
