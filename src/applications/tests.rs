//! What an OAuth application must be like, and what it makes of a way to sign in.

use super::model::{Application, Opened};
use super::rules::faults;
use crate::base::{ApplicationId, OsRandom, Secret, Timestamp};
use crate::systems::{Catalogue, ClientAuth, ClientOwner, Scheme};

fn opened(system: &str) -> Opened {
    let now = Timestamp::from_millis(1_700_000_000_000);
    Opened {
        application: Application {
            id: ApplicationId::new(now, &OsRandom),
            system: system.into(),
            name: "Ours".into(),
            client_id: "abc".into(),
            client_auth: None,
            scopes: Vec::new(),
            authorize_url: None,
            token_url: None,
            revocation_url: None,
            issuer: None,
            certificate: None,
            key_id: None,
            has_client_secret: true,
            has_private_key: false,
            version: 1,
            created_at: now,
            updated_at: now,
        },
        client_secret: Some(Secret::new("s")),
        private_key: None,
    }
}

#[test]
fn everything_that_is_wrong_is_said_at_once() {
    let catalogue = Catalogue::load(None).unwrap();
    let fields = |opened: &Opened| -> Vec<String> {
        let system = catalogue.find(&opened.application.system).unwrap();
        faults(opened, system).into_iter().map(|fault| fault.field).collect()
    };
    let with = |system: &str, change: &dyn Fn(&mut Opened)| {
        let mut opened = opened(system);
        change(&mut opened);
        fields(&opened)
    };
    let nothing: [&str; 0] = [];
    assert_eq!(fields(&opened("exact-online")), nothing);
    assert_eq!(fields(&opened("netbox")), ["system"]);
    // A generic system leaves both addresses open.
    assert_eq!(fields(&opened("generic-rest")), ["authorize_url", "token_url"]);
    let bad = with("generic-rest", &|opened| {
        opened.application.client_id = " ".into();
        opened.application.scopes = vec!["two words".into()];
        opened.application.authorize_url = Some("not an address".into());
        opened.application.token_url = Some("ftp://idp.example/token".into());
        opened.application.revocation_url = Some("https://u:p@idp.example/revoke".into());
        opened.client_secret = None;
    });
    let all = ["client_id", "scopes", "authorize_url", "token_url", "revocation_url", "client_secret"];
    assert_eq!(bad, all);
    let key = with("exact-online", &|opened| {
        opened.application.client_auth = Some(ClientAuth::PrivateKeyJwt);
        opened.client_secret = None;
    });
    assert_eq!(key, ["private_key"]);
    let certificate = with("exact-online", &|opened| {
        opened.application.client_auth = Some(ClientAuth::Certificate);
        opened.private_key = Some(Secret::new("no key"));
    });
    assert_eq!(certificate, ["private_key", "certificate"]);
    let public = with("exact-online", &|opened| {
        opened.application.client_auth = Some(ClientAuth::None);
        opened.client_secret = None;
    });
    assert_eq!(public, nothing);
}

#[test]
fn a_way_with_an_application_is_the_operators() {
    let catalogue = Catalogue::load(None).unwrap();
    let way = catalogue.find("generic-rest").unwrap().auth(Scheme::Oauth2AuthorizationCode).unwrap().clone();
    let mut application = opened("generic-rest").application;
    application.token_url = Some("https://idp.example/token".into());
    application.authorize_url = Some("https://idp.example/auth".into());
    application.scopes = vec!["a".into()];
    application.client_auth = Some(ClientAuth::Body);
    let applied = application.applied_to(&way);
    let token = applied.token.unwrap();
    assert_eq!(applied.client_owner, ClientOwner::Operator);
    assert_eq!((token.url.as_str(), token.client_auth), ("https://idp.example/token", ClientAuth::Body));
    assert_eq!(
        (token.scopes, applied.authorize.unwrap().url),
        (vec!["a".to_owned()], "https://idp.example/auth".into())
    );
}
