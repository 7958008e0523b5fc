//! What the use cases of notifications share: their means, who looks after what and which windows there are (in memory,
//! filled at the start and after each commit), and how the mail server did lately.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};
use tokio::sync::{Mutex as Turn, watch};

use super::error::NotificationError;
use super::letter::Colours;
use super::letters::Address;
use super::model::{Acknowledgement, Audience, Recipient, Subscriber, Window, WindowScope};
use super::schedule::{Pace, holds_until};
use super::smtp::Post;
use super::store;
use crate::audit::AuditLog;
use crate::base::{Clock, ConnectionId, Language, MailId, Random, Timestamp};
use crate::connections::{Connection, Connections};
use crate::customers::{Customer, Customers};
use crate::instance::Instances;
use crate::store::{Store, StoreError};
use crate::systems::Catalogue;
use crate::upstream::Upstream;

/// What the use cases need. Built once, by the composition root.
pub struct NotificationMeans {
    pub store: Store,
    pub audit: AuditLog,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub connections: Connections,
    pub customers: Customers,
    pub catalogue: Arc<Catalogue>,
    pub instances: Instances,
    pub upstream: Upstream,
    /// None: no mail is sent, and none is kept waiting.
    pub post: Option<Post>,
    /// Where links begin, without a slash at the end.
    pub public_url: String,
    pub pace: Pace,
    /// Counts what became of mails: `sent`, `failed`, `deferred`, `dropped`.
    pub count: Arc<dyn Fn(&'static str) + Send + Sync>,
}

/// A handle; clones share everything.
#[derive(Clone)]
pub struct Notifications {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub means: NotificationMeans,
    pub acknowledged: RwLock<HashMap<ConnectionId, Acknowledgement>>,
    pub windows: RwLock<Vec<Window>>,
    pub server: Mutex<ServerState>,
    /// Plans are made one after the other, mails are sent one after the other.
    pub planning: Turn<()>,
    pub sending: Turn<()>,
    pub closing: watch::Sender<bool>,
}

/// How the mail server did lately.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServerState {
    pub failures: u32,
    pub pause_until: Option<Timestamp>,
    pub trouble: Option<String>,
    pub since: Option<Timestamp>,
}

/// Windows that ended longer ago are not read into memory.
const REMEMBERED_DAYS: i64 = 90;

