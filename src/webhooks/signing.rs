//! Standard Webhooks 1.0: a secret, and the headers of one try. While a secret rotates, both sign.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use zeroize::Zeroizing;

use super::error::WebhookError;
use crate::base::{EventId, Random, Secret, Timestamp};
use crate::vault::VaultError;

/// `whsec_` and the base64 of 32 bytes.
pub(super) fn new_secret(random: &dyn Random) -> Secret {
    let mut bytes = Zeroizing::new([0u8; 32]);
    random.fill(bytes.as_mut());
    Secret::new(format!("whsec_{}", STANDARD.encode(*bytes)))
}

/// What a receiver checks. `secrets` begins with the present one.
pub(super) fn headers(
    event: EventId,
    at: Timestamp,
    body: &str,
    secrets: &[Secret],
) -> Result<Vec<(String, String)>, WebhookError> {
    let id = event.to_string();
    let seconds = at.millis().div_euclid(1000);
    let mut signatures = Vec::with_capacity(secrets.len());
    for secret in secrets {
        let signed = Webhook::new(secret.expose()).and_then(|webhook| webhook.sign(&id, seconds, body.as_bytes()));
        signatures.push(signed.map_err(|_| VaultError::Internal("signing a webhook"))?);
    }
    Ok(vec![
        ("Content-Type".into(), "application/json".into()),
        (HEADER_WEBHOOK_ID.into(), id),
        (HEADER_WEBHOOK_TIMESTAMP.into(), seconds.to_string()),
        (HEADER_WEBHOOK_SIGNATURE.into(), signatures.join(" ")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::OsRandom;

    #[test]
    fn the_standards_own_example_comes_out() {
        // From the specification's libraries: this id, time, body and secret give this signature.
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let body = r#"{"test": 2432232314}"#;
        let signed = Webhook::new(secret).unwrap().sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body.as_bytes());
        assert_eq!(signed.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn secrets_are_long_and_two_sign_while_one_rotates() {
        let (new, old) = (new_secret(&OsRandom), new_secret(&OsRandom));
        assert!(!new.matches(&old));
        let bytes = STANDARD.decode(new.expose().strip_prefix("whsec_").unwrap()).unwrap();
        assert_eq!(bytes.len(), 32);
        let at = Timestamp::from_millis(1_760_000_000_999);
        let event = EventId::new(at, &OsRandom);
        let found = headers(event, at, "{}", &[new.clone(), old.clone()]).unwrap();
        let value = |name: &str| found.iter().find(|(known, _)| known == name).unwrap().1.clone();
        assert_eq!(value("webhook-id"), event.to_string());
        assert_eq!(value("webhook-timestamp"), "1760000000");
        let signature = value("webhook-signature");
        let both: Vec<&str> = signature.split(' ').collect();
        assert_eq!(both.len(), 2);
        for (secret, signature) in [new, old].iter().zip(both) {
            let again = Webhook::new(secret.expose()).unwrap().sign(&event.to_string(), 1_760_000_000, b"{}").unwrap();
            assert_eq!(signature, again);
        }
    }
}
