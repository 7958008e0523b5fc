//! Sign-in, sessions, links, users and keys over a real store, with a clock that the test sets.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::audit::{AuditFilter, AuditLog};
use crate::base::{
    Actor, Clock as _, CustomerId, ManualClock, OsRandom, PageRequest, Secret, SecretBytes, Timestamp, UserId,
};
use crate::store::{DirectoryLock, InstanceKey, Store};

const PASSWORD: &str = "the green tractor sings";

struct Bench {
    _dir: tempfile::TempDir,
    store: Store,
    clock: ManualClock,
    access: Access,
}

async fn bench() -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let lock = DirectoryLock::take(dir.path()).unwrap();
    let store = Store::open(dir.path(), &InstanceKey::from_bytes([1; 32]), lock).unwrap();
    let clock = ManualClock::at(Timestamp::from_millis(1_760_000_000_000));
    let access = open(&store, &clock).await;
    Bench { _dir: dir, store, clock, access }
}

async fn open(store: &Store, clock: &ManualClock) -> Access {
    let audit = AuditLog::new(SecretBytes::new([7; 32]));
    Access::open(store.clone(), audit, Arc::new(clock.clone()), Arc::new(OsRandom)).await.unwrap()
}

fn visitor() -> Visitor {
    Visitor { address: Some("192.0.2.7".into()), user_agent: Some("Browser".into()) }
}

fn secret(text: &str) -> Secret {
    Secret::new(text)
}

impl Bench {
    async fn become_demo(&self) {
        self.store
            .write::<_, crate::store::StoreError, _>(|tx| {
                tx.execute("INSERT INTO instance (singleton, id, kind, created_at) VALUES (1, 'ins_x', 'demo', 0)", [])
            })
            .await
            .unwrap();
    }

    async fn user(&self, email: &str, role: Role) -> User {
        let new = NewUser { email: email.into(), name: "Somebody".into(), role, password: Some(secret(PASSWORD)) };
        self.access.create_user(&Principal::cli(), new).await.unwrap().user
    }
    async fn sign_in(&self, email: &str) -> NewSession {
        self.access.sign_in(email, secret(PASSWORD), visitor()).await.unwrap()
    }
    async fn principal(&self, session: &NewSession) -> Option<Principal> {
        let state = self.access.session(&session.token, None).await.unwrap();
        state.live().map(|signed_in| signed_in.principal)
    }
    async fn actions(&self) -> Vec<String> {
        let page = self
            .store
            .read::<_, crate::audit::AuditError, _>(|rows| {
                crate::audit::list(rows, &AuditFilter::default(), &PageRequest::first(200))
            })
            .await
            .unwrap();
        page.items.iter().rev().map(|row| format!("{} {}", row.action, row.outcome.as_str())).collect()
    }
}

fn key(scopes: &[&str]) -> NewApiKey {
    let scopes = scopes.iter().map(|scope| Scope::parse(scope).unwrap()).collect();
    NewApiKey { name: "sync".into(), scopes, ..NewApiKey::default() }
}

#[tokio::test]
async fn the_set_up_link_makes_one_owner_once() {
    let bench = bench().await;
    let access = &bench.access;
    let first = access.setup_token(&Principal::cli()).await.unwrap();
    let second = access.setup_token(&Principal::cli()).await.unwrap();
    assert!(access.link(&first.token).await.unwrap().is_none(), "a new link ends the one before");
    let owner = |password: &str| NewOwner { email: "p@b.example".into(), name: "P".into(), password: secret(password) };
    let wrong = access.create_owner(&second.token, owner("short"), visitor()).await;
    assert!(matches!(wrong, Err(AccessError::Invalid(errors)) if errors[0].field == "password"));
    assert_eq!(access.link(&second.token).await.unwrap().unwrap().purpose, Purpose::Setup);
    let session = access.create_owner(&second.token, owner(PASSWORD), visitor()).await.unwrap();
    assert!(access.has_owner().await.unwrap());
    assert_eq!(bench.principal(&session).await.unwrap().role, Some(Role::Owner));
    let again = access.create_owner(&second.token, owner(PASSWORD), visitor()).await;
    assert!(matches!(again, Err(AccessError::LinkOver)));
    assert!(matches!(access.setup_token(&Principal::cli()).await, Err(AccessError::OwnerExists)));
    assert_eq!(bench.sign_in("P@B.example").await.user.name, "P");
}

