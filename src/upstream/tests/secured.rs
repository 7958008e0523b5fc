//! TLS: whom we trust, exact pins, our own certificate, and servers that are too old.

use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::AsyncWriteExt as _;
use tokio_rustls::TlsAcceptor;

use super::fake::*;
use crate::base::{Secret, Timestamp};
use crate::upstream::*;

struct Made {
    pem: String,
    key_pem: String,
    der: CertificateDer<'static>,
    key: PrivateKeyDer<'static>,
}

struct Authority {
    pem: String,
    der: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

fn authority() -> Authority {
    named("Plant CA")
}

fn named(name: &str) -> Authority {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    let certificate = params.self_signed(&key).unwrap();
    Authority { pem: certificate.pem(), der: certificate.der().clone(), issuer: Issuer::new(params, key) }
}

fn made(certificate: rcgen::Certificate, key: &KeyPair) -> Made {
    Made {
        pem: certificate.pem(),
        key_pem: key.serialize_pem(),
        der: certificate.der().clone(),
        key: PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der())),
    }
}

impl Authority {
    fn issue(&self, name: &str, until: i32) -> Made {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(until, 1, 1);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        made(certificate, &key)
    }
}

/// A self-signed CA certificate used as the server's own, which webpki refuses.
fn self_signed_authority() -> Made {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["else.example".to_owned()]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    made(params.self_signed(&key).unwrap(), &key)
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

#[derive(Clone, Copy, PartialEq)]
enum Version {
    Tls12,
    Tls13,
}

fn server_config(made: &Made, clients: Option<&Authority>, version: Version) -> ServerConfig {
    let versions: &[&rustls::SupportedProtocolVersion] = match version {
        Version::Tls12 => &[&rustls::version::TLS12],
        Version::Tls13 => &[&rustls::version::TLS13],
    };
    let builder = ServerConfig::builder_with_provider(provider()).with_protocol_versions(versions).unwrap();
    let builder = match clients {
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.der.clone()).unwrap();
            builder.with_client_cert_verifier(
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider()).build().unwrap(),
            )
        }
        None => builder.with_no_client_auth(),
    };
    builder.with_single_cert(vec![made.der.clone()], made.key.clone_key()).unwrap()
}

async fn serve_tls(config: ServerConfig) -> u16 {
    serve_tls_by(config, |_| answer("200 OK", "", "{}")).await.0
}

async fn serve_tls_by(config: ServerConfig, decide: impl Fn(&str) -> String + Send + Sync + 'static) -> (u16, Heard) {
    let (acceptor, decide) = (TlsAcceptor::from(Arc::new(config)), Arc::new(decide));
    let heard = Heard::default();
    let kept = heard.clone();
    let address = serve(move |stream| {
        let (acceptor, decide, heard) = (acceptor.clone(), decide.clone(), kept.clone());
        async move {
            if let Ok(mut stream) = acceptor.accept(stream).await {
                let request = read_request(&mut stream).await;
                heard.push(request.clone());
                reply(stream, decide(&request)).await;
            }
        }
    })
    .await;
    (address.port(), heard)
}

async fn probe(name: &str, port: u16, tls: TlsMaterial) -> Observation {
    let mut target = target(
        system_with("scheme=\"basic\""),
        &format!("https://{name}:{port}"),
        &[("username", "u"), ("password", "geheim22")],
    );
    target.credentials.tls = tls;
    let names = [("sap.example", "127.0.0.1"), ("other.example", "127.0.0.1"), ("else.example", "127.0.0.1")];
    let egress = EgressSettings { allow: vec!["127.0.0.0/8".into()], ..EgressSettings::standard() };
    upstream_with(egress, &names, clock()).probe(&target).await
}

fn trusting(authority: &Authority) -> TlsMaterial {
    TlsMaterial { ca_certificate: Some(authority.pem.clone()), ..TlsMaterial::default() }
}