impl Notifications {
    pub async fn open(means: NotificationMeans) -> Result<Self, StoreError> {
        let from = means.clock.now().plus_seconds(-REMEMBERED_DAYS * 86_400);
        let (acknowledged, windows) = means
            .store
            .read::<_, StoreError, _>(move |reader| {
                Ok((store::care::acknowledgements(reader)?, store::care::windows(reader, from)?))
            })
            .await?;
        let acknowledged = acknowledged.into_iter().map(|one| (one.connection, one)).collect();
        let inner = Inner {
            means,
            acknowledged: RwLock::new(acknowledged),
            windows: RwLock::new(windows),
            server: Mutex::default(),
            planning: Turn::default(),
            sending: Turn::default(),
            closing: watch::Sender::new(false),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Whether mail is sent at all.
    pub fn has_mail_server(&self) -> bool {
        self.inner.means.post.is_some()
    }

    /// One round of everything: plan, tell, send. A round that is under way is not begun again. An appliance that was
    /// restored and stands by writes to nobody: the old one may still do so.
    pub async fn work(&self) {
        if self.inner.means.connections.stands_by() {
            return;
        }
        self.plan_and_tell().await;
        self.send_due().await;
    }

    /// Turns events into notices, and notices that are due into mails.
    pub async fn plan_and_tell(&self) {
        let Ok(_turn) = self.inner.planning.try_lock() else { return };
        let done = async {
            self.inner.plan().await?;
            self.inner.tell().await
        };
        if let Err(error) = done.await {
            tracing::error!(%error, "mails could not be planned; it is tried again");
        }
    }

    /// Sends what is due.
    pub async fn send_due(&self) {
        let Ok(_turn) = self.inner.sending.try_lock() else { return };
        let mut closing = self.inner.closing.subscribe();
        tokio::select! {
            _ = closing.wait_for(|closing| *closing) => {}
            done = self.inner.deliver() => {
                if let Err(error) = done {
                    tracing::error!(%error, "mails could not be sent; it is tried again");
                }
            }
        }
    }

    /// What must be put together now and then: digests, ends, what is too old.
    pub async fn housekeep(&self) {
        if self.inner.means.connections.stands_by() {
            return;
        }
        let Ok(_turn) = self.inner.planning.try_lock() else { return };
        for (what, done) in [("digests", self.inner.digests().await), ("the queue of mails", self.inner.tidy().await)] {
            if let Err(error) = done {
                tracing::error!(%error, what, "could not be looked after; it is tried again");
            }
        }
    }

    /// A mail under way gets a moment; then the talk is cut off, and the mail is sent again after the start.
    pub async fn close(&self) {
        let _ = tokio::time::timeout(Duration::from_secs(3), self.inner.sending.lock()).await;
        self.inner.closing.send_replace(true);
    }

    /// Who looks after this connection's trouble, while the episode lasts.
    pub fn acknowledgement(&self, connection: &Connection) -> Option<Acknowledgement> {
        self.inner.acknowledgement(connection)
    }

    /// Until when this connection is in maintenance.
    pub fn in_maintenance(&self, connection: &Connection) -> Option<Timestamp> {
        self.inner.in_maintenance(connection, self.inner.means.clock.now())
    }
}

impl Inner {
    pub fn now(&self) -> Timestamp {
        self.means.clock.now()
    }

    pub fn mail_id(&self) -> MailId {
        MailId::new(self.now(), self.means.random.as_ref())
    }

    pub fn acknowledgement(&self, connection: &Connection) -> Option<Acknowledgement> {
        let episode = connection.episode_id?;
        self.acknowledged.read().get(&connection.id).filter(|one| one.episode == episode).cloned()
    }

    /// The end of the longest window that covers the connection now.
    pub fn in_maintenance(&self, connection: &Connection, now: Timestamp) -> Option<Timestamp> {
        let windows = self.windows.read();
        windows.iter().filter(|window| covers(&window.scope, connection)).filter_map(|one| holds_until(one, now)).max()
    }

    /// The end of the longest window that covers the appliance itself.
    pub fn instance_in_maintenance(&self, now: Timestamp) -> Option<Timestamp> {
        let windows = self.windows.read();
        windows.iter().filter(|one| one.scope == WindowScope::Instance).filter_map(|one| holds_until(one, now)).max()
    }

    /// The instance writes to an operator.
    pub fn address(&self, locale: Language, name: Option<String>) -> Address {
        Address {
            locale,
            instance: self.means.instances.current().name,
            colours: Colours::default(),
            public_url: self.means.public_url.trim_end_matches('/').to_owned(),
            name,
        }
    }

    /// To a customer's contact writes whom the customer knows, in the operator's colour.
    pub fn contact_address(&self, to: &Recipient) -> Address {
        Address {
            instance: self.means.instances.operator(),
            colours: Colours::of(self.means.instances.branding().colour),
            ..self.address(to.locale, to.name.clone())
        }
    }

    /// The customer's contact, if that may be written to.
    pub fn contact(&self, customer: &Customer) -> Option<Recipient> {
        let address = customer.contact_email.clone().filter(|_| customer.notify_contact)?;
        Some(Recipient {
            address,
            name: customer.contact_name.clone(),
            locale: Language::nearest(&customer.locale),
            user_id: None,
            customer_id: Some(customer.id),
        })
    }

    pub async fn subscribers(&self) -> Result<Vec<Subscriber>, NotificationError> {
        Ok(self.means.store.read::<_, StoreError, _>(|reader| store::subscribers::all(reader)).await?)
    }

    pub fn system_name(&self, slug: &str) -> String {
        self.means.catalogue.find(slug).map_or_else(|| slug.to_owned(), |system| system.name.clone())
    }
}

impl Subscriber {
    pub fn recipient(&self) -> Recipient {
        Recipient {
            address: self.email.clone(),
            name: Some(self.name.clone()),
            locale: self.preferences.locale,
            user_id: Some(self.id),
            customer_id: None,
        }
    }
    pub fn audience(&self) -> Audience {
        Audience::User(self.id)
    }
}

/// Whether a window is about this connection.
pub(super) fn covers(scope: &WindowScope, connection: &Connection) -> bool {
    match scope {
        WindowScope::Instance => true,
        WindowScope::Connection(id) => *id == connection.id,
        WindowScope::Customer(id) => *id == connection.customer_id,
        WindowScope::Host(host) => {
            let own = connection.host.to_ascii_lowercase();
            let own = own.split_once("://").map_or(own.as_str(), |(_, rest)| rest);
            own == host || own.strip_prefix(host.as_str()).is_some_and(|rest| rest.starts_with(':'))
        }
    }
}
