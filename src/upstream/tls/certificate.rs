//! Certificates and keys as people paste them: PEM texts. Reads what they say, and says in words what is wrong with them.

use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::base::{Secret, Timestamp};

/// What a certificate says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    pub subject: String,
    pub issuer: String,
    pub not_before: Timestamp,
    pub not_after: Timestamp,
    /// Lower-case hex of the SHA-256 over the DER form.
    pub sha256: String,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    #[error("This is no certificate in PEM form. It begins with -----BEGIN CERTIFICATE----- and is pasted whole.")]
    NoCertificate,
    #[error("The certificate cannot be read; it may have been cut off when it was copied.")]
    Unreadable,
    #[error("This is no private key in PEM form. It begins with -----BEGIN PRIVATE KEY-----, and is pasted whole.")]
    NoKey,
    #[error("The private key is protected by a passphrase. Remove it first: openssl pkey -in key.pem -out plain.pem")]
    EncryptedKey,
    #[error("This kind of private key cannot be used: RSA from 2048 bits, ECDSA P-256 or P-384, and Ed25519 can.")]
    UnsupportedKey,
    #[error("The private key does not belong to the certificate: they are of two different pairs.")]
    Mismatch,
    #[error("The CA certificate cannot be used: {problem}.")]
    Authority { problem: String },
}

/// All certificates of a PEM text, in its order.
pub(super) fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match found {
        Ok(list) if list.is_empty() => Err(CertificateError::NoCertificate),
        Ok(list) => Ok(list),
        Err(_) => Err(CertificateError::Unreadable),
    }
}

/// Reads the first certificate of a PEM text.
pub fn read_certificate(pem: &str) -> Result<CertificateFacts, CertificateError> {
    let list = certificates(pem)?;
    let first = list.first().ok_or(CertificateError::NoCertificate)?;
    let (_, parsed) = X509Certificate::from_der(first).map_err(|_| CertificateError::Unreadable)?;
    let time = |seconds: i64| Timestamp::from_millis(seconds.saturating_mul(1000));
    Ok(CertificateFacts {
        subject: parsed.subject().to_string(),
        issuer: parsed.issuer().to_string(),
        not_before: time(parsed.validity().not_before.timestamp()),
        not_after: time(parsed.validity().not_after.timestamp()),
        sha256: data_encoding::HEXLOWER.encode(&Sha256::digest(first)),
    })
}

/// Whether every certificate of this text can serve as a private CA.
pub fn check_authority(pem: &str) -> Result<(), CertificateError> {
    let mut roots = rustls::RootCertStore::empty();
    for found in certificates(pem)? {
        roots.add(found).map_err(|error| CertificateError::Authority { problem: error.to_string() })?;
    }
    Ok(())
}

/// Whether certificate and key can be read and belong together.
pub fn check_pair(certificate: &str, key: &Secret) -> Result<CertificateFacts, CertificateError> {
    identity(certificate, key, &rustls::crypto::ring::default_provider())?;
    read_certificate(certificate)
}

pub(super) fn identity(pem: &str, key: &Secret, provider: &CryptoProvider) -> Result<CertifiedKey, CertificateError> {
    let chain = certificates(pem)?;
    let text = key.expose();
    if text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(CertificateError::EncryptedKey);
    }
    let der = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| CertificateError::NoKey)?;
    let signing = provider.key_provider.load_private_key(der).map_err(|_| CertificateError::UnsupportedKey)?;
    // Compared here and not by rustls, which cannot read certificates of version 1.
    if let (Some(public), Some(first)) = (signing.public_key(), chain.first()) {
        let (_, parsed) = X509Certificate::from_der(first).map_err(|_| CertificateError::Unreadable)?;
        if parsed.public_key().raw != public.as_ref() {
            return Err(CertificateError::Mismatch);
        }
    }
    Ok(CertifiedKey::new(chain, signing))
}
