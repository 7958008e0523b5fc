//! OAuth 1.0a (RFC 5849) with HMAC-SHA256, as NetSuite wants it: each request is signed with two secrets, and needs a right
//! clock. Signs the query and the fields of a form; other bodies are not part of the signature.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use data_encoding::HEXLOWER;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

use super::hmac::mac;
use crate::base::{Random, Timestamp};
use crate::systems::{Carry, Escape, render};
use crate::upstream::Failure;
use crate::upstream::ask::{Ask, missing};
use crate::upstream::values::Values;

/// RFC 5849, 3.6.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const METHOD: &str = "HMAC-SHA256";

pub(super) fn carry() -> Carry {
    Carry::default()
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

/// Signs a request that is complete otherwise.
pub(super) fn sign(
    realm: Option<&str>,
    values: &Values<'_>,
    ask: &mut Ask,
    now: Timestamp,
    random: &dyn Random,
) -> Result<(), Failure> {
    let value = |name: &str| values.value(name).ok_or_else(|| missing(name));
    let key = Zeroizing::new(format!("{}&{}", encoded(&value("consumer_secret")?), encoded(&value("token_secret")?)));
    let mut nonce = [0u8; 16];
    random.fill(&mut nonce);
    let mut parameters = vec![
        ("oauth_consumer_key", value("consumer_key")?),
        ("oauth_nonce", HEXLOWER.encode(&nonce)),
        ("oauth_signature_method", METHOD.to_owned()),
        ("oauth_timestamp", now.millis().div_euclid(1000).to_string()),
        ("oauth_token", value("token")?),
        ("oauth_version", "1.0".to_owned()),
    ];
    let base = base_string(ask, &parameters);
    parameters.push(("oauth_signature", STANDARD.encode(mac(&key, &base))));
    let mut header = String::from("OAuth ");
    if let Some(realm) = realm {
        let realm = values.required(render(realm, &values.lookup(), Escape::None))?;
        // A quoted string that is not part of the signature.
        _ = write!(header, "realm=\"{}\", ", realm.replace(['"', '\\'], ""));
    }
    let pairs: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}=\"{}\"", encoded(value))).collect();
    header.push_str(&pairs.join(", "));
    ask.set_header("Authorization", header);
    Ok(())
}

/// RFC 5849, 3.4.1.
fn base_string(ask: &Ask, oauth: &[(&str, String)]) -> String {
    let (path, query) = ask.target.split_once('?').unwrap_or((&ask.target, ""));
    let address = format!("{}://{}{path}", ask.address.scheme(), ask.address.authority().to_ascii_lowercase());
    let form = if ask.is_form() { ask.body.as_deref().unwrap_or_default() } else { &[] };
    let mut parameters: Vec<(String, String)> =
        oauth.iter().map(|(name, value)| (encoded(name), encoded(value))).collect();
    for part in [query.as_bytes(), form] {
        // Reads `+` as a blank, and a name without `=` as one without a value.
        let pairs = url::form_urlencoded::parse(part);
        parameters.extend(pairs.map(|(name, value)| (encoded(&name), encoded(&value))));
    }
    parameters.sort();
    let parameters: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{}&{}&{}", ask.method.to_ascii_uppercase(), encoded(&address), encoded(&parameters.join("&")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::address::Address;

    fn ask(https: bool, port: u16, target: &str) -> Ask {
        Ask::post(Address { https, host: "EXAMPLE.COM".into(), port }, target.into())
    }

    /// The example of RFC 5849, 3.4.1.1.
    #[test]
    fn the_base_string_is_that_of_the_rfc() {
        let mut ask = ask(false, 80, "/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b");
        ask.set_header("Content-Type", "application/x-www-form-urlencoded".into());
        ask.body = Some(b"c2&a3=2+q".to_vec());
        let oauth = [
            ("oauth_consumer_key", "9djdj82h48djs9d2".to_owned()),
            ("oauth_token", "kkk9d7dh3k39sjv7".to_owned()),
            ("oauth_signature_method", "HMAC-SHA1".to_owned()),
            ("oauth_timestamp", "137131201".to_owned()),
            ("oauth_nonce", "7d8f3e4a".to_owned()),
        ];
        assert_eq!(
            base_string(&ask, &oauth),
            "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D\
             %26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1\
             %26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
        );
    }

    /// The example of RFC 5849, 3.4.1.2: a port that is not the usual one counts, the usual one does not.
    #[test]
    fn the_address_is_that_of_the_rfc() {
        let row = |ask: Ask| base_string(&ask, &[]).split('&').nth(1).unwrap().to_owned();
        assert_eq!(row(ask(false, 80, "/r%20v/X?id=123")), encoded("http://example.com/r%20v/X"));
        assert_eq!(row(ask(true, 8080, "/?q=1")), encoded("https://example.com:8080/"));
    }
}
