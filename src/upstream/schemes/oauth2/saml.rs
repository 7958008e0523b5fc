//! A signed SAML 2.0 assertion as a grant (RFC 7522), for SAP. The document is written in the very form that exclusive
//! canonicalization gives (no blanks between elements, attributes and namespaces in order, every text escaped), so that
//! what is digested and signed is what is sent. Refuses keys other than RSA: SAP takes no others.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use data_encoding::HEXLOWER;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};

use super::assertion::signing_key;
use super::request::url;
use crate::base::Timestamp;
use crate::systems::{Assertion, Escape, render};
use crate::upstream::signing::SigningKey;
use crate::upstream::values::Values;
use crate::upstream::{Core, Failure, Target};

const LIFETIME: u32 = 300;
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";

/// What an assertion says.
struct Facts {
    id: String,
    issuer: String,
    subject: String,
    name_id_format: String,
    audience: String,
    recipient: String,
    now: Timestamp,
    lifetime: u32,
    claims: Vec<(String, String)>,
}

/// In the form in which it travels: base64url.
pub(super) fn assertion(core: &Core, target: &Target, values: &Values<'_>) -> Result<String, Failure> {
    // One that was made elsewhere is passed on: base64 as it is, XML encoded.
    if let Some(given) = values.value("assertion") {
        let given = given.trim();
        return Ok(if given.starts_with('<') { URL_SAFE_NO_PAD.encode(given) } else { given.to_owned() });
    }
    let described = target.auth.assertion.clone().unwrap_or_else(|| Assertion {
        issuer: "{issuer}".into(),
        subject: "{username}".into(),
        audience: "{audience}".into(),
        ..Assertion::default()
    });
    let text = |template: &str| values.required(render(template, &values.lookup(), Escape::None));
    let endpoint = super::endpoint_of(&target.auth);
    let mut id = [0u8; 16];
    core.random.fill(&mut id);
    let mut claims = Vec::new();
    for (name, template) in &described.claims {
        if let Some(value) = values.optional(render(template, &values.lookup(), Escape::None))? {
            claims.push((name.clone(), value));
        }
    }
    let facts = Facts {
        id: format!("_{}", HEXLOWER.encode(&id)),
        issuer: text(&described.issuer)?,
        subject: text(&described.subject)?,
        name_id_format: described.name_id_format.clone().unwrap_or_else(|| UNSPECIFIED.into()),
        audience: text(&described.audience)?,
        recipient: match &described.recipient {
            Some(template) => text(template)?,
            None => url(target, &endpoint.url)?,
        },
        now: core.clock.now(),
        lifetime: described.lifetime_seconds.unwrap_or(LIFETIME),
        claims,
    };
    let certificate = values.value("certificate");
    let document = signed(&facts, &signing_key(values)?, certificate.as_deref())?;
    Ok(URL_SAFE_NO_PAD.encode(document))
}

fn signed(facts: &Facts, key: &SigningKey, certificate: Option<&str>) -> Result<String, Failure> {
    let plain = written(facts, "");
    let digest = STANDARD.encode(Sha256::digest(plain.as_bytes()));
    let info = format!(
        "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\
         <ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\"></ds:SignatureMethod>\
         <ds:Reference URI=\"#{}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"></ds:Transform>\
         <ds:Transform Algorithm=\"{EXCLUSIVE}\"></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></ds:DigestMethod>\
         <ds:DigestValue>{digest}</ds:DigestValue></ds:Reference></ds:SignedInfo>",
        facts.id
    );
    let signature = key.rsa_sha256(info.as_bytes()).ok_or_else(|| Failure::Protocol {
        message: "Nothing was sent: a SAML assertion is signed with an RSA key, and this is another kind.".into(),
    })?;
    let key_info = match certificate {
        Some(pem) => {
            let der = CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|_| Failure::Protocol {
                message: "Nothing was sent: the certificate cannot be read.".into(),
            })?;
            format!(
                "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>",
                STANDARD.encode(der)
            )
        }
        None => String::new(),
    };
    // Inside the signature the namespace is inherited, so it is not written a second time.
    let info = info.replacen(" xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\"", "", 1);
    let signature = format!(
        "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{info}<ds:SignatureValue>{}</ds:SignatureValue>\
         {key_info}</ds:Signature>",
        STANDARD.encode(signature)
    );
    Ok(written(facts, &signature))
}

/// The assertion with a signature at its place, or without one for the digest.
fn written(facts: &Facts, signature: &str) -> String {
    let time = |at: Timestamp| at.to_string();
    let (from, until) = (facts.now.plus_seconds(-60), facts.now.plus_seconds(i64::from(facts.lifetime)));
    let (from, until, now) = (time(from), time(until), time(facts.now));
    let mut attributes = String::new();
    for (name, value) in &facts.claims {
        attributes.push_str(&format!(
            "<saml2:Attribute Name=\"{}\"><saml2:AttributeValue>{}</saml2:AttributeValue></saml2:Attribute>",
            attribute(name),
            element(value)
        ));
    }
    if !attributes.is_empty() {
        attributes = format!("<saml2:AttributeStatement>{attributes}</saml2:AttributeStatement>");
    }
    format!(
        "<saml2:Assertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"{id}\" IssueInstant=\"{now}\" \
         Version=\"2.0\"><saml2:Issuer>{issuer}</saml2:Issuer>{signature}<saml2:Subject>\
         <saml2:NameID Format=\"{format}\">{subject}</saml2:NameID>\
         <saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
         <saml2:SubjectConfirmationData NotOnOrAfter=\"{until}\" Recipient=\"{recipient}\"></saml2:SubjectConfirmationData>\
         </saml2:SubjectConfirmation></saml2:Subject>\
         <saml2:Conditions NotBefore=\"{from}\" NotOnOrAfter=\"{until}\"><saml2:AudienceRestriction>\
         <saml2:Audience>{audience}</saml2:Audience></saml2:AudienceRestriction></saml2:Conditions>\
         <saml2:AuthnStatement AuthnInstant=\"{now}\" SessionIndex=\"{id}\"><saml2:AuthnContext>\
         <saml2:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:X509</saml2:AuthnContextClassRef>\
         </saml2:AuthnContext></saml2:AuthnStatement>{attributes}</saml2:Assertion>",
        id = facts.id,
        issuer = element(&facts.issuer),
        format = attribute(&facts.name_id_format),
        subject = element(&facts.subject),
        recipient = attribute(&facts.recipient),
        audience = element(&facts.audience),
    )
}

/// Text of an element, as canonical XML writes it.
fn element(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#xD;")
}

/// Value of an attribute, as canonical XML writes it.
fn attribute(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('"', "&quot;")
        .replace('\t', "&#x9;")
        .replace('\n', "&#xA;")
        .replace('\r', "&#xD;")
}