#[tokio::test]
async fn links_end_after_their_time() {
    let bench = bench().await;
    let setup = bench.access.setup_token(&Principal::cli()).await.unwrap();
    bench.clock.advance(Duration::from_secs(30 * 60));
    assert!(bench.access.link(&setup.token).await.unwrap().is_none());
    bench.access.prune().await.unwrap();
    let user = bench.user("d@b.example", Role::Owner).await;
    let refused = bench.access.sign_in_token(&Principal::system(), user.id).await;
    assert!(matches!(refused, Err(AccessError::LinkOver)), "only a demo has links that sign straight in");
    bench.become_demo().await;
    let demo = bench.access.sign_in_token(&Principal::system(), user.id).await.unwrap();
    let session = bench.access.sign_in_by_link(&demo.token, visitor()).await.unwrap();
    assert!(bench.principal(&session).await.is_some());
    assert!(bench.access.sign_in_by_link(&demo.token, visitor()).await.is_ok(), "the demo's link opens again");
    // A link serves its own purpose only.
    let recover = bench.access.recovery_token(&Principal::cli(), "D@b.example").await.unwrap();
    assert!(matches!(bench.access.sign_in_by_link(&recover.token, visitor()).await, Err(AccessError::LinkOver)));
    let new = bench.access.choose_password(&recover.token, secret("another long sentence"), visitor()).await.unwrap();
    assert!(bench.principal(&new).await.is_some() && bench.principal(&session).await.is_none());
    let old = bench.access.sign_in("d@b.example", secret(PASSWORD), visitor()).await;
    assert!(matches!(old, Err(AccessError::WrongCredentials)));
}

#[tokio::test]
async fn guessing_slows_down_and_both_outcomes_are_noted() {
    let bench = bench().await;
    bench.user("a@b.example", Role::Operator).await;
    for email in ["a@b.example", "nobody@b.example", "a@b.example", "a@b.example", "nobody@b.example"] {
        let answer = bench.access.sign_in(email, secret("wrong password"), visitor()).await;
        assert!(matches!(answer, Err(AccessError::WrongCredentials)), "{email}");
    }
    let throttled = bench.access.sign_in("a@b.example", secret(PASSWORD), visitor()).await;
    assert!(matches!(throttled, Err(AccessError::Throttled { seconds: 1..=30 })));
    bench.clock.advance(Duration::from_secs(30));
    bench.sign_in("a@b.example").await;
    let refused = bench.actions().await.iter().filter(|action| *action == "user.sign_in_refused refused").count();
    assert_eq!(refused, 5);
    assert_eq!(bench.actions().await.last().unwrap(), "user.signed_in done");
    // Many right ones, at once too, are no guessing.
    let all = (0..12).map(|_| bench.sign_in("a@b.example"));
    assert_eq!(futures_util::future::join_all(all).await.len(), 12);
}

