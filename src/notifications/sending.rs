//! The queue is emptied: one talk with the mail server for what is due, each mail's end written down at once. Trouble
//! of the server stops the round and pauses it; nothing is lost, and operators see why.

use std::collections::HashSet;

use super::envelope;
use super::error::NotificationError;
use super::letters;
use super::model::{DueMail, MailKind, MailState, Recipient};
use super::schedule::{retry_after, server_pause};
use super::service::{Inner, Notifications, ServerState};
use super::smtp::{Delivery, Post, ServerTrouble, Session};
use super::store;
use crate::access::{Permission, Principal};
use crate::alarms;
use crate::audit::Entry;
use crate::base::{EpisodeId, FieldError, Language, MAIL_UNDELIVERABLE, Status};
use crate::connections::Connection;
use crate::store::StoreError;

/// Mails of one round.
const BATCH: u32 = 50;

/// What came of a test mail, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    pub taken: bool,
    pub said: String,
}

impl Notifications {
    /// Writes a test mail and sends it while one waits.
    pub async fn send_test(
        &self,
        who: &Principal,
        address: &str,
        locale: Language,
    ) -> Result<Tested, NotificationError> {
        who.require(Permission::Admin)?;
        let inner = &self.inner;
        let Some(post) = &inner.means.post else { return Err(NotificationError::NoMailServer) };
        if envelope::mailbox(address, None).is_err() {
            let message = "This is no e-mail address. Write it like name@example.com.";
            return Err(NotificationError::Invalid(vec![FieldError::invalid("address", message)]));
        }
        let to = Recipient { address: address.into(), name: None, locale, user_id: None, customer_id: None };
        let letter = letters::test(&inner.address(locale, None));
        let mail = inner.mail(MailKind::Test, to, &letter, Vec::new(), None)?;
        let _turn = inner.sending.lock().await;
        let id = mail.id;
        let entry = Entry::new(inner.now(), &who.actor, "mail.test_sent").target("mail", id, "test mail");
        let audit = inner.means.audit.clone();
        inner
            .means
            .store
            .write::<_, StoreError, _>(move |tx| {
                audit.append(tx, &entry)?;
                store::mails::queue(tx, &mail)
            })
            .await?;
        let due = inner.means.store.read::<_, StoreError, _>(move |reader| store::mails::one(reader, id)).await?;
        let Some(due) = due else { return Err(NotificationError::NotFound) };
        inner.test(post, &due).await
    }
}

impl Inner {
    async fn test(&self, post: &Post, mail: &DueMail) -> Result<Tested, NotificationError> {
        let done = match Session::open(&self.means.upstream, post).await {
            Ok(mut session) => {
                let done = self.send_one(&mut session, post, mail).await?;
                session.close().await;
                done
            }
            Err(trouble) => Err(trouble),
        };
        let (taken, said) = match done {
            Ok(Delivery::Sent { answer }) => (true, answer),
            Ok(Delivery::Later { answer } | Delivery::Refused { answer }) => (false, answer),
            Err(trouble) => (false, trouble.message),
        };
        if taken {
            self.server_is_well().await?;
        }
        let state = if taken { MailState::Sent } else { MailState::Failed };
        self.finish(mail, state, said.clone()).await?;
        Ok(Tested { taken, said })
    }

