//! A receiver whose certificate comes from an authority of the plant's own: refused until that authority is named for it,
//! and trusted for it alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::{Bench, text};

struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

fn authority(name: &str) -> Authority {
    let key = KeyPair::generate().expect("a key");
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let pem = params.self_signed(&key).expect("a certificate").pem();
    Authority { pem, issuer: Issuer::new(params, key) }
}

/// Answers 204 to whatever gets through the handshake; its address, and how many did.
async fn receiver(authority: &Authority) -> (String, Arc<AtomicUsize>) {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    let made = params.signed_by(&key, &authority.issuer).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.der().clone()], PrivateKeyDer::Pkcs8(key.serialize_der().into()))
        .expect("its certificate");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{}/hook", listener.local_addr().expect("an address"));
    let taken = Arc::new(AtomicUsize::new(0));
    let count = taken.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, count) = (acceptor.clone(), count.clone());
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await?;
                let mut piece = [0u8; 16 * 1024];
                if stream.read(&mut piece).await? > 0 {
                    count.fetch_add(1, Ordering::SeqCst);
                    stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n").await?;
                    stream.shutdown().await?;
                }
                Ok::<_, std::io::Error>(())
            });
        }
    });
    (url, taken)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_authority_is_trusted_for_the_receiver_that_names_it() {
    let (ours, theirs) = (authority("Plant CA"), authority("Another CA"));
    let (url, taken) = receiver(&ours).await;
    let bench = Bench::start().await;
    let (id, _) = bench.endpoint(json!({ "url": url, "event_types": ["credits.granted"] })).await;
    let path = format!("/api/v1/webhook-endpoints/{id}");
    let tested = async || bench.app.post(&format!("{path}/test"), json!({})).await.expect(200);

    for pem in [None, Some(&theirs.pem)] {
        bench.app.patch(&path, json!({ "ca_certificate": pem })).await.expect(200);
        let failed = tested().await;
        assert_eq!(failed["status"], "waiting", "a test is tried again like any event: {failed}");
        let said = text(&failed, "last_outcome");
        assert!(said.contains("not trusted") && said.contains("with the endpoint (ca_certificate)"), "{said}");
    }
    assert_eq!(taken.load(Ordering::SeqCst), 0, "nothing is sent to whom nobody trusts");

    // Both at once: an authority may be on its way out.
    let both = format!("{}{}", theirs.pem, ours.pem).replace('\n', "\r\n");
    let changed = bench.app.patch(&path, json!({ "ca_certificate": both })).await.expect(200);
    assert!(text(&changed, "ca_certificate").contains("BEGIN CERTIFICATE"), "{changed}");
    assert_eq!(tested().await["status"], "delivered");
    bench.happen().await;
    bench.until("the event arrives too", async || taken.load(Ordering::SeqCst) == 2).await;

    // For this receiver, and for no other.
    let made = json!({ "url": url.replace("/hook", "/other"), "ca_certificate": theirs.pem });
    let (other, _) = bench.endpoint(made).await;
    let failed = bench.app.post(&format!("/api/v1/webhook-endpoints/{other}/test"), json!({})).await.expect(200);
    assert_eq!(failed["status"], "waiting", "a test is tried again like any event: {failed}");

    let log = bench.app.get("/api/v1/audit?limit=50").await.expect(200).to_string();
    assert!(log.contains("ca_certificate_sha256"), "{log}");
    for (wrong, said) in
        [("hello", "no certificate"), ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "CA")]
    {
        let refused = bench.app.patch(&path, json!({ "ca_certificate": wrong })).await.expect(422);
        assert_eq!(refused["errors"][0]["field"], "ca_certificate", "{refused}");
        assert!(text(&refused["errors"][0], "message").contains(said), "{refused}");
    }
}
