//! The server's own TLS: its CA is enough to trust it, old versions are refused, a reload changes the certificate.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::{TestApp, Wish};

async fn ask(app: &TestApp, name: &str) -> std::io::Result<String> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(app.dir().join("tls/ca.pem")).unwrap()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(app.running().places()[0].address).await?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let mut stream = connector.connect(ServerName::try_from(name.to_owned()).unwrap(), stream).await?;
    stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await?;
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text).await;
    Ok(text)
}

#[tokio::test(flavor = "multi_thread")]
async fn its_own_ca_is_enough_to_trust_it() {
    let app = Wish::default().set("server.tls", "auto").set("instance.public_url", "https://jbx.example").start().await;
    for name in ["localhost", "127.0.0.1", "jbx.example"] {
        let answer = ask(&app, name).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200"), "{name}: {answer}");
        assert!(answer.contains("strict-transport-security"), "{answer}");
    }
    assert!(ask(&app, "other.example").await.is_err());
    let fingerprint = app.running().tls.as_ref().unwrap().fingerprint();
    let app = app.restart().await;
    assert_eq!(app.running().tls.as_ref().unwrap().fingerprint(), fingerprint);
}
