//! The dashboard over HTTP, as a browser without scripts uses it.

mod branding;
mod care;
mod connect;
mod gate;
mod invite;
mod lists;
mod webhooks;

use std::collections::BTreeMap;

use bytes::Bytes;
use junctionbox::access::{NewOwner, NewSession, NewUser, Principal, Role, Visitor};
use junctionbox::base::{CustomerId, Secret};
use junctionbox::connections::{Connection, NewAuth, NewConnection};
use junctionbox::credits::NewGrant;
use junctionbox::customers::NewCustomer;

use crate::app::TestApp;
use crate::client::Answer;

const PASSWORD: &str = "a sentence that nobody else knows 1";

/// A browser with a session.
pub struct Browser<'a> {
    app: &'a TestApp,
    cookie: String,
    pub csrf: String,
}

impl<'a> Browser<'a> {
    /// The first owner, signed in.
    pub async fn owner(app: &'a TestApp) -> Self {
        let access = &app.app().access;
        let link = access.setup_token(&Principal::cli()).await.expect("a set-up link");
        let owner =
            NewOwner { email: "olga@plant.example".into(), name: "Olga Owner".into(), password: Secret::new(PASSWORD) };
        let session = access.create_owner(&link.token, owner, Visitor::default()).await.expect("an owner");
        Self::with(app, &session)
    }

    /// Someone with another role, beside the owner.
    pub async fn of_role(app: &'a TestApp, role: Role) -> Self {
        let access = &app.app().access;
        let email = format!("{}@plant.example", role.as_str());
        let user =
            NewUser { email: email.clone(), name: "Somebody".into(), role, password: Some(Secret::new(PASSWORD)) };
        access.create_user(&Principal::cli(), user).await.expect("a user");
        let session = access.sign_in(&email, Secret::new(PASSWORD), Visitor::default()).await.expect("a session");
        Self::with(app, &session)
    }

    fn with(app: &'a TestApp, session: &NewSession) -> Self {
        Self { app, cookie: format!("junctionbox={}", session.token.expose()), csrf: session.csrf.clone() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let headers = [&[("cookie", self.cookie.as_str())], headers].concat();
        self.app.client.send_raw("GET", path, &headers, Bytes::new()).await
    }

    /// The text of a page that must be there.
    pub async fn page(&self, path: &str) -> String {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    /// A form of this session, sent from our own page.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = [&[("csrf", self.csrf.as_str())], fields].concat();
        self.post_raw(path, &fields, "same-origin").await
    }

    /// A form of another kind, with the session's cookie.
    pub async fn send_raw(&self, path: &str, headers: &[(&str, &str)], body: Bytes) -> Answer {
        let headers = [&[("cookie", self.cookie.as_str())], headers].concat();
        self.app.client.send_raw("POST", path, &headers, body).await
    }

    pub async fn post_raw(&self, path: &str, fields: &[(&str, &str)], site: &str) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [
            ("cookie", self.cookie.as_str()),
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", site),
        ];
        self.app.client.send_raw("POST", path, &headers, body.into()).await
    }
}

pub async fn grant(app: &TestApp, amount: i64) {
    let grant = NewGrant { amount, note: "for the tests".into() };
    app.app().credits.grant(&Principal::cli(), grant).await.expect("credits");
}

pub async fn customer(app: &TestApp, name: &str) -> CustomerId {
    let new = NewCustomer { name: name.into(), ..NewCustomer::default() };
    app.app().customers.create(&Principal::cli(), new).await.expect("a customer").customer.id
}

/// A connection to a system at this address, user `jbx`.
pub async fn connect(
    app: &TestApp,
    customer_id: CustomerId,
    name: &str,
    url: &str,
    password: &str,
) -> std::sync::Arc<Connection> {
    let fields =
        BTreeMap::from([("username".to_owned(), Secret::new("jbx")), ("password".to_owned(), Secret::new(password))]);
    let new = NewConnection {
        customer_id,
        system: "generic-rest".into(),
        hosting: "on_premises".into(),
        base_url: url.into(),
        parameters: BTreeMap::new(),
        auth: NewAuth { scheme: "basic".into(), fields },
        name: Some(name.into()),
        check_interval_seconds: None,
        verify: true,
        metadata: None,
        probe: None,
        tier: None,
    };
    app.app().connections.connect(&Principal::cli(), new).await.unwrap_or_else(|error| panic!("{error}"))
}
