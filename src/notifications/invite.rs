//! The contact is asked to connect a system, because an operator wishes it: one mail with the open link, at once.

use serde_json::json;

use super::error::NotificationError;
use super::letters::{self, Invited};
use super::model::{MailKind, Recipient};
use super::service::Notifications;
use super::store;
use crate::access::{Permission, Principal};
use crate::audit::Entry;
use crate::base::{ConnectionId, Language};
use crate::links::Purpose;
use crate::store::StoreError;

impl Notifications {
    /// Queues a mail with the connect link, in this language or the customer's own; the address that it goes to.
    pub async fn write_invitation(
        &self,
        who: &Principal,
        id: ConnectionId,
        language: Option<Language>,
    ) -> Result<String, NotificationError> {
        who.require(Permission::ConnectionsWrite)?;
        let (inner, means) = (&self.inner, &self.inner.means);
        if means.post.is_none() {
            return Err(NotificationError::NoMailServer);
        }
        let connection = means.connections.find(who, id)?;
        let link = means.connections.live_link(who, id, Purpose::Connect).ok_or(NotificationError::NoLink)?;
        let url = means.connections.link_url(who, &link).ok_or(NotificationError::NoLink)?;
        let customer = means.customers.find(&Principal::system(), connection.customer_id).await?;
        let customer = customer.map(|found| found.customer).ok_or(NotificationError::NotFound)?;
        let to = inner.contact(&customer).ok_or(NotificationError::NoContact)?;
        let to = Recipient { locale: language.unwrap_or(to.locale), ..to };
        let system = means.catalogue.find(&connection.system);
        let steps_in = |language| system.map(|one| one.instructions.in_language(language).to_vec()).unwrap_or_default();
        let (steps, english) = (steps_in(to.locale), steps_in(Language::English));
        let invited = Invited {
            customer: customer.name.clone(),
            system: system.map(|system| system.name.clone()),
            url: format!("{url}?lang={}", to.locale.code()),
            until: link.expires_at,
            steps_fit: to.locale == Language::English || steps != english,
            steps,
        };
        let letter = letters::invitation(&inner.contact_address(&to), &invited);
        let (address, now) = (to.address.clone(), inner.now());
        let mail = inner.mail(MailKind::Invitation, to, &letter, Vec::new(), None)?;
        let entry = Entry::new(now, &who.actor, "connection.contact_invited")
            .target("connection", id, connection.name.clone())
            .detail(json!({ "link_id": link.id }));
        let audit = means.audit.clone();
        means
            .store
            .write::<_, StoreError, _>(move |tx| {
                store::mails::queue(tx, &mail)?;
                audit.append(tx, &entry)?;
                Ok(())
            })
            .await?;
        Ok(address)
    }
}
