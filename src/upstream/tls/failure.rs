//! What went wrong in TLS, in words for the system's administrator, and whose certificate it was about. In TLS 1.3 the
//! objection to our certificate arrives after the handshake, with the first answer, so later errors come here too.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};
use rustls_pki_types::UnixTime;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::TlsWatch;
use crate::base::Timestamp;
use crate::upstream::Failure;

/// The alerts that speak of our certificate, once the server has asked for one.
const ABOUT_OURS: [AlertDescription; 8] = [
    AlertDescription::BadCertificate,
    AlertDescription::CertificateRequired,
    AlertDescription::UnknownCA,
    AlertDescription::CertificateExpired,
    AlertDescription::CertificateRevoked,
    AlertDescription::CertificateUnknown,
    AlertDescription::UnsupportedCertificate,
    AlertDescription::AccessDenied,
];

/// The failure that an I/O error on this connection stands for.
pub(in crate::upstream) fn of_io_error(
    error: &io::Error,
    shown: &str,
    watch: Option<&TlsWatch>,
    in_handshake: bool,
) -> Failure {
    if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        return of_tls_error(tls, shown, watch);
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof if in_handshake => Failure::TlsFailure {
            message: format!("{shown} closed the connection during the TLS handshake. {OLD_SERVER}"),
        },
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe
            if in_handshake =>
        {
            Failure::Reset { message: format!("{shown} reset the connection during the TLS handshake.") }
        }
        io::ErrorKind::UnexpectedEof
        | io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe => {
            Failure::Reset { message: format!("{shown} broke the connection off ({error}).") }
        }
        io::ErrorKind::TimedOut => Failure::ResponseTimeout { message: format!("{shown} stopped answering.") },
        _ if in_handshake => {
            Failure::TlsFailure { message: format!("The TLS handshake with {shown} failed: {error}.") }
        }
        _ => Failure::Reset { message: format!("The connection to {shown} broke: {error}.") },
    }
}

const OLD_SERVER: &str = "Junctionbox speaks TLS 1.2 and 1.3 with forward secrecy (ECDHE) and authenticated ciphers (AES-GCM, ChaCha20). \
    Older SAP and Windows systems offer only RSA key exchange or CBC: their administrator can enable ECDHE with AES-GCM \
    (for SAP: a current CommonCryptoLib and ssl/ciphersuites).";

fn of_tls_error(error: &Error, shown: &str, watch: Option<&TlsWatch>) -> Failure {
    match error {
        Error::InvalidCertificate(problem) => Failure::TlsUntrusted { message: untrusted(problem, shown) },
        Error::NoCertificatesPresented => Failure::TlsUntrusted { message: format!("{shown} showed no certificate.") },
        Error::AlertReceived(alert) => of_alert(*alert, shown, watch),
        Error::PeerIncompatible(problem) => Failure::TlsFailure {
            message: format!("{shown} and Junctionbox have no TLS in common ({}). {OLD_SERVER}", incompatible(problem)),
        },
        Error::InvalidMessage(_) => Failure::TlsFailure {
            message: format!(
                "{shown} does not speak TLS at this port; perhaps the address should begin with http://, or the port is another one."
            ),
        },
        other => {
            Failure::TlsFailure { message: format!("The TLS handshake with {shown} failed: {other}. {OLD_SERVER}") }
        }
    }
}

fn of_alert(alert: AlertDescription, shown: &str, watch: Option<&TlsWatch>) -> Failure {
    let asked = alert == AlertDescription::CertificateRequired || watch.is_some_and(TlsWatch::was_asked);
    if asked && ABOUT_OURS.contains(&alert) {
        let word = words(alert);
        let message = match watch.is_some_and(TlsWatch::has_identity) {
            true => format!("{shown} refused our client certificate: {word}."),
            false => format!("{shown} wants a client certificate, and this connection has none ({word})."),
        };
        return Failure::ClientCertificateRefused { message };
    }
    let word = words(alert);
    let hint = match alert {
        AlertDescription::HandshakeFailure if asked && !watch.is_some_and(TlsWatch::has_identity) => {
            "It asked for a client certificate, and this connection has none: that is the likely reason."
        }
        AlertDescription::UnrecognisedName => "It does not know this host name; look at the address.",
        _ => OLD_SERVER,
    };
    Failure::TlsFailure { message: format!("{shown} ended the TLS handshake with “{word}”. {hint}") }
}