#[tokio::test]
async fn the_servers_certificate_is_trusted_or_the_reason_is_said() {
    let (ours, theirs) = (authority(), named("Another CA"));
    for version in [Version::Tls12, Version::Tls13] {
        let good = serve_tls(server_config(&ours.issue("sap.example", 2030), None, version)).await;
        let seen = probe("sap.example", good, trusting(&ours)).await;
        assert_eq!(status(&seen), 200);
        assert!(seen.https && seen.timing.tls_ms.is_some());
        let expired = serve_tls(server_config(&ours.issue("sap.example", 2025), None, version)).await;
        let rows = [
            ("other.example", good, trusting(&ours), "made out to another name"),
            ("sap.example", good, trusting(&theirs), "not trusted here"),
            ("sap.example", good, TlsMaterial::default(), "not trusted here"),
            ("sap.example", expired, trusting(&ours), "expired on 2025-01-01T00:00:00Z"),
        ];
        for (name, port, tls, part) in rows {
            let seen = probe(name, port, tls).await;
            let Failure::TlsUntrusted { message } = failure(&seen) else { panic!("{part}: {:?}", seen.outcome) };
            assert!(message.contains(part), "{message}");
            assert!(!seen.secret_sent, "nothing goes to a server that is not trusted");
        }
    }
}

#[tokio::test]
async fn an_exact_pin_accepts_this_certificate_and_no_other() {
    let odd = self_signed_authority();
    for version in [Version::Tls12, Version::Tls13] {
        let port = serve_tls(server_config(&odd, None, version)).await;
        let pinned = TlsMaterial { server_certificate: Some(odd.pem.clone()), ..TlsMaterial::default() };
        assert_eq!(status(&probe("sap.example", port, pinned).await), 200);
        let as_ca = TlsMaterial { ca_certificate: Some(odd.pem.clone()), ..TlsMaterial::default() };
        let seen = probe("else.example", port, as_ca).await;
        let Failure::TlsUntrusted { message } = failure(&seen) else { panic!("{:?}", seen.outcome) };
        assert!(message.contains("Pin it"), "{message}");
        let other = TlsMaterial { server_certificate: Some(self_signed_authority().pem), ..TlsMaterial::default() };
        let Failure::TlsUntrusted { message } = failure(&probe("sap.example", port, other).await) else { panic!() };
        assert!(message.contains("another certificate than the pinned one"), "{message}");
    }
}

#[tokio::test]
async fn a_pinned_certificate_without_its_key_is_no_proof() {
    let odd = self_signed_authority();
    let thief = KeyPair::generate().unwrap();
    for version in [Version::Tls12, Version::Tls13] {
        let mut config = server_config(&odd, None, version);
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(thief.serialize_der()));
        let signing = provider().key_provider.load_private_key(key).unwrap();
        let shown = rustls::sign::CertifiedKey::new(vec![odd.der.clone()], signing);
        config.cert_resolver = Arc::new(rustls::sign::SingleCertAndKey::from(shown));
        let port = serve_tls(config).await;
        let pinned = TlsMaterial { server_certificate: Some(odd.pem.clone()), ..TlsMaterial::default() };
        let seen = probe("sap.example", port, pinned).await;
        assert!(matches!(failure(&seen), Failure::TlsUntrusted { .. }), "{:?}", seen.outcome);
    }
}

#[tokio::test]
async fn our_certificate_is_shown_refused_missing_or_past_its_end() {
    let (ours, strangers) = (authority(), named("Another CA"));
    let server = ours.issue("sap.example", 2030);
    let with = |made: Option<&Made>| TlsMaterial {
        client_certificate: made.map(|made| made.pem.clone()),
        client_key: made.map(|made| Secret::new(made.key_pem.clone())),
        ..trusting(&ours)
    };
    for version in [Version::Tls12, Version::Tls13] {
        let port = serve_tls(server_config(&server, Some(&ours), version)).await;
        assert_eq!(status(&probe("sap.example", port, with(Some(&ours.issue("jbx", 2030)))).await), 200);
        for _ in 0..10 {
            let seen = probe("sap.example", port, with(Some(&strangers.issue("jbx", 2030)))).await;
            assert!(matches!(failure(&seen), Failure::ClientCertificateRefused { .. }), "{:?}", seen.outcome);
        }
        let seen = probe("sap.example", port, with(Some(&ours.issue("jbx", 2025)))).await;
        let Failure::ClientCertificateExpired { message } = failure(&seen) else { panic!("{:?}", seen.outcome) };
        assert!(message.contains("2025-01-01T00:00:00Z") && !seen.secret_sent, "{message}");
        let seen = probe("sap.example", port, with(None)).await;
        if version == Version::Tls13 {
            assert!(matches!(failure(&seen), Failure::ClientCertificateRefused { .. }), "{:?}", seen.outcome);
        }
    }
}

