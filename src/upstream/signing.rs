//! Private keys of OAuth clients and users: read from PEM, checked, and used to sign JWTs (RS256, ES256, ES384) and SAML
//! assertions (RSA with SHA-256). The arithmetic is ring's; `jsonwebtoken` is given a provider over it.

use std::sync::Once;

use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::signature::{Error as SignatureError, Signer};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;

use super::tls::CertificateError;
use crate::base::Secret;

/// Whether this text is a private key with which one can sign.
pub fn check_signing_key(pem: &Secret) -> Result<(), CertificateError> {
    SigningKey::read(pem).map(|_| ())
}

/// A private key that was read. No `Debug`.
pub(super) struct SigningKey {
    der: Secret64,
    pair: Pair,
}

/// DER, in the form that `jsonwebtoken` carries to the provider; wiped when dropped.
type Secret64 = zeroize::Zeroizing<Vec<u8>>;

enum Pair {
    Rsa(Box<RsaKeyPair>),
    P256(EcdsaKeyPair),
    P384(EcdsaKeyPair),
}

impl SigningKey {
    pub(super) fn read(pem: &Secret) -> Result<Self, CertificateError> {
        let text = pem.expose();
        if text.contains("ENCRYPTED") {
            return Err(CertificateError::EncryptedKey);
        }
        let key = PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|_| CertificateError::NoKey)?;
        let der = Secret64::new(key.secret_der().to_vec());
        let pair = Pair::of(&der).ok_or(CertificateError::UnsupportedKey)?;
        Ok(Self { der, pair })
    }

    fn algorithm(&self) -> Algorithm {
        match self.pair {
            Pair::Rsa(_) => Algorithm::RS256,
            Pair::P256(_) => Algorithm::ES256,
            Pair::P384(_) => Algorithm::ES384,
        }
    }

    /// A signed JWT; the algorithm is the key's.
    pub(super) fn jwt(&self, dress: impl FnOnce(&mut Header), claims: &serde_json::Value) -> Option<String> {
        provide();
        let mut header = Header::new(self.algorithm());
        dress(&mut header);
        let key = match self.pair {
            Pair::Rsa(_) => EncodingKey::from_rsa_der(&self.der),
            Pair::P256(_) | Pair::P384(_) => EncodingKey::from_ec_der(&self.der),
        };
        jsonwebtoken::encode(&header, claims, &key).ok()
    }

    /// RSA, PKCS #1 v1.5, SHA-256: what SAML's receivers take. `None` for another kind of key.
    pub(super) fn rsa_sha256(&self, message: &[u8]) -> Option<Vec<u8>> {
        match &self.pair {
            Pair::Rsa(_) => self.pair.sign(message).ok(),
            Pair::P256(_) | Pair::P384(_) => None,
        }
    }
}

impl Pair {
    fn of(der: &[u8]) -> Option<Self> {
        let random = SystemRandom::new();
        if let Ok(pair) = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der)) {
            return Some(Self::Rsa(Box::new(pair)));
        }
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der, &random) {
            return Some(Self::P256(pair));
        }
        EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, der, &random).ok().map(Self::P384)
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, ring::error::Unspecified> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)?;
                Ok(signature)
            }
            Self::P256(pair) | Self::P384(pair) => Ok(pair.sign(&random, message)?.as_ref().to_vec()),
        }
    }
}

/// Gives `jsonwebtoken` its arithmetic, once in the life of the process.
fn provide() {
    static ONCE: Once = Once::new();
    static PROVIDER: CryptoProvider =
        CryptoProvider { signer_factory: signer, verifier_factory: verifier, key_utils: KeyUtils::new_unimplemented() };
    // An error says that there is one already; then it is this one.
    ONCE.call_once(|| _ = PROVIDER.install_default());
}

struct RingSigner {
    pair: Pair,
    algorithm: Algorithm,
}

impl Signer<Vec<u8>> for RingSigner {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, SignatureError> {
        self.pair.sign(message).map_err(|_| SignatureError::new())
    }
}

impl JwtSigner for RingSigner {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>, Error> {
    let pair = Pair::of(key.as_bytes()).ok_or(Error::from(ErrorKind::InvalidKeyFormat))?;
    Ok(Box::new(RingSigner { pair, algorithm: *algorithm }))
}

/// Junctionbox signs JWTs and never takes one.
fn verifier(_: &Algorithm, _: &DecodingKey) -> Result<Box<dyn JwtVerifier>, Error> {
    Err(ErrorKind::InvalidAlgorithm.into())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, KeyPair as _, UnparsedPublicKey};

    use super::*;

    #[test]
    fn a_jwt_is_signed_by_the_keys_own_algorithm() {
        let pair = rcgen::KeyPair::generate().unwrap();
        let key = SigningKey::read(&Secret::new(pair.serialize_pem())).ok().unwrap();
        let token = key.jwt(|header| header.kid = Some("k1".into()), &serde_json::json!({"iss": "me"})).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let [header, claims, signature] = parts.as_slice() else { panic!("{token}") };
        let header: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        assert_eq!((header["alg"].as_str(), header["kid"].as_str()), (Some("ES256"), Some("k1")));
        assert_eq!(URL_SAFE_NO_PAD.decode(claims).unwrap(), br#"{"iss":"me"}"#);
        let Pair::P256(ring_pair) = &key.pair else { panic!("another kind of key") };
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, ring_pair.public_key().as_ref().to_vec());
        let message = token.rsplit_once('.').unwrap().0;
        public.verify(message.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        assert_eq!(key.rsa_sha256(b"x"), None);
    }

    #[test]
    fn what_is_no_key_is_named() {
        let read = |text: &str| SigningKey::read(&Secret::new(text)).err();
        assert_eq!(read("hello"), Some(CertificateError::NoKey));
        assert_eq!(read("-----BEGIN ENCRYPTED PRIVATE KEY-----"), Some(CertificateError::EncryptedKey));
    }
}
