//! The queue as operators see it, and what keeps it bounded: mail that nobody takes is given up after days, and what
//! became of mails is forgotten after weeks.

use std::time::Duration;

use super::error::NotificationError;
use super::model::{MailRow, MailState, Notice};
use super::service::{Inner, Notifications};
use super::store;
use crate::access::{Permission, Principal};
use crate::audit::Entry;
use crate::base::{ConnectionId, Page, PageRequest, Timestamp};
use crate::store::StoreError;
use crate::upstream::MailSecurity;

/// The mail server, as the pages show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServerView {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    pub username: Option<String>,
    pub from: String,
    /// Why it cannot be used now, since when, and when it is tried next.
    pub trouble: Option<String>,
    pub since: Option<Timestamp>,
    pub next_try_at: Option<Timestamp>,
}

/// How mail does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailOverview {
    pub server: Option<MailServerView>,
    pub counts: Vec<(MailState, u64)>,
    pub oldest_waiting: Option<Timestamp>,
    pub last_sent: Option<Timestamp>,
}

impl MailOverview {
    pub fn count(&self, state: MailState) -> u64 {
        self.counts.iter().find(|(found, _)| *found == state).map_or(0, |(_, count)| *count)
    }
}

impl Notifications {
    pub async fn overview(&self, who: &Principal) -> Result<MailOverview, NotificationError> {
        who.require(Permission::ConnectionsRead)?;
        let (counts, (oldest_waiting, last_sent)) = self
            .inner
            .means
            .store
            .read::<_, StoreError, _>(|reader| Ok((store::mails::counts(reader)?, store::mails::ages(reader)?)))
            .await?;
        Ok(MailOverview { server: self.server_view(), counts, oldest_waiting, last_sent })
    }

    fn server_view(&self) -> Option<MailServerView> {
        let post = self.inner.means.post.as_ref()?;
        let state = self.inner.server.lock().clone();
        Some(MailServerView {
            host: post.server.host.clone(),
            port: post.server.port,
            security: post.server.security,
            username: post.username.clone(),
            from: post.sender.from.to_string(),
            trouble: state.trouble,
            since: state.since,
            next_try_at: state.pause_until,
        })
    }

    /// Mails, newest first. They name people: admins only.
    pub async fn mails(
        &self,
        who: &Principal,
        state: Option<MailState>,
        page: PageRequest,
    ) -> Result<Page<MailRow>, NotificationError> {
        who.require(Permission::Admin)?;
        let found =
            self.inner.means.store.read::<_, StoreError, _>(move |reader| store::mails::list(reader, state, &page));
        Ok(found.await??)
    }

    /// Everything that waits is tried at once.
    pub async fn try_now(&self, who: &Principal) -> Result<usize, NotificationError> {
        who.require(Permission::Admin)?;
        let now = self.inner.now();
        self.inner.server.lock().pause_until = None;
        let entry = Entry::new(now, &who.actor, "mail.tried_at_once");
        let audit = self.inner.means.audit.clone();
        let tried = self
            .inner
            .means
            .store
            .write::<_, StoreError, _>(move |tx| {
                audit.append(tx, &entry)?;
                store::mails::try_now(tx, now)
            })
            .await?;
        Ok(tried)
    }

    /// Whom the trouble of a connection was told to, for its page.
    pub async fn notices_of(
        &self,
        who: &Principal,
        connection: ConnectionId,
    ) -> Result<Vec<Notice>, NotificationError> {
        self.inner.means.connections.find(who, connection)?;
        let found = self
            .inner
            .means
            .store
            .read::<_, StoreError, _>(move |reader| store::notices::of_connection(reader, connection));
        Ok(found.await?)
    }

    /// For the metrics: how many mails wait, and how long the oldest one has.
    pub async fn waiting(&self) -> Result<(u64, Duration), StoreError> {
        let found = self
            .inner
            .means
            .store
            .read::<_, StoreError, _>(|reader| Ok((store::mails::counts(reader)?, store::mails::ages(reader)?.0)))
            .await?;
        let (counts, oldest) = found;
        let queued = counts.iter().find(|(state, _)| *state == MailState::Queued).map_or(0, |(_, count)| *count);
        Ok((queued, oldest.map_or(Duration::ZERO, |oldest| self.inner.now().since(oldest))))
    }
}

/// Mail that single recipients put off for so long is an alarm too, though the server is well.
const LONG: Duration = Duration::from_hours(4);

impl Inner {
    /// Gives up what nobody takes, forgets what is old, and raises or lifts the alarm about mail that waits.
    pub async fn tidy(&self) -> Result<(), NotificationError> {
        let (now, pace) = (self.now(), self.means.pace);
        let (given_up, oldest) = self
            .means
            .store
            .write::<_, StoreError, _>(move |tx| {
                let given_up = store::mails::give_up(tx, now.minus(pace.give_up_after), now)?;
                store::mails::prune(tx, now.minus(pace.keep))?;
                Ok((given_up, store::mails::ages(tx)?.0))
            })
            .await?;
        for _ in 0..given_up {
            (self.means.count)("failed");
        }
        let waits = oldest.map_or(Duration::ZERO, |oldest| now.since(oldest));
        let well = self.server.lock().trouble.is_none();
        if well && waits >= LONG {
            let message =
                "Mail has waited for hours, because the mail server puts it off. Settings, Mail shows its answers.";
            return self.raise(message.into()).await;
        }
        if well && waits < self.means.pace.alarm_after { self.lift().await } else { Ok(()) }
    }
}
