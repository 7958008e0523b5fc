//! What a state is good for: once, in time, in its own browser.

use super::model::Face;
use super::states::{LIFETIME, NoState, States, Waiting, token};
use crate::access::Principal;
use crate::base::{ConnectionId, OsRandom, Secret, Timestamp};
use crate::connections::{Consent, NewAuth, NewCredentials};

fn waiting(browser: &str) -> Waiting {
    let auth = NewAuth { scheme: "oauth2_authorization_code".into(), fields: Default::default() };
    let new = NewCredentials { auth, base_url: None, parameters: None, allow_identity_change: false };
    Waiting {
        who: Principal::system(),
        consent: Consent::Reconnect { id: ConnectionId::new(now(), &OsRandom), chosen: None, new: Box::new(new) },
        face: Face::Dashboard,
        return_to: "/".into(),
        browser: Secret::new(browser),
        verifier: Secret::new("v"),
        issuer: None,
        hosts: vec!["idp.example".into()],
        system_name: "ERP".into(),
        after: None,
    }
}

fn now() -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000)
}

#[test]
fn a_state_works_once_in_its_own_browser_in_time() {
    let states = States::default();
    let browser = Secret::new("one");
    states.wait("s", waiting("one"), now());
    let take = |state: &str, browser: Option<&Secret>, at| states.take(state, browser, at).err();
    assert_eq!(take("other", Some(&browser), now()), Some(NoState::Unknown));
    assert_eq!(take("s", None, now()), Some(NoState::Foreign));
    assert_eq!(take("s", Some(&Secret::new("two")), now()), Some(NoState::Foreign));
    assert!(states.knows(&browser, now()));
    assert_eq!(take("s", Some(&browser), now()), None);
    assert_eq!(take("s", Some(&browser), now()), Some(NoState::Used));
    assert!(!states.knows(&browser, now()));
    states.wait("t", waiting("one"), now());
    assert_eq!(take("t", Some(&browser), now().plus(LIFETIME)), Some(NoState::Unknown));
}

#[test]
fn states_do_not_heap_up() {
    let states = States::default();
    for number in 0..3000 {
        states.wait(&number.to_string(), waiting("one"), now().plus_seconds(number / 10));
    }
    assert_eq!(states.take("0", Some(&Secret::new("one")), now()).err(), Some(NoState::Unknown));
    assert!(states.take("2999", Some(&Secret::new("one")), now().plus_seconds(300)).is_ok());
    assert_ne!(token(&OsRandom), token(&OsRandom));
}
