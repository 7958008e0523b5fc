//! From notices that are due to mails: what still stands is told, together for each audience; what a window holds waits
//! for its end; what somebody looks after is not repeated.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::error::NotificationError;
use super::letters::{self, Matter, Subject};
use super::model::{Audience, MailKind, NewMail, Notice, Recipient, Subscriber};
use super::schedule::next_reminder;
use super::service::Inner;
use super::store;
use crate::access::Principal;
use crate::base::{CustomerId, EpisodeId, Language, Status, Timestamp};
use crate::connections::Connection;
use crate::customers::Customer;
use crate::store::StoreError;

const BATCH: u32 = 500;

/// What a notice that is due stands for now.
enum Standing {
    /// Its connection or audience has gone.
    Gone,
    /// Not before then.
    Later(Timestamp),
    /// Nothing more is said before the end of the episode.
    Quiet,
    Trouble(Arc<Connection>),
    Mended(Arc<Connection>),
}

/// What becomes of the notices of one audience.
#[derive(Default)]
struct Told {
    keep: Vec<Notice>,
    remove: Vec<(Audience, EpisodeId)>,
    mails: Vec<NewMail>,
}

impl Inner {
    pub async fn tell(&self) -> Result<(), NotificationError> {
        let now = self.now();
        let due =
            self.means.store.read::<_, StoreError, _>(move |reader| store::notices::due(reader, now, BATCH)).await?;
        if due.is_empty() {
            return Ok(());
        }
        let users = self.subscribers().await?;
        let mut groups: BTreeMap<(Audience, Option<CustomerId>), Vec<Notice>> = BTreeMap::new();
        for notice in due {
            let customer = (notice.audience == Audience::Contact).then_some(notice.customer);
            groups.entry((notice.audience, customer)).or_default().push(notice);
        }
        for ((audience, customer), notices) in groups {
            let told = match (audience, customer) {
                (Audience::User(id), _) => {
                    let user = users.iter().find(|user| user.id == id);
                    self.tell_user(user, notices, now).await?
                }
                (Audience::Contact, customer) => self.tell_contact(customer, notices, now).await?,
            };
            self.write(told).await?;
        }
        Ok(())
    }

    async fn write(&self, told: Told) -> Result<(), NotificationError> {
        self.means
            .store
            .write::<_, StoreError, _>(move |tx| {
                for mail in &told.mails {
                    store::mails::queue(tx, mail)?;
                }
                told.keep.iter().try_for_each(|notice| store::notices::save(tx, notice))?;
                told.remove.iter().try_for_each(|(audience, episode)| store::notices::remove(tx, *audience, *episode))
            })
            .await?;
        Ok(())
    }

    fn standing(&self, notice: &Notice, wants: impl Fn(Status) -> bool, now: Timestamp) -> Standing {
        let Some(connection) = self.means.connections.registry().find(notice.connection) else { return Standing::Gone };
        if connection.status == Status::Disconnected {
            return Standing::Gone;
        }
        if let Some(until) = self.in_maintenance(&connection, now) {
            return Standing::Later(until);
        }
        if notice.mended_at.is_some() {
            return Standing::Mended(connection);
        }
        if connection.episode_id != Some(notice.episode) {
            // Over already; the event that says so is on its way.
            return Standing::Later(now.plus(self.means.pace.hold));
        }
        if let Some(one) = self.acknowledgement(&connection) {
            let goes_on = notice.audience == Audience::Contact && (notice.told == 0 || one.remind_contact);
            if !goes_on {
                return Standing::Quiet;
            }
        }
        if wants(connection.status) { Standing::Trouble(connection) } else { Standing::Quiet }
    }

    async fn tell_contact(
        &self,
        customer: Option<CustomerId>,
        notices: Vec<Notice>,
        now: Timestamp,
    ) -> Result<Told, NotificationError> {
        let Some(id) = customer else { return Ok(Told::default()) };
        let customer = self.means.customers.find(&Principal::system(), id).await?.map(|found| found.customer);
        let to = customer.as_ref().and_then(|customer| self.contact(customer));
        let (Some(customer), Some(to)) = (customer, to) else {
            return Ok(Told { remove: keys(&notices), ..Told::default() });
        };
        let latest = self
            .means
            .store
            .read::<_, StoreError, _>(move |reader| store::mails::latest_to_customer(reader, id))
            .await?;
        let not_before = latest.map(|at| at.plus(self.means.pace.gap_contact));
        let wants = |status: Status| status == Status::ReauthorizationRequired;
        self.tell_all(notices, wants, not_before, now, |matter, about| {
            let subjects: Vec<Subject> =
                about.iter().map(|(_, connection)| self.contact_subject(connection, &customer, to.locale)).collect();
            let address = self.contact_address(&to);
            let kind = match matter {
                Matter::Trouble => MailKind::Trouble,
                Matter::Reminder => MailKind::Reminder,
                Matter::Mended => MailKind::Mended,
            };
            (kind, to.clone(), letters::to_contact(&address, matter, &subjects))
        })
    }

