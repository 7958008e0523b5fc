//! The contact is written to once more, because an operator wishes it: at once, whatever the schedule says.

use super::error::NotificationError;
use super::letters::{self, Matter};
use super::model::{Audience, MailKind, Notice};
use super::schedule::next_reminder;
use super::service::Notifications;
use super::store;
use crate::access::{Permission, Principal};
use crate::audit::Entry;
use crate::base::{ConnectionId, Status};
use crate::store::StoreError;

impl Notifications {
    /// Queues one more mail to the contact; the address that it goes to.
    pub async fn write_again(&self, who: &Principal, id: ConnectionId) -> Result<String, NotificationError> {
        who.require(Permission::ConnectionsWrite)?;
        let inner = &self.inner;
        if inner.means.post.is_none() {
            return Err(NotificationError::NoMailServer);
        }
        let connection = inner.means.connections.find(who, id)?;
        let waits = connection.status == Status::ReauthorizationRequired;
        let Some(episode) = connection.episode_id.filter(|_| waits) else { return Err(NotificationError::NoTrouble) };
        let customer = inner.means.customers.find(&Principal::system(), connection.customer_id).await?;
        let customer = customer.map(|found| found.customer).ok_or(NotificationError::NotFound)?;
        let to = inner.contact(&customer).ok_or(NotificationError::NoContact)?;
        let known = inner
            .means
            .store
            .read::<_, StoreError, _>(move |reader| store::notices::of_episode(reader, episode))
            .await?;
        let now = inner.now();
        let before = known.into_iter().find(|notice| notice.audience == Audience::Contact);
        let before = before.unwrap_or(Notice {
            audience: Audience::Contact,
            episode,
            connection: id,
            customer: customer.id,
            status: connection.status,
            opened_at: now,
            told: 0,
            first_told_at: None,
            due_at: None,
            mended_at: None,
        });
        let (matter, kind) = match before.told {
            0 => (Matter::Trouble, MailKind::Trouble),
            _ => (Matter::Reminder, MailKind::Reminder),
        };
        let subject = inner.contact_subject(&connection, &customer, to.locale);
        let letter = letters::to_contact(&inner.contact_address(&to), matter, &[subject]);
        let address = to.address.clone();
        let mail = inner.mail(kind, to, &letter, vec![episode], None)?;
        // The schedule goes on as it was; only a first mail begins it.
        let first = before.first_told_at.unwrap_or(now);
        let told = before.told.max(1);
        let due_at = if before.told == 0 { next_reminder(first, told) } else { before.due_at };
        let after = Notice { told, first_told_at: Some(first), due_at, ..before };
        let entry = Entry::new(now, &who.actor, "connection.contact_written_to").target(
            "connection",
            id,
            connection.name.clone(),
        );
        let audit = inner.means.audit.clone();
        inner
            .means
            .store
            .write::<_, StoreError, _>(move |tx| {
                store::mails::queue(tx, &mail)?;
                store::notices::save(tx, &after)?;
                audit.append(tx, &entry)?;
                Ok(())
            })
            .await?;
        Ok(address)
    }
}
