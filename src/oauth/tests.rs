//! What a state is good for: once, in time, in its own browser.

use std::time::Duration;

use super::model::Face;
use super::states::{LIFETIME, NoState, States, Waiting, token};
use crate::access::Principal;
use crate::base::{Actor, ActorKind, ConnectionId, OsRandom, Secret, Timestamp};
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

fn of(number: u64, face: Face) -> Waiting {
    let actor = Actor {
        kind: if face == Face::Portal { ActorKind::Link } else { ActorKind::User },
        id: Some(format!("one_{number}")),
        name: "Somebody".into(),
        address: None,
    };
    let who = Principal::new(actor, None, Default::default(), None);
    Waiting { who, face, ..waiting(&format!("browser {number}")) }
}

#[test]
fn nobody_ends_the_sign_ins_of_others() {
    let states = States::default();
    states.wait("operator", of(0, Face::Dashboard), now());
    states.wait("customer", of(1, Face::Portal), now());
    // One link begins again and again, each time as another browser.
    for number in 0..5000u64 {
        let again = Waiting { browser: Secret::new(format!("b{number}")), ..of(2, Face::Portal) };
        states.wait(&format!("two {number}"), again, now().plus(Duration::from_millis(number)));
    }
    let take = |state: &str, browser: &str| states.take(state, Some(&Secret::new(browser)), now().plus_seconds(6));
    assert!(take("customer", "browser 1").is_ok());
    assert!(take("two 4999", "b4999").is_ok());
    assert_eq!(take("two 0", "b0").err(), Some(NoState::Unknown), "the own oldest went");
    // Many links together push out customers before operators.
    for number in 10..3000u64 {
        states.wait(&format!("many {number}"), of(number, Face::Portal), now().plus_seconds(1));
    }
    assert!(take("operator", "browser 0").is_ok());
}