/// RFC 8705: the client is known by the certificate of the handshake, and names itself by its id alone.
#[tokio::test]
async fn an_oauth_client_proves_itself_by_its_certificate_at_the_token_endpoint() {
    let (ours, strangers) = (authority(), named("Another CA"));
    let server = ours.issue("sap.example", 2030);
    let (port, heard) = serve_tls_by(server_config(&server, Some(&ours), Version::Tls13), |request| {
        match request.starts_with("POST /token ") {
            true => answer("200 OK", "", r#"{"access_token":"token-1","expires_in":3600}"#),
            false if request.contains("Bearer token-1") => answer("200 OK", "", "{}"),
            false => answer("401 Unauthorized", "", ""),
        }
    })
    .await;
    let auth = "scheme=\"oauth2_client_credentials\"\ntoken={url=\"{origin}/token\",client_auth=\"certificate\"}\n\
        carry={headers={Authorization=\"Bearer {access_token}\"}}";
    let ask = async |made: &Made| {
        let fields = [("client_id", "c-1"), ("client_secret", "never sent")];
        let mut target = target(system_with(auth), &format!("https://sap.example:{port}"), &fields);
        target.credentials.tls = TlsMaterial {
            client_certificate: Some(made.pem.clone()),
            client_key: Some(Secret::new(made.key_pem.clone())),
            ..trusting(&ours)
        };
        upstream().probe(&target).await
    };
    let seen = ask(&ours.issue("jbx", 2030)).await;
    assert_eq!((status(&seen), seen.place), (200, crate::systems::RulePlace::Api));
    let token = heard.all().remove(0);
    assert!(token.contains("grant_type=client_credentials") && token.contains("client_id=c-1"), "{token}");
    assert!(!token.contains("client_secret") && !token.to_lowercase().contains("authorization:"), "{token}");
    // Refused there, it is the certificate's fault and not the secret's; past its end, nothing is sent.
    let before = heard.all().len();
    let seen = ask(&strangers.issue("jbx", 2030)).await;
    assert!(matches!(failure(&seen), Failure::ClientCertificateRefused { .. }), "{:?}", seen.outcome);
    let seen = ask(&ours.issue("jbx", 2025)).await;
    assert!(matches!(failure(&seen), Failure::ClientCertificateExpired { .. }), "{:?}", seen.outcome);
    assert_eq!((heard.all().len(), seen.secret_sent), (before, false));
}

#[tokio::test]
async fn what_is_no_tls_or_too_old_is_a_tls_failure() {
    let plain = serve(|stream| async move { reply(stream, answer("400 Bad Request", "", "")).await }).await;
    let closes = serve(|mut stream| async move {
        use tokio::io::AsyncReadExt as _;
        let mut space = [0u8; 1024];
        let _ = stream.read(&mut space).await;
    })
    .await;
    // An alert handshake_failure, as a server answers that knows only RSA key exchange.
    let alert = serve(|mut stream| async move {
        use tokio::io::AsyncReadExt as _;
        let mut space = [0u8; 1024];
        let _ = stream.read(&mut space).await;
        stream.write_all(&[0x15, 3, 3, 0, 2, 2, 40]).await.ok();
        stream.shutdown().await.ok();
        tokio::time::sleep(Duration::from_millis(200)).await;
    })
    .await;
    for (address, part) in [(plain, "does not speak TLS"), (closes, "RSA key exchange"), (alert, "handshake_failure")] {
        let seen = probe("sap.example", address.port(), TlsMaterial::default()).await;
        let Failure::TlsFailure { message } = failure(&seen) else { panic!("{part}: {:?}", seen.outcome) };
        assert!(message.contains(part), "{message}");
    }
    let hang = serve(|stream| async move {
        tokio::time::sleep(Duration::from_secs(5)).await;
        drop(stream);
    })
    .await;
    let seen = probe("sap.example", hang.port(), TlsMaterial::default()).await;
    assert!(matches!(failure(&seen), Failure::ConnectTimeout { .. }), "{:?}", seen.outcome);
    let reset = serve(|stream| async move {
        stream.set_zero_linger().ok();
    })
    .await;
    assert!(matches!(
        failure(&probe("sap.example", reset.port(), TlsMaterial::default()).await),
        Failure::Reset { .. }
    ));
}

#[tokio::test]
async fn certificates_are_read_and_pairs_compared() {
    let authority = authority();
    let (one, two) = (authority.issue("sap.example", 2030), authority.issue("sap.example", 2030));
    let facts = read_certificate(&one.pem).unwrap();
    assert_eq!(facts.not_after, Timestamp::parse("2030-01-01T00:00:00Z").unwrap());
    assert!(facts.issuer.contains("Plant CA") && facts.sha256.len() == 64, "{facts:?}");
    assert!(check_authority(&authority.pem).is_ok());
    assert!(check_pair(&one.pem, &Secret::new(one.key_pem.clone())).is_ok());
    let rows = [
        (one.pem.as_str(), two.key_pem.clone(), CertificateError::Mismatch),
        ("hello", one.key_pem.clone(), CertificateError::NoCertificate),
        (one.pem.as_str(), "hello".into(), CertificateError::NoKey),
        (
            one.pem.as_str(),
            "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n".into(),
            CertificateError::EncryptedKey,
        ),
    ];
    for (certificate, key, wanted) in rows {
        assert_eq!(check_pair(certificate, &Secret::new(key)).unwrap_err(), wanted);
    }
}

/// RFC 9112, 9.8: an answer that ends with the connection is whole only after the TLS goodbye; one that says how long it is
/// needs none.
#[tokio::test]
async fn an_answer_without_a_length_is_whole_only_after_the_goodbye() {
    let ours = authority();
    for version in [Version::Tls12, Version::Tls13] {
        for (head, says_goodbye, whole) in [
            ("connection: close\r\n", true, true),
            ("connection: close\r\n", false, false),
            ("content-length: 3\r\n", false, true),
            ("transfer-encoding: chunked\r\n", false, true),
        ] {
            let body = if head.starts_with("transfer") { "3\r\nabc\r\n0\r\n\r\n" } else { "abc" };
            let acceptor = TlsAcceptor::from(Arc::new(server_config(&ours.issue("sap.example", 2030), None, version)));
            let text = format!("HTTP/1.1 200 OK\r\n{head}\r\n{body}");
            let address = serve(move |stream| {
                let (acceptor, text) = (acceptor.clone(), text.clone());
                async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    read_request(&mut stream).await;
                    stream.write_all(text.as_bytes()).await.unwrap();
                    stream.flush().await.unwrap();
                    if says_goodbye {
                        stream.shutdown().await.unwrap();
                    }
                }
            })
            .await;
            let mut target = target(
                system_with("scheme=\"basic\""),
                &format!("https://sap.example:{}", address.port()),
                &[("username", "u"), ("password", "geheim22")],
            );
            target.credentials.tls = trusting(&ours);
            let egress = EgressSettings { allow: vec!["127.0.0.0/8".into()], ..EgressSettings::standard() };
            let door = upstream_with(egress, &[("sap.example", "127.0.0.1")], clock());
            let asked = super::forward::request("GET", "/", &[], ForwardBody::Empty);
            let answer = door.forward(&target, asked).await.ok().unwrap();
            let read = super::forward::whole(answer.body).await;
            match read {
                Ok(bytes) => assert!(whole && bytes == b"abc", "{head} {says_goodbye}"),
                Err(Failure::Reset { message }) => assert!(!whole && message.contains("goodbye"), "{head}: {message}"),
                Err(other) => panic!("{head} {says_goodbye}: {other:?}"),
            }
        }
    }
}
