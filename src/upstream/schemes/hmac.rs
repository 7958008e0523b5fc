//! Requests that are signed instead of carrying the secret: Fiix's query signature, and HAWK. Both need a right clock.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::base::{Random, Timestamp};
use crate::systems::{Carry, Signature};
use crate::upstream::Failure;
use crate::upstream::ask::{Ask, missing};
use crate::upstream::values::Values;

pub(super) fn carry() -> Carry {
    Carry::default()
}

/// Signs a request that is complete otherwise.
pub(super) fn sign(
    how: Signature,
    values: &Values<'_>,
    ask: &mut Ask,
    now: Timestamp,
    random: &dyn Random,
) -> Result<(), Failure> {
    let key = values.value("secret_key").or_else(|| values.value("key")).ok_or_else(|| missing("secret_key"))?;
    match how {
        Signature::Fiix => fiix(&key, ask, now),
        Signature::Hawk => {
            let id = values.value("access_key").or_else(|| values.value("id")).ok_or_else(|| missing("access_key"))?;
            let mut bytes = [0u8; 6];
            random.fill(&mut bytes);
            let nonce = URL_SAFE_NO_PAD.encode(bytes);
            let header = hawk(&id, &key, ask, now.millis().div_euclid(1000), &nonce, "");
            ask.set_header("Authorization", header);
        }
    }
    Ok(())
}

pub(super) fn mac(key: &str, text: &str) -> Vec<u8> {
    // HMAC takes a key of any length, so this cannot fail.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) else { return Vec::new() };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn fiix(key: &str, ask: &mut Ask, now: Timestamp) {
    ask.add_query("timestamp", &now.millis().to_string());
    let address = format!("{}{}", ask.address.authority(), ask.target);
    ask.set_header("Authorization", HEXLOWER.encode(&mac(key, &address)));
}

/// The header of HAWK 1.1, without a hash of the body.
fn hawk(id: &str, key: &str, ask: &Ask, seconds: i64, nonce: &str, ext: &str) -> String {
    let (method, target, host, port) =
        (&ask.method, &ask.target, ask.address.host.to_ascii_lowercase(), ask.address.port);
    let text = format!("hawk.1.header\n{seconds}\n{nonce}\n{method}\n{target}\n{host}\n{port}\n\n{ext}\n");
    let mac = STANDARD.encode(mac(key, &text));
    let ext = if ext.is_empty() { String::new() } else { format!(", ext=\"{ext}\"") };
    format!("Hawk id=\"{id}\", ts=\"{seconds}\", nonce=\"{nonce}\"{ext}, mac=\"{mac}\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::address::{Address, below};

    /// The example of the HAWK specification.
    #[test]
    fn hawk_signs_as_published() {
        let address = Address { https: false, host: "example.com".into(), port: 8000 };
        let mut ask = Ask::post(address, "/resource/1?b=1&a=2".into());
        ask.method = "GET".into();
        let header = hawk(
            "dh37fgj492je",
            "werxhqb98rpaxn39848xrunpaw3489ruxnpa98w4rxn",
            &ask,
            1_353_832_234,
            "j4h3g2",
            "some-app-ext-data",
        );
        assert_eq!(
            header,
            "Hawk id=\"dh37fgj492je\", ts=\"1353832234\", nonce=\"j4h3g2\", ext=\"some-app-ext-data\", mac=\"6R4rV5iE+NPoym+WwjeHzjAGXUtLNIxmo1vpMofpLAE=\""
        );
    }

    /// RFC 4231, test case 2.
    #[test]
    fn the_mac_is_hmac_sha256() {
        let wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(HEXLOWER.encode(&mac("Jefe", "what do ya want for nothing?")), wanted);
    }

    #[test]
    fn fiix_signs_the_address_without_its_scheme() {
        let (address, target) =
            below(&url::Url::parse("https://acme.macmms.com/api/").unwrap(), "/?service=cmms").unwrap();
        let mut ask = Ask::post(address, target);
        fiix("key", &mut ask, Timestamp::from_millis(1_700_000_000_123));
        assert_eq!(ask.target, "/api/?service=cmms&timestamp=1700000000123");
        let wanted = HEXLOWER.encode(&mac("key", "acme.macmms.com/api/?service=cmms&timestamp=1700000000123"));
        assert_eq!(ask.headers, [("Authorization".to_owned(), wanted)]);
    }
}