/// The alert's name as RFC 8446 writes it.
fn words(alert: AlertDescription) -> String {
    match alert {
        AlertDescription::UnknownCA => return "unknown_ca".into(),
        AlertDescription::UnrecognisedName => return "unrecognized_name".into(),
        _ => {}
    }
    let mut text = String::new();
    for (index, letter) in format!("{alert:?}").chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

fn incompatible(problem: &PeerIncompatible) -> String {
    match problem {
        PeerIncompatible::ServerDoesNotSupportTls12Or13 | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig => {
            "it offers only TLS 1.1 or older".into()
        }
        other => format!("{other:?}"),
    }
}

fn untrusted(problem: &CertificateError, shown: &str) -> String {
    match problem {
        CertificateError::Expired => format!("The certificate of {shown} has expired."),
        CertificateError::ExpiredContext { not_after, .. } => {
            format!("The certificate of {shown} expired on {}.", moment(*not_after))
        }
        CertificateError::NotValidYet => format!("The certificate of {shown} is not valid yet."),
        CertificateError::NotValidYetContext { not_before, .. } => {
            format!("The certificate of {shown} is not valid before {}.", moment(*not_before))
        }
        CertificateError::NotValidForName => format!("The certificate of {shown} is made out to another name."),
        CertificateError::NotValidForNameContext { presented, .. } => {
            let names: Vec<&str> = presented.iter().take(8).map(String::as_str).collect();
            format!("The certificate of {shown} is made out to another name: {}.", names.join(", "))
        }
        CertificateError::UnknownIssuer => format!(
            "The certificate of {shown} comes from an authority that is not trusted here. Give the customer's CA (ca_certificate), or pin this very certificate (server_certificate)."
        ),
        CertificateError::BadSignature => format!(
            "The certificate of {shown} was not signed by the authority given here, though that bears the same name; or the server does not hold the certificate's key."
        ),
        CertificateError::Revoked => format!("The certificate of {shown} has been revoked."),
        CertificateError::ApplicationVerificationFailure => {
            format!(
                "{shown} shows another certificate than the pinned one. If it was renewed on purpose, pin the new one."
            )
        }
        CertificateError::Other(inner) if inner.to_string().contains("CaUsedAsEndEntity") => format!(
            "{shown} shows a self-signed CA certificate as its own. Pin it (server_certificate): an exact pin accepts it."
        ),
        CertificateError::Other(inner) if inner.to_string().contains("UnsupportedCertVersion") => format!(
            "{shown} shows a certificate of X.509 version 1. Pin it (server_certificate): an exact pin accepts it."
        ),
        other => format!("The certificate of {shown} is not accepted: {other}."),
    }
}

fn moment(time: UnixTime) -> Timestamp {
    Timestamp::from_millis(i64::try_from(time.as_secs()).unwrap_or(i64::MAX).saturating_mul(1000))
}

/// A TLS stream that, when writing fails, looks whether the other side said why before it hung up.
pub(super) struct AlertAware<S> {
    inner: S,
    /// Set when the other side hangs up without the TLS goodbye.
    cut_off: Arc<AtomicBool>,
}

impl<S> AlertAware<S> {
    pub(super) fn new(inner: S, cut_off: Arc<AtomicBool>) -> Self {
        Self { inner, cut_off }
    }
}

impl<S: AsyncRead + Unpin> AlertAware<S> {
    fn explain(&mut self, context: &mut Context<'_>, error: io::Error) -> io::Error {
        let mut space = [0u8; 256];
        match Pin::new(&mut self.inner).poll_read(context, &mut ReadBuf::new(&mut space)) {
            Poll::Ready(Err(said)) if said.get_ref().is_some_and(|inner| inner.is::<Error>()) => said,
            _ => error,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for AlertAware<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.inner).poll_read(context, into) {
            // Many servers hang up without the TLS goodbye. HTTP itself sees whether an answer is complete, but for one
            // that ends with the connection: who reads that asks whether it was cut off (RFC 9112, 9.8).
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.cut_off.store(true, Ordering::Release);
                Poll::Ready(Ok(()))
            }
            other => other,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for AlertAware<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match Pin::new(&mut self.inner).poll_write(context, bytes) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(self.explain(context, error))),
            other => other,
        }
    }
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.inner).poll_flush(context) {
            Poll::Ready(Err(error)) => Poll::Ready(Err(self.explain(context, error))),
            other => other,
        }
    }
    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}