    async fn tell_user(
        &self,
        user: Option<&Subscriber>,
        notices: Vec<Notice>,
        now: Timestamp,
    ) -> Result<Told, NotificationError> {
        let Some(user) = user else { return Ok(Told { remove: keys(&notices), ..Told::default() }) };
        let id = user.id;
        let latest =
            self.means.store.read::<_, StoreError, _>(move |reader| store::mails::latest_to_user(reader, id)).await?;
        let not_before = latest.map(|at| at.plus(self.means.pace.gap_operator));
        let names = self.customer_names(notices.iter().map(|notice| notice.customer).collect()).await?;
        let wants = |status: Status| user.preferences.statuses.contains(&status);
        self.tell_all(notices, wants, not_before, now, |matter, about| {
            let subjects: Vec<Subject> =
                about.iter().map(|(_, connection)| self.operator_subject(connection, &names)).collect();
            let address = self.address(user.preferences.locale, Some(user.name.clone()));
            let kind = match matter {
                Matter::Trouble => MailKind::OperatorTrouble,
                Matter::Reminder => MailKind::OperatorReminder,
                Matter::Mended => MailKind::OperatorMended,
            };
            (kind, user.recipient(), letters::to_operator(&address, matter, &subjects))
        })
    }

    /// One mail for all trouble, one for all that was mended.
    fn tell_all(
        &self,
        notices: Vec<Notice>,
        wants: impl Fn(Status) -> bool,
        not_before: Option<Timestamp>,
        now: Timestamp,
        write: impl Fn(Matter, &[(Notice, Arc<Connection>)]) -> (MailKind, Recipient, super::letter::Letter),
    ) -> Result<Told, NotificationError> {
        let mut told = Told::default();
        let (mut trouble, mut mended) = (Vec::new(), Vec::new());
        for notice in notices {
            match self.standing(&notice, &wants, now) {
                Standing::Gone => told.remove.push((notice.audience, notice.episode)),
                Standing::Later(until) => told.keep.push(Notice { due_at: Some(until), ..notice }),
                Standing::Quiet => told.keep.push(Notice { due_at: None, ..notice }),
                Standing::Trouble(connection) => trouble.push((notice, connection)),
                Standing::Mended(connection) => mended.push((notice, connection)),
            }
        }
        if let Some(until) = not_before.filter(|until| *until > now) {
            // Too soon after the last one: what is new waits and is told together.
            let (fresh, rest): (Vec<_>, Vec<_>) = trouble.into_iter().partition(|(notice, _)| notice.told == 0);
            told.keep.extend(fresh.into_iter().map(|(notice, _)| Notice { due_at: Some(until), ..notice }));
            trouble = rest;
        }
        let episodes =
            |about: &[(Notice, Arc<Connection>)]| about.iter().map(|(notice, _)| notice.episode).collect::<Vec<_>>();
        if !trouble.is_empty() {
            let is_new = trouble.iter().any(|(notice, _)| notice.told == 0);
            let (kind, to, letter) = write(if is_new { Matter::Trouble } else { Matter::Reminder }, &trouble);
            told.mails.push(self.mail(kind, to, &letter, episodes(&trouble), None)?);
            told.keep.extend(trouble.into_iter().map(|(notice, connection)| after_telling(notice, &connection, now)));
        }
        if !mended.is_empty() {
            let (kind, to, letter) = write(Matter::Mended, &mended);
            told.mails.push(self.mail(kind, to, &letter, episodes(&mended), None)?);
            told.remove.extend(mended.iter().map(|(notice, _)| (notice.audience, notice.episode)));
        }
        Ok(told)
    }

    pub(super) fn contact_subject(&self, connection: &Connection, customer: &Customer, locale: Language) -> Subject {
        let system = self.means.catalogue.find(&connection.system);
        let steps = system.map(|system| system.instructions.in_language(locale).to_vec()).unwrap_or_default();
        let english =
            system.map(|system| system.instructions.in_language(Language::English).to_vec()).unwrap_or_default();
        let link = self.means.connections.reconnect_url(&Principal::system(), connection.id);
        Subject {
            connection: connection.name.clone(),
            customer: customer.name.clone(),
            system: self.system_name(&connection.system),
            status: connection.status,
            reason: connection.reason,
            since: connection.since,
            url: link.unwrap_or_default(),
            steps_fit: locale == Language::English || steps != english,
            steps,
        }
    }

    pub fn operator_subject(&self, connection: &Connection, names: &BTreeMap<CustomerId, String>) -> Subject {
        Subject {
            connection: connection.name.clone(),
            customer: names.get(&connection.customer_id).cloned().unwrap_or_default(),
            system: self.system_name(&connection.system),
            status: connection.status,
            reason: connection.reason,
            since: connection.since,
            url: format!("{}/connections/{}", self.means.public_url.trim_end_matches('/'), connection.id),
            steps: Vec::new(),
            steps_fit: true,
        }
    }

    pub async fn customer_names(
        &self,
        ids: BTreeSet<CustomerId>,
    ) -> Result<BTreeMap<CustomerId, String>, NotificationError> {
        let mut names = BTreeMap::new();
        for id in ids {
            let found = self.means.customers.find(&Principal::system(), id).await?;
            names.insert(id, found.map(|found| found.customer.name).unwrap_or_default());
        }
        Ok(names)
    }
}

fn keys(notices: &[Notice]) -> Vec<(Audience, EpisodeId)> {
    notices.iter().map(|notice| (notice.audience, notice.episode)).collect()
}

/// What it is after one more mail. A status that has become another one begins its reminders anew.
fn after_telling(notice: Notice, connection: &Connection, now: Timestamp) -> Notice {
    let told = notice.told.saturating_add(1);
    let first = notice.first_told_at.unwrap_or(now);
    let due_at = next_reminder(first, told).map(|due| due.max(now.plus_seconds(3600)));
    Notice { told, first_told_at: Some(first), due_at, status: connection.status, ..notice }
}
