//! The own CA of an installation without certificates: made at the first start, for ten years; a server certificate of
//! it for 397 days, made again 30 days before its end or when the names change. The CA stays, so who trusts it stays content.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer as _, X509Certificate};

use super::TlsError;
use crate::base::Timestamp;
use crate::server::private;

const AUTHORITY_DAYS: i64 = 3653;
const SERVER_DAYS: i64 = 397;
const RENEW_DAYS: i64 = 30;

/// The paths of a certificate (with its CA after it) and key that fit the names and the date.
pub fn ensure(folder: &Path, names: &[String], now: Timestamp) -> Result<(PathBuf, PathBuf), TlsError> {
    private::folder(folder)?;
    let (certificate, key) = (folder.join("server.pem"), folder.join("server.key"));
    let authority = authority(folder, now)?;
    if !(key.exists() && still_fits(&certificate, names, now)) {
        make_server(&authority, &certificate, &key, names, now)?;
    }
    Ok((certificate, key))
}

/// The CA and its certificate as PEM.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

fn authority(folder: &Path, now: Timestamp) -> Result<Authority, TlsError> {
    let (certificate, key) = (folder.join("ca.pem"), folder.join("ca.key"));
    if days_left(&certificate, now).is_some_and(|days| days > SERVER_DAYS)
        && let Some(secret) = private::read(&key)?
        && let Ok(pem) = std::fs::read_to_string(&certificate)
    {
        let pair = KeyPair::from_pem(&String::from_utf8_lossy(&secret))?;
        return Ok(Authority { issuer: Issuer::from_ca_cert_pem(&pem, pair)?, pem });
    }
    let pair = KeyPair::generate()?;
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, format!("Junctionbox CA {}", day(now)));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    lasting(&mut params, now, AUTHORITY_DAYS);
    let made = params.self_signed(&pair)?;
    private::write(&key, pair.serialize_pem().as_bytes())?;
    private::write(&certificate, made.pem().as_bytes())?;
    Ok(Authority { issuer: Issuer::new(params, pair), pem: made.pem() })
}

fn make_server(
    authority: &Authority,
    certificate: &Path,
    key: &Path,
    names: &[String],
    now: Timestamp,
) -> Result<(), TlsError> {
    let pair = KeyPair::generate()?;
    let mut params = CertificateParams::new(names.to_vec())?;
    let common = names.first().map_or("localhost", String::as_str);
    params.distinguished_name.push(DnType::CommonName, common);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    lasting(&mut params, now, SERVER_DAYS);
    let made = params.signed_by(&pair, &authority.issuer)?;
    private::write(key, pair.serialize_pem().as_bytes())?;
    private::write(certificate, format!("{}{}", made.pem(), authority.pem).as_bytes())?;
    Ok(())
}

fn day(now: Timestamp) -> String {
    now.to_string().chars().take(10).collect()
}

/// From yesterday (clocks differ) for so many days.
fn lasting(params: &mut CertificateParams, now: Timestamp, days: i64) {
    let date = |moment: Timestamp| {
        let date = jiff::tz::TimeZone::UTC.to_datetime(moment.to_jiff()).date();
        let part = |number: i8| u8::try_from(number).unwrap_or(1);
        rcgen::date_time_ymd(i32::from(date.year()), part(date.month()), part(date.day()))
    };
    params.not_before = date(now.plus_seconds(-86_400));
    params.not_after = date(now.plus_seconds(days * 86_400));
}

fn days_left(path: &Path, now: Timestamp) -> Option<i64> {
    let der = CertificateDer::from_pem_file(path).ok()?;
    let (_, certificate) = X509Certificate::from_der(&der).ok()?;
    Some((certificate.validity().not_after.timestamp() - now.millis() / 1000) / 86_400)
}

fn still_fits(path: &Path, names: &[String], now: Timestamp) -> bool {
    let in_time = days_left(path, now).is_some_and(|days| days > RENEW_DAYS);
    in_time && named(path).is_some_and(|found| names.iter().all(|name| found.contains(name)))
}

/// The names that a certificate is for.
fn named(path: &Path) -> Option<BTreeSet<String>> {
    let der = CertificateDer::from_pem_file(path).ok()?;
    let (_, certificate) = X509Certificate::from_der(&der).ok()?;
    let names = certificate.subject_alternative_name().ok()??;
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => match bytes.len() {
            4 => <[u8; 4]>::try_from(*bytes).ok().map(|bytes| std::net::Ipv4Addr::from(bytes).to_string()),
            _ => <[u8; 16]>::try_from(*bytes).ok().map(|bytes| std::net::Ipv6Addr::from(bytes).to_string()),
        },
        _ => None,
    };
    Some(names.value.general_names.iter().filter_map(text).collect())
}