#[tokio::test]
async fn sessions_end_idle_old_signed_out_and_with_a_new_role() {
    let bench = bench().await;
    let owner = bench.user("o@b.example", Role::Owner).await;
    let user = bench.user("a@b.example", Role::Viewer).await;
    let session = bench.sign_in("a@b.example").await;
    for _ in 0..23 {
        bench.clock.advance(Duration::from_secs(29 * 60));
        let state = bench.access.session(&session.token, None).await.unwrap();
        assert!(matches!(state, SessionState::Live(_)));
        // The last click is written apart from the answer.
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    bench.clock.advance(Duration::from_secs(53 * 60));
    assert!(matches!(bench.access.session(&session.token, None).await.unwrap(), SessionState::Ended));
    let session = bench.sign_in("a@b.example").await;
    bench.clock.advance(SESSION_IDLE);
    assert!(matches!(bench.access.session(&session.token, None).await.unwrap(), SessionState::Idle));
    let session = bench.sign_in("a@b.example").await;
    let change = ChangeUser { role: Some(Role::Operator), ..ChangeUser::default() };
    let changed = bench.access.change_user(&Principal::cli(), user.id, change, Some(1)).await.unwrap();
    assert_eq!((changed.role, changed.version), (Role::Operator, 2));
    assert!(matches!(bench.access.session(&session.token, None).await.unwrap(), SessionState::Unknown));
    let stale = bench.access.change_user(&Principal::cli(), user.id, ChangeUser::default(), Some(1)).await;
    assert!(matches!(stale, Err(AccessError::Stale { found: 2 })));
    let session = bench.sign_in("a@b.example").await;
    bench.access.sign_out(&session.token, None).await.unwrap();
    assert!(bench.principal(&session).await.is_none());
    let (one, two) = (bench.sign_in("o@b.example").await, bench.sign_in("o@b.example").await);
    let who = bench.principal(&one).await.unwrap();
    let wrong = bench.access.change_own_password(&who, secret("wrong"), secret("a new long one"), &one.token).await;
    assert!(matches!(wrong, Err(AccessError::WrongPassword)));
    bench.access.change_own_password(&who, secret(PASSWORD), secret("a new long one"), &one.token).await.unwrap();
    assert!(bench.principal(&one).await.is_some() && bench.principal(&two).await.is_none());
    bench.access.set_theme(&who, "dark").await.unwrap();
    assert_eq!(bench.access.user(&who, owner.id).await.unwrap().unwrap().theme, "dark");
    assert!(bench.access.set_theme(&who, "pink").await.is_err());
}

#[tokio::test]
async fn admins_rule_over_all_but_owners_and_the_last_owner_stays() {
    let bench = bench().await;
    let access = &bench.access;
    let owner = bench.user("o@b.example", Role::Owner).await;
    let admin = bench.user("a@b.example", Role::Admin).await;
    let operator = bench.user("x@b.example", Role::Operator).await;
    let who = bench.principal(&bench.sign_in("a@b.example").await).await.unwrap();
    let to = |role: Role| ChangeUser { role: Some(role), ..ChangeUser::default() };
    let new = |email: &str, role| NewUser { email: email.into(), name: "N".into(), role, password: None };
    let refused = |answer: Result<(), AccessError>| matches!(answer, Err(AccessError::OwnersOnly));
    assert!(refused(access.create_user(&who, new("n@b.example", Role::Owner)).await.map(drop)));
    assert!(refused(access.change_user(&who, admin.id, to(Role::Owner), None).await.map(drop)));
    assert!(refused(access.change_user(&who, owner.id, to(Role::Viewer), None).await.map(drop)));
    assert!(refused(access.set_password(&who, owner.id, secret("a new long one")).await));
    assert!(refused(access.recovery_token(&who, "o@b.example").await.map(drop)));
    assert!(refused(access.delete_user(&who, owner.id).await));
    let made = access.create_user(&who, new("n@b.example", Role::Operator)).await.unwrap();
    assert!(!made.user.has_password);
    let answer = access.sign_in("n@b.example", secret(""), visitor()).await;
    assert!(matches!(answer, Err(AccessError::WrongCredentials)));
    let session = access.choose_password(&made.invitation.unwrap().token, secret(PASSWORD), visitor()).await.unwrap();
    let below = bench.principal(&session).await.unwrap();
    assert!(matches!(access.users(&below, None, PageRequest::first(9)).await, Err(AccessError::Forbidden(_))));
    assert!(matches!(access.user(&below, owner.id).await, Err(AccessError::Forbidden(_))));
    assert!(matches!(access.create_api_key(&below, key(&["all"])).await, Err(AccessError::Forbidden(_))));
    let taken = access.create_user(&who, new("X@B.example", Role::Viewer)).await;
    assert!(matches!(taken, Err(AccessError::EmailTaken { .. })));
    let Err(AccessError::Invalid(errors)) = access.create_user(&who, new("x@b", Role::Viewer)).await else { panic!() };
    assert_eq!(errors[0].field, "email");
    let root = Principal::cli();
    let last = |answer: Result<(), AccessError>| matches!(answer, Err(AccessError::LastOwner));
    assert!(last(access.change_user(&root, owner.id, to(Role::Admin), None).await.map(drop)));
    assert!(last(access.delete_user(&root, owner.id).await));
    access.change_user(&root, operator.id, to(Role::Owner), None).await.unwrap();
    access.delete_user(&root, owner.id).await.unwrap();
    let nobody = UserId::new(Timestamp::default(), &OsRandom);
    assert!(matches!(access.delete_user(&root, nobody).await, Err(AccessError::UnknownUser)));
    let page = access.users(&root, Some("N@B".into()), PageRequest::first(9)).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let page = access.users(&root, None, PageRequest::first(2)).await.unwrap();
    let rest = access.users(&root, None, PageRequest { limit: 2, cursor: page.next_cursor }).await.unwrap();
    assert_eq!((page.items.len(), rest.items.len(), rest.next_cursor), (2, 1, None));
}

#[tokio::test]
async fn a_key_works_until_it_is_revoked_or_ends_and_survives_a_restart() {
    let bench = bench().await;
    let access = &bench.access;
    let customer = CustomerId::new(Timestamp::default(), &OsRandom);
    let other = CustomerId::new(Timestamp::default(), &OsRandom);
    let bound = NewApiKey { customer_ids: Some(vec![customer]), ..key(&["connections:write", "proxy"]) };
    let made = access.create_api_key(&Principal::cli(), bound).await.unwrap();
    assert!(made.text.expose().starts_with("jbx_") && made.text.expose().len() == 47);
    assert_eq!(made.key.hint.len(), 8);
    for access in [access.clone(), open(&bench.store, &bench.clock).await] {
        let who = access.authenticate(made.text.expose(), Some("192.0.2.9")).unwrap();
        assert!(who.may(Permission::ConnectionsRead) && who.may(Permission::Proxy) && !who.may(Permission::Admin));
        assert!(who.sees(&customer) && !who.sees(&other) && !who.is_owner());
        assert_eq!((who.actor.name.as_str(), who.actor.address.as_deref()), ("sync", Some("192.0.2.9")));
    }
    for wrong in ["", "jbx_", &made.text.expose()[4..], &format!("{}A", made.text.expose())] {
        assert!(access.authenticate(wrong, None).is_none());
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
    let shown = access.api_key(&Principal::cli(), made.key.id).await.unwrap().unwrap();
    assert_eq!(shown.last_used_at, Some(bench.clock.now()));
    access.revoke_api_key(&Principal::cli(), made.key.id).await.unwrap();
    assert!(access.authenticate(made.text.expose(), None).is_none());
    access.revoke_api_key(&Principal::cli(), made.key.id).await.unwrap();
    assert!(open(&bench.store, &bench.clock).await.authenticate(made.text.expose(), None).is_none());
    let ends = NewApiKey { expires_at: Some(bench.clock.now().plus_seconds(60)), ..key(&["audit:read"]) };
    let ending = access.create_api_key(&Principal::cli(), ends).await.unwrap();
    assert!(access.authenticate(ending.text.expose(), None).is_some());
    let root = Principal::cli();
    let list = |ended| access.api_keys(&root, ended, PageRequest::first(9));
    assert_eq!((list(false).await.unwrap().items.len(), list(true).await.unwrap().items.len()), (1, 2));
    bench.clock.advance(Duration::from_secs(60));
    assert!(access.authenticate(ending.text.expose(), None).is_none());
    assert_eq!(list(false).await.unwrap().items.len(), 0);
    assert_eq!(
        bench.actions().await,
        ["api_key.created done", "api_key.revoked done", "api_key.created done"],
        "a second revocation changes nothing"
    );
}

#[tokio::test]
async fn keys_never_reach_above_who_made_them() {
    let bench = bench().await;
    let access = &bench.access;
    bench.user("o@b.example", Role::Owner).await;
    bench.user("a@b.example", Role::Admin).await;
    let admin = bench.principal(&bench.sign_in("a@b.example").await).await.unwrap();
    let owners = |who: Principal| {
        let new = NewUser { email: "z@b.example".into(), name: "Z".into(), role: Role::Owner, password: None };
        let access = access.clone();
        async move { access.create_user(&who, new).await.map(drop) }
    };
    let by_admin = access.create_api_key(&admin, key(&["all"])).await.unwrap();
    let who = access.authenticate(by_admin.text.expose(), None).unwrap();
    assert!(matches!(owners(who).await, Err(AccessError::OwnersOnly)));
    let by_cli = access.create_api_key(&Principal::cli(), key(&["all"])).await.unwrap();
    assert!(matches!(access.revoke_api_key(&admin, by_cli.key.id).await, Err(AccessError::OwnersOnly)));
    let who = access.authenticate(by_cli.text.expose(), None).unwrap();
    assert!(who.actor.id.is_some() && who.actor != Actor::cli());
    owners(who).await.unwrap();
    // One who is bound to a customer hands out nothing.
    let own = CustomerId::new(Timestamp::default(), &OsRandom);
    let bound = NewApiKey { customer_ids: Some(vec![own]), ..key(&["all"]) };
    let bound = access.create_api_key(&Principal::cli(), bound).await.unwrap();
    let who = access.authenticate(bound.text.expose(), None).unwrap();
    assert!(matches!(access.create_api_key(&who, key(&["proxy"])).await, Err(AccessError::Forbidden(_))));
    assert!(matches!(owners(who).await, Err(AccessError::Forbidden(_))));
    for (new, field) in [
        (NewApiKey { name: " ".into(), ..key(&["proxy"]) }, "name"),
        (key(&[]), "scopes"),
        (NewApiKey { customer_ids: Some(vec![]), ..key(&["proxy"]) }, "customer_ids"),
        (NewApiKey { expires_at: Some(bench.clock.now()), ..key(&["proxy"]) }, "expires_at"),
    ] {
        let Err(AccessError::Invalid(errors)) = access.create_api_key(&admin, new).await else { panic!("{field}") };
        assert_eq!(errors[0].field, field);
    }
}

#[tokio::test]
async fn a_link_from_before_a_promotion_leads_nowhere() {
    let bench = bench().await;
    let access = &bench.access;
    let admin = bench.user("admin@b.example", Role::Admin).await;
    let admin_session = bench.sign_in("admin@b.example").await;
    let who = bench.principal(&admin_session).await.unwrap();
    let user = bench.user("a@b.example", Role::Operator).await;
    let change = |role| ChangeUser { role: Some(role), ..ChangeUser::default() };
    let long = || secret("another long sentence");

    // The admin keeps a link; an owner makes the user an owner.
    let kept = access.recovery_token(&who, "a@b.example").await.unwrap();
    let invited = access.invitation_token(&who, user.id).await.unwrap();
    access.change_user(&Principal::cli(), user.id, change(Role::Owner), None).await.unwrap();
    for token in [&kept.token, &invited.token] {
        assert!(access.link(token).await.unwrap().is_none());
        assert!(matches!(access.choose_password(token, long(), visitor()).await, Err(AccessError::LinkOver)));
    }
    // The same for another address: the link went to the old one.
    let kept = access.recovery_token(&Principal::cli(), "a@b.example").await.unwrap();
    let moved = ChangeUser { email: Some("b@b.example".into()), ..ChangeUser::default() };
    access.change_user(&Principal::cli(), user.id, moved, None).await.unwrap();
    assert!(access.link(&kept.token).await.unwrap().is_none());
    // One who may no longer make a link has none that opens.
    let other = bench.user("c@b.example", Role::Operator).await;
    let kept = access.invitation_token(&who, other.id).await.unwrap();
    assert!(access.link(&kept.token).await.unwrap().is_some());
    access.change_user(&Principal::cli(), admin.id, change(Role::Viewer), None).await.unwrap();
    assert!(access.link(&kept.token).await.unwrap().is_none());
    assert!(matches!(access.choose_password(&kept.token, long(), visitor()).await, Err(AccessError::LinkOver)));
    access.change_user(&Principal::cli(), admin.id, change(Role::Admin), None).await.unwrap();
    access.delete_user(&Principal::cli(), admin.id).await.unwrap();
    assert!(access.link(&kept.token).await.unwrap().is_none());
}

#[tokio::test]
async fn a_recovered_password_is_not_chosen_again_by_an_older_link() {
    let bench = bench().await;
    let access = &bench.access;
    let user = bench.user("a@b.example", Role::Operator).await;
    let invited = access.invitation_token(&Principal::cli(), user.id).await.unwrap();
    let recover = access.recovery_token(&Principal::cli(), "a@b.example").await.unwrap();
    access.choose_password(&recover.token, secret("another long sentence"), visitor()).await.unwrap();
    let again = access.choose_password(&invited.token, secret("a third long sentence"), visitor()).await;
    assert!(matches!(again, Err(AccessError::LinkOver)));
}

#[tokio::test]
async fn one_who_guesses_elsewhere_does_not_lock_the_user_out() {
    let bench = bench().await;
    bench.user("a@b.example", Role::Operator).await;
    let from = |address: &str| Visitor { address: Some(address.into()), user_agent: None };
    bench.sign_in("a@b.example").await;
    // Somebody guesses from many networks until the account itself slows down.
    let mut refused = 0;
    for number in 0..60 {
        let guess =
            bench.access.sign_in("a@b.example", secret("wrong password"), from(&format!("198.51.100.{number}"))).await;
        refused += u32::from(matches!(guess, Err(AccessError::Throttled { .. })));
    }
    assert!(refused > 0, "guessing from everywhere slows down too");
    assert!(bench.access.sign_in("a@b.example", secret(PASSWORD), from("192.0.2.7")).await.is_ok(), "the own network");
}