    /// Sends what is due.
    pub async fn deliver(&self) -> Result<(), NotificationError> {
        let now = self.now();
        let Some(post) = &self.means.post else { return self.drop_queue().await };
        if self.server.lock().pause_until.is_some_and(|until| until > now) {
            return Ok(());
        }
        let due =
            self.means.store.read::<_, StoreError, _>(move |reader| store::mails::due(reader, now, BATCH)).await?;
        let open = self.open_episodes(&due);
        let mut wanted = Vec::new();
        for mail in due {
            if is_wanted(&mail, &open) { wanted.push(mail) } else { self.drop_unwanted(&mail).await? }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let mut session = match Session::open(&self.means.upstream, post).await {
            Ok(session) => session,
            Err(trouble) => return self.server_failed(trouble).await,
        };
        for mail in wanted {
            match self.send_one(&mut session, post, &mail).await? {
                Ok(delivery) => self.write_down(&mail, delivery).await?,
                Err(trouble) => return self.server_failed(trouble).await,
            }
        }
        session.close().await;
        self.server_is_well().await
    }

    async fn send_one(
        &self,
        session: &mut Session,
        post: &Post,
        mail: &DueMail,
    ) -> Result<Result<Delivery, ServerTrouble>, NotificationError> {
        let ready = envelope::mailbox(&mail.row.recipient, None)
            .and_then(|to| envelope::message(&post.sender, mail).map(|message| (to.email, message)));
        match ready {
            Ok((to, message)) => Ok(session.send(&to, &message).await),
            // Nothing to be sent to; the server was not asked.
            Err(error @ (NotificationError::Address { .. } | NotificationError::Message(_))) => {
                Ok(Ok(Delivery::Refused { answer: error.to_string() }))
            }
            Err(error) => Err(error),
        }
    }

    async fn write_down(&self, mail: &DueMail, delivery: Delivery) -> Result<(), NotificationError> {
        match delivery {
            Delivery::Sent { answer } => self.finish(mail, MailState::Sent, answer).await,
            Delivery::Refused { answer } => {
                tracing::warn!(mail = %mail.row.id, kind = mail.row.kind.as_str(), "a mail was refused for good");
                self.finish(mail, MailState::Failed, answer).await
            }
            Delivery::Later { answer } => {
                (self.means.count)("deferred");
                let next = self.now().plus(retry_after(mail.row.attempts.saturating_add(1)));
                let id = mail.row.id;
                self.means
                    .store
                    .write::<_, StoreError, _>(move |tx| store::mails::postpone(tx, id, &answer, next))
                    .await?;
                Ok(())
            }
        }
    }

    async fn finish(&self, mail: &DueMail, state: MailState, answer: String) -> Result<(), NotificationError> {
        (self.means.count)(state.as_str());
        let (id, now) = (mail.row.id, self.now());
        self.means.store.write::<_, StoreError, _>(move |tx| store::mails::finish(tx, id, state, &answer, now)).await?;
        Ok(())
    }

    /// Those that last, of the episodes that the mails speak of: one walk over the connections for all of them.
    fn open_episodes(&self, mails: &[DueMail]) -> HashSet<EpisodeId> {
        let told: HashSet<EpisodeId> = mails.iter().flat_map(|mail| mail.episodes.iter().copied()).collect();
        if told.is_empty() {
            return told;
        }
        let lasts = |connection: &Connection| {
            let open = !matches!(connection.status, Status::Active | Status::Disconnected);
            open && connection.episode_id.is_some_and(|episode| told.contains(&episode))
        };
        let standing = self.means.connections.registry().select(lasts);
        standing.iter().filter_map(|connection| connection.episode_id).collect()
    }

    async fn drop_unwanted(&self, mail: &DueMail) -> Result<(), NotificationError> {
        const WHY: &str = "not sent: it was over before the mail could leave";
        (self.means.count)("dropped");
        let (mail, now) = (mail.clone(), self.now());
        self.means
            .store
            .write::<_, StoreError, _>(move |tx| {
                for episode in &mail.episodes {
                    store::notices::remove(tx, mail.audience, *episode)?;
                }
                store::mails::drop_word_of_mending(tx, &mail, WHY, now)?;
                store::mails::finish(tx, mail.row.id, MailState::Dropped, WHY, now)
            })
            .await?;
        Ok(())
    }

    /// The mail server was taken out of the configuration: nothing waits for one.
    async fn drop_queue(&self) -> Result<(), NotificationError> {
        let now = self.now();
        let waiting =
            self.means.store.read::<_, StoreError, _>(move |reader| store::mails::due(reader, now, 1)).await?;
        if !waiting.is_empty() {
            self.means
                .store
                .write::<_, StoreError, _>(move |tx| {
                    store::mails::drop_all(tx, "not sent: no mail server is configured any more", now)
                })
                .await?;
        }
        if self.server.lock().trouble.is_none() {
            self.lift().await?;
        }
        Ok(())
    }

    async fn server_failed(&self, trouble: ServerTrouble) -> Result<(), NotificationError> {
        let now = self.now();
        let since = {
            let mut server = self.server.lock();
            server.failures = server.failures.saturating_add(1);
            server.pause_until = Some(now.plus(server_pause(server.failures)));
            server.trouble = Some(trouble.message.clone());
            *server.since.get_or_insert(now)
        };
        tracing::warn!(problem = trouble.message, "the mail server could not be used; nothing is lost");
        (self.means.count)("server_trouble");
        let (oldest, _) = self.means.store.read::<_, StoreError, _>(|reader| store::mails::ages(reader)).await?;
        let waits = oldest.map_or(now.since(since), |oldest| now.since(oldest));
        let answer = trouble.message.clone();
        self.means.store.write::<_, StoreError, _>(move |tx| store::mails::note_trouble(tx, &answer, now)).await?;
        if trouble.needs_operator || waits >= self.means.pace.alarm_after {
            self.raise(trouble.message).await?;
        }
        Ok(())
    }

    pub async fn server_is_well(&self) -> Result<(), NotificationError> {
        let before = std::mem::take(&mut *self.server.lock());
        if before == ServerState::default() {
            return Ok(());
        }
        self.lift().await
    }

    /// One alarm of the instance, however often it is raised. No mail is written about it: it could not be sent.
    pub async fn raise(&self, message: String) -> Result<(), NotificationError> {
        let (now, audit, random) = (self.now(), self.means.audit.clone(), self.means.random.clone());
        self.means
            .store
            .write::<_, StoreError, _>(move |tx| {
                alarms::raise(tx, (&audit, random.as_ref()), MAIL_UNDELIVERABLE, &message, now)
            })
            .await?;
        Ok(())
    }

    pub async fn lift(&self) -> Result<(), NotificationError> {
        let stands = |reader: &crate::store::Reader<'_>| alarms::stands(reader, MAIL_UNDELIVERABLE);
        if !self.means.store.read::<_, StoreError, _>(stands).await? {
            return Ok(());
        }
        let (now, audit) = (self.now(), self.means.audit.clone());
        let lift = move |tx: &crate::store::Tx<'_>| alarms::lift(tx, &audit, MAIL_UNDELIVERABLE, now);
        self.means.store.write::<_, StoreError, _>(lift).await?;
        Ok(())
    }
}

/// Whether what a mail speaks of still stands: while a mail server was away, trouble may have passed.
fn is_wanted(mail: &DueMail, open: &HashSet<EpisodeId>) -> bool {
    let speaks_of_trouble = matches!(
        mail.row.kind,
        MailKind::Trouble | MailKind::Reminder | MailKind::OperatorTrouble | MailKind::OperatorReminder
    );
    !speaks_of_trouble || mail.episodes.is_empty() || mail.episodes.iter().any(|episode| open.contains(episode))
}
